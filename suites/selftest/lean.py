"""A target of its own process that takes little of a processor and answers as one far away does.

It keeps one dictionary of sessions, as `miniatures.Correct` does, and waits before each answer.
"""

import asyncio
import json
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen
from typing import ClassVar

ACCOUNTS = {f"user{n}": f"lean-password-{n}" for n in range(1, 9)}
DELAY = 0.005
"""Seconds that an answer takes on its way."""


class Lean(asyncio.Protocol):
    """One connection; requests come one after the other."""

    passwords: ClassVar[dict[str, str]] = dict(ACCOUNTS)
    sessions: ClassVar[dict[str, str]] = {}

    def __init__(self) -> None:
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self._heard += data
        head, end, rest = self._heard.partition(b"\r\n\r\n")
        if not end:
            return
        headers = {k.lower(): v for k, _, v in (h.partition(b": ") for h in head.split(b"\r\n"))}
        length = int(headers.get(b"content-length", b"0"))
        if len(rest) < length:
            return
        self._heard = rest[length:]
        cookie = headers.get(b"cookie", b"").decode("latin-1")
        path = head.split(b" ", 2)[1].partition(b"?")[0].decode("latin-1")
        answer = self._answer(path, rest[:length], cookie)
        asyncio.get_running_loop().call_later(DELAY, self._transport.write, answer)

    def _answer(self, path: str, body: bytes, cookie: str) -> bytes:
        jar = [pair.partition("=")[2] for pair in cookie.split("; ") if pair.startswith("sid=")]
        sid = jar[0] if len(set(jar)) == 1 else ""
        name = self.sessions.get(sid)
        if path == "/login":
            said = json.loads(body)
            if self.passwords.get(said["username"]) != said["password"]:
                return reply(401)
            self.sessions.pop(sid, None)
            return self._opened(said["username"])
        if name is None:
            return reply(401)
        if path == "/logout":
            del self.sessions[sid]
            return reply(200, "sid=; Path=/; Max-Age=0")
        if path == "/password":
            said = json.loads(body)
            if self.passwords[name] != said["old"]:
                return reply(403)
            self.passwords[name] = said["new"]
            for other in [key for key, owner in self.sessions.items() if owner == name]:
                del self.sessions[other]
            return self._opened(name)
        return reply(200, body=name)

    def _opened(self, name: str) -> bytes:
        sid = secrets.token_urlsafe(24)
        self.sessions[sid] = name
        return reply(200, f"sid={sid}; Path=/; HttpOnly; SameSite=Lax", body=name)


def reply(status: int, cookie: str = "", *, body: str = "") -> bytes:
    """Return an answer as it goes over the wire."""
    content = json.dumps({"user": body} if body else {}).encode()
    lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(content)}", "Cache-Control: no-store"]
    lines += ["Content-Type: application/json"] + ([f"Set-Cookie: {cookie}"] if cookie else [])
    return "\r\n".join([*lines, "", ""]).encode() + content


async def serve() -> None:
    """Listen on this machine and say where."""
    server = await asyncio.get_running_loop().create_server(Lean, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


@contextmanager
def lean() -> Iterator[str]:
    """Run the target for as long as the block lasts; yield its address."""
    command = [sys.executable, "-m", "suites.selftest.lean"]
    with Popen(command, stdout=PIPE, text=True) as process:  # noqa: S603  our own interpreter
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


if __name__ == "__main__":
    asyncio.run(serve())
