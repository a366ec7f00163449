"""Whether a value shows another one: what counts as kinship and what is chance."""

import base64
import hashlib
import hmac

import pytest

from suites.guide.s1_independence import values_of_different_purpose_are_independent as judged
from suites.kernel.model import Event
from suites.kernel.verify import Outcome
from suites.probes.independence import kinship

SECRET = "Zq3_vT9kLm4xW8sB"


@pytest.mark.parametrize(
    ("value", "how"),
    [
        (SECRET, "equals"),
        (f"{SECRET}17", "contains"),
        (SECRET[::-1], "contains the reverse of"),
        (SECRET.encode().hex(), "contains the hex of"),
        (base64.b64encode(SECRET.encode()).decode(), "contains the base64 of"),
        (hashlib.sha1(SECRET.encode()).hexdigest(), "contains the sha1 digest in hex of"),  # noqa: S324
        (
            base64.urlsafe_b64encode(hashlib.sha256(SECRET.encode()).digest()).decode(),
            "contains the sha256 digest in base64 of",
        ),
    ],
)
def test_an_image_that_anybody_can_make_is_kinship(value: str, how: str) -> None:
    assert kinship(value, SECRET) == how


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ("another-value-of-its-own", SECRET),
        (hmac.new(b"key", SECRET.encode(), "sha256").hexdigest(), SECRET),
        (f"{SECRET}17", "17"),
    ],
)
def test_a_keyed_image_and_a_short_value_are_none(value: str, other: str) -> None:
    assert kinship(value, other) is None


def values(*pairs: tuple[str, str]) -> Outcome:
    event = Event(0, "values", None)
    event.extra = list(pairs)
    return judged(event).outcome


def test_a_secret_may_name_what_is_public_and_not_the_reverse() -> None:
    handle = "handle-of-a-session"
    assert values(("access", f"x.{handle}.y"), ("handle", handle)) is Outcome.HELD
    assert values(("session", SECRET), ("handle", f"h-{SECRET}")) is Outcome.VIOLATED
    assert values(("session", handle), ("handle", handle)) is Outcome.VIOLATED


def test_two_copies_for_one_purpose_are_no_kinship() -> None:
    assert values(("csrf", SECRET), ("cookie XSRF-TOKEN", SECRET)) is Outcome.HELD
    assert values(("session", SECRET), ("access", SECRET)) is Outcome.HELD
    assert values(("session", SECRET), ("csrf", SECRET)) is Outcome.VIOLATED
    assert values(("session", SECRET), ("cookie device", SECRET)) is Outcome.VIOLATED
