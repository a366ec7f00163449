"""Requests that are let go together, over real connections."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from adapters.contract import Device
from adapters.gates import Span, Turn, taking, turns
from adapters.transport import Scope, Transport

PAUSE = 0.05


@dataclass
class Seen:
    """When each request was complete at the server."""

    complete: list[tuple[str, float]] = field(default_factory=list)


@contextmanager
def _server(seen: Seen) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            seen.complete.append((f"{self.command} {self.path}", time.perf_counter()))
            time.sleep(PAUSE)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def _race(url: str, requests: list[list[str]], delays: list[float], reading: bool) -> list[Turn]:
    """Let each party send its requests, late ones first, and return their turns."""
    transport = Transport(Scope([url]))
    taken = turns(delays, reading=[reading] * len(delays))

    def go(number: int) -> None:
        with taking(taken[number]):
            time.sleep(PAUSE * number)
            for line in requests[number]:
                method, path = line.split()
                body = b"x=1" if method == "POST" else None
                transport.send(Device(str(number)), method, url + path, body=body)

    with ThreadPoolExecutor(len(delays)) as pool:
        list(pool.map(go, range(len(delays))))
    transport.close()
    return list(taken)


def test_requests_are_complete_together_however_late_a_party_is() -> None:
    seen = Seen()
    with _server(seen) as url:
        found = _race(url, [["POST /a"], ["POST /b"], ["POST /c"]], [0, 0, 0], reading=False)
    times = [at for _, at in seen.complete]
    assert max(times) - min(times) < PAUSE
    spans = [turn.span for turn in found]
    assert all(span is not None and span.overlaps(spans[0]) for span in spans if spans[0])


def test_what_only_reads_passes_before_what_changes_something() -> None:
    seen = Seen()
    with _server(seen) as url:
        found = _race(url, [["GET /form", "POST /a"], ["POST /b"]], [0, 0], reading=False)
    assert [turn.methods for turn in found] == [["GET", "POST"], ["POST"]]
    assert seen.complete[0][0] == "GET /form"
    assert found[0].span is not None


def test_a_party_that_only_reads_is_held_when_told_so() -> None:
    with _server(Seen()) as url:
        found = _race(url, [["GET /a"], ["POST /b"]], [0, 0], reading=True)
    first, second = (turn.span for turn in found)
    assert first is not None
    assert second is not None
    assert first.overlaps(second)


def test_the_order_follows_the_delays() -> None:
    seen = Seen()
    with _server(seen) as url:
        found = _race(url, [["POST /a"], ["POST /b"]], [PAUSE / 2, 0], reading=False)
    assert [line for line, _ in seen.complete] == ["POST /b", "POST /a"]
    assert found[0].span is not None
    assert found[1].span is not None
    assert found[1].span.began < found[0].span.began


def test_nobody_waits_for_a_party_that_sends_nothing() -> None:
    with _server(Seen()) as url:
        found = _race(url, [["POST /a"], []], [0, 0], reading=False)
    assert found[0].span is not None
    assert found[1].span is None


def test_nobody_waits_for_a_party_that_cannot_connect() -> None:
    with _server(Seen()) as url:
        elsewhere = Transport(Scope(["http://127.0.0.1:9"]))
        here, there = turns([0, 0], reading=[False, False])
        with taking(there):
            gone = elsewhere.send(Device("d"), "POST", "http://127.0.0.1:9/", body=b"x")
        with taking(here):
            reached = Transport(Scope([url])).send(Device("e"), "POST", url + "/a", body=b"x")
    assert gone.trouble
    assert reached.status == 204
    assert there.span is None


def test_a_thread_without_a_turn_is_not_held() -> None:
    with _server(Seen()) as url:
        assert Transport(Scope([url])).send(Device("d"), "POST", url + "/a").status == 204


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Span(0, 2), Span(1, 3), True),
        (Span(0, 3), Span(1, 2), True),
        (Span(0, 1), Span(1, 2), False),
        (Span(2, 3), Span(0, 1), False),
    ],
)
def test_spans_overlap_when_both_were_there(one: Span, other: Span, expected: bool) -> None:
    assert one.overlaps(other) is expected
