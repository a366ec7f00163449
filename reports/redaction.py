"""Takes every secret of the run out of what is written, in whatever encoding it appears.

It does not decide what is secret: it reads the vault, where a value is registered before it is
first recorded.

What counts as a secret in a text
---------------------------------
*   **Eight characters of a value**, plain, reversed, URL-, JSON- or HTML-escaped; and what stands
    for eight characters in hexadecimal (16 digits) or base64 (11 characters, any alignment).
    A cut-off value is thus as little shown as a whole one.
*   **A value made of ordinary words** (``password-1``, ``correct horse battery``) does not make its
    words secret: of it counts the whole value, or a piece that runs from one word into the next.
    Its hexadecimal and base64 forms count as those of any other value.
*   **The report's own numbers** (a UUID, a digest of 32 or 64 hexadecimal digits, a time) share
    eight digits with some identifier by chance: of a value's digits twelve count in one of them.
    A second of this year is none, though a signed value carries the one it was made in.
*   **The scheme before a credential** (``Bearer ...``) is public; what follows it counts. So is
    the address around the secret of a second factor (``otpauth://...``), which names the product.
*   **A value of four to seven characters** counts where it stands as a word of its own.
*   **No secret at all** are values shorter than four characters, what is no password but a single
    lower-case word (``true``) or a number of less than eight digits, and the words declared
    ordinary (login names, the name of a cookie) with every piece of them: a text cannot be kept
    free of them and still say something.
"""

import base64
import html
import json
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from adapters.secrets import VAULT, Secret, Vault

SHORTEST = 4
WINDOW = 8
_GRAM = 6
_HEX_RUN = 16
_BASE64_RUN = 11
_IN_OWN_NUMBER = 12
_LONGEST = 16_384
_TWINS = 8
_SHIFT = 20
_OFFSET = (1 << _SHIFT) - 1
_VARIETY = 4
_FEWEST_VOWELS, _MOST_DIGITS = 0.2, 4

_SCHEME = re.compile(r"(?:Basic|Bearer|DPoP|JWT|Token) +", re.IGNORECASE)
_SEED = re.compile(r"otpauth://[^?]*\?(?:.*&)?secret=([A-Za-z2-7]{8,})", re.IGNORECASE)
_LETTERS = re.compile(r"[A-Za-z]+")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_CROSSES_WORDS = re.compile(r"[A-Za-z]{2}[^A-Za-z]+[A-Za-z]{2}")
_VOWEL = re.compile(r"[aeiouyAEIOUY]")
_ESCAPE = re.compile(r"&#?\w+;|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\.")
_UNSPEAKABLE = re.compile(r"[^aeiouyAEIOUY]{5}")
_CHUNK = re.compile(r"""[^\s"'`<>&;,=(){}\[\]]+""")
_EMBEDDED = re.compile(r"""(;base64,|\bd\("[^"]*",\s*")([A-Za-z0-9+/]{64,}={0,2})(?=["'])""")
_PROGRAM = re.compile(r'(<script\s[^<>"]*src="data:text/javascript;base64,)[A-Za-z0-9+/]+={0,2}"')
_PLAIN = re.compile(r"\w+")
_HEX_DIGITS = re.compile(r"[0-9a-f-]+")
_OWN_NUMBER = re.compile(
    r"(?<!\w)(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}|[0-9a-f]{32}|\d{10,17})(?!\w)"
)
_OWN_LENGTH = 64
_SECOND, _YEAR = 10, 366 * 86400


@dataclass(frozen=True, slots=True)
class _Form:
    """One way in which a value can be written."""

    text: str
    tag: str
    least: int
    words: bool


