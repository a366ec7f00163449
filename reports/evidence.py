"""The folder of one run: what it found, written so that a kill at any point leaves no half truth.

It decides no verdict and renders nothing; it only keeps files, and keeps secrets out of them.
"""

import json
import os
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reports.redaction import REDACTOR, Redactor, sweep
from reports.sums import SUMS, UNFINISHED, sums_of

ROOT = Path(__file__).parent / "runs"
MANIFEST = "manifest.json"
MANIFEST_SCHEMA = 1
ALLURE = "allure.html"
HISTORY = "history.jsonl"
_WHY = (
    "This folder is incomplete: the run that writes it has not ended, was stopped or was killed,\n"
    "or its evidence shows a secret. Nothing in it may be taken for a result.\n"
)
MARKUP_TAG = re.compile(r"<([\w .-]+#[0-9a-f]{6})>")
_MARKUP = frozenset({".html", ".svg", ".xml"})


def slug(name: str) -> str:
    """Return the name as a file name: lower-case letters, digits, dots and hyphens."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.")[:80] or "unnamed"


def write_atomically(path: Path, data: bytes) -> None:
    """Write the file so that a reader sees the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with waiting.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        waiting.replace(path)
    finally:
        waiting.unlink(missing_ok=True)


def is_complete(folder: Path) -> bool:
    """Tell whether a run's folder was closed: all three signs must agree."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return False
    closed = isinstance(manifest, dict) and manifest.get("complete") is True
    return closed and (folder / SUMS).is_file() and not (folder / UNFINISHED).exists()


class RunFolder:
    """One run's evidence below `<root>/<target>/<time>_<id>/`.

    The folder says incomplete from its first file on: the file INCOMPLETE goes when all is written,
    after the manifest and after the digests of all files.
    """

    def __init__(
        self,
        target: str,
        root: Path = ROOT,
        *,
        started: datetime | None = None,
        run_id: str | None = None,
        redactor: Redactor = REDACTOR,
    ) -> None:
        self._redactor = redactor
        self.target = target
        self.leaks: list[str] = []
        self.run_id = run_id or secrets.token_hex(3)
        started = (started or datetime.now(UTC)).astimezone(UTC)
        self.started = started.isoformat(timespec="seconds").replace("+00:00", "Z")
        # A target's name may not put a secret into a path.
        self.home = root / slug(redactor.scrub(target))
        self.path = self.home / f"{started:%Y-%m-%dT%H-%M-%SZ}_{slug(self.run_id)}"
        self.results = self.path / "results"
        self.counterexamples = self.path / "counterexamples"
        self.path.mkdir(parents=True)
        self.write(UNFINISHED, _WHY)
        self.results.mkdir()
        self.counterexamples.mkdir()
        self._write_manifest({"complete": False})
        self._point_latest_here()

    @property
    def page(self) -> Path:
        """Where the report of this run is read."""
        return self.path / "report.html"

    @property
    def junit(self) -> Path:
        """Where pytest writes its own results."""
        return self.path / "junit.xml"

    def write(self, path: Path | str, content: str | bytes, *, executable: bool = False) -> Path:
        """Write one file of the run, free of secrets; every file goes through here."""
        place = self._inside(path)
        data = content.encode("utf-8") if isinstance(content, str) else content
        data = self._redactor.scrub_bytes(data)
        if place.suffix in _MARKUP:
            # A pseudonym put in here would read as an element that no browser shows.
            data = MARKUP_TAG.sub(r"&lt;\1&gt;", data.decode("utf-8")).encode("utf-8")
        write_atomically(place, data)
        if executable:
            place.chmod(0o755)
        return place

    def write_view(self, path: Path | str, content: str) -> Path:
        """Write a page as it is: its maker has made sure that it shows no secret.

        To scrub the program text of a foreign page could only break it; `finish` looks again.
        """
        place = self._inside(path)
        write_atomically(place, content.encode("utf-8"))
        return place

    def write_json(self, path: Path | str, data: object) -> Path:
        """Write plain data as JSON, free of secrets."""
        clean = self._redactor.scrub_data(data)
        return self.write(path, json.dumps(clean, indent=2, ensure_ascii=False) + "\n")

    def finish(self, facts: Mapping[str, Any], *, complete: bool = True) -> list[Path]:
        """Close the run and return the files that show a secret: with any, it stays incomplete."""
        leaks = sweep(self.path, self._redactor)
        self.leaks = [str(path.relative_to(self.path)) for path in leaks]
        state = {"complete": complete and not leaks, "secrets_found_in": self.leaks}
        self._write_manifest({**facts, **state})
        # Not scrubbed: a target whose identifiers are hexadecimal shares pieces with any digest.
        write_atomically(self.path / SUMS, sums_of(self.path))
        if state["complete"]:
            (self.path / UNFINISHED).unlink(missing_ok=True)
        return leaks

    def _inside(self, path: Path | str) -> Path:
        place = (self.path / path).resolve()
        if not place.is_relative_to(self.path.resolve()):
            raise ValueError(f"{path} lies outside of the run's folder {self.path}")
        return place

    def _write_manifest(self, facts: Mapping[str, Any]) -> None:
        self.write_json(
            MANIFEST,
            {
                "schema": MANIFEST_SCHEMA,
                "run": self.run_id,
                "target": self.target,
                "started": self.started,
                **facts,
            },
        )

    def _point_latest_here(self) -> None:
        link = self.home / "latest"
        waiting = self.home / f".latest.{self.run_id}.tmp"
        waiting.unlink(missing_ok=True)
        waiting.symlink_to(self.path.name, target_is_directory=True)
        waiting.replace(link)
