"""Records are read as the standards and the field write them; broken ones never raise."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.journals.headers import syslog
from adapters.journals.pairs import cef, key_value
from adapters.journals.usual import schema_of, usual

RFC_5424 = (
    "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 "
    '[exampleSDID@32473 iut="3" eventSource="App\\"x\\]" eventID="1011"][other@1 a="b"] '
    "\ufeffAn application event"
)


def test_the_header_of_rfc_5424_is_read_with_its_structured_data() -> None:
    found = syslog(RFC_5424)
    assert found is not None
    fields, message = found
    assert message == "An application event"
    assert fields["timestamp"] == "2003-10-11T22:14:15.003Z"
    assert (fields["host"], fields["app"]) == ("mymachine.example.com", "evntslog")
    assert (fields["severity"], fields["facility"]) == ("notice", 20)
    assert fields["structured"] == {
        "exampleSDID@32473": {"iut": "3", "eventSource": 'App"x]', "eventID": "1011"},
        "other@1": {"a": "b"},
    }
    assert "procid" not in fields


@pytest.mark.parametrize(
    ("line", "app", "message"),
    [
        ("<34>Oct 11 22:14:15 mymachine su: 'su root' failed", "su", "'su root' failed"),
        ("<34>Oct  1 22:14:15 host sshd[42]: {}", "sshd", "{}"),
        ("<13>2026-11-22T00:10:00.5+01:00 host web[1]: x=1", "web", "x=1"),
        ("Oct 11 22:14:15 host app: in a file", "app", "in a file"),
        ("<12>web[7]: no time at all", "web", "no time at all"),
        ("<12>nothing but a message", None, "nothing but a message"),
        ("<34>1 - - - - - - text", None, "text"),
    ],
)
def test_older_headers_are_read_as_far_as_they_go(line: str, app: str | None, message: str) -> None:
    found = syslog(line)
    assert found is not None
    assert (found[0].get("app"), found[1]) == (app, message)


@pytest.mark.parametrize("line", ["", "plain text", "<999>x", "{}", "<>x", "< 13>x"])
def test_what_has_no_header_is_left_alone(line: str) -> None:
    assert syslog(line) is None


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("user=anna ip=127.0.0.1", {"user": "anna", "ip": "127.0.0.1"}),
        (
            'login failed user="a \\"b\\" c\\nd" ok=',
            {"message": "login failed", "user": 'a "b" c\nd', "ok": ""},
        ),
        ("a=1, b='two words'; c.d=3", {"a": "1", "b": "two words", "c.d": "3"}),
        ('q="user=forged event=login" event=x', {"q": "user=forged event=login", "event": "x"}),
        ("event=login_failure user=bob event=x", {"event": ["login_failure", "x"], "user": "bob"}),
    ],
)
def test_pairs_are_read_with_their_quotes(line: str, fields: Mapping[str, Any]) -> None:
    assert key_value(line) == fields


def test_a_line_without_pairs_is_none() -> None:
    assert key_value("2 + 2 = 4 and https://x/?a=b") is None


def test_a_cef_record_is_read_with_its_escapes_and_labels() -> None:
    fields = cef(
        r"CEF:0|Ven\|dor|web|1.0|reuse|Refresh token \\ reuse|8|src=127.0.0.1 suser=anna "
        r"msg=a\=b c\nd cs1Label=session cs1=h-1 act=revoked and more "
    )
    assert fields is not None
    assert (fields["vendor"], fields["signature"]) == ("Ven|dor", "reuse")
    assert fields["name"] == "Refresh token \\ reuse"
    assert (fields["msg"], fields["session"]) == ("a=b c\nd", "h-1")
    assert fields["act"] == "revoked and more"
    assert usual(fields)["user"] == "anna"
    assert usual(fields)["session"] == "h-1"
    assert schema_of(fields) == "cef"


@pytest.mark.parametrize("line", ["CEF:0|a|b", "cef:0|a|b|c|d|e|f|", "LEEF:1.0|a", ""])
def test_what_only_begins_like_cef_is_none(line: str) -> None:
    assert cef(line) is None


TOLD: Mapping[str, str] = {"user": "anna", "session": "h-1", "source": "127.0.0.9"}


@pytest.mark.parametrize(
    ("schema", "fields", "more"),
    [
        (
            "ecs",
            {
                "@timestamp": "2026-11-22T00:00:00Z",
                "ecs": {"version": "8.11.0"},
                "event": {"action": "login", "outcome": "failure"},
                "user": {"name": "anna", "id": "7"},
                "source.ip": "127.0.0.9",
                "labels": {"session_id": "h-1"},
            },
            {"action": "login", "outcome": "failure", "time": "2026-11-22T00:00:00Z"},
        ),
        (
            "ocsf",
            {
                "class_uid": 3002,
                "metadata": {"version": "1.3.0"},
                "activity_name": "Logon",
                "status_id": 2,
                "time": 1763769600000,
                "user": {"name": "anna"},
                "session": {"uid": "h-1"},
                "src_endpoint": {"ip": "127.0.0.9"},
            },
            {"action": "Logon", "outcome": "failure", "time": "1763769600000"},
        ),
        (
            None,
            {"event": "x", "username": "anna", "session_id": "h-1", "remote_addr": "127.0.0.9"},
            {"action": "x"},
        ),
    ],
)
def test_the_usual_places_of_known_schemas_are_known(
    schema: str | None, fields: Mapping[str, Any], more: Mapping[str, str]
) -> None:
    assert schema_of(fields) == schema
    assert usual(fields) == {**TOLD, **more}


TEXTS = st.text(max_size=60) | st.text('<>1 |\\="[]{}CEF:0-ab\n\r\0', max_size=60)


@pytest.mark.parametrize("read", [syslog, key_value, cef])
def test_nothing_that_is_sent_makes_a_reader_raise(read: Callable[[str], object]) -> None:
    @given(TEXTS.flatmap(lambda text: st.sampled_from([text, f"<13>1 {text}", f"CEF:0|{text}"])))
    def tried(text: str) -> None:
        read(text)

    tried()


@given(
    st.dictionaries(
        st.sampled_from(["user", "event", "cef", "ecs", "class_uid", "metadata", "time", "a.b"]),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=4),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["name", "action", "ip"]), inner, max_size=3)
            ),
            max_leaves=6,
        ),
    )
)
def test_no_record_makes_the_usual_places_raise(fields: Mapping[str, Any]) -> None:
    assert all(isinstance(value, str) for value in usual(fields).values())


def test_a_long_line_is_read_in_time_that_is_linear_in_it() -> None:
    for text in ('a="' + "\\" * 200_000, "a=" * 100_000, "CEF:0|" + "\\|" * 100_000):
        syslog(text), key_value(text), cef(text)
