"""The exchanges of a minimal scenario as a bash script that anybody can run with curl.

It shows no secret: what the profile holds comes from the environment, and what the target issues is
taken from its answer and handed on. It does not repeat overlapping requests in parallel.
"""

import re
import shlex
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from adapters.exchange import Exchange, header
from reports.redaction import REDACTOR, Redactor
from reports.writers import words
from reports.writers.issued import Source, Use, find, prepared, spot
from suites.kernel.results import Violation

SECONDS = 30
_PAUSE_WORTH_REPEATING = 0.5
_ADMINISTRATOR = "administrator"
_OF_THE_PROFILE = frozenset({"credential", "authorization"})
_NO_ANSWER = "000"
_LEFT_TO_CURL = frozenset({"host", "content-length", "connection", "accept-encoding"})
_LOGIN_NAME = re.compile(r"user|login|e-?mail|account|name", re.IGNORECASE)
_FORM = "application/x-www-form-urlencoded"

_HEAD = """\
#!/usr/bin/env bash
# {requirement}: {claim}
# Finding {finding}, replayed with curl; needs bash, curl, sed and python3.
# Ends with 0 when every answer has the status that the run saw. SHOW=1 prints the answers.
#
# Scenario:
{scenario}
#
# Expected: {expected}
# Seen:     {seen}
set -eu

TARGET=${{TARGET:-{origin}}}
{settings}answers=$(mktemp -d)
trap 'rm -rf "$answers"' EXIT

same=0
# request STATUS METHOD URL [curl options]: keeps the answer, compares its status with the run's
request() {{
  local before=$1 method=$2 url=$3 status
  shift 3
  if [ "$method" = HEAD ]; then set -- --head "$@"; fi
  status=$(curl --silent --show-error --globoff --path-as-is --max-time {seconds}{tls} \\
    --dump-header "$answers/headers" --output "$answers/body" \\
    --write-out '%{{http_code}}' --request "$method" "$@" "$url") || [ "$before" = {lost} ]
  if [ "$status" = "$before" ]; then
    same=$((same + 1))
    printf '%s %s -> %s\\n' "$method" "${{url%%[?;]*}}" "$status"
  else
    printf '%s %s -> %s (in the run: %s)\\n' "$method" "${{url%%[?;]*}}" "$status" "$before"
  fi
  sed -n 's/\\r$//; s/^[Ss]et-[Cc]ookie: *\\([^=]*\\)=[^;]*/  sets \\1=.../p' "$answers/headers"
  if [ -n "${{SHOW:-}}" ]; then head -c 2000 "$answers/body"; echo; fi
}}
"""

_HELPERS = {
    "cookie": """\
# cookie NAME N: the value of the N-th Set-Cookie header of this name
cookie() {
  tr -d '\\r' < "$answers/headers" | sed -n "s/^[Ss]et-[Cc]ookie: *$1=\\([^;]*\\).*/\\1/p" |
    sed -n "$2p"
}
""",
    "field": """\
# field KEY...: a value of the JSON answer
field() {
  python3 -c 'import json, sys
try:
    value = json.load(open(sys.argv[1], encoding="utf-8"))
    for key in sys.argv[2:]:
        value = value[int(key) if isinstance(value, list) else key]
    print(value)
except (LookupError, TypeError, ValueError):
    pass' "$answers/body" "$@"
}
""",
    "between": """\
# between FILE START END: what stands between two texts in the answer
between() {
  python3 -c 'import sys
text = open(sys.argv[1], encoding="utf-8", errors="replace", newline="").read()
found = text.partition(sys.argv[2])[2]
print(found.partition(sys.argv[3])[0] if sys.argv[3] else found)' "$answers/$1" "$2" "$3"
}
""",
    "json_text": """\
# json_text VALUE: the value as a JSON string
json_text() { V=$1 python3 -c 'import json, os; print(json.dumps(os.environ["V"]))'; }
""",
    "encoded": """\
# encoded VALUE: the value as it stands in an address
encoded() {
  V=$1 python3 -c 'import os, urllib.parse; print(urllib.parse.quote(os.environ["V"], safe=""))'
}
""",
    "new_password": """\
# new_password: for an account that this script creates
new_password() { python3 -c 'import secrets; print(f"Rt{secrets.token_urlsafe(12)}-9")'; }
""",
    "never_issued": """\
# never_issued LENGTH: a value that the target has never issued
never_issued() { python3 -c 'import secrets, sys; n = int(sys.argv[1])
print(secrets.token_urlsafe(n)[:n])' "$1"; }
""",
}


def script(violation: Violation, *, ca: str | None = None, redactor: Redactor = REDACTOR) -> str:
    """Return the script that repeats the last replay of a violation."""
    return _Script(violation, ca, redactor).text()


