"""Tells how a history went: who acted, what was asked for which purpose, how long sessions lived.

It judges nothing and shows no value: sessions are named as the scenario names them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from adapters.exchange import Exchange
from suites.kernel.declare import ACTIONS
from suites.kernel.ledger import Breach
from suites.kernel.model import Event, Model, Session
from suites.kernel.results import Act, Call, Lifeline, Story
from suites.kernel.sampling import SAMPLE, values
from suites.kernel.scenario import Step, tell
from suites.kernel.stage import Mark

if TYPE_CHECKING:
    from suites.kernel.histories import History


def story(history: "History", breach: Breach) -> Story:
    """Return a history as the pictures tell it, and which sessions the violation is about."""
    return Story(
        acts=tuple(_acts(history)),
        lifelines=tuple(lifelines(history.world.model)),
        about=breach.about,
        looked=breach.invariant.active,
    )


def renamed(told: Story, steps: Sequence[Step]) -> Story:
    """Return a story with its sessions named as these steps, which are its own, name them."""
    if len(told.acts) != len(steps):
        return told
    names = {act.name: str(step["as"]) for act, step in zip(told.acts, steps, strict=True)}

    def named(old: str) -> str:
        head, dot, tail = old.partition(".")
        return names.get(head, head) + dot + tail

    def calls(found: tuple[Call, ...]) -> tuple[Call, ...]:
        return tuple(replace(call, holds=named(call.holds)) for call in found)

    acts = tuple(
        replace(
            act,
            name=named(act.name),
            told=line,
            opened=tuple(map(named, act.opened)),
            ended=tuple(map(named, act.ended)),
            calls=calls(act.calls),
            looks=calls(act.looks),
        )
        for act, line in zip(told.acts, tell(steps), strict=True)
    )
    lives = tuple(replace(life, session=named(life.session)) for life in told.lifelines)
    return replace(told, acts=acts, lifelines=lives, about=tuple(map(named, told.about)))


def lifelines(model: Model) -> Iterator[Lifeline]:
    """Yield the life of every session of a history, in the order in which they were opened."""
    until = max((event.at for event in model.events), default=0.0)
    for session in model.sessions.values():
        end = _end(session)
        main = session.main
        yield Lifeline(
            session=session.name,
            user=session.user,
            device=session.device.name,
            channel=session.channel,
            opened=session.opened.at,
            ended=end.at if end is not None else None,
            cause=(main.cause if main is not None else None) or "",
            revived=end is not None and any(c.reported for c in session.credentials),
            until=until,
        )


def samples(model: Model) -> dict[str, list[str]]:
    """Return the identifiers that were collected, by what they are; for statistics only."""
    return {e.detail: values(e.extra) for e in model.events if e.kind == SAMPLE}


def _end(session: Session) -> Event | None:
    main = session.main
    return session.ended or (main.ended_by if main is not None else None)


def _acts(history: "History") -> Iterator[Act]:
    world, steps = history.world, history.steps
    owners = {str(step["as"]): str(step["user"]) for step in steps if "user" in step}
    lines = dict(zip((str(step["as"]) for step in steps), tell(steps), strict=True))
    for step in steps:
        name = str(step["as"])
        place = _place(world.marks, name)
        if place is None:
            continue
        began, acted, over = place
        events = world.model.events[began.events : acted.events]
        sessions = world.model.sessions.values()
        yield Act(
            name=name,
            actor=_actor(step, owners),
            told=lines[name],
            hostile=ACTIONS[step["do"]].hostile,
            answer=next((e.words for e in reversed(events) if e.answer is not None), ""),
            opened=tuple(s.name for s in sessions if s.opened in events),
            ended=tuple(s.name for s in sessions if _end(s) in events),
            calls=_calls(history, began.exchanges, acted.exchanges),
            looks=_calls(history, acted.exchanges, over.exchanges),
        )


def _place(marks: Sequence[Mark], name: str) -> tuple[Mark, Mark, Mark] | None:
    """Return where a step began, where its act was done, and where the next one began."""
    for at, mark in enumerate(marks[:-2]):
        done, after = marks[at + 1], marks[at + 2]
        if mark.name == name and not mark.acted and done.acted:
            return mark, done, after
    return None


def _actor(step: Step, owners: dict[str, str]) -> str:
    if "user" in step:
        return str(step["user"])
    return owners.get(str(step.get("session", "")).partition(".")[0], "")


def _calls(history: "History", start: int, stop: int) -> tuple[Call, ...]:
    found = history.world.bench.exchanges[start:stop]
    owners: dict[str, str] = {}
    for session in history.world.model.sessions.values():
        for credential in session.credentials:
            for artefact in credential.held:
                owners.setdefault(artefact.value.reveal(), session.name)
    return tuple(Call(e.number, label, _presented(e, owners)) for label, e in found)


def _presented(exchange: Exchange, owners: Mapping[str, str]) -> str:
    body = (exchange.request_body or b"").decode("utf-8", "replace")
    sent = "\n".join([exchange.url, body, *(value for _, value in exchange.request_headers)])
    return next((name for value, name in owners.items() if value in sent), "")
