"""What an adapter in code sees of one answer, and how it turns that into words of the contract."""

from dataclasses import dataclass

from adapters.contract import Acknowledged, Answer, Artefact, Device, Refused, Seen, Unclear
from adapters.declared.issued import Issued
from adapters.declared.outcome import Meaning, matches, no_evidence, outcome_of
from adapters.declared.spec import Expect, Operation, Request
from adapters.exchange import Reply
from adapters.extract import Source

_ANY = Operation(Request("GET", "/"))


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of the target, redirects included."""

    reply: Reply
    device: Device
    issued: Issued
    base: str
    trust_loopback: bool

    @property
    def status(self) -> int | None:
        """The status code, None when no answer came."""
        return self.reply.status

    @property
    def ok(self) -> bool:
        """True for 2xx."""
        return self.reply.ok

    @property
    def text(self) -> str:
        """The body as text."""
        return self.reply.text

    def redirected_to(self, path: str) -> bool:
        """Return whether the call was redirected to this path or below it."""
        return matches(self.reply, Expect(redirect=path))

    def json(self, path: str) -> str | None:
        """Return the first value at a JSON path, as text."""
        return Source("json", path).find(self.reply)

    def all_json(self, path: str) -> tuple[str, ...]:
        """Return every value at a JSON path, as text."""
        return tuple(Source("json", path).find_all(self.reply))

    def css(self, selector: str, attribute: str | None = None) -> str | None:
        """Return the text, or an attribute, of the first element a selector matches."""
        return Source("css", selector, attribute).find(self.reply)

    def field(self, name: str) -> str | None:
        """Return the value of the form field of this name."""
        return Source("field", name).find(self.reply)

    def meta(self, name: str) -> str | None:
        """Return the content of the meta tag of this name."""
        return Source("meta", name).find(self.reply)

    def header(self, name: str) -> str | None:
        """Return the first header of this name."""
        return self.reply.header(name)

    def artefacts(self, *, authenticated: bool | None = True) -> tuple[Artefact, ...]:
        """Return what the answer issued."""
        return self.issued.artefacts(authenticated)

    def answer(
        self,
        *,
        acknowledged: bool | None = None,
        refused: bool | None = None,
        logs_in: bool = False,
        logs_out: bool = False,
    ) -> Answer:
        """Return the answer of an operation; what is not said follows the status code.

        `logs_in` adds every cookie the device presents now; `logs_out` says that what was issued
        belongs to nobody.
        """
        outcome = no_evidence(self.reply)
        told = self.reply.told()
        if outcome is not None:
            return Unclear(outcome.why, self.issued.artefacts(None), outcome.crashed)
        if acknowledged and refused:
            return Unclear(f"{told}: acknowledged and refused at once", self.artefacts())
        meaning = outcome_of(self.reply, _ANY).meaning
        if acknowledged is None and not refused:
            acknowledged = meaning is Meaning.DONE
        if refused is None and not acknowledged:
            refused = meaning is Meaning.DECLINED
        if acknowledged and logs_in:
            url = f"{self.base}/"
            trusted = self.trust_loopback
            return Acknowledged(self.issued.with_jar(self.device, url, trust_loopback=trusted))
        if acknowledged:
            return Acknowledged(self.issued.artefacts(not logs_out))
        if refused:
            return Refused(told, self.issued.artefacts(False))
        return Unclear(f"{told}: neither acknowledged nor refused", self.issued.artefacts(None))

    def seen(
        self, which: str, *, identity: str | None, nobody: bool, marker: str | None = None
    ) -> Seen:
        """Return what a probe saw; an identity together with `nobody` is unclear."""
        outcome = no_evidence(self.reply)
        told = self.reply.told()
        if outcome is not None:
            given = self.issued.artefacts(None)
            return Seen(which, None, False, outcome.why, issued=given, crashed=outcome.crashed)
        if bool(identity) == nobody:
            both = "names a reader and nobody" if identity else "names neither a reader nor nobody"
            return Seen(which, None, False, f"{told}: {both}", issued=self.issued.artefacts(None))
        given = self.issued.artefacts(bool(identity))
        return Seen(which, identity or None, True, told, marker=marker, issued=given)
