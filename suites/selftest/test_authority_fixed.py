"""Fixed accounts are left as found: enabled, in their role, under their password."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from adapters.contract import Acknowledged, Refused, fresh_device
from fixtures.demo import PROFILE, environment
from fixtures.session import TargetRun
from fixtures.targets.reference.launch import Running, running
from suites.kernel.budget import Budget
from suites.kernel.discover import discover
from suites.machines.directed_authority import authority

NAMES = ("alice", "bob", "mallory")
BUDGET = Budget("none", 0, 1, 0.0, 50, 1.0, 1)


@pytest.fixture(scope="module")
def reference() -> Iterator[Running]:
    with running() as target:
        yield target


@contextmanager
def fixed_accounts(
    target: Running, folder: Path, monkeypatch: pytest.MonkeyPatch, *, role: str | None
) -> Iterator[TargetRun]:
    """Yield a run on three accounts that the suite did not create."""
    discover()
    target.reset()
    document = yaml.safe_load(PROFILE.read_text(encoding="utf-8"))
    for operation in ("create_user", "drop_user"):
        del document["adapter"][operation]
    document["accounts"] = []
    for name in NAMES:
        monkeypatch.setenv(f"FIXED_{name.upper()}", f"{name}-Password-1")
        made = target.control(
            "/admin/users", {"email": f"{name}@example.test", "password": f"{name}-Password-1"}
        )
        account = {
            "name": f"{name}@example.test",
            "password": {"env": f"FIXED_{name.upper()}"},
            "reference": made["id"],
        }
        document["accounts"].append(account if role is None else {**account, "role": role})
    path = folder / "fixed.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    for variable, value in environment(target).items():
        monkeypatch.setitem(os.environ, variable, value)
    run = TargetRun(path, seed=1)
    run.budget = BUDGET
    yield run


@pytest.mark.parametrize("role", ["user", None])
def test_fixed_accounts_are_left_as_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: Running, role: str | None
) -> None:
    with fixed_accounts(reference, tmp_path, monkeypatch, role=role) as run:
        campaign = run.begin()
        for _, steps in authority("web", "spa"):
            campaign.play(steps)
        assert dict(campaign.ledger.trouble) == {}
        assert [(b.context, b.finding) for b in campaign.ledger.breaches.values()] == []
        done = {event for event, _, _ in campaign.ledger.coverage}
        assert ("role" in done or "use in another role" in done) is (role is not None)
        assert "reset" in done
        assert "disable" not in done
        adapter = run.loaded.adapter
        for user in run.loaded.users:
            client = fresh_device()
            answer = adapter.login(user, client, channel="web", node=0)
            assert isinstance(answer, Acknowledged), user.name
            seen = adapter.role_probe((), client, which="panel", channel="web", node=0)
            assert isinstance(seen, Refused)
