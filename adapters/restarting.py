"""Restarts one node of a target, and waits until it answers again.

By a request that the profile declares, or by a command on this machine.
"""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adapters.contract import Acknowledged, Answer, Unclear, fresh_device
from adapters.transport import Transport, absolute

NODE = "{node}"
LONGEST = 60.0
"""Seconds that a command may take, and that a node may then take until it answers."""
_PAUSE = 0.1
_IN_A_ROW = 2


@dataclass(frozen=True, slots=True)
class RestartCommand:
    """A command of the operator that restarts a node; `{node}` in a word of it is its number."""

    words: Sequence[str]
    transport: Transport
    nodes: Sequence[str]

    def restart(self, *, node: int) -> Answer:
        """Restart a node, and wait until it answers."""
        command = [word.replace(NODE, str(node + 1)) for word in self.words]
        try:
            done = subprocess.run(  # noqa: S603  whoever wrote the profile wrote the command
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=LONGEST,
                check=False,
            )
        except FileNotFoundError:
            return Unclear(f"target.restart: there is no command {command[0]}")
        except OSError as error:
            return Unclear(f"target.restart: {command[0]} cannot be run ({error.strerror})")
        except subprocess.TimeoutExpired:
            return Unclear(f"target.restart: {command[0]} was not done after {LONGEST:.0f} s")
        if done.returncode != 0:
            return Unclear(f"target.restart: {command[0]} ended with {done.returncode}")
        return awaited(self.transport, self.nodes, node)


def awaited(
    transport: Transport,
    nodes: Sequence[str],
    node: int,
    *,
    longest: float = LONGEST,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """Wait until a node answers, whatever it says."""
    until = time.monotonic() + longest
    in_a_row = 0
    while in_a_row < _IN_A_ROW:
        reply = transport.send(fresh_device("restart"), "GET", absolute(nodes[node], "/"))
        in_a_row = 0 if reply.status is None else in_a_row + 1
        if in_a_row == 0:
            if time.monotonic() > until:
                why = f"node {node + 1} ({nodes[node]}) does not answer {longest:.0f} s later"
                return Unclear(f"after its restart {why}")
            sleep(_PAUSE)
    return Acknowledged()
