"""A browser without a screen: follows redirects, fills in the login, agrees, and stops in time.

It knows pages and forms; what the way is for is known by those who send it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from adapters.checked import AdapterError
from adapters.contract import Acknowledged, Answer, Device, Refused, Unclear, User
from adapters.declared.outcome import no_evidence
from adapters.exchange import Reply
from adapters.oidc.forms import Form, forms_of
from adapters.oidc.settings import FormHints
from adapters.outgoing import FORM
from adapters.transport import Tap, Transport

MOST_STEPS = 20
MOST_AGREEMENTS = 3
_LATER = frozenset({"server_error", "temporarily_unavailable"})
Fields = tuple[tuple[str, str], ...]
Step = tuple[str, str, Fields]


@dataclass(frozen=True, slots=True)
class Landing:
    """A request that was not made, because the way ends before it."""

    method: str
    url: str
    fields: Fields

    @property
    def said(self) -> Mapping[str, str]:
        """What travels with it: query, fragment and form alike."""
        parts = urlsplit(self.url)
        pairs = [*parse_qsl(parts.query), *parse_qsl(parts.fragment), *self.fields]
        return dict(pairs)

    @property
    def refusal(self) -> Answer | None:
        """What the error in it means, None when there is none."""
        error = self.said.get("error")
        if error is None:
            return None
        why = f"the provider answered {error}"
        return Unclear(why) if error in _LATER else Refused(why)


@dataclass(slots=True)
class Browser:
    """One way through pages, from one device.

    `prompt` is added where the way passes the authorization endpoint and names none, so that a
    browser that is logged in already is asked again.
    """

    transport: Transport
    device: Device
    hints: FormHints
    learn: Tap
    where: str
    prompt: tuple[str, str] | None = None
    typed: bool = False
    agreed: int = 0

    def go(
        self,
        url: str,
        stops: Callable[[str], bool],
        user: User | None,
        *,
        agree: bool = True,
        ends: bool = False,
    ) -> Landing | Answer:
        """Go on until a stop, a refusal, or where nothing more can be done.

        `ends` takes a page without any question for the end of the way.
        """
        step: Step = ("GET", url, ())
        for _ in range(MOST_STEPS):
            method, url, fields = step
            if stops(url):
                return Landing(method, url, fields)
            if not self.transport.scope.allows(url):
                return Refused(f"sent to {urlsplit(url).netloc}, which is not part of the target")
            reply = self.send(method, url, fields)
            if unclear := no_evidence(reply):
                return Unclear(unclear.why, crashed=unclear.crashed)
            onward = reply.last.location
            turn = self._turn(reply, user, agree=agree, ends=ends) if onward is None else onward
            if isinstance(turn, Acknowledged | Refused | Unclear):
                return turn
            step = ("GET", self._asked_again(turn), ()) if isinstance(turn, str) else turn
        return Unclear(f"no end after {MOST_STEPS} pages")

    def _turn(self, reply: Reply, user: User | None, *, agree: bool, ends: bool) -> Step | Answer:
        """Return what a page leads to: its form filled in, or what it means that there is none."""
        told = reply.told()
        found = forms_of(reply.text, reply.last.url)
        login = next((form for form in found if self._asks_password(form)), None)
        if login is not None:
            if self.typed or user is None:
                return Refused(f"{told}: the login form is shown")
            self.typed = True
            return _sent(login, self._typed(login, user))
        button = self._agreement(reply, found)
        if button is not None:
            if not agree or self.agreed == MOST_AGREEMENTS:
                return Refused(f"{told}: a confirmation is asked for")
            self.agreed += 1
            return _sent(button, button.filled({}))
        if not reply.ok:
            return Refused(told)
        if ends:
            return Acknowledged()
        raise self.lost(reply)

    def send(self, method: str, url: str, fields: Fields) -> Reply:
        """Make one request, without following."""
        body = urlencode(fields).encode() if method == "POST" else None
        headers = {"Content-Type": FORM} if body is not None else {}
        return self.transport.send(
            self.device, method, url, headers=headers, body=body, learn=self.learn
        )

    def lost(self, reply: Reply) -> AdapterError:
        """Return the error that says which page cannot be used and what to write."""
        what = "no form that gives consent" if self.typed else "no form with a password field"
        key = (
            "consent: <a CSS selector of the form>"
            if self.typed
            else "password: <name of the field>"
        )
        return AdapterError(
            f"{self.where}: the page {reply.path} has {what}; name it as "
            f"`adapter.oidc.login_form: {{{key}}}`, or write an adapter in Python"
        )

    def _typed(self, form: Form, user: User) -> Fields:
        username = self.hints.username or form.username
        password = self.hints.password or form.password or ""
        if username is None:
            raise AdapterError(
                f"{self.where}: the login form has no text field for the name; name it as "
                "`adapter.oidc.login_form: {username: <name of the field>}`"
            )
        return form.filled({username: user.name, password: user.password.reveal()})

    def _asks_password(self, form: Form) -> bool:
        named = {name for name, _ in form.fields}
        return form.password is not None or self.hints.password in named

    def _agreement(self, reply: Reply, found: Iterable[Form]) -> Form | None:
        if self.hints.consent is not None:
            found = forms_of(reply.text, reply.last.url, selector=self.hints.consent)
        posted = [form for form in found if form.method == "POST"]
        return posted[0] if posted and reply.ok else None

    def _asked_again(self, url: str) -> str:
        if self.prompt is None or urlsplit(url).path != urlsplit(self.prompt[0]).path:
            return url
        asked = dict(parse_qsl(urlsplit(url).query))
        return url if "prompt" in asked else _with_query(url, (("prompt", self.prompt[1]),))


def _sent(form: Form, fields: Fields) -> Step:
    """Return the request of a form; what a GET form holds goes into the address."""
    if form.method == "POST":
        return "POST", form.action, fields
    return "GET", _with_query(form.action, fields), ()


def _with_query(url: str, more: Fields) -> str:
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(more)) if part)
    return urlunsplit(parts._replace(query=query))
