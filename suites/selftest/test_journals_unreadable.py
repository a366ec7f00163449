"""A log that cannot be read ends no run: what it would tell is open, and the reason is told."""

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixtures.targets.miniatures import miniature
from suites.selftest.judging import SMOKE, Desk, desk_in

CLAIMS = ("--only", "SM-2.1", "--only", "SM-7.3")


def forbidden(path: Path) -> None:
    """Make a log that we may not read."""
    path.touch(mode=0)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Where the profile is, and what the runs of it leave."""
    with desk_in(tmp_path, f"selftest-{secrets.token_hex(4)}") as made:
        yield made


@pytest.mark.parametrize(
    ("make", "words"),
    [(Path.mkdir, "a directory"), (forbidden, "Permission denied")],
    ids=["a folder", "no permission"],
)
def test_a_log_that_cannot_be_read_leaves_its_claims_open_and_judges_the_others(
    desk: Desk, make: Callable[[Path], None], words: str
) -> None:
    log = desk.profile.with_name("app.log")
    make(log)
    if log.is_file() and os.access(log, os.R_OK):
        pytest.skip("who runs this may read everything")
    events = "{logout: {event: logout}, login_success: {event: login}}"
    section = f"  event_log: {{sources: [{{file: {log}}}], events: {events}}}\n"
    with miniature("correct") as url:
        desk.write(url, ("accounts:\n", f"{section}accounts:\n"))
        ended = desk.judge(*SMOKE, *CLAIMS)
    verdicts = desk.verdicts()
    assert verdicts["SM-2.1"] == "pass"
    assert verdicts["SM-7.3"] == "not exercised"
    assert words in ended.said
    assert "Traceback" not in ended.said
    assert desk.all_written()
