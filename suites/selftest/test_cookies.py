"""The jar keeps, sends and refuses cookies as RFC 6265bis says."""

import pytest

from adapters.cookiedate import parse_cookie_date
from adapters.cookies import CookieJar, default_path, domain_match, is_loopback, path_match

SITE = "https://shop.example.test/account/orders"
HERE = "http://127.0.0.1:8000/"
NOW = 1_700_000_000.0


def kept(*headers: str, url: str = SITE) -> CookieJar:
    jar = CookieJar()
    for header in headers:
        jar.receive(url, header)
    return jar


def test_a_plain_cookie_comes_back_to_its_host_only() -> None:
    jar = kept("sid=abc; Path=/")
    assert jar.header_for("https://shop.example.test/") == "sid=abc"
    assert jar.header_for("https://www.shop.example.test/") == ""
    assert jar.header_for("https://example.test/") == ""


def test_a_domain_cookie_goes_to_subdomains_and_a_leading_dot_means_nothing() -> None:
    jar = kept("sid=abc; Domain=.example.test; Path=/")
    assert jar.header_for("https://other.example.test/x") == "sid=abc"
    assert jar.header_for("https://notexample.test/") == ""


@pytest.mark.parametrize(
    ("host", "domain", "matches"),
    [
        ("a.example", "a.example", True),
        ("b.a.example", "a.example", True),
        ("ba.example", "a.example", False),
        ("127.0.0.1", "0.0.1", False),
        ("127.0.0.1", "127.0.0.1", True),
    ],
)
def test_domain_match(host: str, domain: str, matches: bool) -> None:
    assert domain_match(host, domain) is matches


@pytest.mark.parametrize(
    ("path", "cookie_path", "matches"),
    [
        ("/a", "/a", True),
        ("/a/b", "/a", True),
        ("/ab", "/a", False),
        ("/a/", "/a/", True),
        ("/a", "/a/", False),
        ("/", "/", True),
    ],
)
def test_path_match(path: str, cookie_path: str, matches: bool) -> None:
    assert path_match(path, cookie_path) is matches


@pytest.mark.parametrize(
    ("path", "default"),
    [("/account/orders", "/account"), ("/account", "/"), ("", "/"), ("/a/b/", "/a/b")],
)
def test_default_path(path: str, default: str) -> None:
    assert default_path(path) == default


def test_without_a_usable_path_the_directory_of_the_request_counts() -> None:
    for attribute in ("", "; Path=", "; Path=relative"):
        jar = kept(f"sid=abc{attribute}")
        assert jar.header_for("https://shop.example.test/account/x") == "sid=abc"
        assert jar.header_for("https://shop.example.test/") == ""


def test_a_later_header_of_the_same_answer_deletes_what_an_earlier_one_set() -> None:
    jar = kept("sid=abc; Path=/", "sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
    assert jar.names() == ()


def test_a_deletion_with_another_path_deletes_nothing() -> None:
    jar = kept("sid=abc; Path=/", "sid=; Path=/account; Max-Age=0")
    assert jar.header_for("https://shop.example.test/account") == "sid=abc"


def test_max_age_wins_over_expires() -> None:
    jar = CookieJar()
    cookie = jar.receive(
        SITE, "sid=abc; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60; Path=/", now=NOW
    )
    assert cookie is not None
    assert not cookie.deletes
    assert cookie.max_age == 60
    gone = jar.receive(SITE, "sid=abc; Max-Age=-1; Expires=Fri, 01 Jan 2100 00:00:00 GMT", now=NOW)
    assert gone is not None
    assert gone.deletes


def test_an_unreadable_max_age_is_ignored_and_the_last_readable_one_counts() -> None:
    cookie = CookieJar().receive(SITE, "sid=abc; Max-Age=10; Max-Age=soon; max-age=20")
    assert cookie is not None
    assert cookie.max_age == 20


def test_an_expired_cookie_is_sent_no_more() -> None:
    jar = CookieJar()
    jar.receive(SITE, "sid=abc; Max-Age=5; Path=/", now=NOW)
    assert jar.names() == ()


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("sid=a; Domain=evil.test", "not the host"),
        ("sid=a; Domain=sub.shop.example.test", "not the host"),
        ("sid=a; Domain=test", "public suffix"),
    ],
)
def test_what_a_browser_rejects_is_not_kept_and_says_why(header: str, why: str) -> None:
    jar = CookieJar()
    cookie = jar.receive(SITE, header)
    assert cookie is not None
    assert not cookie.accepted
    assert why in cookie.why_not
    assert jar.names() == ()


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("__Host-sid=a; Secure; Path=/; Domain=shop.example.test", "__Host-"),
        ("__Host-sid=a; Secure; Path=/account", "__Host-"),
        ("__Host-sid=a; Secure", "__Host-"),
        ("__Host-sid=a; Path=/", "__Host-"),
        ("__host-sid=a; Path=/", "__Host-"),
        ("__Secure-sid=a; Path=/", "__Secure-"),
        ("=__Host-sid=a; Path=/; Secure", "prefix without a name"),
    ],
)
def test_a_broken_prefix_is_noted_and_the_cookie_still_sent(header: str, why: str) -> None:
    jar = CookieJar()
    cookie = jar.receive(SITE, header)
    assert cookie is not None
    assert not cookie.accepted
    assert why in cookie.why_not
    assert jar.names() == (cookie.name,)


