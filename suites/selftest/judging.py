"""A small target, a profile for it, and the command line as a user types it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixtures.targets.miniatures import ACCOUNTS
from reports.evidence import ROOT

CHECKOUT = Path(__file__).parents[2]
VARIABLES = {"MINI_ALICE": ACCOUNTS["alice"], "MINI_BOB": ACCOUNTS["bob"]}
PROFILE = """\
target:
  name: {name}
  url: "{url}"
  environment: lab
  timeout_seconds: 2
adapter:
  login: {{post: /login, json: {{username: "{{user.name}}", password: "{{user.password}}"}}}}
  probe: {{get: /me, identity: $.user}}
  logout: {{post: /logout}}
  change_password: {{post: /password, json: {{old: "{{old}}", new: "{{new}}"}}}}
accounts:
  - {{name: alice, password: {{env: MINI_ALICE}}}}
  - {{name: bob, password: {{env: MINI_BOB}}}}
policy:
  transport: {{test_over_http: true}}
  concurrency: {{mode: allow}}
"""
SMOKE = ("--budget", "smoke")
FILES = ("manifest.json", "run.json", "report.html", "junit.xml")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything it printed."""
        return self.out + self.err


class Desk:
    """Where one test keeps its profile and finds the evidence of its runs."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.profile = folder / "mini.yaml"
        self.home = ROOT / name

    def write(self, url: str, *changes: tuple[str, str]) -> Path:
        """Write the profile, with pieces of it replaced."""
        text = PROFILE.format(name=self.name, url=url)
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        self.profile.write_text(text)
        return self.profile

    def judge(self, *options: str, **environment: str) -> Ended:
        """Run the suite on the profile and wait for it."""
        return ended(self.command(*options), environment)

    def check(self, **environment: str) -> Ended:
        """Run the smoke test alone."""
        return ended([sys.executable, "-m", "adapters", "check", str(self.profile)], environment)

    def command(self, *options: str) -> list[str]:
        """Return the command that judges the target of the profile."""
        start = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:schemathesis"]
        return [*start, "--no-allure", f"--profile={self.profile}", *options]

    @property
    def evidence(self) -> Path:
        """The folder of the last run."""
        return (self.home / "latest").resolve()

    def file(self, name: str) -> Any:
        """The content of one JSON file of the last run."""
        return json.loads((self.evidence / name).read_text())

    def verdicts(self) -> dict[str, str]:
        """What was said of each requirement that could be judged."""
        found = {r["requirement"]["id"]: r["verdict"] for r in self.file("run.json")["results"]}
        return {key: verdict for key, verdict in found.items() if verdict != "not applicable"}

    def all_written(self) -> bool:
        """Whether every file of a run is there and whole."""
        whole = all((self.evidence / name).stat().st_size for name in FILES)
        ends = (self.evidence / "report.html").read_text().rstrip().endswith("</html>")
        waiting = [p for p in self.evidence.rglob("*") if p.name.endswith(".tmp")]
        return whole and ends and not waiting


@contextmanager
def desk_in(folder: Path, name: str) -> Iterator[Desk]:
    """A desk whose evidence is thrown away in the end."""
    made = Desk(folder, name)
    try:
        yield made
    finally:
        shutil.rmtree(made.home, ignore_errors=True)


def ended(command: list[str], environment: Mapping[str, str]) -> Ended:
    """Run a command of the checkout to its end; nothing may ever print a traceback."""
    done = subprocess.run(  # noqa: S603  our own interpreter and arguments
        command,
        cwd=CHECKOUT,
        env=surroundings() | dict(environment),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = Ended(done.returncode, done.stdout, done.stderr)
    assert "Traceback (most" not in found.said, found.said
    assert "INTERNALERROR" not in found.said, found.said
    return found


def surroundings() -> dict[str, str]:
    """The variables of a command: ours, and the passwords of the test accounts."""
    return os.environ | VARIABLES | {"PYTHONDONTWRITEBYTECODE": "1"}
