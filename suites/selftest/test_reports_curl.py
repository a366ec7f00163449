"""The curl script of a violation runs against a real server and shows no secret."""

import json
import os
import secrets
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from adapters.exchange import Exchange
from adapters.secrets import Vault
from reports.redaction import Redactor
from reports.writers.curl import script
from suites.kernel.results import Scenario, Violation

PASSWORD = 'it\'s "quoted" & $HOME-7731'
MAIL = "alice@example.test"


class _Shop(BaseHTTPRequestHandler):
    """A target whose logout ends nothing; logins need the CSRF token of the login page."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/login":
            token = secrets.token_urlsafe(24)
            self.server.csrf.add(token)
            self._answer(200, f'<input name="csrf" value="{token}">', kind="text/html")
        elif path == "/me":
            cookie = (self.headers.get("Cookie") or "").partition("sid=")[2]
            bearer = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            user = self.server.sessions.get(cookie) or self.server.sessions.get(bearer)
            self._answer(200 if user else 401, json.dumps({"user": user}))
        else:
            self._answer(404, "{}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path == "/login":
            fields = {name: value[0] for name, value in parse_qs(body).items()}
            good = fields.get("csrf") in self.server.csrf and fields.get("password") == PASSWORD
            sid = secrets.token_urlsafe(24)
            if good:
                self.server.sessions[sid] = fields["username"]
            cookie = f"sid={sid}; Path=/; HttpOnly" if good else "lang=en"
            self._answer(303 if good else 401, "", cookie=cookie)
        elif self.path == "/token":
            asked = json.loads(body)
            token = f"t.{secrets.token_urlsafe(30)}"
            good = asked == {"user": MAIL, "password": PASSWORD}
            if good:
                self.server.sessions[token] = MAIL
            handle = secrets.token_hex(6) + "7"
            answer = {"tokens": [{"access": token}], "handle": handle}
            self.server.handles.add(handle)
            self._answer(200 if good else 401, json.dumps(answer if good else {}))
        else:
            self._answer(204, "")

    def do_DELETE(self) -> None:
        known = self.path.rpartition("/")[2] in self.server.handles
        self._answer(204 if known else 404, "")

    def _answer(
        self, status: int, body: str, *, kind: str = "application/json", cookie: str = ""
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if cookie:
            self.send_header("Set-Cookie", cookie)
        data = b"" if status == 204 else body.encode()
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Shop)
        self.sessions: dict[str, str] = {}
        self.csrf: set[str] = set()
        self.handles: set[str] = set()


@pytest.fixture
def url() -> Iterator[str]:
    server = _Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class _Recorder:
    """Talks to the server and keeps what was said."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.kept: list[Exchange] = []

    def __call__(
        self, method: str, path: str, body: str | None = None, **headers: str
    ) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = time.time()
        answer = requests.request(
            method,
            self.url + path,
            data=body,
            headers={**named, "User-Agent": "laptop"},
            allow_redirects=False,
            timeout=5,
        )
        self.kept.append(
            Exchange(
                len(self.kept) + 1,
                "laptop",
                method,
                self.url + path,
                tuple(answer.request.headers.items()),
                None if body is None else body.encode(),
                answer.status_code,
                tuple(answer.raw.headers.items()),
                answer.content,
                answer.elapsed.total_seconds(),
                sent,
            )
        )
        return answer


def _violation(exchanges: list[Exchange], told: tuple[str, ...] = ("alice logs in",)) -> Violation:
    return Violation(
        requirement="SM-2.1",
        invariant="logged_out_session_is_refused",
        claim="A session is dead the moment its user logs out.",
        finding="SM-2.1/logout/session",
        expected="nobody recognised",
        seen="recognised as alice",
        control="was recognised as alice just before",
        replays="3 of 3",
        occurrences=3,
        scenario=Scenario(steps=()),
        told=told,
        exchanges=tuple(exchanges),
    )


