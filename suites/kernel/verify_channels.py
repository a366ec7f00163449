"""Judgements on what one channel guarantees, compared with the others."""

from suites.kernel.bench import Bench
from suites.kernel.crossing import Compared, Through, alike_on
from suites.kernel.policy import Policy
from suites.kernel.verify import Finding, held, not_judged, refused, unclear, violated


def as_on_other_channels(found: Compared, channel: str, policy: Policy) -> Finding:
    """Judge that not every session of this channel survived what ended those of another one."""
    expected = f"the same on every channel after {found.how}"
    if not all(seen.clear for looks in found.looks.values() for _, seen in looks):
        return unclear(expected, "an answer that says neither who nor nobody")
    survived, elsewhere = alike_on(found, channel, policy)
    if survived and elsewhere:
        return violated(expected, f"alive on {channel}, over on {', '.join(elsewhere)}")
    return held(expected)


def dead_through(value: Through, target: Bench, policy: Policy) -> Finding:
    """Judge that a value is refused at another entry point, if its own one refuses it."""
    credential = value.credential
    if not (own := target.everywhere(credential.held, credential.channel)).nobody:
        return not_judged("refused at every entry point", f"its own one: {own.why}")
    seen = target.everywhere(credential.held, value.channel)
    return policy.until_expiry(credential.kind, refused(seen))
