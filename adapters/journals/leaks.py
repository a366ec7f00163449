"""Finds secrets in log lines: whole, or twelve characters of their random part, in any encoding.

Work is linear in the text: every seventh piece of six characters of each form is indexed, so that
each run that counts contains an indexed piece. Eight characters of a value, or a salted hash of
it, let nobody in and are not looked for.

A short value and a number are met by chance within something longer: they count where nothing of a
word or a number stands beside them. A number of less than ten digits and an ordinary word
(``password``) count where the field is called as such secrets are, and a number in quotes, too.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote

from adapters.contract import Kind
from adapters.journals.decoded import readings
from adapters.secrets import VAULT, Vault

PIECE = 12
"""Characters of a value from which on a piece of it counts."""
_BASE64_PIECE = 16
_GRAM = 6
_SHORTEST = 6
_JWT_PARTS = 3
_TWINS = 16
_LONG_NUMBER = 10
_LONGEST_WORD = 16
_NEAR = 64
_AS_IT_IS, _IN_BASE64 = "as it is", "in base64"
_VOWEL, _UNSPEAKABLE = re.compile(r"[aeiouy]"), re.compile(r"[^aeiouy]{5}")
_ESCAPE = r"%[0-9A-Fa-f]{2}|\\+(?:[nrtbf]|u[0-9a-fA-F]{4})"
_BEGINS = re.compile(rf"(?:^|{_ESCAPE}|(?<![0-9])\.|[^\w.])\Z")
_ENDS = re.compile(r"\Z|\.(?![0-9])|[^\w.]")
_QUOTED = re.compile(r"([\"'])\Z")
_SECRETS = (
    r"(?<!by)pass(?:w(?:or)?d|phrase|code|wd)?|pwd|secret|token|code|otp|mfa|2fa"
    r"|(?<![a-z])(?:pin|tan)"
)
_IDENTIFIERS = (
    r"(?:session|sess|sid|auth(?:orization)?|bearer|cookie|key)(?:[._-]?(?:id|key))?"
    r"|(?<![a-z_.-])id"
)
_IS = r"[0-9]*(?:[\"'\\\])]*\s*(?:=>|[=:])\s*|%3[AD])[\[({\s\"'\\]*"
_SAYS = r"[0-9]*(?:\s+(?:is|was|(?:for|of|to)\s+\S{1,40}?))?(?:\s*:)?\s+[\"'\\]*"
"""How prose tells a number: ``code for alice: 654321``."""
USABLE: frozenset[str] = frozenset(
    {
        *(Kind.SESSION, Kind.PRE_AUTH, Kind.ACCESS, Kind.REFRESH, Kind.REMEMBER, Kind.RESET),
        *(Kind.LINK, Kind.CODE, Kind.PENDING, Kind.PROOF),
        *("password", "authorization", "client-secret", "credential"),
    }
)
"""The kinds of secrets that let somebody in."""
_CHOSEN = "password"
"""The kind of secret that people think of, and that may be any word of a language."""


def _called(names: str, *, prose: bool) -> re.Pattern[str]:
    """Return what ends where the value of a field of such a name begins."""
    ends = f"(?:{_IS}|{_SAYS})" if prose else _IS
    return re.compile(rf"(?:{names}){ends}\Z", re.IGNORECASE)


_ALL = f"{_SECRETS}|{_IDENTIFIERS}"
_CALLED: dict[tuple[bool, bool], re.Pattern[str]] = {
    (chosen, number): _called(_SECRETS if chosen else _ALL, prose=number)
    for chosen in (True, False)
    for number in (True, False)
}
"""Is it a password? Is it a number? -> what stands before it where it is told as a secret."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret in a text: its kind, its pseudonym, and how much of it stands there in which form.

    It says nothing of the value itself.
    """

    kind: str
    name: str
    form: str
    length: int
    whole: bool

    @property
    def words(self) -> str:
        """What was found, in plain words."""
        much = "whole" if self.whole else f"{self.length} characters of it"
        return f"{self.name}, {much}, {self.form}"


@dataclass(frozen=True, slots=True)
class _Form:
    text: str
    least: int
    kind: str
    value: str
    how: str


class Leaks:
    """Looks for the usable secrets of a vault; learns what was registered since the last look."""

    def __init__(self, vault: Vault = VAULT) -> None:
        self._vault = vault
        self._known = 0
        self._forms: list[_Form] = []
        self._grams: dict[str, list[tuple[int, int]]] = {}

    def found_in(self, text: str) -> Iterator[Leak]:
        """Yield each secret that a text shows, once for each form.

        What only another reading of the text shows is told once, by what had to be undone.
        """
        self._learn()
        told: set[int] = set()
        for number, length in self._numbers_in(text, told):
            yield self._leak(self._forms[number], length)
        shown = {self._forms[number].value for number in told}
        for undone, reading in readings(text):
            for number, length in self._numbers_in(reading, told):
                form = self._forms[number]
                if form.value not in shown:
                    shown.add(form.value)
                    yield replace(self._leak(form, length), form=_behind(form.how, undone))

    def _numbers_in(self, text: str, told: set[int]) -> Iterator[tuple[int, int]]:
        """Yield (number of a form, characters of it) of what was not told yet."""
        for position in range(len(text) - _GRAM + 1):
            for number, offset in self._grams.get(text[position : position + _GRAM], ()):
                if number in told:
                    continue
                form = self._forms[number]
                start, stop = _run(text, position, form.text, offset)
                if self._counts(form, text, start, stop):
                    told.add(number)
                    yield number, stop - start

    def _leak(self, form: _Form, length: int) -> Leak:
        name = self._vault.pseudonym(form.value, form.kind)
        return Leak(form.kind, name, form.how, length, length == len(form.text))

    def _learn(self) -> None:
        fresh = self._vault.since(self._known)
        self._known += len(fresh)
        for value, kind in fresh:
            if kind in USABLE and len(value) >= _SHORTEST:
                for text, least, how in _forms(_random_part(value)):
                    if how != _IN_BASE64 or not _is_common(value, kind):
                        self._index(_Form(text, min(least, len(text)), kind, value, how))

    def _index(self, form: _Form) -> None:
        number, stride = len(self._forms), max(1, form.least - _GRAM + 1)
        self._forms.append(form)
        for offset in range(0, len(form.text) - _GRAM + 1, stride):
            places = self._grams.setdefault(form.text[offset : offset + _GRAM], [])
            if len(places) < _TWINS:
                places.append((number, offset))

    def _counts(self, form: _Form, text: str, start: int, stop: int) -> bool:
        run = text[start:stop]
        if len(run) == len(form.text):
            return form.how == _IN_BASE64 or _is_meant(form.kind, text, start, stop)
        if len(run) < form.least:
            return False
        # What several values share is no random part of any of them.
        mates = (f for f in self._forms if f.how == form.how and f.value != form.value)
        return not any(run in mate.text for mate in mates)


def _is_meant(kind: str, text: str, start: int, stop: int) -> bool:
    """Tell whether a whole value stands there as itself, and not by chance in something else."""
    value = text[start:stop]
    common = _is_common(value, kind)
    if len(value) >= PIECE and not value.isdecimal() and not common:
        return True
    before, after = text[max(0, start - _NEAR) : start], text[stop : stop + 2]
    if not _BEGINS.search(before) or not _ENDS.match(after):
        return False
    if not common or _CALLED[kind == _CHOSEN, value.isdecimal()].search(before):
        return True
    opening = _QUOTED.search(before)
    return value.isdecimal() and opening is not None and after.lstrip("\\").startswith(opening[1])


def _is_common(value: str, kind: str) -> bool:
    """Tell whether a value is a short number or a plain word, as they stand in any log.

    What a program has drawn is a word by chance, and one of twelve letters is drawn by no chance.
    """
    if value.isdecimal():
        return len(value) < _LONG_NUMBER
    return (
        len(value) <= (_LONGEST_WORD if kind == _CHOSEN else PIECE - 1)
        and value.isascii()
        and value.isalpha()
        and value.islower()
        and len(_VOWEL.findall(value)) >= len(value) / 5
        and not _UNSPEAKABLE.search(value)
    )


def _random_part(value: str) -> str:
    """Return what nobody can guess of a value: of a signed token its signature."""
    parts = value.split(".")
    if len(parts) == _JWT_PARTS and value.startswith("ey") and len(parts[-1]) >= PIECE:
        return parts[-1]
    return value


def _forms(value: str) -> Iterator[tuple[str, int, str]]:
    """Yield (text, shortest piece that counts, how) for each way to write a value."""
    yield value, PIECE, _AS_IT_IS
    quoted = quote(value, safe="", errors="surrogatepass")
    for text in dict.fromkeys((quoted, quoted.replace("%20", "+"))):
        if text != value:
            yield text, PIECE, "URL-encoded"
    data = value.encode("utf-8", "surrogatepass")
    seen = set()
    for shift, skipped in ((0, 0), (1, 2), (2, 3)):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * shift + data).decode().rstrip("=")
            # The first and last characters mix with what stands beside the value.
            text = text[skipped : len(text) - bool((shift + len(data)) % 3)]
            if text not in seen:
                seen.add(text)
                yield text, _BASE64_PIECE, _IN_BASE64


def _behind(how: str, undone: str) -> str:
    """Return how a value is written that stands in another reading of a line."""
    return undone if how == _AS_IT_IS else f"{how}, in {undone}"


def _run(text: str, at: int, form: str, offset: int) -> tuple[int, int]:
    """Return how far a text and a form are the same around a piece that both have."""
    start, first = at, offset
    while start and first and text[start - 1] == form[first - 1]:
        start, first = start - 1, first - 1
    stop, last = at + _GRAM, offset + _GRAM
    while stop < len(text) and last < len(form) and text[stop] == form[last]:
        stop, last = stop + 1, last + 1
    return start, stop
