"""The smoke test of an adapter: can it tell somebody from nobody, and what carries the session.

It judges the adapter and whether the target answers at all, never whether the target is right.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from adapters.ablation import alone_in, invented, is_jwt, labelled, together_in
from adapters.checked import AdapterError, Checked
from adapters.contract import (
    Acknowledged,
    Artefact,
    Device,
    Kind,
    Place,
    Refused,
    Seen,
    Unclear,
    User,
    fresh_device,
)
from adapters.exchange import Exchange
from adapters.reachable import failed, silent_nodes
from adapters.secrets import Secret

NEEDED_USERS = 2


@dataclass(frozen=True, slots=True)
class ChannelSmoke:
    """What was found out about one channel; artefacts are told by place and name.

    `alone` lists what authenticates by itself; `together` is the smallest set that does when
    nothing does alone; `idle` is what the login issued and the probe does not need.
    """

    channel: str
    alone: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    wrong_password_refused: bool | None = None


@dataclass(frozen=True, slots=True)
class Smoke:
    """The result: `problems` are the adapter's, `trouble` is the target's."""

    users: tuple[User, ...]
    channels: tuple[ChannelSmoke, ...]
    problems: tuple[str, ...]
    trouble: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def fit(self) -> bool:
        """True when a verdict about the target can be trusted."""
        return not self.problems and not self.trouble

    @property
    def authenticating(self) -> frozenset[str]:
        """The names of the artefacts that authenticate, alone or together, in any channel."""
        labels = [label for one in self.channels for label in (*one.alone, *one.together)]
        return frozenset(label.partition(" ")[2] for label in labels)


def smoke(adapter: Checked, users: Sequence[User], *, node: int = 0) -> Smoke:
    """Try the adapter on two accounts in every channel; each wrong password is tried once."""
    check = _Check(adapter, node)
    adapter.transport.taps.append(check.watch)
    created: list[User] = []
    try:
        check.trouble.extend(silent_nodes(adapter))
        chosen = list(users[:NEEDED_USERS])
        while len(chosen) < NEEDED_USERS and not check.problems and not check.trouble:
            made = check.create()
            if made is None:
                break
            created.append(made)
            chosen.append(made)
        if len(chosen) == NEEDED_USERS and not check.trouble:
            check.run(chosen)
    except AdapterError as error:
        check.problems.append(str(error))
    finally:
        check.drop(created)
        adapter.transport.taps.remove(check.watch)
    known = tuple(replace(u, identity=u.identity or check.identities.get(u.name)) for u in users)
    return Smoke(
        known,
        tuple(check.channels),
        tuple(dict.fromkeys(check.problems)),
        tuple(dict.fromkeys(check.trouble)),
        tuple(check.notes),
    )


@dataclass(slots=True)
class _Session:
    user: User
    device: Device
    issued: tuple[Artefact, ...]

    @property
    def held(self) -> list[Artefact]:
        """What the client presents besides its jar."""
        return [artefact for artefact in self.issued if artefact.place is not Place.COOKIE]

    @property
    def carriers(self) -> list[Artefact]:
        """What may carry the session: everything but what served before or beside it."""
        apart = {Kind.CSRF, Kind.PRE_AUTH, Kind.REMEMBER}
        return [artefact for artefact in self.issued if artefact.kind not in apart]


@dataclass(slots=True)
class _Check:
    adapter: Checked
    node: int
    problems: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    channels: list[ChannelSmoke] = field(default_factory=list)
    identities: dict[str, str] = field(default_factory=dict)
    last: Exchange | None = None

    def watch(self, exchange: Exchange) -> None:
        """Remember the last exchange: it tells whether there was an answer at all."""
        self.last = exchange

    def blame(self, sentence: str, advice: str) -> None:
        """Put it down to the target when it gave no usable answer, else to the adapter."""
        if self.last is None or not failed(self.last):
            self.problems.append(f"{sentence}; {advice}")
        elif self.last.status is None and "target." not in sentence:
            self.trouble.append(f"{sentence}; see that the target runs at `target.url`")
        else:
            self.trouble.append(sentence)

    def create(self) -> User | None:
        """Create an account for the test, if the adapter can."""
        if not hasattr(self.adapter, "create_user"):
            self.problems.append("there are fewer than two accounts; add some under `accounts`")
            return None
        name = f"smoke-{secrets.token_hex(6)}@example.test"
        password = Secret(f"Smoke-{secrets.token_hex(8)}-1!", "password")
        answer = self.adapter.create_user(name, password, {"name": "Smoke", "phone": "0"}, node=0)
        if isinstance(answer, Acknowledged) and answer.user is not None:
            user: User = answer.user
            return user
        self.blame(f"create_user failed: {_why(answer)}", "correct `create_user`")
        return None

    def drop(self, users: Sequence[User]) -> None:
        """Delete the accounts made for the test."""
        if hasattr(self.adapter, "drop_user"):
            for user in users:
                self.adapter.drop_user(user, node=0)

    def run(self, users: Sequence[User]) -> None:
        """Try every channel, and stop where going on makes no sense."""
        for number, channel in enumerate(self.adapter.channels):
            sessions: list[_Session] = []
            try:
                self.try_channel(channel, number, users, sessions)
            finally:
                for session in sessions:
                    self.logout(session, channel)
            if self.trouble:
                return

    def try_channel(
        self, channel: str, number: int, users: Sequence[User], sessions: list[_Session]
    ) -> None:
        """Log everybody in, compare them, and take the session apart."""
        for user in users:
            session = self.login(user, channel)
            if session is not None:
                sessions.append(session)
                self.introduce(session, channel)
            elif self.trouble:
                return
        if len(sessions) == len(users):
            self.look(sessions, channel)
            found = self.ablate(sessions[0], channel)
            refused = self.wrong_password(users, number, channel)
            self.channels.append(replace(found, wrong_password_refused=refused))

    def login(self, user: User, channel: str) -> _Session | None:
        """Log in on a client of its own."""
        device = fresh_device(f"smoke test of {user.name}")
        answer = self.adapter.login(user, device, channel=channel, node=self.node)
        if isinstance(answer, Acknowledged):
            if not answer.issued:
                self.problems.append(
                    f"login of {user.name} ({channel}) was acknowledged and issued nothing; "
                    "declare where the token is under `artefacts`, or `refused` for a failed login"
                )
            return _Session(user, device, answer.issued)
        advice = (
            "check the password of the account, and `login`"
            if isinstance(answer, Refused)
            else "say under `login` what `acknowledged` and `refused` look like"
        )
        self.blame(f"login of {user.name} ({channel}) did not succeed: {_why(answer)}", advice)
        return None

    def introduce(self, session: _Session, channel: str) -> None:
        """See what the first probe shows for a user right after login.

        A target that later shows somebody else for the same session mixes its users up; that is
        for the suite to judge and no reason to doubt the probe.
        """
        which = next(iter(self.adapter.probes_in(channel)))
        shown = self.recognised(session, which, channel, _named(which, channel))
        if shown is not None:
            self.same_everywhere(session.user, shown, _named(which, channel))

    def mixed_up(self, user: User, shown: str) -> bool:
        """Say whether an identity is that of another account."""
        others = (name for account, name in self.identities.items() if account != user.name)
        return shown in others

    def look(self, sessions: Sequence[_Session], channel: str) -> None:
        """Compare two users, an anonymous client and a made-up value, on every probe."""
        for which in self.adapter.probes_in(channel):
            label = _named(which, channel)
            seen = [self.recognised(session, which, channel, label) for session in sessions]
            names = [one for one in seen if one]
            known = self.mixed_up(sessions[0].user, names[0]) if names else False
            known = known or (bool(names) and self.mixed_up(sessions[-1].user, names[-1]))
            if len(names) == len(sessions) and len(set(names)) == 1 and not known:
                self.problems.append(
                    f"{label} shows '{names[0]}' for both accounts; point `identity` at something "
                    "that differs between them"
                )
            for session, name in zip(sessions, seen, strict=True):
                if name and self.mixed_up(session.user, name):
                    self.notes.append(f"{label} showed another account to {session.user.name}")
                elif name:
                    self.same_everywhere(session.user, name, label)
            self.nobody([], which, channel, f"{label} without any artefact")
            made_up = [invented(artefact) for artefact in sessions[0].carriers]
            if made_up:
                self.nobody(made_up, which, channel, f"{label} with a made-up value")
            if seen[0] and not self.trouble:
                again = self.probe(sessions[0].held, sessions[0].device, which, channel)
                if again.identity != seen[0] and again.identity not in self.identities.values():
                    self.trouble.append(
                        f"{label} no longer recognises {sessions[0].user.name} after a few probes "
                        f"of other clients ({again.why}); nothing that dies there means anything"
                    )

    def probe(self, held: Sequence[Artefact], device: Device, which: str, channel: str) -> Seen:
        """Probe once."""
        return self.adapter.probe(held, device, which=which, channel=channel, node=self.node)

    def recognised(self, session: _Session, which: str, channel: str, label: str) -> str | None:
        """Return the identity the probe shows for a logged-in user, twice the same."""
        name = session.user.name
        first = self.probe(session.held, session.device, which, channel)
        if first.identity is None:
            self.blame(
                f"{label} does not recognise {name} right after login: {first.why}",
                "correct `identity`, `nobody` or the artefacts of the probe",
            )
            return None
        second = self.probe(session.held, session.device, which, channel)
        if second.identity != first.identity:
            self.trouble.append(
                f"{label} recognised {name} once and then no more ({second.why}); "
                "a session must live for more than one request"
            )
            return None
        expected = session.user.identity
        if (
            expected
            and expected != first.identity
            and not self.mixed_up(session.user, first.identity)
        ):
            self.problems.append(
                f"{label} shows '{first.identity}' for {name} and the account says '{expected}'; "
                "correct `identity` of the account or of the probe"
            )
        return first.identity

    def same_everywhere(self, user: User, seen: str, label: str) -> None:
        """Every probe has to name an account alike, or recognition cannot be compared."""
        before = self.identities.setdefault(user.name, seen)
        if before != seen:
            self.problems.append(
                f"{label} names {user.name} '{seen}' and another probe '{before}'; "
                "point `identity` of all probes at the same value"
            )

    def nobody(self, held: Sequence[Artefact], which: str, channel: str, label: str) -> None:
        """Expect that a client is clearly not recognised."""
        seen = self.probe(held, fresh_device(), which, channel)
        if seen.identity is not None:
            self.trouble.append(
                f"{label} is recognised as '{seen.identity}'; either the target knows everybody, "
                "or `identity` reads something that anonymous visitors see too"
            )
        elif not seen.clear:
            self.blame(f"{label} is unclear: {seen.why}", "say how that looks under `nobody`")

    def ablate(self, session: _Session, channel: str) -> ChannelSmoke:
        """Find which artefacts authenticate: each alone, else the smallest set."""
        which = next(iter(self.adapter.probes_in(channel)))
        owner = self.identities.get(session.user.name)
        issued = session.carriers

        def works(held: Sequence[Artefact]) -> bool:
            seen = self.probe(held, fresh_device(), which, channel)
            return owner is not None and seen.identity in self.identities.values()

        alone = alone_in(issued, works)
        together: list[Artefact] = []
        if not alone and owner is not None and not self.trouble:
            together = together_in(issued, works)
            if not together:
                self.problems.append(
                    f"what the login issued ({channel}) does not authenticate a fresh client; "
                    "declare what is missing under `artefacts`, or the session is bound to its "
                    "client"
                )
        needed = [*alone, *together]
        self.compare_declared(needed, channel)
        idle = tuple(labelled(artefact) for artefact in issued if artefact not in needed)
        for artefact in needed:
            if is_jwt(artefact.value.reveal()):
                self.notes.append(f"{labelled(artefact)} ({channel}) looks like a JWT")
        return ChannelSmoke(
            channel,
            tuple(labelled(artefact) for artefact in alone),
            tuple(labelled(artefact) for artefact in together),
            idle,
        )

    def compare_declared(self, needed: Sequence[Artefact], channel: str) -> None:
        """A declared session that does not carry the session is a mistake of the adapter."""
        declared = self.adapter.session_names
        cookies = {artefact.name for artefact in needed if artefact.place is Place.COOKIE}
        if declared and cookies and not declared & cookies:
            self.problems.append(
                f"artefacts.session names {', '.join(sorted(declared))} and the session is "
                f"carried by {', '.join(sorted(cookies))} ({channel}); name that instead"
            )

    def wrong_password(self, users: Sequence[User], number: int, channel: str) -> bool | None:
        """Try one wrong password per user in the whole test, for fear of lock-outs."""
        if number >= len(users) or not hasattr(self.adapter, "login_fail"):
            return None
        device = fresh_device()
        answer = self.adapter.login_fail(users[number], device, channel=channel, node=self.node)
        if isinstance(answer, Refused):
            return True
        if isinstance(answer, Unclear):
            self.blame(
                f"a wrong password ({channel}) is unclear: {answer.why}",
                "say how a failed login looks under `login.refused`",
            )
            return None
        which = next(iter(self.adapter.probes_in(channel)))
        held = [artefact for artefact in answer.issued if artefact.place is not Place.COOKIE]
        seen = self.probe(held, device, which, channel)
        if seen.identity is not None:
            self.trouble.append(
                f"a wrong password ({channel}) logs in as '{seen.identity}'; "
                "the target accepts any password"
            )
        else:
            self.problems.append(
                f"a wrong password ({channel}) counts as acknowledged; say under `login` what "
                "`acknowledged` or `refused` looks like"
            )
        return False

    def logout(self, session: _Session, channel: str) -> None:
        """Leave nothing behind."""
        answer = self.adapter.logout(session.held, session.device, channel=channel, node=self.node)
        if not isinstance(answer, Acknowledged):
            self.blame(
                f"logout of {session.user.name} ({channel}) was not acknowledged: {_why(answer)}",
                "correct `logout`, or say what `acknowledged` looks like",
            )


def _named(which: str, channel: str) -> str:
    """Return what to call a probe; the only one of a profile has no name of its own."""
    return f"`probe` ({channel})" if which == "probe" else f"probe {which} ({channel})"


def _why(answer: object) -> str:
    return str(getattr(answer, "why", "no reason given"))
