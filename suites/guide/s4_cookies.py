"""Guide section 4, Cookie security: flags, scope, lifetime, and no identifier in an address."""

from suites.kernel import (
    Bench,
    CookieSight,
    Event,
    Exposure,
    Finding,
    Kind,
    Policy,
    Session,
    artefact_cookies,
    check,
    deviation,
    events,
    exposed,
    held,
    invariant,
    live_pairs,
    one_live_each,
    refused,
    sent_away,
    unclear,
    violated,
)

LARGEST_COOKIE = 4096
NO_PREFIX = "a name with the prefix __Host- (ASVS 3.3.3 level 2, NIST 5.1.1: SHOULD)"
COOKIE = {"session_cookie"}


@invariant("SM-4.1", over=artefact_cookies(), needs=COOKIE)
def session_cookies_are_secure(sight: CookieSight, policy: Policy) -> Finding:
    """A cookie that carries a session travels encrypted only."""
    if sight.cookie.secure:
        return held("Secure", "Secure")
    if policy["transport.test_over_http"] and not sight.cookie.over_tls:
        return deviation("Secure", "not provable here: the target is tested without encryption")
    return violated(f"Secure on {sight.cookie.name}", f"no Secure, set at {sight.act}")


@invariant("SM-4.1", over=one_live_each(), needs={"plaintext_url"}, arm=True)
def sessions_are_refused_without_encryption(session: Session, target: Bench) -> Finding:
    """A live session is worth nothing on the unencrypted address."""
    return refused(target.plaintext(session.sure))


@invariant("SM-4.2", over=artefact_cookies(), needs=COOKIE)
def session_cookies_are_httponly(sight: CookieSight) -> Finding:
    """Scripts cannot read the cookie that carries a session."""
    name = sight.cookie.name
    return check(sight.cookie.httponly, f"HttpOnly on {name}", f"absent, set at {sight.act}")


@invariant("SM-4.2", over=exposed("body"), arm=True)
def cookie_values_are_not_echoed_to_scripts(exposures: tuple[Exposure, ...]) -> Finding:
    """The value of a session cookie reaches the client in that cookie only."""
    return _not_shown(exposures)


@invariant("SM-4.3", over=artefact_cookies(), needs=COOKIE)
def session_cookies_carry_samesite(sight: CookieSight, policy: Policy) -> Finding:
    """A session cookie says with which requests of other sites it travels."""
    wanted = str(policy["cookie.samesite"])
    expected = f"SameSite={wanted} on {sight.cookie.name}"
    seen = (sight.cookie.samesite or "absent").lower()
    if seen == "none":
        return _samesite_none(sight, wanted)
    accepted = {wanted} if policy.declares("cookie.samesite") else {"lax", "strict"}
    return check(seen in accepted, expected, f"{seen}, set at {sight.act}")


def _samesite_none(sight: CookieSight, wanted: str) -> Finding:
    expected = "SameSite lax or strict"
    if sight.cookie.secure and wanted == "none":
        return deviation(expected, "declared cookie.samesite: none")
    without = "" if sight.cookie.secure else " without Secure"
    return violated(expected, f"none{without}, set at {sight.act}")


@invariant("SM-4.4", over=exposed("address"))
def no_identifier_appears_in_an_address(exposures: tuple[Exposure, ...]) -> Finding:
    """No link, redirect or form address contains a session identifier."""
    return _not_shown(exposures)


@invariant("SM-4.4", over=events("smuggling"), arm=True)
def no_identifier_is_accepted_from_an_address(smuggling: Event) -> Finding:
    """A live identifier in the address authenticates nobody."""
    accepted = [where for where, seen in smuggling.looks if seen.identity is not None]
    tried = f"refused in all {len(smuggling.looks)} places of the address"
    return check(not accepted, tried, f"accepted as {', '.join(accepted)}")


@invariant("SM-4.6", over=artefact_cookies(), needs=COOKIE)
def session_cookies_stay_on_their_host(sight: CookieSight, policy: Policy) -> Finding:
    """A session cookie goes to the host that set it and to nobody else."""
    wanted, seen = policy["cookie.domain"], sight.cookie.domain
    if seen is None:
        return held("no Domain attribute", "none")
    if policy.declares("cookie.domain") and seen.lstrip(".") == str(wanted).lstrip("."):
        return deviation("no Domain attribute", f"declared cookie.domain: {wanted}")
    return violated("no Domain attribute", f"Domain={seen} at {sight.act}")


