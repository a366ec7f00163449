"""The transport sends what it is told, where it may, and shows everything to the taps."""

import gzip
import threading
import time

import pytest

from adapters.contract import Device, fresh_device
from adapters.exchange import Exchange
from adapters.secrets import VAULT, Secret
from adapters.transport import BODY_LIMIT, OutOfScope, Scope, Transport, absolute
from suites.selftest.loopback import Asked, Given, serving

PAGES = {
    "/set": Given(200, b"ok", (("Set-Cookie", "sid=secret-one; Path=/; HttpOnly"),)),
    "/swap": Given(
        303,
        b"",
        (
            ("Set-Cookie", "sid=secret-two; Path=/"),
            ("Set-Cookie", "old=; Path=/; Max-Age=0"),
            ("Location", "/landing"),
        ),
    ),
    "/away": Given(302, b"", (("Location", "http://elsewhere.test/steal"),)),
    "/loop": Given(302, b"", (("Location", "/loop"),)),
    "/keep": Given(307, b"", (("Location", "/landing"),)),
    "/drop": Given(None),
    "/big": Given(200, b"x" * (BODY_LIMIT + 10)),
    "/packed": Given(200, gzip.compress(b"hello"), (("Content-Encoding", "gzip"),)),
}
ORDINARY = Given(200, b'{"user": "ann"}', (("Content-Type", "application/json"),))


def pages(request: Asked) -> Given:
    if request.path == "/slow":
        time.sleep(1)
    return PAGES.get(request.path, ORDINARY)


def cookies_of(request: Asked) -> str:
    return request.header("Cookie") or ""


def test_cookies_belong_to_devices_and_not_to_the_transport() -> None:
    with serving(pages) as server:
        transport = Transport(Scope([server.url]))
        laptop, phone = fresh_device("laptop"), fresh_device("phone")
        transport.send(laptop, "GET", server.url + "/set")
        transport.send(laptop, "GET", server.url + "/me")
        transport.send(phone, "GET", server.url + "/me")
    assert [cookies_of(request) for request in server.asked] == ["", "sid=secret-one", ""]
    assert [request.header("User-Agent") for request in server.asked[1:]] == ["laptop", "phone"]


def test_presented_cookies_replace_the_jar_for_one_request_and_repeat_in_order() -> None:
    with serving(pages) as server:
        transport = Transport(Scope([server.url]))
        device = fresh_device()
        device.jar.set("sid", "own")
        device.jar.set("lang", "en")
        pair = [("sid", Secret("one")), ("sid", Secret("two"))]
        transport.send(device, "GET", server.url + "/me", cookies=pair)
        transport.send(device, "GET", server.url + "/me")
    assert cookies_of(server.asked[0]) == "lang=en; sid=one; sid=two"
    assert cookies_of(server.asked[1]) == "sid=own; lang=en"


def test_a_request_out_of_scope_is_never_sent() -> None:
    with serving(pages) as server:
        transport = Transport(Scope(["https://target.test"]))
        with pytest.raises(OutOfScope, match=r"target\.also"):
            transport.send(fresh_device(), "GET", server.url + "/me")
    assert server.asked == []


def test_scope_knows_default_ports_and_other_schemes_apart() -> None:
    scope = Scope(["https://Target.test"])
    assert scope.allows("https://target.test:443/x")
    assert not scope.allows("http://target.test/")
    assert not scope.allows("https://target.test:8443/")
    assert not scope.allows("https://target.test.evil.test/")
    assert not scope.allows("https://target.test@evil.test/")


def test_a_redirect_out_of_scope_is_left_unfollowed_and_noted() -> None:
    with serving(pages) as server:
        reply = Transport(Scope([server.url])).send(
            fresh_device(), "GET", server.url + "/away", follow=True
        )
    assert reply.status == 302
    assert len(server.asked) == 1
    assert "elsewhere.test" in (reply.last.trouble or "")
    assert "unfollowed" in (reply.last.trouble or "")


def test_redirects_change_the_method_as_browsers_do() -> None:
    with serving(pages) as server:
        transport = Transport(Scope([server.url]))
        transport.send(fresh_device(), "POST", server.url + "/swap", body=b"a=1", follow=True)
        transport.send(fresh_device(), "POST", server.url + "/keep", body=b"a=1", follow=True)
    assert [(one.method, one.body) for one in server.asked] == [
        ("POST", b"a=1"),
        ("GET", b""),
        ("POST", b"a=1"),
        ("POST", b"a=1"),
    ]


def test_a_cookie_that_a_redirect_replaces_is_presented_no_more() -> None:
    with serving(pages) as server:
        Transport(Scope([server.url])).send(
            fresh_device(), "GET", server.url + "/swap", cookies=[("sid", Secret("x"))], follow=True
        )
    assert [cookies_of(request) for request in server.asked] == ["sid=x", "sid=secret-two"]


def test_endless_redirects_end() -> None:
    with serving(pages) as server:
        reply = Transport(Scope([server.url])).send(
            fresh_device(), "GET", server.url + "/loop", follow=True
        )
    assert len(reply.exchanges) == 11
    assert reply.status == 302


