"""Sources are built from a profile, and what arrives at a sink becomes alerts."""

import json
import logging
import logging.handlers
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from adapters.journals.events import MapError
from adapters.journals.formats import fields
from adapters.journals.journal import Journal
from adapters.journals.lines import SourceError
from adapters.journals.listening import LOOPBACK
from adapters.journals.sink import Alert, Sink
from adapters.journals.sources import build
from adapters.journals.syslog import Syslog
from adapters.journals.webhook import Webhook
from adapters.transport import Scope, Transport


def arrived(sink: Sink, count: int) -> list[Alert]:
    """Return the alerts of a sink as soon as there are so many."""
    found: list[Alert] = []
    until = time.monotonic() + 5
    while len(found) < count and time.monotonic() < until:
        found += sink.read()
        time.sleep(0.01)
    return found


def sent(sink: Sink, *records: object) -> None:
    """Send records to a sink by syslog over UDP."""
    port = int(sink.address.rpartition(":")[2])
    handler = logging.handlers.SysLogHandler((LOOPBACK, port), socktype=socket.SOCK_DGRAM)
    for record in records:
        text = record if isinstance(record, str) else json.dumps(record)
        handler.emit(logging.makeLogRecord({"msg": text}))
    handler.close()


def test_alerts_are_known_by_what_is_declared_and_by_their_usual_name(tmp_path: Path) -> None:
    said = {
        "sources": [{"syslog": "udp://127.0.0.1:0"}],
        "alerts": {"guessing": {"rule.id": ["5710", "5712"]}},
    }
    sink = Sink(said, tmp_path)
    assert sink.open()
    assert not sink.open()
    try:
        sent(
            sink,
            {"rule": {"id": 5710}, "src": "127.0.0.9"},
            {"alert": "refresh-reuse", "user": "anna@example.test", "n": [{"x": "7"}]},
            "CEF:0|v|p|1|s|n|5|act=new device suser=bob",
            "nothing that is known",
        )
        guess, reuse, device, unknown = arrived(sink, 4)
    finally:
        sink.close()
    assert [a.kind for a in (guess, reuse, device, unknown)] == [
        "guessing",
        "refresh_reuse",
        "new_device",
        None,
    ]
    assert guess.names({"127.0.0.9"})
    assert not guess.names({"127.0.0.99"})
    assert reuse.names({"anna@example.test"})
    assert reuse.names({"7"})
    assert not reuse.names({"bob"})
    assert [line.text for line in sink.lines][-1].endswith("nothing that is known")


@pytest.mark.parametrize("make", [Sink, Journal])
def test_a_stray_delivery_ends_nothing(tmp_path: Path, make: Callable[..., Any]) -> None:
    said = {"sources": [{"webhook": "http://127.0.0.1:0/alerts"}], "events": {}}
    place = make(said, tmp_path)
    place.open()
    try:
        (url,) = (source.url for source, _ in place._sources)
        stray = requests.post(url.replace("/alerts", "/health"), json={}, timeout=5)
        assert stray.status_code == 404
        assert not place.read()
        assert not place.trouble
        assert "a delivery to /health was rejected with status 404" in place.unheard
        assert requests.post(url, json={"alert": "guessing"}, timeout=5).status_code == 204
        place.read()
        assert not place.unheard
    finally:
        place.close()
    lines = place.lines if isinstance(place, Journal) else len(place.lines)
    assert lines == 1


@pytest.mark.parametrize("make", [Sink, Journal])
def test_a_handshake_that_fails_ends_nothing(tmp_path: Path, make: Callable[..., Any]) -> None:
    source = {"webhook": "https://127.0.0.1:0/alerts", "ca": "ca.pem"}
    place = make({"sources": [source], "events": {}}, tmp_path)
    place.open()
    try:
        (url,) = (source.url for source, _ in place._sources)
        with pytest.raises(requests.exceptions.SSLError):
            requests.post(url, json={}, timeout=5)
        until = time.monotonic() + 5
        while not place.unheard and time.monotonic() < until:
            time.sleep(0.01)
        assert "a TLS handshake failed" in place.unheard
        place.read()
        assert not place.trouble
        trusted = str(tmp_path / "ca.pem")
        assert requests.post(url, json={"a": 1}, verify=trusted, timeout=5).status_code == 204
        assert not place.unheard
    finally:
        place.close()


