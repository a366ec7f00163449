"""A target of a few lines that describes itself, for sweeps: what it gets wrong is told to it."""

import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fixtures.session import TargetRun
from suites.kernel.budget import Budget
from suites.kernel.discover import discover
from suites.selftest.declaring import answer
from suites.selftest.loopback import Asked, Given, Server, serving

PEOPLE = {"alice": "alice-password-1", "bob": "bob-password-2"}
SHORT = Budget("short", 0, 1, 0.0, 1, 0.0, 12)
SECURED: list[dict[str, list[str]]] = [{"bearer": []}]
PROFILE = """\
target:
  name: described
  url: "{url}"
  environment: {environment}
  {target}
adapter:
  channel_name: api
  artefacts: {{access: {{json: $.token, send: bearer}}}}
  login: {{post: /login, json: {{u: "{{user.name}}", p: "{{user.password}}"}}}}
  probe: {{get: /me, identity: $.user}}
  logout: {{post: /logout}}
  change_password: {{post: /password, json: {{old: "{{old}}", new: "{{new}}"}}}}
  {creating}
  openapi: {openapi}
accounts:
  - {{name: alice, password: {{env: DESCRIBED_ALICE}}}}
  - {{name: bob, password: {{env: DESCRIBED_BOB}}}}
policy:
  concurrency: {{mode: allow}}
  password_change: {{rotates_current: false}}
  {policy}
"""
CREATING = """\
create_user:
    post: /users
    json: {u: "{user.name}", p: "{user.password}"}
    identity: $.user
    reference: $.user
"""


def operation(*, secured: bool = True, **more: Any) -> dict[str, Any]:
    """Return an operation as a document describes it."""
    guard = {"security": SECURED} if secured else {}
    return {"responses": {"200": {"description": "done"}}, **guard, **more}


def documented(paths: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return a document with these paths."""
    info = {"title": "described", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": dict(paths), **more}


@dataclass(slots=True)
class Described:
    """Keeps tokens; everything below /api asks for one, unless `open` says otherwise."""

    document: object
    open: frozenset[str] = frozenset()
    everything_exists: bool = False
    seconds: float = 0.0
    passwords: dict[str, str] = field(default_factory=lambda: dict(PEOPLE))
    tokens: dict[str, str] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Given:
        """Answer one request."""
        time.sleep(self.seconds)
        path = asked.path.partition("?")[0]
        _, _, token = (asked.header("Authorization") or "").partition(" ")
        user = self.tokens.get(token)
        if path == "/openapi.json":
            raw = isinstance(self.document, bytes)
            return Given(200, self.document) if raw else answer(200, self.document)  # type: ignore[arg-type]
        if path in {"/login", "/users"}:
            return self._let_in(path, json.loads(asked.body))
        if path == "/logout":
            self.tokens.pop(token, None)
            return Given(204)
        if path == "/password" and user is not None:
            return self._with_new_password(user, token, json.loads(asked.body))
        if user is None and f"{asked.method} {path}" not in self.open:
            return answer(401, {"error": "who are you?"})
        if path == "/me" or path.startswith("/api/") or self.everything_exists:
            return answer(200, {"user": user})
        return answer(404, {"error": "no such thing"})

    def _with_new_password(self, user: str, token: str, sent: Mapping[str, str]) -> Given:
        if self.passwords[user] != sent["old"]:
            return answer(403, {"error": "wrong"})
        self.passwords[user] = sent["new"]
        self.tokens = {t: u for t, u in self.tokens.items() if u != user or t == token}
        return Given(204)

    def _let_in(self, path: str, sent: Mapping[str, str]) -> Given:
        if path == "/users":
            self.passwords[sent["u"]] = sent["p"]
            return answer(201, {"user": sent["u"]})
        if self.passwords.get(sent["u"]) != sent["p"]:
            return answer(401, {"error": "wrong"})
        token = secrets.token_urlsafe(24)
        self.tokens[token] = sent["u"]
        return answer(200, {"token": token})


@contextmanager
def swept(
    folder: Path,
    target: Described,
    *,
    openapi: str = "{document: /openapi.json}",
    environment: str = "lab",
    creating: bool = True,
    allowed: bool = False,
    target_key: str = "",
    policy_key: str = "",
) -> Iterator[tuple[TargetRun, Server]]:
    """Yield a run that has gone through the documented operations of a target, and only that."""
    discover()
    os.environ.update({f"DESCRIBED_{n.upper()}": word for n, word in PEOPLE.items()})
    with serving(target.answer) as server:
        file = folder / "described.yaml"
        file.write_text(
            PROFILE.format(
                url=server.url,
                environment=environment,
                creating=CREATING.strip() if creating else "",
                openapi=openapi,
                target=target_key,
                policy=policy_key,
            )
        )
        run = TargetRun(file, seed=1, only=("SM-8.4",), allow_production=allowed)
        run.budget = run.script.budget = SHORT
        campaign = run.begin()
        for about, steps in run.script.histories(campaign.calibration):
            if about == "documented operations":
                campaign.play(steps)
        run.settle(campaign)
        yield run, server
