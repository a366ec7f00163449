"""A browser that comes back to a provider or an application without credentials."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from adapters import capabilities
from adapters.build import load
from adapters.contract import Acknowledged, Device, Refused, User, fresh_device
from adapters.oidc.returning import MAX_AGE, PROMPT
from fixtures.targets.reference.launch import Running, running
from suites.kernel.people import invent
from suites.selftest.hunting import profile

APP: dict[str, Any] = {"channel": "app", "node": 0}
SHOP: dict[str, Any] = {"channel": "shop", "node": 0}


@pytest.fixture(scope="module")
def reference() -> Iterator[Running]:
    with running() as target:
        yield target


@contextmanager
def arrived(reference: Running, channel: str, *faults: str) -> Iterator[tuple[Any, User, Device]]:
    """An adapter on the reference target, and a browser in which somebody has logged in."""
    reference.reset(faults)
    with profile(reference, {}, "oidc.yaml") as path:
        adapter = load(path).adapter
        who = invent("ann")
        user = adapter.create_user(who.name, who.password, who.personal, node=0).user
        browser = fresh_device("laptop")
        answer = adapter.login(user, browser, channel=channel, node=0)
        assert isinstance(answer, Acknowledged)
        yield adapter, user, browser


@pytest.mark.parametrize("how", [MAX_AGE, PROMPT])
def test_who_is_asked_again_and_types_nothing_gets_nothing(reference: Running, how: str) -> None:
    with arrived(reference, "app") as (adapter, _, browser):
        assert isinstance(adapter.authorize_fresh(browser, how=how, **APP), Refused)


def test_a_provider_that_does_not_ask_again_is_told(reference: Running) -> None:
    with arrived(reference, "app", "max-age-is-ignored") as (adapter, _, browser):
        assert isinstance(adapter.authorize_fresh(browser, how=MAX_AGE, **APP), Acknowledged)
        assert isinstance(adapter.authorize_fresh(browser, how=PROMPT, **APP), Refused)


@pytest.mark.parametrize(
    ("faults", "found"), [((), Refused), (("next-page-logs-in-silently",), Acknowledged)]
)
def test_who_logged_out_comes_back_as_nobody(
    reference: Running, faults: tuple[str, ...], found: type
) -> None:
    with arrived(reference, "shop", *faults) as (adapter, _, browser):
        assert isinstance(adapter.come_back(browser, **SHOP), Acknowledged)
        adapter.logout((), browser, **SHOP)
        assert isinstance(adapter.come_back(browser, **SHOP), found)


def test_an_account_is_ended_at_the_provider(reference: Running) -> None:
    with arrived(reference, "app") as (adapter, user, browser):
        assert "op_control" in capabilities.of(adapter)
        silent = adapter.authorize(user, browser, silent=True, challenged=True, **APP)
        adapter.op_end(user, node=0)
        after = adapter.authorize(user, browser, silent=True, challenged=True, **APP)
        adapter.op_disable(user, node=0)
        closed = adapter.login(user, fresh_device(), **APP)
        adapter.op_enable(user, node=0)
        opened = adapter.login(user, fresh_device(), **APP)
    assert isinstance(silent, Acknowledged)
    assert isinstance(after, Refused)
    assert isinstance(closed, Refused)
    assert isinstance(opened, Acknowledged)
