"""What a Locust user does in a flood: the operations of the profile's own adapter, and no others.

A locustfile: `python -m locust -f suites/load/flood.py --headless`, with the order in the
environment. It runs in processes of its own, because Locust patches the standard library.
"""

import itertools
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from locust import User, constant, events, task
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import MasterRunner, WorkerRunner

from adapters import contract
from adapters.build import load
from adapters.checked import AdapterError, Checked
from adapters.contract import Acknowledged, Artefact, Device, Kind, Place, fresh_device
from adapters.exchange import Exchange
from adapters.profilefile import Profile
from adapters.secrets import Secret
from adapters.transport import OutOfScope, Spent
from suites.kernel.bench import alike, latest
from suites.kernel.load import CLASSES, VARIABLE, Order
from suites.kernel.policy import Policy, PolicyError

EVERY_REFRESH, EVERY_FAILURE = 5, 10
SPENT = "spent"
IN_LAB = ("lab", "staging")
MARKS = os.environ.get("SESSION_FLOOD_MARKS", "")


class Crew:
    """What all users of one process share: the order, the adapter, and what is left to send."""

    def __init__(self, environment: Environment, order: Order) -> None:
        self.environment = environment
        self.order = order
        self.turns: Iterator[int] = itertools.count()
        self.at_work = 0
        self.reported = 0
        self.adapter: Checked | None = None

    def begin(self) -> None:
        """Get ready in a process that sends, with its share of what may be sent."""
        runner, order = self.environment.runner, self.order
        loaded = load(order.profile)
        shared = isinstance(runner, WorkerRunner)
        if why := objection(order, loaded.profile, shared=shared):
            raise PolicyError(f"{order.profile}: {why}")
        number = runner.worker_index if isinstance(runner, WorkerRunner) else 0
        rate = order.per_second / max(1, order.workers)
        loaded.transport.limit(order.share(number), rate)
        loaded.transport.taps.append(self.heard)
        self.adapter = loaded.adapter

    def heard(self, exchange: Exchange) -> None:
        """Count one request by the class of its answer."""
        self.environment.events.request.fire(  # type: ignore[no-untyped-call]
            request_type="flood",
            name=class_of(exchange),
            response_time=exchange.seconds * 1000,
            response_length=len(exchange.body),
            exception=None,
            context={},
        )

    def end(self) -> None:
        """Send one user home; the last one says that everything was sent and answered."""
        self.at_work -= 1
        if self.at_work > 0:
            return
        runner = self.environment.runner
        if isinstance(runner, WorkerRunner):
            runner.send_message(SPENT, None)
        elif runner is not None:
            mark("spent")
            threading.Thread(target=runner.quit).start()

    # -- what one user does, once -----------------------------------------------------------------

    @property
    def device(self) -> Device:
        """A client that holds nothing."""
        client = fresh_device(f"flood {next(self.turns) % 50}")
        client.source = self.order.source
        return client

    def visits(self, adapter: Checked) -> None:
        """Come without anything."""
        adapter.pre_auth(self.device, channel=self.order.channel, node=0)

    def logins(self, adapter: Checked) -> None:
        """Log in, look, renew now and then, and leave the session behind."""
        turn, device, lane = next(self.turns), self.device, self.order.channel
        known = self.order.users[turn % len(self.order.users)]
        user = contract.User(**{**known, "password": Secret(known["password"], "password")})
        if self.order.failures and turn % EVERY_FAILURE == 0:
            adapter.login_fail(user, device, channel=lane, node=0)
            return
        answer = adapter.login(user, device, channel=lane, node=0)
        if not isinstance(answer, Acknowledged):
            return
        held = latest(answer.issued)
        probe = adapter.probes_in(lane)[0]
        adapter.probe(held, device, which=probe, channel=lane, node=0)
        if turn % EVERY_REFRESH == 0 and "refresh" in adapter.offers_in(lane):
            adapter.refresh(held, device, channel=lane, node=0)
        elif not self.order.keep:
            adapter.logout(held, device, channel=lane, node=0)

    def tokens(self, adapter: Checked) -> None:
        """Present values that nobody was ever given."""
        lane = self.order.channel
        made_up = [artefact_of(shape) for shape in self.order.shapes]
        renewing = [a for a in made_up if a.kind is Kind.REFRESH]
        probe = adapter.probes_in(lane)[0]
        if renewing and next(self.turns) % EVERY_REFRESH == 0:
            adapter.refresh(renewing, self.device, channel=lane, node=0)
            return
        held = [a for a in made_up if a.kind is not Kind.REFRESH]
        adapter.probe(held, self.device, which=probe, channel=lane, node=0)