def test_prefixes_are_kept_where_their_conditions_hold() -> None:
    jar = kept("__Host-sid=a; Secure; Path=/; HttpOnly", "__Secure-x=b; Secure; Path=/")
    assert jar.names() == ("__Host-sid", "__Secure-x")


def test_secure_cookies_stay_away_from_plain_http() -> None:
    jar = kept("sid=a; Secure; Path=/")
    assert jar.header_for("http://shop.example.test/") == ""
    assert jar.header_for("http://shop.example.test/", trust_loopback=True) == ""


def test_secure_cookies_go_to_loopback_only_when_that_is_trusted() -> None:
    jar = CookieJar()
    refused = jar.receive(HERE, "sid=a; Secure; Path=/")
    assert refused is not None
    assert not refused.accepted
    jar.receive(HERE, "sid=a; Secure; Path=/", trust_loopback=True)
    assert jar.header_for(HERE) == ""
    assert jar.header_for(HERE, trust_loopback=True) == "sid=a"


def test_plain_http_never_replaces_a_secure_cookie() -> None:
    jar = kept("sid=good; Secure; Path=/")
    cookie = jar.receive("http://shop.example.test/", "sid=evil; Path=/")
    assert cookie is not None
    assert not cookie.accepted
    assert jar.header_for("https://shop.example.test/") == "sid=good"


def test_what_the_monitors_read_is_all_there() -> None:
    cookie = CookieJar().receive(
        SITE, "sid=a=b; secure; HTTPONLY; SameSite=lax; Domain=Shop.Example.Test; path=/; Max-Age=9"
    )
    assert cookie is not None
    assert cookie.value.reveal() == "a=b"
    assert (cookie.secure, cookie.httponly, cookie.samesite) == (True, True, "Lax")
    assert (cookie.domain, cookie.path, cookie.max_age) == ("shop.example.test", "/", 9)
    assert cookie.over_tls
    assert "a=b" not in repr(cookie)


@pytest.mark.parametrize("header", ["", "=", ";Path=/", "sid=a\x00b", "a" * 5000 + "=b"])
def test_what_is_no_cookie_is_nothing(header: str) -> None:
    assert CookieJar().receive(SITE, header) is None


def test_a_cookie_without_a_name_is_sent_as_its_value() -> None:
    assert kept("justvalue; Path=/").header_for(SITE) == "justvalue"


def test_longer_paths_go_first_and_then_the_older() -> None:
    jar = kept("a=1; Path=/", "b=2; Path=/account", "c=3; Path=/", "a=4; Path=/")
    assert jar.header_for("https://shop.example.test/account/x") == "b=2; a=4; c=3"


def test_a_planted_cookie_goes_anywhere_until_the_target_replaces_it() -> None:
    jar = CookieJar()
    jar.set("sid", "planted")
    assert jar.header_for(SITE) == "sid=planted"
    jar.receive(SITE, "sid=fresh; Path=/")
    assert jar.header_for(SITE) == "sid=fresh"


def test_copies_and_drops_do_not_touch_the_other_jar() -> None:
    jar = kept("sid=a; Path=/")
    other = jar.copy()
    other.drop("sid")
    other.set("x", "1")
    assert jar.names() == ("sid",)
    assert other.names() == ("x",)
    found = jar.get("sid")
    assert found is not None
    assert found.reveal() == "a"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Thu, 01 Jan 1970 00:00:10 GMT", 10.0),
        ("Thursday, 01-Jan-70 00:00:10 GMT", 10.0),
        ("Thu Jan  1 00:00:10 1970", 10.0),
        ("01 Jan 1970 0:0:10 +0200", 10.0),
        ("Wed, 31 Feb 2021 00:00:00 GMT", None),
        ("Wed, 01 Jan 1600 00:00:00 GMT", None),
        ("Wed, 01 Jan 2021 24:00:00 GMT", None),
        ("never", None),
    ],
)
def test_cookie_dates(text: str, moment: float | None) -> None:
    assert parse_cookie_date(text) == moment


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("a.localhost", True),
     ("10.0.0.1", False), ("localhost.evil.test", False)],
)  # fmt: skip
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