class Redactor:
    """Replaces what a vault holds by pseudonyms; learns what was registered since the last call.

    Every third six-character piece of a form is indexed (further apart in the longer encodings),
    so each run that counts contains an indexed piece; a hit is confirmed by following the form in
    both directions. Work is linear in the text and does not depend on the number of secrets.
    """

    def __init__(self, vault: Vault = VAULT) -> None:
        self.vault = vault
        self._known = 0
        self._lock = threading.Lock()
        self._ordinary: set[str] = set()
        self._forms: list[_Form] = []
        self._grams: dict[str, int] = {}
        self._twins: dict[str, list[int]] = {}
        self._words: dict[str, str] = {}

    def ordinary(self, words: Iterable[str]) -> None:
        """Declare words that are no secrets even if the target uses them as a value, or in one."""
        self._ordinary.update(words)
        self._known = 0
        for index in (self._forms, self._grams, self._twins, self._words):
            index.clear()

    def scrub(self, text: str) -> str:
        """Return the text with a pseudonym in the place of each secret."""
        self._learn()
        if self._grams and len(text) >= _GRAM:
            text = _replaced(text, self._runs(text))
        if self._words:
            text = _PLAIN.sub(self._short, _CHUNK.sub(self._short, text))
        return text

    def scrub_bytes(self, data: bytes) -> bytes:
        """Return the bytes with a pseudonym in the place of each secret."""
        try:
            return self.scrub(data.decode("utf-8")).encode("utf-8")
        except UnicodeDecodeError:
            return self.scrub(data.decode("latin-1")).encode("latin-1")

    def scrub_data(self, value: object) -> Any:  # noqa: ANN401  plain data has no narrower type
        """Return plain data (mappings, sequences, text) with every text scrubbed, keys too."""
        if isinstance(value, str):
            return self.scrub(value)
        if isinstance(value, Secret):
            return str(value)
        if isinstance(value, Mapping):
            return {self.scrub(str(key)): self.scrub_data(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.scrub_data(item) for item in value]
        if isinstance(value, int | float) and self.holds(str(value).encode()):
            # As text: a pseudonym in the place of a number is no JSON.
            return self.scrub(str(value))
        return value

    def holds(self, data: bytes) -> bool:
        """Tell whether the bytes show a secret."""
        return self.scrub_bytes(data) != data

    def _learn(self) -> None:
        if self._known != len(self.vault):
            # Two threads that learn at once would count what is new twice.
            with self._lock:
                self._learn_rest()

    def _learn_rest(self) -> None:
        fresh = self.vault.since(self._known)
        for value, kind in fresh:
            if value in self._ordinary or _is_no_secret(value, kind):
                continue
            tag = self.vault.pseudonym(value, kind)
            told = _told(value)
            if len(told) < WINDOW:
                self._words.setdefault(told, tag)
            worded = _is_worded(told)
            for text, least, readable in _forms(told[:_LONGEST]):
                if len(text) >= WINDOW:
                    self._index(_Form(text, tag, min(least, len(text)), worded and readable))
        # Only now does another thread find all of them.
        self._known += len(fresh)

    def _index(self, form: _Form) -> None:
        number = len(self._forms) << _SHIFT
        self._forms.append(form)
        last = len(form.text) - _GRAM
        stride = max(1, form.least - _GRAM + 1)
        for offset in range(0, last + 1, stride):
            gram = form.text[offset : offset + _GRAM]
            if self._grams.setdefault(gram, number + offset) != number + offset:
                twins = self._twins.setdefault(gram, [])
                # Values that share a prefix (the header of a JWT) share its pieces; one of the
                # first few leads through the prefix, the rest is told by the pieces behind it.
                if len(twins) < _TWINS:
                    twins.append(number + offset)

    def _runs(self, text: str) -> Iterator[tuple[int, int, str]]:
        grams, twins = self._grams, self._twins
        position, end = 0, len(text) - _GRAM
        while position <= end:
            gram = text[position : position + _GRAM]
            place = grams.get(gram)
            if place is None:
                position += 1
                continue
            runs = [self._follow(text, position, at) for at in (place, *twins.get(gram, ()))]
            start, stop, tag = max(runs, key=lambda run: run[1] - run[0])
            if stop == start:
                position += 1
                continue
            yield start, stop, tag
            position = max(position + 1, stop - _GRAM + 1)

    def _follow(self, text: str, position: int, place: int) -> tuple[int, int, str]:
        form = self._forms[place >> _SHIFT]
        offset = place & _OFFSET
        left = _common_suffix(text, position, form.text, offset)
        right = _common_prefix(text, position + _GRAM, form.text, offset + _GRAM)
        start, stop = position - left, position + _GRAM + right
        counts = stop - start == len(form.text) or (
            stop - start >= form.least
            and _is_telling(text[start:stop], form)
            and not _is_by_chance(text, start, stop)
            and not any(text[start:stop] in word for word in self._ordinary)
        )
        return (start, stop, form.tag) if counts else (start, start, form.tag)

    def _short(self, match: re.Match[str]) -> str:
        word = match.group()
        return self._words.get(word) or self._words.get(word.rstrip(".:!?")) or word


REDACTOR = Redactor()


def sweep(folder: Path, redactor: Redactor = REDACTOR) -> list[Path]:
    """Return the files below the folder that still show a secret; unreadable ones count."""
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        try:
            data = path.read_bytes()
            if path.suffix == ".html":
                data = unfolded(data.decode("utf-8", "replace")).encode()
            dirty = redactor.holds(data) or redactor.holds(path.name.encode())
        except OSError:
            dirty = True
        if dirty:
            found.append(path)
    return found


def unfolded(page: str) -> str:
    """Return a page with the files that are embedded in it as base64 decoded, and no program.

    A token and a file may share eight characters of base64, since both are made of JSON or of
    English; decoded, they share nothing, and what a file shows of a secret is found. The program
    of a page is that of its renderer, whatever a run found: in its tables of colours stand eight
    digits of one hexadecimal identifier in some thousand.
    """
    return _EMBEDDED.sub(
        lambda found: f"{found[1]}{_decoded(found[2])}", _PROGRAM.sub(r'\1"', page)
    )


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except ValueError:
        return text


def _told(value: str) -> str:
    """Return the part of a value that tells something: all but what is public around it."""
    scheme = _SCHEME.match(value)
    if seed := _SEED.match(value):
        return seed.group(1)
    rest = value[scheme.end() :] if scheme else ""
    return rest if len(rest) >= SHORTEST else value


def _forms(value: str) -> Iterator[tuple[str, int, bool]]:
    """Yield (text, shortest run that counts, readable) for each way to write the value."""
    quoted = quote(value, safe="", errors="surrogatepass")
    readable = (
        value,
        value[::-1],
        quoted,
        quote_plus(value, errors="surrogatepass"),
        re.sub(r"%[0-9A-F]{2}", lambda code: code[0].lower(), quoted),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        html.escape(value),
        html.escape(value).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
    )
    for text in dict.fromkeys(readable):
        yield text, WINDOW, True
    data = value.encode("utf-8", "surrogatepass")
    yield data.hex(), _HEX_RUN, False
    if data.hex() != data.hex().upper():
        yield data.hex().upper(), _HEX_RUN, False
    seen = set()
    for shift, skipped in ((0, 0), (1, 2), (2, 3)):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * shift + data).decode().rstrip("=")
            # The first and last characters mix with what stands beside the value.
            text = text[skipped : len(text) - bool((shift + len(data)) % 3)]
            if text not in seen:
                seen.add(text)
                yield text, _BASE64_RUN, False


