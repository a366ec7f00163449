"""What a profile says of a browser, and the operations that a browser adds to an adapter."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from adapters.browser import BrowserTrouble, Chromium, lacking
from adapters.contract import Acknowledged, Answer, Device, Refused, Unclear, User
from adapters.declared.authority import words_of
from adapters.declared.issued import Issued
from adapters.declared.outcome import Meaning, Outcome
from adapters.declared.spec import BrowserSpec, Channel, Move
from adapters.declared.template import PLAIN, fill_all, unknown_words
from adapters.exchange import Exchange, Reply
from adapters.profilefile import Profile
from adapters.scenes import Act, Crossing, Scene, Way
from adapters.schemacheck import did_you_mean
from adapters.secrets import Secret
from adapters.transport import Transport, absolute
from adapters.window import Window
from adapters.yamlfile import KeyPath

AT: KeyPath = ("adapter", "browser")
OPERATIONS = frozenset({"open_window", "in_window", "close_window"})
CROSSING = "cross_site"
_STEPS = ("open", "fill", "click", "wait")
_KEPT_BACK = (
    *("ERR_BLOCKED_BY_ORB", "ERR_BLOCKED_BY_RESPONSE", "ERR_ABORTED"),
    "ERR_HTTP_RESPONSE_CODE_FAILURE",
)
"""What Chromium says of a request that was sent, and whose answer the page may not see."""
GET_FORM = "a form sends `write_marker` (a {}) as a GET of a page, and Lax cookies go with that"
_PLAIN_FORM = "text/plain"
_WEB_FORM = "application/x-www-form-urlencoded"


class Browsing:
    """The operations of a browser: one window for each client that is one."""

    def __init__(
        self,
        transport: Transport,
        browser: Chromium,
        spec: BrowserSpec,
        channels: Mapping[str, Channel],
        nodes: Sequence[str],
    ) -> None:
        self._transport = transport
        self._browser = browser
        self._spec = spec
        self._channels = channels
        self._nodes = nodes
        self.channel = spec.channel
        self.pages = spec.pages
        self.can_log_out = bool(spec.log_out)
        marking = "write_marker" in channels[spec.channel].operations
        self.offered = OPERATIONS | ({CROSSING} if marking else frozenset())

    def log_in(
        self, device: Device, node: int, words: Mapping[str, str]
    ) -> tuple[Reply, Outcome, Issued]:
        """Log in with a browser, and hand on what it was given to the device."""
        made = self._opened(device, node, words)
        self.close_window(device, channel=self.channel, node=node)
        return made

    def _opened(
        self, device: Device, node: int, words: Mapping[str, str]
    ) -> tuple[Reply, Outcome, Issued]:
        """Log in with a browser that holds what the device does."""
        said, base = self._channels[self.channel], self._nodes[node]
        issued = Issued(said)
        window: Window | None = None
        seen: list[Exchange] = []
        held = device.jar.pairs_for(
            absolute(base, "/"), trust_loopback=self._transport.trust_loopback
        )
        pairs = [(name, value.reveal()) for name, value in held]
        try:
            window = self._browser.open(partial(Window, spec=self._spec))
            accepted = self._browser.within(window, partial(window.log_in, base, words, pairs))
            seen = self._witnessed(window, device, issued)
            self._learn_the_rest(window, device, issued, base)
        except BrowserTrouble as trouble:
            if window is not None:
                self._shut(window)
            return _nothing(device, str(trouble)), Outcome(Meaning.UNCLEAR, str(trouble)), issued
        device.window = window
        reply = Reply(tuple(seen)) if seen else _nothing(device, "the browser asked for nothing")
        if accepted is None:
            why = f"`{self._spec.signed_in}` did not appear after the login with a browser"
            return reply, Outcome(Meaning.UNCLEAR, why), issued
        meaning = Meaning.DONE if accepted else Meaning.DECLINED
        told = "signed in" if accepted else "still at the login form"
        return reply, Outcome(meaning, f"the browser is {told}"), issued

    def open_window(self, user: User, device: Device, *, channel: str, node: int) -> Answer:
        """Log in with a browser whose window stays open."""
        if channel != self.channel:
            return Unclear(f"adapter.browser logs in on channel {self.channel}, not {channel}")
        _, outcome, issued = self._opened(device, node, words_of(user))
        if outcome.meaning is Meaning.DONE:
            url, trusted = absolute(self._nodes[node], "/"), self._transport.trust_loopback
            return Acknowledged(issued.with_jar(device, url, trust_loopback=trusted))
        self.close_window(device, channel=channel, node=node)
        if outcome.meaning is Meaning.DECLINED:
            return Refused(outcome.why, issued.artefacts(False))
        return Unclear(outcome.why, issued.artefacts(None))

    def in_window(self, device: Device, act: Act, page: str, *, channel: str, node: int) -> Scene:
        """Do one thing in the window of a device, and look at it."""
        window = device.window
        if window is None:
            return Scene(act, page, why=f"{device.name} has no window open")
        issued = Issued(self._channels[channel])
        try:
            shown, kept = self._browser.within(
                window, partial(window.act, act, page, self._nodes[node])
            )
            self._witnessed(window, device, issued)
        except BrowserTrouble as trouble:
            return Scene(act, page, why=str(trouble))
        return Scene(act, page, shown, kept, issued=issued.artefacts(True))

    def close_window(self, device: Device, *, channel: str, node: int) -> Answer:
        """Close the window of a device."""
        window, device.window = device.window, None
        if window is not None:
            self._shut(window)
        return Acknowledged()

    def cross_site(
        self, device: Device, way: Way, value: str, *, channel: str, node: int
    ) -> Crossing:
        """Let a page of another site try to write the marker, by the user's browser."""
        operation = self._channels[channel].operations.get("write_marker")
        window = device.window
        if operation is None or window is None:
            return Crossing(way, why="there is no window, or channel declares no `write_marker`")
        request = operation.request
        if way is Way.FORM and request.method != "POST":
            return Crossing(way, why=GET_FORM.format(request.method))
        fields: dict[str, str] = {}
        url, kind = absolute(self._nodes[node], request.path), _WEB_FORM
        if request.form is not None:
            fields = {k: str(v) for k, v in fill_all(request.form, {"value": value}).items()}
        elif request.payload is not None:
            fields, kind = _disguised(fill_all(request.payload, {"value": value})), _PLAIN_FORM
        if way is Way.IMAGE:
            url, kind = f"{url}?{urlencode({'value': value})}", _WEB_FORM
        try:
            sent = self._browser.within(window, partial(window.cross, way, url, fields, kind))
            self._witnessed(window, device, Issued(self._channels[channel]))
        except BrowserTrouble as trouble:
            return Crossing(way, why=str(trouble))
        if sent is None:
            return Crossing(way, why="the browser did not send the request")
        if sent.trouble and not any(word in sent.trouble for word in _KEPT_BACK):
            return Crossing(way, why=sent.trouble)
        return Crossing(way, _cookie_names(sent))

    def close(self) -> None:
        """Close the browser."""
        self._browser.close()

    def _shut(self, window: Window) -> None:
        try:
            self._browser.within(window, window.close)
        except BrowserTrouble:
            # It is gone already.
            self._browser.forget(window)

    def _witnessed(self, window: Window, device: Device, issued: Issued) -> list[Exchange]:
        found: list[Exchange] = self._browser.within(window, lambda: list(window.taken()))
        for number, exchange in enumerate(found):
            if number == window.prepared:
                issued.main_part()
            self._transport.witness(device, exchange, issued.learn)
        return found

    def _learn_the_rest(self, window: Window, device: Device, issued: Issued, base: str) -> None:
        """Take over what scripts made of an answer: cookies of their own, and stored tokens."""
        cookies = self._browser.within(window, lambda: window.cookies)
        kinds = self._transport.secret_kinds
        for name, value in cookies:
            known = device.jar.get(name)
            if known is None or known.reveal() != value:
                device.jar.set(name, Secret(value, kinds.get(name, "cookie")))
        stored = self._browser.within(window, lambda: window.stored)
        for spec in self._channels[self.channel].artefacts:
            if spec.source.how == "storage" and stored.get(spec.source.what):
                issued.found(spec, stored[spec.source.what])


