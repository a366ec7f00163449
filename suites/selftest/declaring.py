"""Adapters declared in a line or two, over a real profile file."""

import json
from pathlib import Path
from typing import TypedDict

from adapters.build import load
from adapters.checked import Checked
from adapters.contract import User
from adapters.secrets import Secret
from suites.selftest.loopback import Given, Server


class Where(TypedDict):
    """The channel and the node of a call."""

    channel: str
    node: int


WEB: Where = {"channel": "web", "node": 0}
ANN = User("ann", Secret("ann-password", "password"), reference="17", personal={"city": "Ulm"})
JSON = ("Content-Type", "application/json")
_HEAD = """\
target: {name: t, url: "%s", environment: %s}
accounts:
  - {name: ann, password: {file: secrets.env, key: PW}}
  - {name: ben, password: {file: secrets.env, key: PW}}
adapter:
"""
_PLAIN = {
    "login": '{post: /login, json: {u: "{user.name}", p: "{user.password}"}}',
    "probe": "{get: /me, identity: $.user}",
    "logout": "{post: /logout}",
}


def declared(folder: Path, server: Server, *, environment: str = "lab", **said: str) -> Checked:
    """The adapter of a profile with three plain operations and what is said besides."""
    (folder / "secrets.env").write_text("PW=ann-password\n")
    keys = {**_PLAIN, **said}
    text = _HEAD % (server.url, environment) + "".join(
        f"  {key}: {value}\n" for key, value in keys.items()
    )
    file = folder / "profile.yaml"
    file.write_text(text)
    return load(file).adapter


def answer(status: int = 200, body: object = None, *headers: tuple[str, str]) -> Given:
    """A JSON answer."""
    return Given(status, json.dumps(body).encode() if body is not None else b"", (JSON, *headers))
