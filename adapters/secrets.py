"""Values that must never be shown: passwords, cookies, tokens; each with a keyed pseudonym.

Not a redactor: the writers scrub what they write with the values registered here.
"""

import hashlib
import hmac
import os
import threading
from collections.abc import Iterator


class Vault:
    """All secret values of this run, known before anything is written."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or os.urandom(32)
        self._kinds: dict[str, str] = {}
        self._order: list[str] = []
        self._lock = threading.Lock()

    @property
    def key(self) -> bytes:
        """What pseudonyms are made with: a process that takes part in this run needs the same."""
        return self._key

    def adopt(self, key: bytes) -> None:
        """Make the pseudonyms of another process."""
        self._key = key

    def register(self, value: str, kind: str) -> None:
        """Remember a value so that no artefact of the run shows it; the first kind wins."""
        # Two threads may learn one value at once; who counts what is new must not count it twice.
        with self._lock:
            if value and value not in self._kinds:
                self._kinds[value] = kind
                self._order.append(value)

    def pseudonym(self, value: str, kind: str) -> str:
        """Return the stand-in that is the same for the same value within this run only."""
        digest = hmac.new(self._key, value.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return f"<{self._kinds.get(value, kind)}#{digest.hexdigest()[:6]}>"

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Iterate over (value, kind)."""
        return iter(self.since(0))

    def since(self, known: int) -> list[tuple[str, str]]:
        """Return (value, kind) of all but the first `known`, in the order of registering."""
        return [(value, self._kinds[value]) for value in self._order[known:]]

    def __len__(self) -> int:
        return len(self._order)


VAULT = Vault()


class Secret:
    """A secret string whose repr, str and format show its pseudonym, never the value.

    `made_up` marks a value of our own invention (an altered or guessed one): it protects nothing,
    and registering it would black out ordinary words such as "null" in every report.
    """

    __slots__ = ("_value", "kind")

    def __init__(self, value: str, kind: str = "secret", *, made_up: bool = False) -> None:
        self._value = value
        self.kind = kind
        if not made_up:
            VAULT.register(value, kind)

    def reveal(self) -> str:
        """Return the value itself; only a request may carry it."""
        return self._value

    def __repr__(self) -> str:
        return VAULT.pseudonym(self._value, self.kind)

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(
            self._value.encode("utf-8", "surrogatepass"),
            other._value.encode("utf-8", "surrogatepass"),
        )

    def __hash__(self) -> int:
        return hash(self._value)

    def __len__(self) -> int:
        return len(self._value)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a Secret is never pickled: it would leave the process in clear")
