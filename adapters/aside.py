"""A thread beside the others that does what it is given, one thing after another.

No process waits for it at its end: what never returns keeps nobody.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

Job = tuple[Future[Any], Callable[[], Any]]


class Aside:
    """One such thread, which ends when it is told to."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def submit(self, work: Callable[[], Any]) -> Future[Any]:
        """Have something done when all before it is done."""
        job: Job = (Future(), work)
        self._jobs.put(job)
        return job[0]

    def end(self) -> None:
        """End the thread when all is done; this does not wait for it."""
        self._jobs.put(None)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, work = job
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
            # The next one may be long in coming, and its work holds what it was given.
            del job, future, work