def _is_no_secret(value: str, kind: str) -> bool:
    """Tell whether the value is too common a word or number to be kept out of a text."""
    if len(value) < SHORTEST:
        return True
    if kind == "password":
        return False
    if len(value) < WINDOW and value.isdecimal():
        return True
    return value.isalpha() and value.islower() and _is_worded(value)


def _is_worded(value: str) -> bool:
    """Tell whether the value is made of words a person would say, and few digits."""
    if sum(character.isdigit() for character in value) > _MOST_DIGITS:
        return False
    parts = _LETTERS.findall(value)
    letters = "".join(parts)
    return (
        bool(letters)
        and len(_VOWEL.findall(letters)) >= _FEWEST_VOWELS * len(letters)
        and all(_WORD.fullmatch(part) and _VOWEL.search(part) for part in parts)
        and not any(_UNSPEAKABLE.search(part) for part in parts)
    )


def _is_telling(run: str, form: _Form) -> bool:
    # `&quot;` or `%22` is one character of the value, not six or three.
    if "&" in run or "%" in run or "\\" in run:
        run = _ESCAPE.sub(".", run)
        if len(run) < WINDOW:
            return False
    if form.words:
        return _CROSSES_WORDS.search(run) is not None
    return len(set(run[:64])) >= _VARIETY


def _is_by_chance(text: str, start: int, stop: int) -> bool:
    """Tell whether a short run of digits is a part of a number that the report itself has made."""
    run = text[start:stop]
    if len(run) - run.count("-") >= _IN_OWN_NUMBER or not _HEX_DIGITS.fullmatch(run):
        return False
    if len(run) == _SECOND and run.isdecimal() and abs(int(run) - time.time()) < _YEAR:
        return True
    around = _OWN_NUMBER.finditer(text, max(0, start - _OWN_LENGTH), stop + _OWN_LENGTH)
    # The number is longer than the run: what stands alone is what is left of a value.
    return any(
        own.start() <= start and stop <= own.end() and len(own[0]) > len(run) for own in around
    )


def _common_prefix(text: str, at: int, form: str, offset: int) -> int:
    limit = min(len(text) - at, len(form) - offset)
    count = 0
    while count < limit and text[at + count] == form[offset + count]:
        count += 1
    return count


def _common_suffix(text: str, at: int, form: str, offset: int) -> int:
    limit = min(at, offset)
    count = 0
    while count < limit and text[at - count - 1] == form[offset - count - 1]:
        count += 1
    return count


def _replaced(text: str, runs: Iterable[tuple[int, int, str]]) -> str:
    """Replace runs by their tags; touching runs become one, named after the longest."""
    merged: list[tuple[int, int, str]] = []
    longest: list[int] = []
    for found in runs:
        start, stop, tag = found
        length = stop - start
        while merged and merged[-1][1] >= start:
            first, last, other = merged.pop()
            if (rival := longest.pop()) >= length:
                length, tag = rival, other
            start, stop = min(start, first), max(stop, last)
        merged.append((start, stop, tag))
        longest.append(length)
    out: list[str] = []
    done = 0
    for start, stop, tag in merged:
        out += (text[done:start], tag)
        done = stop
    out.append(text[done:])
    return "".join(out)