def _run(text: str, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = tmp_path / "replay.sh"
    path.write_text(text, encoding="utf-8")
    return subprocess.run(  # noqa: S603  the script under test
        ["/bin/bash", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": os.environ["PATH"], **environment},
    )


def _form(**fields: str) -> str:
    return requests.Request("POST", "http://x", data=fields).prepare().body or ""  # type: ignore[return-value]


def _cookie_story(url: str, vault: Vault) -> list[Exchange]:
    say = _Recorder(url)
    page = say("GET", "/login").text
    csrf = page.partition('value="')[2].partition('"')[0]
    vault.register(csrf, "csrf")
    vault.register(PASSWORD, "password")
    form = _form(username=MAIL, password=PASSWORD, csrf=csrf)
    login = say("POST", "/login", form, Content_Type="application/x-www-form-urlencoded")
    sid = login.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    vault.register(sid, "session")
    say("POST", "/logout", "", Cookie=f"sid={sid}")
    say("GET", "/me", Cookie=f"sid={sid}")
    say("GET", "/me", Cookie=f"sid={sid[:-3]}xyz")
    vault.register(f"{sid[:-3]}xyz", "session")
    say("GET", f"/me?sid={sid}")
    planted = secrets.token_urlsafe(24)
    vault.register(planted, "session")
    say("GET", "/me", Cookie=f"sid={planted}")
    return say.kept


def test_a_cookie_scenario_replays_with_fresh_values(url: str, tmp_path: Path) -> None:
    vault = Vault()
    exchanges = _cookie_story(url, vault)
    text = script(_violation(exchanges[:4]), redactor=Redactor(vault))
    ran = _run(text, tmp_path, ALICE_PASSWORD=PASSWORD)
    assert ran.returncode == 0, ran.stderr
    statuses = [line.rpartition(" ")[2] for line in ran.stdout.splitlines() if " -> " in line]
    assert statuses == ["200", "303", "204", "200"]
    assert ran.stdout.splitlines()[-1] == "4 of 4 answers have the status that the run saw."
    assert "  sets sid=...; Path=/; HttpOnly\n" in ran.stdout
    assert MAIL in _run(text, tmp_path, ALICE_PASSWORD=PASSWORD, SHOW="1").stdout
    assert "# Expected: nobody recognised" in text
    assert "#   1 alice logs in" in text


def test_the_script_shows_no_secret(url: str) -> None:
    vault = Vault()
    exchanges = _cookie_story(url, vault)
    text = script(_violation(exchanges), redactor=Redactor(vault))
    assert Redactor(vault).scrub(text) == text
    for value, _ in vault:
        assert value not in text


def test_altered_and_invented_values_are_made_in_the_script(url: str, tmp_path: Path) -> None:
    vault = Vault()
    exchanges = _cookie_story(url, vault)
    text = script(_violation(exchanges), redactor=Redactor(vault))
    ran = _run(text, tmp_path, ALICE_PASSWORD=PASSWORD)
    assert ran.returncode == 0, ran.stderr
    assert "never_issued 32" in text
    assert 'ALTERED_1="${SID_1:0:' in text
    assert ran.stdout.count("-> 401") == 3


def test_a_token_scenario_replays_with_fresh_values(url: str, tmp_path: Path) -> None:
    vault = Vault()
    vault.register(PASSWORD, "password")
    say = _Recorder(url)
    body = json.dumps({"user": MAIL, "password": PASSWORD})
    answer: dict[str, Any] = say("POST", "/token", body, Content_Type="application/json").json()
    token = answer["tokens"][0]["access"]
    vault.register(token, "access")
    say("DELETE", f"/sessions/{answer['handle']}", Authorization=f"Bearer {token}")
    say("GET", "/me", Authorization=f"Bearer {token}")
    text = script(_violation(say.kept), redactor=Redactor(vault))
    ran = _run(text, tmp_path, ALICE_PASSWORD=PASSWORD)
    assert ran.returncode == 0, ran.stderr
    statuses = [line.rpartition(" ")[2] for line in ran.stdout.splitlines() if " -> " in line]
    assert statuses == ["200", "204", "200"]
    assert token not in text
    assert '"$TARGET"/sessions/"$HANDLE_1"' in text


def test_a_status_unlike_the_one_of_the_run_is_told(url: str, tmp_path: Path) -> None:
    vault = Vault()
    exchanges = _cookie_story(url, vault)[:4]
    exchanges[3] = replace(exchanges[3], status=401)
    ran = _run(
        script(_violation(exchanges), redactor=Redactor(vault)), tmp_path, ALICE_PASSWORD=PASSWORD
    )
    assert ran.returncode == 1
    assert "/me -> 200 (in the run: 401)\n3 of 4 answers" in ran.stdout


def test_what_the_profile_holds_is_asked_for_and_new_accounts_get_new_passwords(
    url: str, tmp_path: Path
) -> None:
    vault = Vault()
    key, made_up = f"Bearer {secrets.token_urlsafe(24)}", f"Rt{secrets.token_urlsafe(12)}-9"
    vault.register(key, "credential")
    vault.register(key.removeprefix("Bearer "), "authorization")
    vault.register(made_up, "password")
    account = json.dumps({"email": MAIL, "password": made_up}).encode()
    made = Exchange(
        1, "administrator", "POST", f"{url}/users",
        (("Authorization", key), ("Content-Type", "application/json")), account, 204,
    )  # fmt: skip
    text = script(_violation([made]), redactor=Redactor(vault))
    assert "AUTHORIZATION_CREDENTIAL: set it to what the profile sends as Authorization" in (
        _run(text, tmp_path).stderr
    )
    ran = _run(text, tmp_path, AUTHORIZATION_CREDENTIAL=key)
    assert ran.returncode == 0, ran.stderr
    assert "ALICE_PASSWORD=$(new_password)" in text
    assert "ALTERED" not in text
    assert Redactor(vault).scrub(text) == text


def test_a_missing_password_is_asked_for(url: str, tmp_path: Path) -> None:
    vault = Vault()
    text = script(_violation(_cookie_story(url, vault)), redactor=Redactor(vault))
    ran = _run(text, tmp_path)
    assert ran.returncode != 0
    assert "ALICE_PASSWORD: set it to the password of alice" in ran.stderr


def test_what_the_target_answers_cannot_become_a_command(url: str, tmp_path: Path) -> None:
    vault = Vault()
    value = "tok_" + secrets.token_hex(12)
    vault.register(value, "session")
    hostile = f"$(touch {tmp_path}/owned)`touch {tmp_path}/owned`\"'; touch {tmp_path}/owned #"
    issued = Exchange(
        1, f"lap{hostile}\ntop", "GET", f"{url}/me", (), None, 200, (),
        json.dumps({hostile: value}).encode(),
    )  # fmt: skip
    used = Exchange(
        2, "laptop", "POST", f"{url}/x?{hostile}", (("X-A", hostile + value),), hostile.encode(),
        None, (), b"", trouble=f"lost\n{hostile}",
    )  # fmt: skip
    violation = _violation([issued, used], told=(f"step\n{hostile}",))
    ran = _run(script(violation, redactor=Redactor(vault)), tmp_path)
    assert "holds no field" in ran.stderr
    assert not (tmp_path / "owned").exists()
