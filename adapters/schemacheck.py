"""A YAML file against its JSON schema, with each objection as one sentence in the user's words.

Not a general validator: it explains exactly the keywords that the schemas of this project use.
"""

import difflib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from jsonschema.exceptions import ValidationError

from adapters.secretsource import Position, dotted
from adapters.yamlfile import ProfileError

SCHEMA_PATH = Path(__file__).parent / "declared" / "profile.schema.json"
_TYPES = {
    "object": "a table of keys",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


@cache
def _validator(path: Path = SCHEMA_PATH) -> jsonschema.Draft202012Validator:
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def check(content: object, place: Position, *, schema: Path = SCHEMA_PATH) -> None:
    """Raise ProfileError for the first thing in the file that the schema does not know."""
    errors = sorted(_validator(schema).iter_errors(content), key=_order)
    if errors:
        raise _in_words(errors[0], place)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return what to write instead of an unknown word."""
    names = sorted(known)
    near = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"write one of {', '.join(names)}"


def _order(error: ValidationError) -> tuple[int, int, str]:
    """Unknown keys come first: a misspelt key is the reason why another one is missing."""
    return (error.validator != "additionalProperties", len(error.absolute_path), error.message)


def _in_words(error: ValidationError, place: Position) -> ProfileError:
    at = tuple(error.absolute_path)
    value, schema, instance = _plain(error)
    match error.validator:
        case "additionalProperties":
            known = schema.get("properties", {})
            unknown = next(str(key) for key in instance if key not in known)
            hint = did_you_mean(unknown, known)
            inside = f" in `{dotted(at)}`" if at else ""
            return place.error((*at, unknown), f"is not a key{inside}; {hint}")
        case "required":
            missing = next(str(key) for key in value if key not in instance)
            inside = f"`{dotted(at)}`" if at else "the file"
            meant = schema.get("properties", {}).get(missing, {}).get("description", "")
            says = f" ({meant})" if meant else ""
            return place.error(at, f"lacks a key; add `{missing}`{says} to {inside}")
        case "type":
            return _wrong_type(error, at, place)
        case "enum":
            words = [str(word) for word in value]
            return place.error(
                at, f"is '{error.instance}'; {did_you_mean(str(error.instance), words)}"
            )
        case "pattern":
            return place.error(at, f"is '{error.instance}'; write a date as 2031-12-31")
        case "const":
            return place.error(
                at,
                "is always true; where certificates cannot be checked, write "
                "insecure_because: <the reason> under target.tls instead",
            )
        case "exclusiveMinimum" | "minimum" | "maximum":
            return place.error(at, f"is {error.instance}; write a number above {value}")
        case _:
            return place.error(at, f"cannot be used: {error.message}")


def _plain(error: ValidationError) -> tuple[Any, Any, Any]:
    """Return the keyword's value, its schema and the instance, which the stubs leave open."""
    return error.validator_value, error.schema, error.instance


def _wrong_type(error: ValidationError, at: tuple[str | int, ...], place: Position) -> ProfileError:
    if at[-1] in {"password", "secret", "key"}:
        return place.error(
            at,
            "must not be in the profile itself; write {env: NAME_OF_A_VARIABLE} "
            "or {file: path, key: NAME}",
        )
    if "probe" in at and isinstance(error.instance, str | bool | list):
        known = _validator().schema["$defs"]["probe_one"]["properties"]  # type: ignore[index]
        if at[-1] not in known:
            hint = did_you_mean(str(at[-1]), known)
            return place.error(at, f"is neither a key of a probe nor a named probe; {hint}")
    kinds, _, _ = _plain(error)
    wanted = [kinds] if isinstance(kinds, str) else list(kinds)
    expected = " or ".join(_TYPES[kind] for kind in wanted)
    return place.error(at, f"must be {expected}, not {_described(error.instance)}")


def _described(value: object) -> str:
    for kind, word in (
        (bool, "true or false"),
        (str, "text"),
        (int, "a number"),
        (float, "a number"),
        (list, "a list"),
        (dict, "a table of keys"),
    ):
        if isinstance(value, kind):
            return word
    return "nothing"
