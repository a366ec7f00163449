"""The requirement catalogue and its typed lookup: an unknown id fails where it is written."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SECTIONS: Mapping[int, str] = {
    1: "Session ID generation",
    2: "Session invalidation",
    3: "Token management",
    4: "Cookie security",
    5: "Session fixation protection",
    6: "Session concurrency and multi-client handling",
    7: "Logging and monitoring",
    8: "Verification and testing",
    9: "Binding, re-authentication and authority",
    10: "Cross-site request forgery and replay",
    11: "Availability",
    12: "Federation",
    13: "Client-side exposure",
}

_OWN_THREAT = re.compile(r"X-[1-9][0-9]*")


class UnknownRequirement(LookupError):  # noqa: N818  the field says it so
    """An id that the catalogue does not hold."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of the catalogue, or one threat of the user's own (ids X-n)."""

    id: str
    title: str
    statement: str
    severity: str = "critical"
    level: str = "extended"
    kind: str = "target"
    needs: tuple[str, ...] = ()
    needs_any: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    asvs: tuple[str, ...] = ()
    wstg: tuple[str, ...] = ()
    cwe: tuple[int, ...] = ()
    std: tuple[str, ...] = ()
    stride: str = ""
    exercised_when: str = ""
    deviation: str = ""
    mutants: tuple[tuple[str, str, str], ...] = ()

    @property
    def section(self) -> int:
        """The guide section (1-8) or catalogue section (9-13); 0 for own threats."""
        return 0 if self.own else int(self.id.removeprefix("SM-").split(".")[0])

    @property
    def own(self) -> bool:
        """True for a threat that a user invented."""
        return self.id.startswith("X-")

    @property
    def order(self) -> tuple[int, int]:
        """Sort key: catalogue order, own threats last."""
        if self.own:
            return (99, int(self.id[2:]))
        section, number = self.id.removeprefix("SM-").split(".")
        return (int(section), int(number))


def _read(entry: Mapping[str, Any]) -> Requirement:
    def texts(key: str) -> tuple[str, ...]:
        return tuple(str(item) for item in entry.get(key, ()))

    return Requirement(
        id=entry["id"],
        title=entry["title"],
        statement=entry["statement"],
        severity=entry["severity"],
        level=entry["level"],
        kind=entry.get("kind", "target"),
        needs=texts("needs"),
        needs_any=texts("needs_any"),
        policy=texts("policy"),
        invariants=texts("invariants"),
        seeds=texts("seeds"),
        asvs=texts("asvs"),
        wstg=texts("wstg"),
        cwe=tuple(int(item) for item in entry.get("cwe", ())),
        std=texts("std"),
        stride=entry.get("stride", ""),
        exercised_when=entry.get("exercised_when", ""),
        deviation=entry.get("deviation", ""),
        mutants=tuple((m["id"], m["kind"], m["d"]) for m in entry.get("mutants", ())),
    )


@cache
def _document() -> Mapping[str, Any]:
    text = Path(__file__).with_name("requirements.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def catalogue() -> Mapping[str, Requirement]:
    """Return all requirements by id, in the order of the catalogue."""
    return {entry["id"]: _read(entry) for entry in _document()["requirement"]}


def requirement(identifier: str) -> Requirement:
    """Return the requirement of this id.

    Raises:
        UnknownRequirement: the id is neither in the catalogue nor of the form X-n.
    """
    if _OWN_THREAT.fullmatch(identifier):
        return Requirement(identifier, title="", statement="")
    try:
        return catalogue()[identifier]
    except KeyError:
        raise UnknownRequirement(
            f"{identifier!r} is no requirement of the catalogue; write one of SM-1.1 to SM-13.3, "
            "or X-1, X-2, ... for a threat of your own"
        ) from None


def policy_keys() -> Mapping[str, Mapping[str, Any]]:
    """Return the policy keys of a profile with their type and default."""
    keys: Mapping[str, Mapping[str, Any]] = _document()["policy_keys"]
    return keys


def guide_sentence(seed: str) -> str:
    """Return the sentence of the guide that a seed key (G2.1, M6, T3) stands for."""
    return str(_document()["seed_bullets"].get(seed, seed))
