"""WebSockets through the one door: recorded, within the scope, and never led elsewhere."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from adapters.contract import fresh_device
from adapters.exchange import Exchange
from adapters.secrets import Secret
from adapters.sockets import dial
from adapters.transport import OutOfScope, Scope, Transport

COOKIE = (("sid", Secret("Ck7_sQ2vXr9LwT4m", "session")),)


@contextmanager
def listening(redirect: str = "") -> Iterator[tuple[str, list[Request]]]:
    """Serve connections that answer with what they are asked, until they are asked to end."""
    seen: list[Request] = []

    def first(connection: ServerConnection, request: Request) -> Response | None:
        seen.append(request)
        if redirect:
            answer = connection.respond(HTTPStatus.FOUND, "elsewhere")
            answer.headers["Location"] = redirect
            return answer
        if request.headers.get("Origin") == "https://attacker.example":
            return connection.respond(HTTPStatus.FORBIDDEN, "not yours")
        return None

    def answers(connection: ServerConnection) -> None:
        connection.send("unasked")
        for message in connection:
            if message == "end":
                connection.close(4401)
                return
            if message != "silence":
                connection.send(f"you said {message!s}")

    with serve(answers, "127.0.0.1", 0, process_request=first) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.socket.getsockname()[1]}", seen
        finally:
            server.shutdown()
            thread.join()


def door(url: str) -> tuple[Transport, list[Exchange]]:
    heard: list[Exchange] = []
    return Transport(Scope([url]), timeouts=(2.0, 2.0), taps=[heard.append]), heard


def test_messages_are_exchanges_and_what_came_before_is_no_answer() -> None:
    with listening() as (url, seen):
        transport, heard = door(url)
        wire = dial(transport, fresh_device(), url, headers={}, cookies=COOKIE, origin=url)
        time.sleep(0.3)
        said = wire.ask("hello", 2.0)
        assert said is not None
        assert said.body == b"you said hello"
        quiet = wire.ask("silence", 0.2)
        assert quiet is not None
        assert quiet.timed_out
        over = wire.ask("end", 2.0)
        assert over is not None
        assert over.trouble == "the connection was closed (4401)"
        assert wire.ask("hello", 2.0) is None
    assert seen[0].headers["Cookie"] == "sid=Ck7_sQ2vXr9LwT4m"
    assert seen[0].headers["Origin"] == url
    assert [e.status for e in heard] == [101, 101, None, None]
    assert all(e.upgraded for e in heard)
    assert [e.number for e in heard] == [1, 2, 3, 4]


def test_a_handshake_that_is_refused_is_an_answer() -> None:
    with listening() as (url, _):
        transport, heard = door(url)
        origin = "https://attacker.example"
        wire = dial(transport, fresh_device(), url, headers={}, origin=origin)
        assert wire.connection is None
        assert heard[0].status == HTTPStatus.FORBIDDEN


def test_no_redirect_is_followed() -> None:
    with listening() as (other, strangers), listening(f"{other}/x") as (url, _):
        transport, heard = door(url)
        wire = dial(transport, fresh_device(), url, headers={}, cookies=COOKIE, origin=url)
        assert wire.connection is None
        assert heard[0].status == HTTPStatus.FOUND
        assert strangers == []


def test_nothing_is_sent_outside_the_scope() -> None:
    transport, heard = door("http://127.0.0.1:1")
    with pytest.raises(OutOfScope):
        dial(transport, fresh_device(), "http://127.0.0.1:2", headers={}, origin="http://a.test")
    assert heard == []


def test_nobody_who_listens_is_trouble_in_words() -> None:
    transport, heard = door("http://127.0.0.1:1")
    wire = dial(transport, fresh_device(), "http://127.0.0.1:1", headers={}, origin="http://a.test")
    assert wire.connection is None
    assert str(heard[0].trouble).startswith("the connection failed")