def test_taps_see_every_exchange_and_its_secrets_are_registered_before() -> None:
    known: list[bool] = []
    seen: list[Exchange] = []

    def tap(exchange: Exchange) -> None:
        values = {value for value, _ in VAULT}
        known.append("secret-one" in values and "token-of-ann" in values)
        seen.append(exchange)

    with serving(pages) as server:
        headers = {"Authorization": "Bearer token-of-ann"}
        transport = Transport(Scope([server.url]), taps=[tap], headers=headers)
        device = fresh_device("laptop")
        transport.send(device, "GET", server.url + "/set")
        transport.send(device, "GET", server.url + "/drop")
    assert known[0]
    first, second = seen
    assert (first.number, first.device, first.status, first.text) == (1, "laptop", 200, "ok")
    assert [cookie.name for cookie in first.cookies_set] == ["sid"]
    assert ("Authorization", "Bearer token-of-ann") in first.request_headers
    assert "token-of-ann" not in repr(first)
    assert second.status is None
    assert second.trouble
    assert ("Cookie", "sid=secret-one") in second.request_headers


def test_repeated_headers_stay_apart() -> None:
    with serving(pages) as server:
        reply = Transport(Scope([server.url])).send(fresh_device(), "GET", server.url + "/swap")
    assert [cookie.name for cookie in reply.cookies_set] == ["sid", "old"]
    assert [cookie.deletes for cookie in reply.cookies_set] == [False, True]
    assert sum(name == "Set-Cookie" for name, _ in reply.last.headers) == 2


@pytest.mark.parametrize(("path", "words"), [("/drop", "connection failed"), ("/slow", "time-out")])
def test_trouble_is_an_answer_and_no_exception(path: str, words: str) -> None:
    with serving(pages) as server:
        transport = Transport(Scope([server.url]), timeouts=(0.3, 0.3))
        reply = transport.send(fresh_device(), "GET", server.url + path)
    assert reply.status is None
    assert words in (reply.trouble or "")
    assert len(server.asked) == 1, "nothing is retried"


def test_nobody_listening_is_trouble() -> None:
    with serving(pages) as server:
        url = server.url
    reply = Transport(Scope([url])).send(fresh_device(), "GET", url + "/me")
    assert "ConnectionRefused" in (reply.trouble or "") or "refused" in (reply.trouble or "")


def test_a_value_that_cannot_be_sent_is_trouble() -> None:
    with serving(pages) as server:
        reply = Transport(Scope([server.url])).send(
            fresh_device(), "GET", server.url + "/me", headers={"X-Bad": "a\r\nInjected: yes"}
        )
    assert reply.status is None
    assert "cannot be sent" in (reply.trouble or "")
    assert server.asked == []


def test_bodies_are_unpacked_and_capped() -> None:
    with serving(pages) as server:
        transport = Transport(Scope([server.url]))
        packed = transport.send(fresh_device(), "GET", server.url + "/packed")
        big = transport.send(fresh_device(), "GET", server.url + "/big")
        after = transport.send(fresh_device(), "GET", server.url + "/me")
    assert packed.text == "hello"
    assert (len(big.last.body), big.last.truncated) == (BODY_LIMIT, True)
    assert after.json() == {"user": "ann"}


def test_the_declared_rate_is_kept_by_all_threads_together() -> None:
    with serving(pages) as server:
        transport = Transport(Scope([server.url]), requests_per_second=40)
        started = time.monotonic()

        def ask() -> None:
            for _ in range(4):
                transport.send(fresh_device(), "GET", server.url + "/me")

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert time.monotonic() - started >= 11 / 40


def test_numbers_are_given_once_from_many_threads() -> None:
    seen: list[Exchange] = []
    with serving(pages) as server:
        transport = Transport(Scope([server.url]), taps=[seen.append])

        def ask(device: Device) -> None:
            for _ in range(20):
                transport.send(device, "GET", server.url + "/me")

        threads = [threading.Thread(target=ask, args=(fresh_device(str(n)),)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(exchange.number for exchange in seen) == list(range(1, 121))


def test_every_address_of_an_answer_is_found() -> None:
    html = (
        b"<meta http-equiv='refresh' content='0; url=/next?a=1'><a href='/x?b=1&amp;c=2'>x</a>"
        b"<form action=/post><button formaction='/other'></button></form>"
        b"<div data-url='/data' data-id='17'></div><script>fetch('/api/y?sid=1')</script>"
    )
    headers = (
        ("Content-Type", "text/html"),
        ("Link", "</style.css>; rel=preload"),
        ("Content-Location", "/here"),
        ("Refresh", "3; url=/soon"),
    )
    with serving(lambda _: Given(200, html, headers)) as server:
        reply = Transport(Scope([server.url])).send(fresh_device(), "GET", server.url + "/?q=1")
    assert set(reply.last.addresses) == {
        "/style.css", "/here", "/soon", "/next?a=1", "/x?b=1&c=2", "/post", "/other", "/data",
        "/api/y?sid=1",
    }  # fmt: skip
    assert reply.last.request_address == server.url + "/?q=1"


def test_addresses_in_json_are_found() -> None:
    body = b'{"next": "/page?t=1", "full": "https://a.test/b", "name": "ann", "n": [{"u": "/z"}]}'
    with serving(lambda _: Given(200, body, (("Content-Type", "application/json"),))) as server:
        reply = Transport(Scope([server.url])).send(fresh_device(), "GET", server.url)
    assert reply.last.addresses == ("/page?t=1", "https://a.test/b", "/z")


def test_base_addresses_may_have_a_path() -> None:
    assert absolute("https://a.test/app/", "/me") == "https://a.test/app/me"
    assert absolute("https://a.test", "https://b.test/x") == "https://b.test/x"
