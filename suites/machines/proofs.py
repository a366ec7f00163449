"""People who prove the password before what needs it, and thieves of sessions who cannot."""

from collections.abc import Iterator, Mapping
from typing import Any

import hypothesis.strategies as st

from suites.kernel import Session, World, action
from suites.kernel.limits import tolerance
from suites.kernel.policy import Policy
from suites.kernel.proving import CHANGE_EMAIL, CHANGE_PASSWORD, EMPTY, FOREIGN, MISSING, WRONG
from suites.machines.choices import LIVE

Step = Mapping[str, Any]

LEVELS = {"step_up", "sensitive_action", "action_count"}
BUSY = 0.6
"""The share of the declared age after which a proof is used, or the session renewed."""


@action(
    needs={"sensitive_action"},
    session=LIVE,
    act=st.sampled_from([CHANGE_PASSWORD, CHANGE_EMAIL]),
    told="{session} tries {act} on bad proofs, then on the own password",
    weight=0,
    hostile=True,
)
def try_proofs(world: World, session: Session, act: str) -> None:
    """A thief of a session tries what needs the password, and its owner does it."""
    world.try_proofs(session, act)


@action(needs=LEVELS, session=LIVE, told="{session} does what needs a proof of the password")
def act_critically(world: World, session: Session) -> None:
    """Do what needs a fresh proof, whether there is one or not."""
    world.act_critically(session)


@action(
    needs=LEVELS,
    session=LIVE,
    proof=st.sampled_from([MISSING, EMPTY, WRONG, FOREIGN]),
    told="{session} gives {proof} as a proof, then does what needs one",
    hostile=True,
)
def prove_wrongly(world: World, session: Session, proof: str) -> None:
    """Prove the password with one that is none."""
    world.prove_wrongly(session, proof)


def proofs(
    offers: Mapping[str, frozenset[str]], policy: Policy, waiting: float
) -> Iterator[tuple[str, list[Step]]]:
    """Yield (what it is about, steps) for the channels where something needs a proof.

    Args:
        offers: the operations of each channel; one for each way to carry a session is enough.
        waiting: how many seconds of declared age a history may let pass.
    """
    limit = policy.seconds("reauth.max_age")
    acts = [CHANGE_PASSWORD, CHANGE_EMAIL]
    for channel, able in offers.items():
        tried = [act for act in acts if act in able]
        if tried:
            trying = ({"do": "try_proofs", "session": "s1", "act": act} for act in tried)
            yield "hijacking", _steps(_in(channel, "laptop"), *trying)
            # A login name is one for all channels.
            acts = [CHANGE_PASSWORD]
        if able >= LEVELS:
            if limit is not None and _length(policy, limit) <= waiting:
                ages = _ages(channel, policy, limit, "refresh" in able)
                yield "expiration", _steps(*_levels(channel), *ages)
            else:
                yield "hijacking", _steps(*_levels(channel))


def _levels(channel: str) -> Iterator[Step]:
    """A session in which the password is proven, and others of the same user in which it is not."""
    for device in ("laptop", "phone", "tablet"):
        yield _in(channel, device)
    yield {"do": "step_up", "session": "s1"}
    yield _act("s1")
    yield _act("s3")
    for proof in (MISSING, EMPTY, WRONG, FOREIGN):
        yield {"do": "prove_wrongly", "session": "s3", "proof": proof}


def _length(policy: Policy, limit: float) -> float:
    return limit + 1.5 * tolerance(policy, limit)


def _ages(channel: str, policy: Policy, limit: float, renews: bool) -> Iterator[Step]:
    """A proof that is used, one that is not while its session is renewed, and a mere login."""
    yield {"do": "step_up", "session": "s2"}
    yield _act("s2")
    yield {"do": "wait", "seconds": BUSY * limit}
    yield _act("s1")
    if renews:
        yield {"do": "refresh", "session": "s2", "channel": channel}
    yield {"do": "wait", "seconds": _length(policy, limit) - BUSY * limit}
    for session in ("s1", "s2", "s3"):
        yield _act(session)


def _in(channel: str, device: str) -> Step:
    return {"do": "log_in", "user": "alice", "device": device, "channel": channel}


def _act(session: str) -> Step:
    return {"do": "act_critically", "session": session}


def _steps(*moves: Step) -> list[Step]:
    return [{"as": f"s{number}", "spot": 0, **move} for number, move in enumerate(moves, 1)]