class _Script:
    """Binds each value to a shell variable at the answer that issued it."""

    def __init__(self, violation: Violation, ca: str | None, redactor: Redactor) -> None:
        self._violation = violation
        self._exchanges = violation.exchanges
        self._ca = ca
        self._kinds = dict(redactor.vault)
        self._redactor = redactor
        self._origin = _origin(self._exchanges[0].url) if self._exchanges else ""
        self._wanted = [
            value
            for value in spot(self._exchanges, self._kinds)
            if self._varies(value) and not self._is_part(value)
        ]
        self._creates_accounts = False
        self._as_written: set[str] = set()
        self._bound: dict[str, str] = {}
        self._names: dict[str, int] = {}
        self._environment: dict[str, str] = {}

    def text(self) -> str:
        lines: list[str] = []
        previous: Exchange | None = None
        for place, exchange in enumerate(self._exchanges):
            lines += self._paused(previous, exchange)
            lines += self._request(exchange)
            lines += self._captures(place, exchange)
            previous = exchange
        lines += self._verdict()
        body = "\n".join(lines).lstrip("\n")
        helpers = [text for name, text in _HELPERS.items() if f"$({name}" in body]
        return "\n".join([self._head(), *helpers, body, ""])

    def _varies(self, value: str) -> bool:
        """Tell whether a value belongs into a variable: secrets, and what the target made up."""
        secret = self._redactor.scrub(value) != value
        return secret or any(find(exchange, value) for exchange in self._exchanges)

    def _is_part(self, value: str) -> bool:
        """Tell whether a value of the profile is part of another one, as of `Bearer ...`."""
        if self._kinds.get(value) not in _OF_THE_PROFILE:
            return False
        return any(
            value in other and value != other and kind in _OF_THE_PROFILE
            for other, kind in self._kinds.items()
        )

    def _head(self) -> str:
        violation = self._violation
        settings = [f': "${{{name}:?{hint}}}"' for name, hint in self._environment.items()]
        if self._ca is not None:
            settings.insert(0, f"CA=${{CA:-{shlex.quote(self._ca)}}}")
        return _HEAD.format(
            requirement=violation.requirement,
            claim=_comment(violation.claim),
            finding=_comment(violation.finding),
            scenario="\n".join(f"#   {_comment(step)}" for step in words.numbered(violation.told)),
            expected=_comment(violation.expected),
            seen=_comment(violation.seen),
            origin=shlex.quote(self._origin),
            settings="".join(f"{line}\n" for line in settings),
            seconds=SECONDS,
            lost=_NO_ANSWER,
            tls=' --cacert "$CA"' if self._ca is not None else "",
        )

    def _paused(self, previous: Exchange | None, exchange: Exchange) -> list[str]:
        if previous is None:
            return []
        pause = exchange.sent_at - previous.sent_at - previous.seconds
        return ["", f"sleep {pause:.1f}"] if pause >= _PAUSE_WORTH_REPEATING else []

    def _request(self, exchange: Exchange) -> list[str]:
        path = self._redactor.scrub(urlsplit(exchange.url).path) or "/"
        answered = exchange.trouble if exchange.status is None else str(exchange.status)
        told = f"{exchange.device}: {exchange.method} {path}, answered {answered}"
        before: list[str] = []
        for value in self._wanted:
            if value not in self._bound and _carries(exchange, value):
                before += self._brought(exchange, value)
        options: list[str] = []
        for name, value in exchange.request_headers:
            if name.lower() in _LEFT_TO_CURL or (name.lower(), value) == ("accept", "*/*"):
                continue
            options.append(f"-H {self._quoted(f'{name}: {value}')}")
        options += self._body(exchange)
        url = exchange.url
        address = self._quoted(url.removeprefix(self._origin), in_address=True)
        if url.startswith(self._origin):
            address = f'"$TARGET"{address}'
        status = _NO_ANSWER if exchange.status is None else exchange.status
        lines = ["", f"# {exchange.number}. {_comment(told)}", *before]
        if exchange.upgraded:
            return [*lines, "# (over a WebSocket, which curl does not keep open: left out here)"]
        return [*lines, " \\\n  ".join([f"request {status} {exchange.method} {address}", *options])]

    def _body(self, exchange: Exchange) -> list[str]:
        if not exchange.request_body:
            return []
        text = exchange.request_body.decode("utf-8", "replace")
        kind = (header(exchange.request_headers, "Content-Type") or "").lower()
        if kind.startswith(_FORM):
            fields = parse_qsl(text, keep_blank_values=True)
            if fields and all(re.fullmatch(r"[\w.\[\]-]+", name) for name, _ in fields):
                return [
                    f"--data-urlencode {self._quoted(f'{name}={value}')}" for name, value in fields
                ]
        return [f"--data-raw {self._quoted(text, in_json='json' in kind)}"]

    def _brought(self, exchange: Exchange, value: str) -> list[str]:
        """Bind a value that no earlier answer issued."""
        if (made := self._derived(value)) is not None:
            name = self._bind(value, "ALTERED")
            return [f"{name}={made}"]
        if self._kinds.get(value) in _OF_THE_PROFILE:
            carriers = (key for key, content in exchange.request_headers if value in content)
            carrier = next(carriers, "this request")
            name = self._bind(value, f"{carrier}_CREDENTIAL")
            self._environment[name] = f"set it to what the profile sends as {_word(carrier)}"
            return []
        if self._kinds.get(value) == "password":
            return self._password(exchange, value)
        if self._redactor.scrub(value) == value:
            self._as_written.add(value)
            return []
        name = self._bind(value, "NEVER_ISSUED")
        return [f"{name}=$(never_issued {len(value)})"]

    def _password(self, exchange: Exchange, value: str) -> list[str]:
        """Bind a password: made up for an account that is created here, else asked for."""
        login = _login_name(exchange, self._kinds)
        name = self._bind(value, f"{login}_PASSWORD" if login else "NEW_PASSWORD")
        self._creates_accounts |= exchange.device == _ADMINISTRATOR
        if self._creates_accounts:
            return [f"{name}=$(new_password)"]
        whose = f"the password of {login.lower()}" if login else "the password in this request"
        self._environment[name] = f"set it to {whose}"
        return []

    def _derived(self, value: str) -> str | None:
        """Return the value as a change of one that is already known, None when it is none."""
        for known, name in self._bound.items():
            if value == known.upper():
                return f'"${{{name}^^}}"'
            if value == known.lower():
                return f'"${{{name},,}}"'
            start, end = _shared(known, value)
            middle = value[start : len(value) - end]
            if start + end < len(value) / 2 or self._redactor.scrub(middle) != middle:
                continue
            first = f'"${{{name}:0:{start}}}"' if start else ""
            last = f'"${{{name}:{len(known) - end}}}"' if end else ""
            return f"{first}{shlex.quote(middle) if middle else ''}{last}"
        return None

    def _captures(self, place: int, exchange: Exchange) -> list[str]:
        lines = []
        later = self._exchanges[place + 1 :]
        for value in self._wanted:
            if value in self._bound or value in self._as_written:
                continue
            if not any(_carries(other, value) for other in later):
                continue
            source = find(exchange, value)
            if source is not None:
                name = self._bind(value, source.name or self._kinds.get(value, "value"))
                lines += [
                    f"{name}=$({_capture(source)})",
                    f': "${{{name}:?the answer to request {exchange.number} holds no '
                    f'{_word(source.told)}}}"',
                ]
        return lines

    def _verdict(self) -> list[str]:
        count = sum(not exchange.upgraded for exchange in self._exchanges)
        return [
            "",
            f"# Expected: {_comment(self._violation.expected)}",
            f"# Seen:     {_comment(self._violation.seen)}",
            f'echo "$same of {count} answers have the status that the run saw."',
            f'[ "$same" = {count} ]',
        ]

    def _bind(self, value: str, wish: str) -> str:
        stem = re.sub(r"[^A-Z0-9]+", "_", wish.upper()).strip("_") or "VALUE"
        stem = f"V_{stem}" if stem[0].isdigit() else stem
        self._names[stem] = count = self._names.get(stem, 0) + 1
        asked_for = stem.endswith(("PASSWORD", "CREDENTIAL")) and count == 1
        self._bound[value] = name = stem if asked_for else f"{stem}_{count}"
        return name

    def _quoted(self, text: str, *, in_address: bool = False, in_json: bool = False) -> str:
        """Return the text as one shell word, known values replaced by their variables."""
        out = []
        for part in prepared(text, self._bound, in_address=in_address, in_json=in_json):
            if isinstance(part, Use):
                known = f"${part.variable}"
                out.append(f'"$({part.through} "{known}")"' if part.through else f'"{known}"')
            elif part:
                out.append(part if re.fullmatch(r"[\w./:=@%+,-]+", part) else shlex.quote(part))
        return "".join(out) or "''" * (not in_address)