def with_browser(adapter: Any, profile: Profile, transport: Transport) -> None:  # noqa: ANN401
    """Let an adapter use its target with a browser, or say why it cannot."""
    said = profile.adapter.get("browser")
    if said is None:
        return
    channels: Mapping[str, Channel] = adapter._channels
    spec = read_browser(profile, said, channels)
    missing = lacking(spec.executable)
    if missing is None and transport.proxy:
        missing = "a browser does not go through target.proxy: leave one of them out"
    if missing is None and transport.tls.client_cert:
        missing = "a browser does not show target.tls.client_cert: leave one of them out"
    if missing is not None:
        adapter.lacking = {"browser": missing}
        by_browser = [c.name for c in channels.values() if c.operations["login"].browser]
        if by_browser:
            raise profile.error(("adapter", "login"), f"needs a browser; {missing}")
        return
    target = profile.target
    browser = Chromium(
        target.scope,
        tls=target.tls,
        program=spec.executable,
        headers=transport.headers,
        seconds=target.timeout_seconds,
        moves=max(len(spec.moves), len(spec.log_out)),
    )
    browsing = Browsing(transport, browser, spec, channels, target.nodes)
    adapter.browsing = browsing
    for name in browsing.offered:
        setattr(adapter, name, getattr(browsing, name))
    adapter.offers |= browsing.offered