def test_a_port_that_is_taken_ends_in_trouble_and_gives_everything_back(tmp_path: Path) -> None:
    other = Syslog("other", "udp", (LOOPBACK, 0))
    other.open()
    webhook = {"webhook": "http://127.0.0.1:0/a"}
    sink = Sink({"sources": [webhook, {"syslog": f"udp://127.0.0.1:{other.port}"}]}, tmp_path)
    assert sink.open()
    assert f"port {other.port} of 127.0.0.1 is taken" in sink.trouble
    assert sink.read() == []
    other.close()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"syslog": "127.0.0.1:514"}, r"is no address to listen on; write syslog as tls://"),
        ({"syslog": "udp://127.0.0.1:99999"}, "is no address to listen on"),
        ({"syslog": "http://127.0.0.1:1"}, "is no address to listen on"),
        ({"webhook": "http://127.0.0.1/x"}, r"write webhook as https://127.0.0.1:5514 \(http, h"),
        ({"webhook": "https://127.0.0.1:0", "key": "k"}, "has a `key` and no `certificate`"),
        ({"opensearch": "https://siem.test", "index": "x"}, r"outside the target; add it to targe"),
        ({"opensearch": "http://127.0.0.1:9"}, "names no index; write it as `index: logs-*`"),
        ({"file": "a", "journald": "b"}, "names 2 kinds of source; write one of file, syslog"),
    ],
)
def test_a_source_that_cannot_be_built_is_one_sentence(
    tmp_path: Path, said: dict[str, Any], sentence: str
) -> None:
    transport = Transport(Scope(["http://127.0.0.1:9"]))
    with pytest.raises(SourceError, match=sentence.replace("logs-*", r"logs-\*")):
        build(said, tmp_path, transport)


@pytest.mark.parametrize(
    ("alerts", "sentence"),
    [
        ({"refresh_resue": {"a": 1}}, "is no alert; did you mean"),
        ({"guessing": {}}, "says no field"),
        ({"guessing": {"a": {"pattern": "("}}}, "is no regular expression"),
    ],
)
def test_mistakes_in_the_kinds_of_alerts_are_told(
    tmp_path: Path, alerts: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(MapError, match=sentence) as told:
        Sink({"sources": [{"webhook": "http://127.0.0.1:0"}], "alerts": alerts}, tmp_path)
    assert told.value.at[0] == "alerts"


def test_the_sources_that_listen_are_built_with_their_certificates(tmp_path: Path) -> None:
    made = build({"syslog": "tls://127.0.0.1:0", "ca": "ca.pem"}, tmp_path)
    made.open()
    made.close()
    assert "BEGIN CERTIFICATE" in (tmp_path / "ca.pem").read_text(encoding="utf-8")
    plain = build({"webhook": "http://127.0.0.1:0/alerts"}, tmp_path)
    assert isinstance(plain, Webhook)
    assert plain.path == "/alerts"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (
            '<13>1 - host app 7 - - {"event": "login", "user": "a"}',
            {"event": "login", "app": "app"},
        ),
        ("<13>Oct 11 22:14:15 host su[3]: user=a ok=1", {"user": "a", "host": "host"}),
        ('{"MESSAGE": "user=a event=login", "_PID": "3"}', {"user": "a", "_PID": "3"}),
        ("<13>CEF:0|v|p|1|s|n|5|suser=a", {"suser": "a", "severity": "5"}),
    ],
)
def test_what_a_message_says_is_read_through_its_header(line: str, wanted: dict[str, Any]) -> None:
    found = fields(line)
    assert found is not None
    assert {key: found[key] for key in wanted} == wanted


def test_a_line_of_text_stays_unknown() -> None:
    readers: tuple[Callable[[str], object], ...] = (fields,)
    assert [read("nothing that anybody knows") for read in readers] == [None]
