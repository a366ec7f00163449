"""Errors are provoked in the target alone: what lies beside it on its host is not asked."""

import pytest

from adapters.contract import fresh_device
from adapters.provoking import provoke
from adapters.transport import Scope, Transport
from suites.selftest.loopback import Asked, Given, serving


def provoked(base: str, page: str) -> list[str]:
    """Return the paths that were asked for with the session of the genuine request."""

    def answered(asked: Asked) -> Given:
        return Given(200 if asked.path == page else 404)

    with serving(answered) as server:
        transport = Transport(Scope([server.url]), nodes=(server.url + base,), trust_loopback=True)
        sent = {"Authorization": "Bearer a-living-one", "Cookie": "sid=a-living-one"}
        genuine = transport.send(fresh_device(), "GET", server.url + page, headers=sent).last
        list(provoke(transport, genuine))
        transport.close()
        named = [asked.path.partition("?")[0] for asked in server.asked]
        assert {asked.header("Authorization") for asked in server.asked} == {"Bearer a-living-one"}
    return named


def test_what_is_for_debugging_is_asked_for_below_the_base_address() -> None:
    assert {"/debug", "/actuator/env", "/phpinfo.php"} <= set(provoked("", "/me"))
    assert {"/app/debug", "/app/actuator/env"} <= set(provoked("/app", "/app/me"))


@pytest.mark.parametrize("page", ["/app/me", "/app", "/apple/me", "/api/me"])
def test_a_session_goes_to_no_other_application_of_the_host(page: str) -> None:
    below = "/app" if page in {"/app", "/app/me"} else page
    asked = provoked("/app", page)
    assert [path for path in asked if path != below and not path.startswith(f"{below}/")] == []
    assert f"{page}/" in "".join(asked)