def objection(order: Order, profile: Profile, *, shared: bool = False) -> str:
    """Return why this order is not to be sent, or nothing; an order by hand obeys the profile."""
    environment, policy = profile.target.environment, Policy(profile.policy)
    if environment not in IN_LAB:
        return (
            f"target.environment is {environment or 'missing'}; floods are for lab and staging "
            "systems"
        )
    bounds = {"load.max_requests": order.requests, "load.max_rps": order.per_second}
    for key, ordered in bounds.items():
        if ordered > policy[key]:
            return f"the order asks for {ordered:g}, and policy {key} is {policy[key]}; order less"
    if shared and not order.workers:
        return "the order says of no `workers`, so that each would send all of it; add their number"
    return ""


CREW: list[Crew] = []
"""The one crew of this process; Locust makes its users itself."""


class Visitor(User):
    """One of many who come at the same time."""

    wait_time = constant(0)

    def on_start(self) -> None:
        """Count oneself in."""
        CREW[0].at_work += 1

    @task
    def come(self) -> None:
        """Do once what was ordered; whoever has nothing left to send goes home."""
        crew = CREW[0]
        acts: dict[str, Callable[[Checked], None]] = {
            "visits": crew.visits,
            "logins": crew.logins,
            "logins of several": crew.logins,
            "made-up values": crew.tokens,
        }
        if crew.adapter is None:
            raise StopUser
        try:
            acts[crew.order.kind](crew.adapter)
        except (Spent, OutOfScope, AdapterError) as reason:
            if not isinstance(reason, Spent):
                crew.environment.events.user_error.fire(  # type: ignore[no-untyped-call]
                    user_instance=self, exception=type(reason)(str(reason)), tb=None
                )
            crew.end()
            raise StopUser from None


def class_of(exchange: Exchange) -> str:
    """Return the class of an answer."""
    answered, declined, slowed, failed, unanswered = CLASSES
    if exchange.status is None:
        return unanswered
    if exchange.overloaded:
        return slowed
    if exchange.status >= 500:  # noqa: PLR2004
        return failed
    return declined if exchange.status >= 400 else answered  # noqa: PLR2004


def artefact_of(shape: Mapping[str, str]) -> Artefact:
    """Return a made-up artefact of this shape."""
    value = Secret(alike(shape["value"]), shape["kind"], made_up=True)
    return Artefact(Kind(shape["kind"]), Place(shape["place"]), shape["name"], value)


def mark(name: str, text: str = "") -> None:
    """Tell whoever started this how far it is."""
    if MARKS:
        (Path(MARKS) / name).write_text(text, encoding="utf-8")


@events.init.add_listener  # type: ignore[untyped-decorator]
def get_ready(environment: Environment, **_: Any) -> None:
    """Read the order, and let a master count its workers."""
    crew = Crew(environment, Order.from_json(os.environ[VARIABLE]))
    CREW[:] = [crew]

    def spent(**_: Any) -> None:
        crew.reported += 1
        if crew.reported >= crew.order.workers and environment.runner is not None:
            mark("spent")
            threading.Thread(target=environment.runner.quit).start()

    if isinstance(environment.runner, MasterRunner):
        environment.runner.register_message(SPENT, spent)


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def begin(environment: Environment, **_: Any) -> None:
    """Begin to send, but in a master."""
    if not isinstance(environment.runner, MasterRunner):
        try:
            CREW[0].begin()
        except Exception as reason:
            # Locust goes on after what a listener raises, and nobody would send anything.
            sys.stderr.write(f"{type(reason).__name__}: {reason}\n")
            sys.stderr.flush()
            os._exit(1)
    if not isinstance(environment.runner, WorkerRunner):
        mark("begun")
        quitting: Any = events.quit
        quitting.add_listener(lambda exit_code, **_: write_down(environment))


def write_down(environment: Environment) -> None:
    """Leave the figures of all processes where they are looked for."""
    total = environment.stats.total
    last = total.last_request_timestamp or total.start_time
    told = {
        "classes": {
            name: entry.num_requests for (name, _), entry in environment.stats.entries.items()
        },
        "seconds": max(0.0, last - total.start_time),
    }
    mark("figures", json.dumps(told))
