"""Listening sources take what real senders send, over real sockets, and give everything back."""

import gzip
import json
import logging
import logging.handlers
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
import trustme

from adapters.journals.lines import Line, Source, SourceError
from adapters.journals.listening import LOOPBACK, Certificate, Listening
from adapters.journals.syslog import Framing, Syslog
from adapters.journals.webhook import LARGEST, Webhook

ANY = (LOOPBACK, 0)
PATIENCE = 5.0


def taken(source: Source, count: int) -> list[str]:
    """Return the next lines of a source as soon as there are so many."""
    found: list[Line] = []
    until = time.monotonic() + PATIENCE
    while len(found) < count and time.monotonic() < until:
        found += source.lines()
        time.sleep(0.01)
    return [line.text for line in found]


def post(source: Webhook, body: bytes, **headers: str) -> int:
    """Post a delivery and return how it was answered."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.post(source.url, data=body, headers=named, timeout=PATIENCE).status_code


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_the_handler_of_the_standard_library_is_understood(transport: str) -> None:
    source = Syslog("sink", transport, ANY)
    source.open()
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    handler = logging.handlers.SysLogHandler((LOOPBACK, source.port), socktype=kind)
    try:
        for number in range(3):
            handler.emit(logging.makeLogRecord({"msg": f"alert {number} für Anna"}))
        assert taken(source, 3) == [f"<12>alert {n} für Anna" for n in range(3)]
    finally:
        handler.close()
        source.close()


@pytest.mark.parametrize(
    ("stream", "messages"),
    [
        (b"<13>one\n<13>two\n", [b"<13>one", b"<13>two"]),
        (b"8 <13>o\nne<13>two\0", [b"<13>o\nne", b"<13>two"]),
        (b"7 <13>one7 <13>two", [b"<13>one", b"<13>two"]),
        (b"2026-11-22 10:00 no priority\n12 monkeys\n", None),
        (b"\n\n<13>x\n", [b"", b"", b"<13>x"]),
    ],
)
def test_both_framings_are_cut_however_the_bytes_come(
    stream: bytes, messages: list[bytes] | None
) -> None:
    wanted = [b"2026-11-22 10:00 no priority", b"12 monkeys"] if messages is None else messages
    for size in range(1, len(stream) + 1):
        framing = Framing()
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert [m for piece in pieces for m in framing.feed(piece)] == wanted
        assert framing.end() == b""


def test_a_message_that_claims_to_be_huge_is_cut_and_the_next_one_is_read() -> None:
    framing, body = Framing(), b"<13>" + b"x" * 400_000
    found = [*framing.feed(b"%d %s" % (len(body), body)), *framing.feed(b"<13>next\n")]
    assert [len(found[0]), found[1]] == [256 * 1024, b"<13>next"]


def test_what_a_sender_that_dies_had_begun_is_kept() -> None:
    source = Syslog("sink", "tcp", ANY)
    source.open()
    with socket.create_connection((LOOPBACK, source.port)) as sender:
        sender.sendall(b"<13>whole\n20 <13>begun")
    assert taken(source, 2) == ["<13>whole", "<13>begun"]
    source.close()


def test_a_client_that_trusts_the_made_authority_sends_over_tls(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    source = Syslog("sink", "tls", ANY, certificate=Certificate(ca=ca))
    source.open()
    context = ssl.create_default_context(cafile=ca)
    with (
        socket.create_connection((LOOPBACK, source.port)) as plain,
        context.wrap_socket(plain, server_hostname=LOOPBACK) as sender,
    ):
        sender.sendall(b"19 <13>1 - - - - - - a<13>b\n")
        assert taken(source, 2) == ["<13>1 - - - - - - a", "<13>b"]
    source.close()


def test_given_files_prove_the_source(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert(LOOPBACK)
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    source = Webhook("sink", ANY, certificate=Certificate(certificate=tmp_path / "both.pem"))
    source.open()
    answer = requests.post(
        source.url, json={"a": 1}, verify=str(tmp_path / "ca.pem"), timeout=PATIENCE
    )
    assert answer.status_code == 204
    assert taken(source, 1) == ['{"a": 1}']
    source.close()


def test_a_failed_handshake_is_told_until_somebody_gets_through(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    source = Syslog("sink", "tls", ANY, certificate=Certificate(ca=ca))
    source.open()
    stranger = ssl.create_default_context()
    with (
        socket.create_connection((LOOPBACK, source.port)) as plain,
        pytest.raises(ssl.SSLError),
    ):
        stranger.wrap_socket(plain, server_hostname=LOOPBACK)
    until(lambda: source.unheard)
    assert re.match(r"sink: a TLS handshake failed .* trust the certificate", source.unheard)
    assert source.lines() == []
    with (
        socket.create_connection((LOOPBACK, source.port)) as plain,
        ssl.create_default_context(cafile=ca).wrap_socket(plain, server_hostname=LOOPBACK) as good,
    ):
        good.sendall(b"<13>hello\n")
        until(lambda: not source.unheard)
    source.close()


def until(met: Callable[[], object]) -> None:
    """Wait for a condition."""
    end = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_certificate_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    source = Syslog("sink", "tls", ANY, certificate=Certificate(certificate=tmp_path / "no.pem"))
    with pytest.raises(SourceError, match=r"no\.pem cannot be used \(No such file .* write a PEM"):
        source.open()
    source.close()


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b'{"kind": "reuse"}', ['{"kind": "reuse"}']),
        (b'{\n "kind":\n "reuse"}', ['{"kind": "reuse"}']),
        (b'[{"a": 1}, {"b": "\xc3\xa4"}, "text"]', ['{"a": 1}', '{"b": "ä"}', "text"]),
        (b'{"a": 1}\n\n{"b": 2}\r\n', ['{"a": 1}', '{"b": 2}']),
        (b"no json\nat all", ["no json", "at all"]),
        (b'{"a": "\xff\xfe', ['{"a": "\ufffd\ufffd']),
        (b"[" * 100_000, ["[" * 100_000]),
        (b"", []),
    ],
)
def test_a_delivery_is_taken_apart_and_acknowledged(body: bytes, wanted: list[str]) -> None:
    source = Webhook("sink", ANY, path="/alerts")
    source.open()
    try:
        assert post(source, body) == 204
        assert post(source, gzip.compress(body), Content_Encoding="gzip") == 204
        assert taken(source, 2 * len(wanted)) == wanted * 2
    finally:
        source.close()


def test_a_chunked_delivery_is_read() -> None:
    source = Webhook("sink", ANY)
    source.open()
    answer = requests.post(source.url, data=iter([b'{"a":', b" 1}"]), timeout=PATIENCE)
    assert answer.status_code == 204
    assert taken(source, 1) == ['{"a": 1}']
    source.close()


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"x" * (LARGEST + 1), {}, 413),
        (gzip.compress(b"x" * (LARGEST + 1)), {"Content_Encoding": "gzip"}, 413),
        (b"not packed", {"Content_Encoding": "gzip"}, 400),
        (b"{}", {"Content_Encoding": "br"}, 415),
    ],
)
def test_what_is_too_large_or_broken_is_rejected_and_told(
    body: bytes, headers: dict[str, str], status: int
) -> None:
    source = Webhook("sink", ANY)
    source.open()
    try:
        try:
            assert post(source, body, **headers) == status
        except requests.ConnectionError:
            assert status == 413
        until(lambda: source.unheard)
        assert f"rejected with status {status}; send JSON" in source.unheard
    finally:
        source.close()


def test_another_path_is_not_the_sink() -> None:
    source = Webhook("sink", ANY, path="/alerts")
    source.open()
    assert requests.post(f"{source.url}/x", json={}, timeout=PATIENCE).status_code == 404
    assert requests.post(f"{source.url}?x=1", json={}, timeout=PATIENCE).status_code == 204
    source.close()


@pytest.mark.parametrize(
    "make",
    [
        lambda a: Syslog("b", "udp", a),
        lambda a: Syslog("b", "tcp", a),
        lambda a: Webhook("b", a),
    ],
)
def test_a_port_that_is_taken_is_one_sentence(make: Callable[[tuple[str, int]], Listening]) -> None:
    first = make(ANY)
    first.open()
    second = make((LOOPBACK, first.port))
    with pytest.raises(SourceError, match=rf"b: port {first.port} of 127.0.0.1 is taken; end what"):
        second.open()
    second.close()
    first.close()


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(SourceError, match=r"192\.0\.2\.1:0 cannot be listened on"):
        Syslog("b", "udp", ("192.0.2.1", 0)).open()


def test_closing_ends_threads_and_connections_and_gives_the_port_back() -> None:
    before = threading.active_count()
    source = Syslog("sink", "tcp", ANY)
    source.open()
    port = source.port
    with socket.create_connection((LOOPBACK, port)) as idle:
        idle.sendall(b"<13>x\n")
        assert taken(source, 1) == ["<13>x"]
        source.close()
        source.close()
        assert idle.recv(1) == b""
    assert threading.active_count() == before
    again = Syslog("sink", "tcp", (LOOPBACK, port))
    again.open()
    again.close()


def test_a_record_as_json_keeps_what_was_sent() -> None:
    source = Webhook("sink", ANY)
    source.open()
    sent = {"user": "a\nb", "text": '"quoted"', "n": 1.5}
    assert post(source, json.dumps(sent).encode()) == 204
    assert json.loads(taken(source, 1)[0]) == sent
    source.close()