def _capture(source: Source) -> str:
    return " ".join([source.helper, *(shlex.quote(argument) for argument in source.arguments)])


def _carries(exchange: Exchange, value: str) -> bool:
    return value in spot((exchange,), (value,))


def _comment(text: str) -> str:
    return " ".join(text.split())


def _word(text: str) -> str:
    """Return text that may stand in a message of the shell."""
    return re.sub(r"[^A-Za-z0-9_ .:-]", "_", text)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _shared(known: str, value: str) -> tuple[int, int]:
    """Return how long a start and an end (not overlapping) the two values share."""
    most = min(len(known), len(value))
    start = next((at for at in range(most) if known[at] != value[at]), most)
    most -= start
    end = next((at for at in range(most) if known[-1 - at] != value[-1 - at]), most)
    return start, end


def _login_name(exchange: Exchange, secret: Sequence[str] | dict[str, str]) -> str:
    """Return the login name that travels beside a password, as the start of a variable's name."""
    text = (exchange.request_body or b"").decode("utf-8", "replace")
    pairs = parse_qsl(text) or []
    pairs += re.findall(r'"([^"\\]+)"\s*:\s*"([^"\\]*)"', text)
    for key, value in pairs:
        if _LOGIN_NAME.search(key) and value and value not in secret:
            return re.sub(r"[^A-Z0-9]+", "_", value.partition("@")[0].upper()).strip("_")
    return ""