@invariant("SM-4.6", over=artefact_cookies(), arm=True)
def session_cookies_have_the_declared_path_and_size(sight: CookieSight, policy: Policy) -> Finding:
    """A session cookie has the declared path and fits into every client."""
    cookie, wanted = sight.cookie, str(policy["cookie.path"])
    size = len(cookie.name) + len(cookie.value)
    fine = cookie.path == wanted and size <= LARGEST_COOKIE
    return check(fine, f"Path={wanted}, at most {LARGEST_COOKIE} bytes", f"{cookie.path}, {size}")


@invariant("SM-4.6", over=artefact_cookies(), arm=True)
def session_cookies_cannot_be_planted_by_a_sibling(sight: CookieSight, policy: Policy) -> Finding:
    """The name of a session cookie keeps sibling hosts from setting it."""
    name, wanted = sight.cookie.name, str(policy["cookie.prefix"])
    if not sight.cookie.accepted:
        return violated("a cookie that clients keep", sight.cookie.why_not)
    if policy.declares("cookie.prefix") and wanted != "none":
        return check(name.startswith(wanted), f"a name with the prefix {wanted}", name)
    if name.startswith("__Host-"):
        return held("a name with the prefix __Host-", name)
    return deviation(NO_PREFIX, f"{name}, without it")


@invariant("SM-4.6", over=live_pairs(), arm=True)
def two_cookies_of_one_name_never_mix_two_users(
    pair: tuple[Session, Session], target: Bench
) -> Finding:
    """Of two cookies of one name all parts of the target use the same one, or none."""
    expected = "one identity at every probe"
    for first, second in (pair, pair[::-1]):
        if target.identities(first.sure.held, first.channel) != {first.user}:
            return unclear(expected, "one cookie alone does not name its owner everywhere")
        seen = target.identities((*first.sure.held, *second.sure.held), first.channel)
        if len(seen) > 1:
            return violated(expected, " and ".join(sorted(seen)))
    return held(expected, "one or none")


@invariant("SM-4.7", over=artefact_cookies(), needs=COOKIE)
def session_cookies_end_with_the_session(sight: CookieSight, policy: Policy) -> Finding:
    """A session cookie is not kept longer than the session may live."""
    life, limit = sight.lifetime, policy.longest_cookie
    if life is None:
        return held("no expiry beyond the session", "not persistent")
    if sight.kind == Kind.REMEMBER:
        limit = policy["remember_me.lifetime"]
    return _not_longer(sight, life, limit)


def _not_longer(sight: CookieSight, life: float, limit: float | None) -> Finding:
    if limit is None and sight.kind == Kind.REMEMBER:
        return deviation("a declared remember_me.lifetime", f"none; kept for {life:.0f} s")
    expected = "not persistent" if limit is None else f"at most {limit:.0f} s"
    return check(limit is not None and life <= limit + 1, expected, f"kept for {life:.0f} s")


@invariant(
    "SM-4.7",
    over=events("logout", lambda e: e.acknowledged and e.left_behind is not None),
    needs=COOKIE,
)
def logout_clears_the_client(logout: Event) -> Finding:
    """After logout the client holds no session cookie any more."""
    left = ", ".join(logout.left_behind or ())
    return check(not left, "no session cookie left in the client", f"still there: {left}")


@invariant("SM-4.7", over=sent_away(), arm=True)
def a_client_that_logged_out_stays_forgotten(visit: Event) -> Finding:
    """No anonymous page gives a client that logged out its remember-me cookie back."""
    issued = visit.answer.issued if visit.answer is not None else ()
    given = [artefact.name for artefact in issued if artefact.kind is Kind.REMEMBER]
    return check(not given, "no remember-me cookie", f"set again: {', '.join(given)}")


def _not_shown(exposures: tuple[Exposure, ...]) -> Finding:
    seen = "; ".join(
        f"{e.credential.kind.value} of {e.credential.name} at {e.act}" for e in exposures
    )
    return check(not exposures, "no secret shown", seen or "none shown")
