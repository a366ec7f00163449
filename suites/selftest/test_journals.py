"""Log files are followed through whatever happens to them, and their lines become events."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.journals.events import MapError
from adapters.journals.files import FileSource
from adapters.journals.journal import Journal
from adapters.journals.lines import SourceError


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log file with a line that was there before."""
    path = tmp_path / "app.log"
    path.write_bytes(b"before\n")
    return path


@pytest.fixture
def source(log: Path) -> Iterator[FileSource]:
    """The source that follows it."""
    found = FileSource(log)
    found.open()
    yield found
    found.close()


def _append(path: Path, text: bytes) -> None:
    with path.open("ab") as file:
        file.write(text)


def _texts(source: FileSource) -> list[str]:
    return [line.text for line in source.lines()]


def test_only_what_comes_after_the_beginning_counts(log: Path, source: FileSource) -> None:
    _append(log, b"one\ntwo\n")
    assert _texts(source) == ["one", "two"]
    assert _texts(source) == []


def test_a_line_is_read_once_it_is_complete(log: Path, source: FileSource) -> None:
    _append(log, b"one\nhal")
    assert _texts(source) == ["one"]
    _append(log, b"f\r\n")
    assert _texts(source) == ["half"]


def test_bytes_that_are_no_utf8_are_tolerated(log: Path, source: FileSource) -> None:
    _append(log, b"caf\xe9\n")
    assert _texts(source) == ["caf�"]


def test_a_renamed_file_is_read_to_its_end_before_the_new_one(
    log: Path, source: FileSource
) -> None:
    _append(log, b"one\n")
    log.rename(log.with_name("app.log.1"))
    assert _texts(source) == ["one"]
    _append(log.with_name("app.log.1"), b"two\nlast")
    log.write_bytes(b"three\n")
    assert _texts(source) == ["two", "last", "three"]
    _append(log, b"four\n")
    assert _texts(source) == ["four"]


def test_a_file_that_became_shorter_is_read_from_its_beginning(
    log: Path, source: FileSource
) -> None:
    _append(log, b"a long line that is there\n")
    assert len(_texts(source)) == 1
    log.write_bytes(b"new\n")
    assert _texts(source) == ["new"]


def test_a_log_that_is_not_there_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no\.log cannot be read: it does not exist$"):
        FileSource(tmp_path / "no.log").open()


MAP: dict[str, Any] = {
    "time": "time",
    "subject": ["user.id", "account"],
    "handle": "session",
    "source": "ip",
    "count": "times",
    "events": {
        "login_success": {"event.action": "login", "ok": True},
        "logout": [{"event.action": "logout"}, {"msg": {"pattern": "^bye"}}],
        "revocation": {"event.action": ["kill", "killed"]},
    },
}


Opening = Callable[..., Journal]


@pytest.fixture
def opened(log: Path) -> Iterator[Opening]:
    """What opens the journal of a section `event_log`, and closes it at the end."""
    every: list[Journal] = []

    def open_one(at: Path = log, **said: Any) -> Journal:
        every.append(Journal({**MAP, "sources": [{"file": str(at)}], **said}, log.parent))
        every[-1].open()
        return every[-1]

    yield open_one
    for journal in every:
        journal.close()


def test_lines_become_the_events_they_are_mapped_to(log: Path, opened: Opening) -> None:
    journal = opened()
    _append(
        log,
        b'{"time": "2031-05-06T07:08:09Z", "event": {"action": "login"}, "ok": true, '
        b'"user": {"id": 7}, "session": "s1", "ip": "::1"}\n'
        b'{"event.action": "kill", "account": "bob", "session": ["s1", "s2"], "times": 3}\n'
        b'{"msg": "bye bob"}\n{"msg": "hello"}\n',
    )
    login, kill, logout = journal.read()
    assert (login.kind, login.subject, login.handle, login.source) == (
        "login_success",
        "7",
        "s1",
        "::1",
    )
    assert (login.zoned, login.time) == (True, 1935817689)
    assert (kill.kind, kill.subject, kill.handles, kill.count) == (
        "revocation",
        "bob",
        ("s1", "s2"),
        3,
    )
    assert (logout.kind, logout.subject, logout.handle) == ("logout", None, None)
    assert journal.map.never_seen == ()


def test_text_is_read_by_a_pattern_with_named_groups(log: Path, opened: Opening) -> None:
    journal = opened(
        sources=[{"file": "app.log", "pattern": r"^(?P<time>\S+) (?P<what>\w+) (?P<account>\w+)"}],
        events={"logout": {"what": "logout"}},
    )
    _append(log, b"2031-05-06T07:08:09+02:00 logout alice\n!!\n")
    (event,) = journal.read()
    assert (event.kind, event.subject, event.zoned) == ("logout", "alice", True)
    assert journal.note == "1 of 2 log lines are in no known format"
    assert journal.trouble is None


def test_fields_that_no_line_has_are_told(log: Path, opened: Opening) -> None:
    journal = opened()
    _append(log, b'{"event.action": "login", "ok": true}\n')
    journal.read()
    assert {"ip", "session", "time"} <= set(journal.map.never_seen)


def test_a_log_of_which_too_much_is_unreadable_is_given_up(log: Path, opened: Opening) -> None:
    journal = opened()
    _append(log, b"nothing that anybody knows\n" * 30)
    assert not journal.read()
    assert str(journal.trouble).startswith("30 of 30 log lines are in no known format: write how")


def test_a_log_that_is_missing_or_goes_away_ends_in_trouble(log: Path, opened: Opening) -> None:
    journal = opened(log.with_name("no.log"))
    assert "does not exist" in str(journal.trouble)
    assert not journal.read()


@pytest.mark.parametrize(
    ("said", "at", "sentence"),
    [
        ({"events": {"log_out": {"a": 1}}}, ("events", "log_out"), "is no event; did you mean"),
        ({"events": {"logout": {}}}, ("events", "logout"), "says no field; write as"),
        (
            {"events": {"logout": {"a": {"pattern": "("}}}},
            ("events", "logout", "a", "pattern"),
            "is no regular expression",
        ),
        (
            {"events": {"logout": {"a": {"regex": "x"}}}},
            ("events", "logout", "a"),
            "is no matcher; write a value",
        ),
        (
            {"sources": [{"file": "x", "pattern": "x"}]},
            ("sources", 0, "pattern"),
            "names no group",
        ),
        ({"sources": [{}]}, ("sources", 0), "names 0 kinds of source; write one of file"),
    ],
)
def test_mistakes_in_the_map_are_told_with_their_key(
    log: Path, said: dict[str, Any], at: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(MapError, match=sentence) as told:
        Journal({**MAP, "sources": [{"file": "x"}], **said}, log.parent)
    assert told.value.at == at
