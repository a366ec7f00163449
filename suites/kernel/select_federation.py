"""Selectors for what providers, clients and relying parties do, with their controls built in."""

from collections.abc import Iterator

from adapters.contract import Kind
from suites.kernel.declare import Moment, Selector, Subject
from suites.kernel.federation import FORGERIES, Silence
from suites.kernel.grants import REVOCATION
from suites.kernel.model import Credential
from suites.kernel.select import ALIVE_BEFORE, FINAL_CAP

TOKENS = frozenset({Kind.ACCESS, Kind.REFRESH})


def living_tokens() -> Selector:
    """Select the current tokens of sessions whose user was recognised just now."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for session in moment.model.live_sessions():
            if session.main is None or not session.main.proven:
                continue
            for credential in session.current(*TOKENS):
                if _introspected(moment, credential):
                    key = (credential.name, len(moment.model.events))
                    yield Subject(credential, key, f"living {credential.kind.value}")

    return Selector("living tokens", pick, ALIVE_BEFORE)


def dead_tokens() -> Selector:
    """Select tokens that were revoked or renewed away.

    Of what another event ended, and a target lets live on, the claims of that event tell.
    """

    def pick(moment: Moment) -> Iterator[Subject]:
        found: list[Credential] = [
            c
            for c in moment.model.dead()
            if c.cause in {REVOCATION, "rotation"}
            and c.kind in TOKENS
            and c.session is not None
            and _introspected(moment, c)
        ]
        fresh = [c for c in found if c.ended_by in moment.events]
        for credential in found[-FINAL_CAP:] if moment.final else fresh:
            yield Subject(credential, (id(credential),), f"{credential.cause} | {credential.kind}")

    return Selector("ended tokens", pick, "issued and current once")


def silences(kind: str, *details: str) -> Selector:
    """Select clients that were given a code silently before an event of this kind."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind != kind or (details and event.detail not in details):
                continue
            for silence in event.extra or ():
                if isinstance(silence, Silence) and silence.worked:
                    about = f"{kind} | {event.detail or silence.client}"
                    yield Subject((event, silence), (event.number, silence.client), about)

    return Selector(f"browsers known before {kind}", pick, "a silent request succeeded before")


def forgeries() -> Selector:
    """Select forged logout tokens; the genuine one did end the session."""

    def pick(moment: Moment) -> Iterator[Subject]:
        for event in moment.events:
            if event.kind == FORGERIES and not event.detail:
                for one in event.extra or ():
                    yield Subject((one, event), (event.number, one.defect), one.defect)

    return Selector("forged logout tokens", pick, "the genuine one ended the session")


def _introspected(moment: Moment, credential: Credential) -> bool:
    return "introspect" in moment.model.able.get(credential.channel, frozenset())