def read_browser(
    profile: Profile, said: Mapping[str, Any], channels: Mapping[str, Channel]
) -> BrowserSpec:
    """Return what the section `adapter.browser` says, or raise ProfileError."""
    channel = said.get("channel", next(iter(channels)))
    if channel not in channels:
        hint = did_you_mean(channel, channels)
        raise profile.error((*AT, "channel"), f"is '{channel}', which is no channel; {hint}")
    log_out = said.get("log_out", [])
    return BrowserSpec(
        channel=channel,
        login_page=said["login_page"],
        moves=_moves(profile, said),
        signed_in=said["signed_in"],
        pages=tuple(said["pages"]),
        refused=said.get("refused"),
        log_out=(log_out,) if isinstance(log_out, str) else tuple(log_out),
        executable=said.get("executable"),
    )


def _moves(profile: Profile, said: Mapping[str, Any]) -> tuple[Move, ...]:
    if "steps" in said:
        if {"fields", "submit"} & set(said):
            raise profile.error((*AT, "steps"), "replaces `fields` and `submit`; keep one of them")
        return tuple(
            _step(profile, step, (*AT, "steps", number))
            for number, step in enumerate(said["steps"])
        )
    if not said.get("fields") or "submit" not in said:
        raise profile.error(AT, "does not say how to log in; add `fields` and `submit`, or `steps`")
    for selector, text in said["fields"].items():
        _known_words(profile, text, (*AT, "fields", selector))
    return (
        *(Move("fill", s, text, "adapter.browser.fields") for s, text in said["fields"].items()),
        Move("click", said["submit"], key="adapter.browser.submit"),
    )


def _step(profile: Profile, said: Mapping[str, Any], at: KeyPath) -> Move:
    done = [word for word in _STEPS if word in said]
    if len(done) != 1 or ("with" in said) != (done == ["fill"]):
        raise profile.error(at, "needs exactly one of open, click and wait, or fill and with")
    _known_words(profile, said.get("with", ""), at)
    return Move(done[0], said[done[0]], said.get("with", ""), "adapter.browser.steps")


def _known_words(profile: Profile, text: str, at: KeyPath) -> None:
    for word in unknown_words(text):
        hint = did_you_mean(word, ("user.name", "user.password", *PLAIN))
        raise profile.error(at, f"uses {{{word}}}, which is no template; {hint}")


def _nothing(device: Device, why: str) -> Reply:
    return Reply((Exchange(0, device.name, "GET", "", (), None, None, trouble=why),))


def _cookie_names(exchange: Exchange) -> frozenset[str]:
    lines = (value for name, value in exchange.request_headers if name.lower() == "cookie")
    return frozenset(
        pair.partition("=")[0].strip() for line in lines for pair in line.split(";") if pair
    )


def _disguised(payload: object) -> dict[str, str]:
    """Return the one field of a text/plain form that a lenient reader takes for this JSON."""
    if not isinstance(payload, Mapping):
        return {}
    text = json.dumps({**payload, "pad": "="})
    name, _, rest = text.rpartition("=")
    return {name: rest}
