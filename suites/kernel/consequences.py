"""What an acknowledged event means for every credential, under the declared policy."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from adapters.contract import Artefact, Device, Kind, Place
from adapters.secrets import Secret
from suites.kernel.bench import Bench
from suites.kernel.model import (
    AUTHENTICATING,
    REPLACED,
    Credential,
    Event,
    Model,
    Session,
    State,
)
from suites.kernel.policy import Policy


class Consequences:
    """Keeps the model in step with what the target acknowledged and issued."""

    def __init__(self, model: Model, bench: Bench, policy: Policy) -> None:
        self.model = model
        self.bench = bench
        self.policy = policy
        self._clock = 0
        self._looking = False

    # -- controls ---------------------------------------------------------------------------------

    def prove(self, session: Session) -> None:
        """Observe whether a session is alive just before something may end it."""
        for credential in session.credentials:
            credential.proven = False
        if session.main is not None and session.main.state is State.LIVE:
            self.bench.observe(session.main)
            for node in self.bench.nodes:
                if node != session.main.node:
                    self.bench.observe(session.main, node=node)

    def prove_all(self, user: str) -> None:
        """Prove every session of a user, the least recently used first: a look is a use."""
        for session in sorted(self.model.live_sessions(user), key=lambda s: s.used):
            self.prove(session)

    def using(self, held: Sequence[Artefact]) -> None:
        """Note that the sessions behind these values have been used just now."""
        for artefact in held:
            credential = self.model.by_value(artefact.value.reveal())
            if credential is not None and credential.session is not None:
                self._clock += 1
                credential.session.used = self._clock

    def recognised(self, held: Sequence[Artefact]) -> None:
        """Note that somebody was recognised by these values just now."""
        self.using(held)
        for artefact in held:
            credential = self.model.by_value(artefact.value.reveal())
            if credential is not None and credential.session is not None:
                credential.session.active = self.model.now

    def doubt(self, session: Session) -> None:
        """Take over what the target shows after an event that it did not acknowledge."""
        main = session.main
        if main is None or main.state is not State.LIVE:
            return
        if self.bench.observe(main).identity != session.user:
            self.forget(session)

    def doubt_all(self) -> None:
        """Take over what a login or logout that is no event of the history did to anybody."""
        self.bench.stale()
        for session in self.model.live_sessions():
            self.doubt(session)

    def forget(self, session: Session) -> None:
        """Stop claiming anything about a session."""
        for credential in session.credentials:
            if credential.state is State.LIVE:
                credential.state = State.EITHER

    def spare(self, event: Event) -> None:
        """Note who must be alive after an event: everybody who was, and was not meant."""
        renewed = event.session if event.kind == "refresh" else None
        event.spares = [
            s
            for s in self.model.live_sessions()
            if s.main and s.main.proven and s is not event.opened and s is not renewed
        ]

    # -- beginnings -------------------------------------------------------------------------------

    def due_at_login(self, role: str) -> tuple[bool, Session | None]:
        """Return whether one more login is beyond the limit, and whom it must evict."""
        mode, limit = self.policy["concurrency.mode"], self.policy["concurrency.max"]
        live = self.model.live_sessions(role)
        if mode not in {"block", "evict"} or limit is None or len(live) < limit:
            return False, None
        if mode == "block":
            return True, None
        oldest = self.policy["concurrency.victim"] == "oldest"
        return True, min(live, key=lambda s: s.opened.number if oldest else s.used)

    def opened(self, session: Session, issued: Sequence[Artefact], event: Event) -> None:
        """Give a new session its credentials: what was issued, and what its client kept."""
        session.active = event.at
        self._take(session, self._with_kept(session, issued), event)
        event.shared = tuple(
            c.value
            for c in self.model.credentials()
            if c.session is not session and c.state is State.LIVE and c.value not in event.presented
        )
        for credential in session.credentials:
            credential.kept = credential.value in event.presented
            for same in self.model.credentials():
                if same is credential or same.value != credential.value:
                    continue
                if same.session is not None and same.session is not session:
                    self.forget(same.session)
        if event.shared and set(event.shared) & {c.value for c in session.credentials}:
            self.forget(session)
            session.mixed = True

    def after_login(self, session: Session, event: Event) -> None:
        """Settle what a login means for the session it was made over and for the victim."""
        if session.over is not None and session.over is not session:
            for credential in session.over.credentials:
                if credential.state is State.LIVE:
                    credential.state = State.EITHER
            main = session.over.main
            if main is not None and not main.reported:
                # A kept identifier makes two logins one session: claim no more of the old one.
                kept = {credential.value for credential in session.credentials}
                seen = self.bench.observe(main)
                if seen.identity == session.over.user and main.value not in kept:
                    main.state, main.proven = State.LIVE, True
                elif seen.nobody:
                    self._end(session.over, event, "login over it")
        if event.evicts is not None:
            self._end(event.evicts, event, "evict")
        self.spare(event)
        if session.main is not None:
            self.bench.observe(session.main)

    def values_after(self, client: Device, issued: Sequence[Artefact], channel: str) -> set[str]:
        """Return the values that authenticate a client after a login."""
        known = self.bench.calibration.authenticating[channel]
        found = {
            a.value.reveal() for a in issued if known.covers(a) and a.kind is not Kind.PRE_AUTH
        }
        for place, name in (key for wanted in known.sets for key in wanted):
            value = client.jar.get(name) if place is Place.COOKIE else None
            if value is not None:
                found.add(value.reveal())
        return found

    def _with_kept(self, session: Session, issued: Sequence[Artefact]) -> list[Artefact]:
        found = list(issued)
        names = {(a.place, a.name) for a in issued}
        known = self.bench.calibration.authenticating.get(session.channel)
        for wanted in known.sets if known else ():
            for place, name in wanted:
                value = session.device.jar.get(name) if place is Place.COOKIE else None
                if value is not None and (place, name) not in names:
                    found.append(Artefact(Kind.SESSION, place, name, value))
        return found

    def _take(
        self,
        session: Session,
        issued: Sequence[Artefact],
        event: Event,
        channel: str | None = None,
    ) -> list[Credential]:
        lane = channel or session.channel
        by_name = {(a.place, a.name): a for a in issued}
        issued = tuple(by_name.values())
        taken: list[Credential] = []
        known = self.bench.calibration.authenticating.get(lane)
        for wanted in known.sets if known else ():
            if not any(key in by_name for key in wanted):
                continue
            present = {(a.place, a.name): a for a in session.held(lane)} | by_name
            held = tuple(present[key] for key in wanted if key in present)
            if len(held) == len(wanted):
                taken.append(self._credential(session, _kind(held[-1]), held, lane))
        keys = [a for a in (*session.held(lane), *issued) if a.kind is Kind.KEY]
        for artefact in issued:
            if artefact.kind is Kind.REFRESH:
                cookies = artefact.place is Place.COOKIE
                beside = [a for c in taken for a in c.held if cookies and a.place is Place.COOKIE]
                beside += keys[-1:]
                held = (*dict.fromkeys(beside), artefact)
                taken.append(self._credential(session, Kind.REFRESH, held, lane))
        for credential in taken:
            credential.since = event.at
        event.issued.extend(taken)
        return taken

    def _credential(
        self, session: Session, kind: Kind, held: tuple[Artefact, ...], lane: str
    ) -> Credential:
        generation = sum(1 for c in session.credentials if c.kind is kind)
        name = f"{session.name}.{kind.value}" + (f"#{generation}" if generation else "")
        credential = Credential(name, kind, held, session.user, lane, generation, session=session)
        credential.since = self.model.now
        session.credentials.append(credential)
        self.model.remember(credential)
        return credential

    # -- renewal ----------------------------------------------------------------------------------

    def taken_over(
        self, credential: Credential, issued: Sequence[Artefact], recognised: bool
    ) -> None:
        """Pick up what a probe's answer issued: a renewed session, or a pre-login identifier."""
        session = credential.session
        if session is None or not recognised or session.ended is not None:
            return
        for artefact in issued:
            if artefact.place is Place.COOKIE:
                session.device.jar.set(artefact.name, artefact.value, domain=self.bench.host)
        known = self.bench.calibration.authenticating.get(credential.channel)
        held = {c.value for c in session.credentials}
        if not any(
            a.value.reveal() not in held
            and (a.kind is Kind.REFRESH or (known is not None and known.covers(a)))
            for a in issued
        ):
            return
        event = self.model.event("renewal", None, user=session.user, session=session)
        taken = self.renewed(session, issued, event, credential.channel)
        # Looked at once: a target that renews in every answer would never come to an end.
        if not self._looking:
            self._looking = True
            for fresh in taken:
                if fresh.kind in AUTHENTICATING:
                    self.bench.observe(fresh)
            self._looking = False

    def renewed(
        self,
        session: Session,
        issued: Sequence[Artefact],
        event: Event,
        channel: str | None = None,
    ) -> list[Credential]:
        """Let newly issued credentials take the place of the current ones."""
        known = {c.value for c in session.credentials}
        before = list(session.credentials)
        fresh = [a for a in issued if a.value.reveal() not in known]
        taken = self._take(session, fresh, event, channel)
        kinds = {(c.kind, c.place) for c in taken}
        for credential in before:
            if (credential.kind, credential.place) in kinds and credential.state is State.LIVE:
                credential.state = State.EITHER
        if taken:
            session.rotations += 1
            # The public name may be that of the token; it is learned again at the next listing.
            session.handle = None
        return taken

    def refreshed(
        self,
        session: Session,
        credential: Credential,
        issued: Sequence[Artefact],
        event: Event,
        channel: str,
    ) -> None:
        """Move a session on by one generation; a rotated refresh credential is dead."""
        known = {c.value for c in session.credentials}
        fresh = [a for a in issued if a.value.reveal() not in known]
        before = [c for c in session.credentials if c.state is State.LIVE]
        taken = self._take(session, fresh, event, channel)
        kinds = {(c.kind, c.place) for c in taken}
        for old in before:
            if old is credential and Kind.REFRESH in {c.kind for c in taken}:
                old.end("rotation", event)
            elif (old.kind, old.place) in kinds:
                old.state = State.EITHER
        session.rotations += 1
        session.handle = None
        for new in taken:
            if new.kind in AUTHENTICATING:
                self.bench.observe(new)

    # -- ends -------------------------------------------------------------------------------------

    def _end(self, session: Session, event: Event, cause: str) -> None:
        session.ended = session.ended or event
        for credential in session.credentials:
            if credential.state is not State.DEAD or credential.cause in REPLACED:
                credential.end(cause, event)
                event.ends.append(credential)

    def logged_out(self, session: Session, event: Event) -> None:
        """End what the declared logout scope covers."""
        scope = self.policy["logout.scope"]
        ended = [session]
        for other in self.model.live_sessions(session.user):
            same_device = other.device.name == session.device.name
            if scope == "all" or (scope == "device" and same_device):
                ended.append(other)
        for one in dict.fromkeys(ended):
            self._end(one, event, "logout")
        if not self.policy["logout.kills_refresh"]:
            self._spare_refresh(ended)

    def _spare_refresh(self, sessions: Iterable[Session]) -> None:
        for session in sessions:
            for credential in session.credentials:
                if credential.kind is Kind.REFRESH:
                    credential.state = State.EITHER

    def password_changed(
        self, session: Session, issued: Sequence[Artefact], event: Event, new: Secret
    ) -> None:
        """End what the declared scope covers; the caller lives on under a new identifier only."""
        account = self.model.users[session.user]
        self.model.users[session.user] = replace(account, password=new)
        scope = self.policy["password_change.scope"]
        before = list(session.credentials)
        taken = self.renewed(session, issued, event)
        if scope in {"all", "others"}:
            for other in list(self.model.sessions.values()):
                if other.user == session.user and other is not session and other.ended is None:
                    self._end(other, event, "change_password")
        if scope == "all":
            self._end(session, event, "change_password")
        elif self.policy["password_change.rotates_current"]:
            kinds = {c.kind for c in taken}
            for credential in before:
                if credential.kind in AUTHENTICATING or credential.kind in kinds:
                    credential.end("change_password", event)
                    event.ends.append(credential)
            if not taken:
                session.ended = event
        for credential in taken:
            if credential.kind in AUTHENTICATING and credential.state is State.LIVE:
                self.bench.observe(credential)

    def all_revoked(self, session: Session, event: Event) -> None:
        """End every session of the user; whether the caller's own is included is policy."""
        for other in list(self.model.sessions.values()):
            if other.user != session.user or other.ended is not None:
                continue
            if other is not session or self.policy["revoke_all.includes_current"] is True:
                self._end(other, event, "revoke_all")
            elif self.policy["revoke_all.includes_current"] is None:
                self.doubt(session)

    def expired(self, session: Session, event: Event, cause: str) -> None:
        """End a session whose time is over, as the target showed."""
        self._end(session, event, cause)

    def revoked(self, session: Session, event: Event) -> None:
        """End exactly the session whose handle was given."""
        self._end(session, event, "revoke")


def _kind(artefact: Artefact) -> Kind:
    """Return the declared kind of what authenticates; where none is declared, the place tells."""
    if artefact.kind in AUTHENTICATING:
        return artefact.kind
    return Kind.SESSION if artefact.place is Place.COOKIE else Kind.ACCESS
