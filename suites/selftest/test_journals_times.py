"""Times are read in all forms that programs write, and whatever else stands there is no error."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.journals.events import Event, EventMap
from adapters.journals.formats import fields
from adapters.journals.lines import Line
from adapters.journals.times import moment

AT = 1935817689
MAP = {"time": "time", "count": "count", "events": {"logout": {"event": "logout"}}}


@pytest.mark.parametrize(
    "said",
    [
        "2031-05-06T07:08:09Z",
        "2031-05-06 09:08:09,000+02:00",
        "06/May/2031:07:08:09 +0000",
        "Tue, 06 May 2031 07:08:09 GMT",
        "Tue, 06 May 2031 09:08:09 +0200 (CEST)",
        "Tue May  6 07:08:09 UTC 2031",
        "Tue May 06 2031 09:08:09 GMT+0200 (Central European Summer Time)",
        "2031-05-06 07:08:09 UTC",
        "2031/05/06 07:08:09 UTC",
        "2031-05-06 07:08:09UTC",
        "2031-05-06 07:08:09.000GMT",
        "2031-05-06 09:08:09 +0200",
        "2031-05-06 07:08:09+00",
        "2031-05-06 07:08:09.000000000 +0000 UTC",
        "2031-05-06 09:08:09.000000000 +0200 CEST m=+0.100000001",
        "2031-05-06 10:08:09 +0300 +03",
        "2031-05-06T07:08:09Z[UTC]",
        "2031-05-06T09:08:09+02:00[Europe/Berlin]",
        "2031-05-06T09:08:09+02:00[Europe/Berlin][u-ca=iso8601]",
        "2031-05-06 07:08:09,000 +0000",
        "2031-05-06 07:08:09.000 +00:00",
        AT,
        AT * 10**3,
        AT * 10**6,
        AT * 10**9,
        str(AT),
        f"{AT}.000",
        f"{AT}000",
        f"{AT}000000",
        f"{AT}000000000",
    ],
)
def test_times_are_read_in_the_usual_forms(said: object) -> None:
    assert moment(said) == (AT, True)


def test_parts_of_a_second_count() -> None:
    assert moment("2031-05-06 07:08:09.250000000 +0000 UTC") == (AT + 0.25, True)
    assert moment(AT * 10**3 + 250) == (AT + 0.25, True)


@pytest.mark.parametrize(
    "said",
    [
        "2031-05-06T07:08:09",
        "2031/05/06 07:08:09",
        20310506070809,
        "20310506070809",
        "0001-01-01T00:00:00",
    ],
)
def test_a_time_without_zone_is_told_apart(said: object) -> None:
    found, zoned = moment(said)
    assert found is not None
    assert not zoned


def test_a_date_without_what_parts_it_is_no_number_of_seconds() -> None:
    assert moment("20310506070809") == moment("2031-05-06T07:08:09")


@pytest.mark.parametrize(
    "said",
    [
        *("yesterday", "", "-", "²" * 10, "9" * 400, 10**400, "1" * 10_000),
        *(float("nan"), float("inf"), True, None, [1], {"a": 1}),
        *(
            "Tue, 06 May 2031 07:08:09 PM",
            "May 6, 2031 7:08:09 a.m.",
            "6 May 2031 07:08:09PM",
            2**32,
            20310506070809123,
        ),
        *(
            "20311306070809",
            "20310506070809.5",
            "2031-05-06 07:08:09 CET",
            "Tue May  6 07:08:09 CET 2031",
            "2031-13-06T07:08:09Z",
        ),
    ],
)
def test_what_is_no_time_and_what_nobody_can_read_is_none(said: object) -> None:
    assert moment(said) == (None, False)


DATES = st.from_regex(
    r"[0-9]{1,5}[-/][0-9]{2}[-/][0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r" ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2})?(\[[A-Z]*\])?",
    fullmatch=True,
)


@given(st.text() | st.integers().map(str) | st.integers() | st.floats() | DATES)
@example("0001-01-01T00:00:00")
@example("9999-12-31T23:59:59.999999-23:59")
@example("²²²²²²²²²²")
@example("1.²²²²²²²²²²")
@example(10**400)
def test_nothing_that_stands_in_a_line_makes_the_reader_raise(said: object) -> None:
    found, zoned = moment(said)
    assert found is not None or not zoned


def event_of(**said: object) -> Event:
    """Return the event of a line that says so."""
    line = Line(json.dumps({"event": "logout", **said}), 0.0, "test")
    known = fields(line.text)
    assert known is not None
    (found,) = EventMap(MAP).events(line, known, 1)
    return found


def test_an_event_keeps_what_could_not_be_read_of_its_time() -> None:
    assert event_of(time="6.5.2031 7h").unread == "6.5.2031 7h"
    assert len(event_of(time="9" * 400).unread) < 100
    assert [event_of(time=said).unread for said in ("none", "", None, AT)] == [""] * 4


@pytest.mark.parametrize("count", ["²", "³²", "9" * 5000, "-1", "x"])
def test_a_count_that_is_no_number_counts_once(count: str) -> None:
    assert event_of(count=count).count == 1


def test_a_count_is_read() -> None:
    assert event_of(count="3").count == event_of(count=3).count == 3
