"""Lines that a target writes late belong to what they tell of, not to the next history."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from adapters.checked import Call
from adapters.contract import fresh_device
from adapters.journals.events import Event
from adapters.journals.journal import Journal
from adapters.journals.webhook import Webhook
from suites.kernel.audit import Audit, Audits, Logged
from suites.kernel.deeds import Recorder
from suites.kernel.policy import Policy
from suites.kernel.reckoning import Reckoning
from suites.kernel.world import World
from suites.selftest.toy import Toy, calibration, world_on

DELAY = 0.4
EVENTS = {"login_success": {"do": "login"}, "logout": {"do": "logout"}}


class Late(Journal):
    """The log of a target that writes some of its lines later than others."""

    def __init__(self, folder: Path) -> None:
        said = {"sources": [{"file": "log"}], "subject": "who", "time": "at", "events": EVENTS}
        super().__init__(said, folder)
        self.file = folder / "log"
        self.file.touch()
        self.waiting: list[tuple[float, str]] = []

    def tell(self, what: str, late: float, at: float | None) -> None:
        """Have a line written so many seconds from now."""
        line = json.dumps({"do": what, "who": "alice", "at": at})
        self.waiting.append((time.monotonic() + late, line))

    def read(self) -> list[Event]:
        """Write what is due, then read."""
        now = time.monotonic()
        due = [line for when, line in self.waiting if when <= now]
        self.waiting = [one for one in self.waiting if one[0] > now]
        with self.file.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in due)
        return list(super().read())


class LoggingToy(Toy):
    """A toy that logs logins at once, and logouts `late` seconds after them."""

    def __init__(self, journal: Late, *, dated: bool) -> None:
        super().__init__()
        self.journal, self.dated, self.late = journal, dated, 0.0
        self.recorder = Recorder(calibration(self), Policy({}))

    def login(self, user: Any, device: Any, **call: Any) -> Any:
        """Log in, and log that."""
        said = {"user": user, "device": device, **call}
        return self._logged("login", said, super().login(user, device, **call), 0.0)

    def logout(self, held: Any, device: Any, **call: Any) -> Any:
        """Log out, and log that."""
        said = {"held": held, "device": device, **call}
        return self._logged("logout", said, super().logout(held, device, **call), self.late)

    def probe(self, held: Any, device: Any, **call: Any) -> Any:
        """Look, which is not logged."""
        said = {"held": held, "device": device, **call}
        return self.told("probe", said, super().probe(held, device, **call))

    def told(self, what: str, said: Any, answer: Any) -> Any:
        """Have the recorder hear of a call."""
        self.recorder.heard(Call(what, said, answer, time.time(), time.time()))
        return answer

    def _logged(self, what: str, said: Any, answer: Any, late: float) -> Any:
        self.journal.tell(what, late, time.time() if self.dated else None)
        return self.told(what, said, answer)


class Scene:
    """Histories of one toy on accounts that stay, and what its log tells of each."""

    def __init__(self, folder: Path, *, dated: bool = False) -> None:
        self.journal = Late(folder)
        self.toy = LoggingToy(self.journal, dated=dated)
        policy = Policy({"log": {"max_delay_seconds": DELAY}})
        self.audits = Audits(self.toy.recorder, [Audit(self.journal, policy)], None)
        self.world: World = world_on(self.toy)

    def begin(self) -> None:
        self.world = world_on(self.toy)
        self.audits.begin(self.world)

    def in_and_out(self) -> None:
        user, device = self.toy.users[0], fresh_device()
        answer = self.toy.login(user, device, channel="web", node=0)
        self.toy.logout(answer.issued, device, channel="web", node=0)

    def end(self) -> Reckoning:
        (found,) = (s for s in self.audits.end(self.world) if isinstance(s, Logged))
        return found.reckoning


def _clean(found: Reckoning) -> None:
    assert not found.surplus
    assert not found.missing


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


@pytest.mark.parametrize("late", [0.1, 0.35], ids=["soon", "later than waited for"])
def test_a_late_logout_of_the_first_look_is_nothing_of_the_history(
    scene: Scene, late: float
) -> None:
    scene.toy.late = late
    scene.begin()
    time.sleep(late)
    _clean(scene.end())


def test_the_first_look_waits_for_its_logout(scene: Scene) -> None:
    scene.toy.late = 0.1
    scene.begin()
    assert not scene.toy.recorder.book.deeds
    scene.end()


@pytest.mark.parametrize("late", [0.1, 0.6], ids=["soon", "later than declared"])
def test_late_lines_of_a_clean_up_are_nothing_of_the_next_history(
    scene: Scene, late: float
) -> None:
    scene.begin()
    _clean(scene.end())
    scene.toy.late = late
    scene.in_and_out()
    scene.toy.late = 0.0
    scene.begin()
    time.sleep(late)
    _clean(scene.end())
    assert not scene.audits.audits[0].patience.lacking, "nothing was judged to be missing"


def test_a_session_that_outlived_its_history_is_logged_out_after_it(scene: Scene) -> None:
    scene.begin()
    user, device = scene.toy.users[0], fresh_device()
    answer = scene.toy.login(user, device, channel="web", node=0)
    scene.toy.told("advance", {"seconds": 1}, answer)
    _clean(scene.end())
    scene.toy.probe(answer.issued, device, which="me", channel="web", node=0)
    scene.toy.logout(answer.issued, device, channel="web", node=0)
    scene.begin()
    _clean(scene.end())


def test_what_is_asked_for_the_log_itself_is_nothing_of_the_history(scene: Scene) -> None:
    scene.begin()
    book = scene.toy.recorder.book
    scene.end()
    stranger = fresh_device()
    scene.in_and_out()
    scene.toy.probe((), stranger, which="me", channel="web", node=0)
    assert not book.deeds
    assert not book.incidents
    assert [deed.kind for deed in scene.toy.recorder.book.deeds] == ["login_success", "logout"]


def test_what_was_told_before_a_history_excuses_nothing_in_it(scene: Scene) -> None:
    scene.begin()
    scene.in_and_out()
    _clean(scene.end())
    scene.in_and_out()
    scene.begin()
    scene.in_and_out()
    scene.journal.tell("logout", 0.0, None)
    found = scene.end()
    assert [event.kind for event in found.surplus] == ["logout"]


def test_an_entry_dated_before_a_history_is_nothing_of_it(tmp_path: Path) -> None:
    scene = Scene(tmp_path, dated=True)
    scene.begin()
    _clean(scene.end())
    before = time.time()
    time.sleep(0.3)
    scene.begin()
    scene.journal.tell("logout", 0.0, before)
    scene.in_and_out()
    _clean(scene.end())


def test_a_log_from_which_nothing_came_tells_who_could_not_send(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    said = {"sources": [{"webhook": "http://127.0.0.1:0/log"}], "events": EVENTS}
    journal = Journal(said, tmp_path)
    audit = Audit(journal, Policy({"log": {"max_delay_seconds": 0.1}}))
    book = scene.toy.recorder.begin(scene.world.model)
    audit.begin(book)
    try:
        ((source, _),) = journal._sources
        assert isinstance(source, Webhook)
        requests.post(source.url.replace("/log", "/health"), json={}, timeout=5)
        audit.find(book, scene.world)
    finally:
        journal.close()
    assert "found within 0.1 s; webhook http" in str(audit.silent)
    assert "rejected with status 404; send JSON to /log" in str(audit.silent)


def test_an_entry_dated_within_a_history_needs_a_cause(tmp_path: Path) -> None:
    scene = Scene(tmp_path, dated=True)
    scene.begin()
    scene.journal.tell("logout", 0.0, time.time())
    assert len(scene.end().surplus) == 1


def test_a_time_in_whole_seconds_is_that_of_anything_within(tmp_path: Path) -> None:
    scene = Scene(tmp_path, dated=True)
    scene.begin()
    scene.journal.tell("logout", 0.0, float(int(time.time())))
    assert len(scene.end().surplus) == 1
