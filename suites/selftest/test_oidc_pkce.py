"""Codes that were asked for without a challenge (RFC 7636, RFC 9700 2.1.1 and 4.8.2)."""

from collections.abc import Iterator

import pytest

from fixtures.session import TargetRun
from fixtures.targets.reference.launch import Running, running
from suites.kernel.discover import discover
from suites.kernel.grants import DOWNGRADES
from suites.selftest.hunting import QUICK, profile

CLIENTS = ("app", "spa")
PUBLIC = "a_public_client_gets_no_code_without_a_challenge"
CONFIDENTIAL = "a_confidential_client_gets_no_code_without_a_challenge"


@pytest.fixture(scope="module")
def target() -> Iterator[Running]:
    with running() as found:
        yield found


def downgraded(target: Running, does: str, declared: str | None) -> dict[str, set[str]]:
    """Ask both clients' codes without a challenge; return how each claim came out."""
    discover()
    target.reset((), {"oauth.pkce": does})
    policy = {} if declared is None else {"oauth.pkce": declared}
    with profile(target, policy, "oidc.yaml") as path:
        run = TargetRun(path, seed=1)
        run.budget = run.script.budget = QUICK
        campaign = run.begin()
        for channel in CLIENTS:
            asked = {"do": "downgrade_code", "user": "alice", "channel": channel, "spot": 0}
            campaign.play([asked | {"as": f"s{n}", "how": how} for n, how in enumerate(DOWNGRADES)])
    tallies = campaign.ledger.tallies
    assert all(tallies[claim].judged == len(DOWNGRADES) for claim in (PUBLIC, CONFIDENTIAL))
    return {c: {str(outcome) for outcome in tallies[c].outcomes} for c in (PUBLIC, CONFIDENTIAL)}


@pytest.mark.parametrize("declared", [None, "required", "optional", "none"])
def test_a_provider_that_wants_a_challenge_keeps_every_policy(
    target: Running, declared: str | None
) -> None:
    assert downgraded(target, "required", declared) == {PUBLIC: {"held"}, CONFIDENTIAL: {"held"}}


@pytest.mark.parametrize(
    ("does", "declared", "public", "confidential"),
    [
        ("optional", None, "violated", "warning"),
        ("optional", "required", "violated", "violated"),
        ("optional", "optional", "deviation", "deviation"),
        ("none", "none", "deviation", "deviation"),
    ],
)
def test_a_code_without_a_challenge_is_judged_by_the_declared_policy(
    target: Running, does: str, declared: str | None, public: str, confidential: str
) -> None:
    # A provider that knows challenges refuses a proof of none, whether they are needed or not.
    proof = {"held"} if does == "optional" else set()
    found = downgraded(target, does, declared)
    assert found == {PUBLIC: {public, *proof}, CONFIDENTIAL: {confidential, *proof}}


def test_a_proof_of_no_challenge_is_refused_where_challenges_are_optional(target: Running) -> None:
    found = downgraded(target, "none", "optional")
    assert "violated" in found[PUBLIC]
    assert "violated" in found[CONFIDENTIAL]
