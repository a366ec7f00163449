"""Recomputation of identifiers: common hashes of what is known about a login, in usual joinings.

The work is bounded: a formula that is not in the list is not found.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice, permutations

from adapters.contract import User
from suites.kernel.sampling import Sampled, values
from suites.kernel.verify_prediction import Attempt
from suites.probes.issue_time import Clock
from suites.probes.octets import parts_of

_LEAST_OCTETS = 8
"""So many octets of a digest agree by chance in no run."""
_HELD_OUT = 10
_LEAST_HITS = 2
_WORK = 100_000
"""Texts that are hashed for one identifier, at most; keys of a MAC are tried on some of them."""
_ALONE, _COUNTED, _FEW = 4096, 256, 16
_ADDRESS = "address"
_ADDRESSES = ("127.0.0.1", "::1", "localhost")
_COMMON = ("", ":", "-", "_", "|")
_SEPARATORS = (*_COMMON, ".", ",", "/", " ")
_HASHES = {
    "md5": hashlib.md5,
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
}
_KEYS = ("secret", "key", "password", "changeme", "session", "test", "default", "keyboard cat")

_RUNNING = ("second", "millisecond", "count alone", "count", "small count")
_LONG = frozenset({"millisecond", "count alone", "count"})
_UNDER_A_KEY = 2
"""So many things joined at most are tried under keys, of which there are many."""

Digest = Callable[[bytes], bytes]
Words = dict[str, tuple[str, ...]]
"""What a formula speaks of -> what that may be for one identifier, as text."""


@dataclass(frozen=True, slots=True)
class Formula:
    """Names of what is joined, in order, and by what."""

    names: tuple[str, ...]
    separator: str

    def texts(self, words: Words) -> Iterator[bytes]:
        """Return every text that the formula gives with these words."""
        texts = [""]
        for at, name in enumerate(self.names):
            glue = self.separator if at else ""
            texts = [f"{text}{glue}{word}" for text in texts for word in words[name]]
        return (text.encode("utf-8", "surrogatepass") for text in texts)

    def __str__(self) -> str:
        glue = f" joined by {self.separator!r}" if len(self.names) > 1 and self.separator else ""
        return " + ".join(self.names) + glue


def recomputed(issued: Sequence[Sampled]) -> Attempt:
    """Hash what is known about the first login in all ways, and the others in the one that fits."""
    found = parts_of(tuple(values(issued)))
    octets = found.octets
    if not octets or len(octets[0]) < _LEAST_OCTETS:
        return Attempt()
    clock = Clock(issued)
    rest = range(1, len(octets), max(1, len(octets) // _HELD_OUT))
    for formula, name, digest in _fitting(_words(issued, clock, 0), octets[0]):
        hits = sum(_gives(formula, digest, _words(issued, clock, at), octets[at]) for at in rest)
        if hits >= _LEAST_HITS:
            told = f"{name}({formula}), {found.how}"
            return Attempt(told, hits, len(rest), sealed=found.sealed)
    return Attempt()


def _words(issued: Sequence[Sampled], clock: Clock, number: int) -> Words:
    """Return what is known about one login."""
    one = issued[number]
    return {
        **_facts(one.user),
        "device": (one.device,),
        _ADDRESS: _ADDRESSES,
        "second": tuple(map(str, clock.seconds(number))),
        "millisecond": tuple(map(str, clock.milliseconds(number))),
        "count alone": tuple(map(str, range(_ALONE))),
        "count": tuple(map(str, range(_COUNTED))),
        "small count": tuple(map(str, range(_FEW))),
    }


def _facts(user: User) -> Words:
    local = user.name.partition("@")[0]
    facts: Words = {"login name": (user.name,), "name before the @": (local,)}
    for name, value in (("identity", user.identity), ("reference", user.reference)):
        if value:
            facts[name] = (value,)
    mails = {name: (value,) for name, value in user.personal.items() if "mail" in name and value}
    return facts | mails


def _formulas(words: Words) -> Iterator[Formula]:
    """Return the usual joinings, the likely ones first."""
    known = [name for name in words if name not in _RUNNING]
    people = [name for name in known if name != _ADDRESS]
    for running in ("second", "millisecond", "count alone"):
        yield Formula((running,), "")
    for name in known:
        yield from joined(name, "second")
    for name in people:
        yield from joined(name, _ADDRESS, "second")
    yield from joined("second", "small count")
    for name in people:
        yield from joined(name, "second", "small count")
    for running in ("millisecond", "count"):
        for name in known:
            yield from joined(name, running, glues=_COMMON)
    for name in people:
        yield from joined(name, _ADDRESS, "small count")


def joined(*names: str, glues: Sequence[str] = _SEPARATORS) -> Iterator[Formula]:
    """Return these names in every order, with every separator."""
    for order in permutations(names):
        yield from (Formula(order, glue) for glue in glues)


def _fitting(words: Words, wanted: bytes) -> Iterator[tuple[Formula, str, Digest]]:
    """Return every formula that gives these octets, within the allowed work."""
    left = _WORK
    for formula in _formulas(words):
        for text in islice(formula.texts(words), max(0, left)):
            left -= 1
            for name, digest in digests(len(wanted)):
                if digest(text)[: len(wanted)] == wanted:
                    yield formula, name, digest
    for formula in _formulas(words):
        if _LONG.isdisjoint(formula.names) and len(formula.names) <= _UNDER_A_KEY:
            for text in formula.texts(words):
                for name, digest in _keyed(len(wanted)):
                    if digest(text)[: len(wanted)] == wanted:
                        yield formula, name, digest


def _gives(formula: Formula, digest: Digest, words: Words, wanted: bytes) -> bool:
    return any(digest(text)[: len(wanted)] == wanted for text in formula.texts(words))


@cache
def digests(size: int) -> list[tuple[str, Digest]]:
    """Return the hashes that give so many octets, or more."""
    return [
        (name, partial(_plain, name))
        for name, function in _HASHES.items()
        if function(usedforsecurity=False).digest_size >= size
    ]


def _plain(name: str, text: bytes) -> bytes:
    return _HASHES[name](text, usedforsecurity=False).digest()


@cache
def _keyed(size: int) -> list[tuple[str, Digest]]:
    return [
        (f"hmac-{name} with the key {key!r}", partial(_sealed, name, key.encode()))
        for name, _ in digests(size)
        for key in _KEYS
    ]


def _sealed(name: str, key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, name)
