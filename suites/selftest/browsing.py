"""What self-tests of the browser share: its profile on the reference target, and a window."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.browser import lacking
from adapters.build import Loaded, load
from adapters.contract import Acknowledged, Device, User, fresh_device
from adapters.secrets import Secret
from fixtures.demo import PROFILE, environment
from fixtures.targets.reference.launch import Running

WHY = lacking(None)
needs_a_browser = pytest.mark.skipif(WHY is not None, reason=WHY or "")
APP = PROFILE.with_name("browser.yaml")
PASSWORD = "Winter-garden-71!"
PERSONAL = {"name": "Ada Quellenstein", "phone": "+49 30 5550123"}
FORM: Mapping[str, Any] = {
    "login_page": "/login",
    "fields": {"[name=username]": "{user.name}", "[name=password]": "{user.password}"},
    "submit": "button",
    "signed_in": "#who",
    "refused": "#error:not(:empty)",
    "pages": ["/account"],
}
"""How a person logs in with the pages of the reference target."""


@contextmanager
def loaded(target: Running, folder: Path, *, base: Path = APP, **changes: Any) -> Iterator[Loaded]:
    """Load the profile of a browser with other keys under `adapter`, and close it at the end."""
    document = yaml.safe_load(base.read_text(encoding="utf-8"))
    document["adapter"] |= changes
    path = folder / "browser.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(target).items():
            patch.setenv(name, value)
        found = load(path)
        try:
            yield found
        finally:
            found.close()


def somebody(run: Loaded, name: str = "ada@example.test") -> User:
    """Create an account."""
    answer = run.adapter.create_user(name, Secret(PASSWORD, "password"), PERSONAL, node=0)
    assert isinstance(answer, Acknowledged)
    assert answer.user is not None
    return answer.user


def signed_in(run: Loaded, user: User) -> Device:
    """Return a client that is a browser, with its user logged in."""
    device = fresh_device("laptop")
    answer = run.adapter.open_window(user, device, channel=run.adapter.channels[0], node=0)
    assert isinstance(answer, Acknowledged), answer
    return device


def chromium_children() -> list[int]:
    """Return the processes of browsers that this one started."""
    import psutil  # noqa: PLC0415

    mine = psutil.Process(os.getpid()).children(recursive=True)
    return [child.pid for child in mine if "chrom" in child.name()]
