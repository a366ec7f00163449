"""What it means for every credential that an account, a role or the level of a session changes."""

from collections.abc import Sequence
from dataclasses import replace

from adapters.contract import Artefact, Kind, Place
from adapters.secrets import Secret
from suites.kernel.consequences import Consequences
from suites.kernel.model import AUTHENTICATING, Credential, Event, Session, State

REUSE = "reuse of a remember-me token"


class AuthorityConsequences(Consequences):
    """Keeps the model in step with disabled accounts, resets, roles, step-up and remember-me."""

    # -- what comes with a session ----------------------------------------------------------------

    def opened(self, session: Session, issued: Sequence[Artefact], event: Event) -> None:
        """Give a new session its credentials, and remember what else came with it."""
        super().opened(session, issued, event)
        used = {artefact.value for c in session.credentials for artefact in c.held}
        session.beside = tuple(
            a
            for a in issued
            if a.kind is Kind.UNKNOWN and a.place is Place.COOKIE and a.value not in used
        )

    def _take(
        self,
        session: Session,
        issued: Sequence[Artefact],
        event: Event,
        channel: str | None = None,
    ) -> list[Credential]:
        taken = super()._take(session, issued, event, channel)
        lane = channel or session.channel
        remembered = {a.name: a for a in issued if a.kind is Kind.REMEMBER}
        for artefact in remembered.values():
            known = self.model.by_value(artefact.value.reveal())
            if known is not None and known.owner != session.user:
                # Left on the client by another user: a login does not make it one's own.
                continue
            kept = self._credential(session, Kind.REMEMBER, (artefact,), lane)
            event.issued.append(kept)
            taken.append(kept)
        return taken

    # -- ends -------------------------------------------------------------------------------------

    def ended_all(
        self, user: str, event: Event, cause: str, *, spared: Session | None = None
    ) -> None:
        """End every session of a user, but for one."""
        for session in list(self.model.sessions.values()):
            if session.user == user and session.ended is None and session is not spared:
                self._end(session, event, cause)

    def logged_out(self, session: Session, event: Event) -> None:
        """End what the declared logout scope covers; a client may be remembered beyond it."""
        super().logged_out(session, event)
        if self.policy["remember_me.survives_logout"]:
            for credential in event.ends:
                if credential.kind is Kind.REMEMBER:
                    credential.state = State.EITHER

    def password_changed(
        self, session: Session, issued: Sequence[Artefact], event: Event, new: Secret
    ) -> None:
        """End what the declared scope covers; whether the caller stays remembered is open."""
        super().password_changed(session, issued, event, new)
        for credential in session.credentials:
            if credential.kind is Kind.REMEMBER and credential.state is State.LIVE:
                credential.state = State.EITHER

    def reset(self, user: str, letters: Sequence[Credential], event: Event, new: Secret) -> None:
        """Take over a new password; sessions end as declared, every token sent before is dead."""
        self.model.users[user] = replace(self.model.users[user], password=new)
        for letter in letters:
            letter.end("reset", event)
        if self.policy["reset.scope"] == "all":
            self.ended_all(user, event, "reset")

    def email_changed(self, session: Session, event: Event) -> None:
        """End what the declared scope of a changed recovery address covers."""
        scope = self.policy["factor_change.scope"]
        if scope in {"all", "others"}:
            spared = session if scope == "others" else None
            self.ended_all(session.user, event, "change_email", spared=spared)

    # -- privileges -------------------------------------------------------------------------------

    def replaced(self, session: Session, issued: Sequence[Artefact], event: Event) -> bool:
        """Let a session go on under what was issued; what it was known by before is dead."""
        kinds = AUTHENTICATING
        before = [c for c in session.credentials if c.kind in kinds and c.state is State.LIVE]
        taken = [c for c in self.renewed(session, issued, event) if c.kind in kinds]
        fresh = {(c.kind, c.place) for c in taken}
        for credential in before:
            if (credential.kind, credential.place) in fresh:
                credential.end("privilege", event)
                event.ends.append(credential)
            elif taken:
                # What the session holds elsewhere may follow or not: nobody declared it.
                credential.state = State.EITHER
        for credential in taken:
            self.bench.observe(credential)
        return bool(taken)

    def used_up(self, credential: Credential, event: Event) -> None:
        """Let a remember-me token die by its use, where it is declared to be for one use."""
        if self.policy["remember_me.single_use"]:
            credential.end("boot", event)

    def stolen(self, chain: Sequence[Credential], event: Event) -> None:
        """End a series of which a token was used twice; its sessions may have ended with it.

        Where the target let the thief in nothing more is asked of the series: a look would be one
        more use.
        """
        for credential in chain:
            if credential.state is State.LIVE and event.acknowledged:
                credential.state = State.EITHER
            elif credential.state is State.LIVE:
                credential.end(REUSE, event)
                event.ends.append(credential)
        for session in dict.fromkeys(c.session for c in chain if c.session is not None):
            self.doubt(session)
