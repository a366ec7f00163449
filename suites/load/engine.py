"""Starts Locust for one flood, and stops it: a process of its own, or a master and its workers."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from suites.kernel.load import VARIABLE, Order, Sent

CHECKOUT = Path(__file__).parents[2]
USERS = 12
POLL_SECONDS = 0.02
STARTING_SECONDS = 45.0
LONGER = 4.0
"""A flood may take so many times as long as it would at its declared rate."""
STOPPING_SECONDS = 5.0
TAIL = 300


def installed() -> bool:
    """Return whether Locust is there; it is never imported here, because it patches so much."""
    return importlib.util.find_spec("locust") is not None


def flood(order: Order, meanwhile: Callable[[bool], None]) -> Sent:
    """Send what was ordered, and call `meanwhile` again and again until it is over."""
    with TemporaryDirectory(prefix="flood-") as folder, _locust(order, Path(folder)) as processes:
        marks, first = Path(folder), processes[0]
        until = time.monotonic() + STARTING_SECONDS + LONGER * order.seconds
        while first.poll() is None and time.monotonic() < until:
            meanwhile((marks / "begun").exists() and not (marks / "spent").exists())
            time.sleep(POLL_SECONDS)
        if first.poll() is None:
            first.terminate()
        try:
            first.wait(STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            first.kill()
        return _read(marks, order)


def _read(marks: Path, order: Order) -> Sent:
    figures = marks / "figures"
    if not figures.is_file():
        told = (marks / "errors").read_text(encoding="utf-8", errors="replace").strip()
        last = told.splitlines()[-1][:TAIL] if told else "it said nothing"
        return Sent(trouble=f"Locust ended without figures: {last}")
    said = json.loads(figures.read_text(encoding="utf-8"))
    found = Sent(said["classes"], said["seconds"])
    if found.requests < order.requests:
        trouble = f"{found.requests} of {order.requests} requests were sent"
        return Sent(found.classes, found.seconds, trouble)
    return found


@contextmanager
def _locust(order: Order, marks: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start the processes, the first of which ends the flood; stop those that are left."""
    users = str(max(order.workers, min(USERS, order.requests)))
    sends = ("-u", users, "-r", users, "--headless", "--only-summary", "-s", "0")
    commands: list[tuple[str, ...]] = [sends]
    if order.workers:
        port = str(_free_port())
        told = ("--expect-workers", str(order.workers), "--expect-workers-max-wait", "30")
        at = ("--master-bind-host", "127.0.0.1", "--master-bind-port", port)
        to = ("--worker", "--master-host", "127.0.0.1", "--master-port", port)
        commands = [(*sends, "--master", *told, *at), *[to] * order.workers]
    processes: list[subprocess.Popen[bytes]] = []
    env = _environment(order, marks)
    with (marks / "errors").open("wb") as errors:
        try:
            processes.extend(_start(command, env, errors) for command in commands)
            yield processes
        finally:
            for process in processes:
                _stop(process)


def _environment(order: Order, marks: Path) -> Mapping[str, str]:
    said = {VARIABLE: order.to_json(), "SESSION_FLOOD_MARKS": str(marks)}
    return os.environ | said | {"PYTHONPATH": str(CHECKOUT)}


def _start(
    command: tuple[str, ...], env: Mapping[str, str], errors: IO[bytes]
) -> subprocess.Popen[bytes]:
    whole = [sys.executable, "-m", "locust", "-f", "suites/load/flood.py", "-L", "ERROR", *command]
    return subprocess.Popen(  # noqa: S603  our own interpreter and arguments
        whole, cwd=CHECKOUT, env=env, stdout=subprocess.DEVNULL, stderr=errors,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop one process by its id."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOPPING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
