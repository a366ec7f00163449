"""The identifying part of a sample as octets, words and numbers, for predictors."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from suites.probes.decoding import unbase64, unhex
from suites.probes.identifiers import identifiers

_WORD = 4
_MOST_DIGITS = 80
_UUID_OVERWRITTEN = (1, 2)
_SIGNED = ("signed", "JWT", "signature")


@dataclass(frozen=True, slots=True)
class Parts:
    """What identifies in each value of a sample, in order of issue.

    `octets` is empty where the parts have no common length in octets. `masked` says that some
    bits of them are fixed by a layout. A `sealed` part stands under a signature.
    """

    texts: tuple[str, ...]
    octets: tuple[bytes, ...]
    how: str
    masked: bool
    sealed: bool
    judged: bool

    @property
    def numbers(self) -> list[int]:
        """Each part as one number; empty where it is none."""
        if all(text.isdecimal() and len(text) <= _MOST_DIGITS for text in self.texts):
            return [int(text) for text in self.texts]
        return [int.from_bytes(found, "big") for found in self.octets]

    def words(self, *, backwards: bool, order: "str") -> list[list[int | None]]:
        """Each part as words of 32 bits; None is one that a layout has overwritten in part."""
        found: list[list[int | None]] = []
        for octets in self.octets:
            if len(octets) % _WORD:
                return []
            cut: list[int | None] = [
                int.from_bytes(octets[at : at + _WORD], "big" if order == "big" else "little")
                for at in range(0, len(octets), _WORD)
            ]
            if self.masked:
                for place in _UUID_OVERWRITTEN:
                    cut[place] = None
            found.append(cut[::-1] if backwards else cut)
        return found


@lru_cache(maxsize=16)
def parts_of(values: tuple[str, ...]) -> Parts:
    """Unwrap the values as long as all of them share one known shape, and decode what is left."""
    found = identifiers(values)
    how = ", ".join(found.steps) or "as sent"
    return Parts(
        found.parts,
        _octets(found.parts),
        how,
        masked="UUID" in how,
        sealed=found.assumed or any(word in how for word in _SIGNED),
        judged=found.judged,
    )


def _octets(texts: Sequence[str]) -> tuple[bytes, ...]:
    for decode in (unhex, unbase64):
        decoded = [decode(text) for text in texts]
        whole = [found for found in decoded if found]
        if len(whole) == len(texts) and len({len(found) for found in whole}) == 1:
            return tuple(whole)
    return ()
