"""What is wrong with published products as they come, each fault confirmed with curl.

It runs nothing: `test_real` compares it with what the suite finds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

IDLE = ("SM-2.8", "SM-2.9", "SM-2.10", "SM-2.11")


@dataclass(frozen=True, slots=True)
class Product:
    """One version of one product, and every requirement that it fails, with what it does."""

    target: str
    profile: str
    fails: Mapping[str, str]
    findings: Mapping[str, str] = field(default_factory=dict)
    """Every finding of a requirement that two versions fail in different ways."""
    by_chance: Mapping[str, str] = field(default_factory=dict)
    """Requirements and findings as true as the others, which not every run comes across."""
    passes: tuple[str, ...] = ()
    """Requirements that are judged and hold, where that is what the product is here for."""
    claims: Mapping[str, int] = field(default_factory=dict)
    """Claims that are judged so often at least and hold, whatever else their requirement asks."""
    only: tuple[str, ...] = ()
    """What is judged at all, where the rest of the product is judged under another name."""
    often: bool = True
    """Whether it is run at every change, and not with ALL=1 only."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions that one scenario tells apart: what an advisory speaks of, and its fix."""

    vulnerable: str
    fixed: str
    profile: str
    requirement: str
    steps: tuple[Mapping[str, object], ...]


OWN_ID, OTHER_DEVICE = "SM-2.4-64c12639", "SM-2.4-5e2c1cac"
OWN_TOKEN, OTHER_TOKEN, OTHER_REFRESH = "SM-2.4-39e8e863", "SM-2.4-7d1ba95b", "SM-2.4-cb8bfcd6"
REFRESH_SURVIVES = "after a password change another device's refresh token is still good for 200"
NO_SAMESITE = "Set-Cookie: connect.sid=...; Path=/; HttpOnly, and no SameSite"
LOGOUT_BY_LINK = "GET /logout/ with Referer: https://foreign.example/ ends the session, Lax or not"
NO_TOKEN = (
    "POST /login and POST /logout as forms with Origin: https://foreign.example are 200: they log "
    "whoever sends them in and out"
)
NO_SECURE = "the cookie of POST /login has no Secure, not even with X-Forwarded-Proto: https"

NOT_KEPT_APART = {
    # The answer to another Origin comes before the tool that sets the attributes.
    "SM-4.1": "POST /login/ with a foreign Origin is 403, and sets session_id without Secure",
    "SM-4.3": "and without SameSite",
}
NO_STORE = {"SM-13.1": "answers that set a session or hand out tokens have no Cache-Control"}

SYNAPSE = {
    "SM-1.4": "base64 of the login name is the second part of syt_..._... and of syr_..._...",
    "SM-1.5": "GET /account/whoami with Authorization: Bearer [] is 500, as with {}, None and NaN",
    # The tokens of a deleted refresh token go from the database, but not from the cache.
    "SM-2.1": "after two POST /refresh and POST /logout the first access token is still 200",
    "SM-2.6": "with locked: true POST /refresh is 200; unlocked, the old access token is again",
    "SM-3.10": "POST /refresh with a used token is 403, and its successors are 200 as before",
    "SM-4.4": "GET /account/whoami?access_token=<token> without any header is 200",
    "SM-11.2": "GET /account/whoami with Authorization: Bearer ... is 500, as with 10,000 dots",
}

SYNAPSE_BY_CHANCE = {
    "SM-6.5": "POST /account/password, POST /logout/all, both 200: the token is 200 a second later",
}

SIMPLEJWT = NO_STORE | {
    "SM-2.4": REFRESH_SURVIVES,
    "SM-3.10": "POST /token/refresh with a used token is 401, with its successor 200 as before",
}
SIMPLEJWT_BY_CHANCE = {
    "SM-3.11": "of three POST /token/refresh at once with one token three were 200",
}

DJANGO = {
    "SM-4.1": NO_SECURE,
    "SM-2.6": "an old sessionid is 401 while is_active is false, and 200 again after it",
    "SM-5.1": "alice logs in over her own live session: Set-Cookie repeats its sessionid",
    "SM-5.4": "once is_staff is set the old sessionid opens /panel, without a Set-Cookie",
    "SM-10.2": "POST /note with a csrftoken cookie and field of 32 letters A is 200 and kept; "
    "after a password change, which renews sessionid only, the token from before is 200 too",
    "SM-13.1": "POST /accounts/password_change/ sets a new sessionid without Cache-Control",
}

CACHED_BY_CHANCE = {
    # SessionStore.save writes the row and then the cache, and a logout may come between them.
    "SM-2.12": "POST /note and POST /accounts/logout/ at once: GET /me with the sessionid is 200",
}

# A reader that finds no entry, or a search of no line, leaves these without anything to judge.
LOGGED = {
    "every session event is logged": 100,
    "nothing is logged that did not happen": 1,
    "entries stand in the order of what they tell": 1,
    "no secret is logged": 1000,
}

PRODUCTS = (
    Product(
        "passport-0.5.3",
        "passport",
        {
            "SM-4.1": NO_SECURE,
            "SM-4.3": NO_SAMESITE,
            "SM-4.7": "POST /logout sends no Set-Cookie: the client keeps the same connect.sid",
            # CVE-2022-25896: a login keeps the identifier that was presented.
            "SM-5.1": "POST /login sends no Set-Cookie: whatever id was presented is logged in",
            "SM-5.2": "the id of an anonymous GET / shows alice at /me once she logged in with it",
            "SM-5.3": "a logged-out id is 401 at /me, and 200 again after a login that carries it",
            "SM-5.5": "bob logs in over alice's session: her id shows bob at /me from then on",
            "SM-6.8": "so alice's device, which still holds that id, is answered as bob",
            "SM-10.3": NO_TOKEN,
        },
    ),
    Product(
        "passport-0.6.0",
        "passport",
        {
            "SM-4.1": NO_SECURE,
            "SM-4.3": NO_SAMESITE,
            "SM-10.3": NO_TOKEN,
        },
    ),
    # `rolling: true` and a maxAge of eight seconds: left alone for longer, a session is dead.
    Product(
        "passport-rolling",
        "passport_rolling",
        {"SM-4.1": NO_SECURE, "SM-4.3": NO_SAMESITE, "SM-10.3": NO_TOKEN},
        passes=("SM-2.8", "SM-2.10", "SM-8.1"),
    ),
    Product(
        "rdiffweb-2.4.1",
        "rdiffweb",
        {
            "SM-2.4": "after set_password both the caller's old id and a second device's are 200",
            # CVE-2022-3174: no Secure, also where the connection is said to be encrypted.
            "SM-4.1": NO_SECURE,
            "SM-4.7": "GET /logout/ sends the logged-out session_id again, for another hour",
            # CVE-2022-3269: a login keeps the identifier that was presented.
            "SM-5.1": "POST /login/ answers with the session_id that was presented",
            "SM-5.2": "the id of GET /login/ shows alice at /prefs/general once she used it",
            "SM-5.3": "a logged-out id is 303, and 200 again after a login that carries it",
            "SM-5.5": "bob logs in over alice's session: her id shows bob from then on",
            "SM-6.8": "so alice's device, which still holds that id, is answered as bob",
            "SM-10.3": LOGOUT_BY_LINK,
            **NO_STORE,
        },
        # CVE-2022-3362: a password change ends no other session.
        {OWN_ID: "the caller's old id is 200", OTHER_DEVICE: "a second device's id is 200"},
    ),
    Product(
        "rdiffweb-2.4.6",
        "rdiffweb",
        {
            "SM-2.4": "after set_password both the caller's old id and a second device's are 200",
            "SM-4.7": "GET /logout/ sends the logged-out session_id again, for another hour",
            # CVE-2022-3269: a login keeps the identifier that was presented.
            "SM-5.1": "POST /login/ answers with the session_id that was presented",
            "SM-5.2": "the id of GET /login/ shows alice at /prefs/general once she used it",
            "SM-5.3": "a logged-out id is 303, and 200 again after a login that carries it",
            "SM-5.5": "bob logs in over alice's session: her id shows bob from then on",
            "SM-6.8": "so alice's device, which still holds that id, is answered as bob",
            "SM-10.3": LOGOUT_BY_LINK,
            **NOT_KEPT_APART,
            **NO_STORE,
        },
        # CVE-2022-3362: a password change ends no other session.
        {OWN_ID: "the caller's old id is 200", OTHER_DEVICE: "a second device's id is 200"},
        often=False,
    ),
    Product(
        "rdiffweb-2.4.10",
        "rdiffweb",
        {
            "SM-2.4": "after set_password both the caller's old id and a second device's are 200",
            "SM-10.3": LOGOUT_BY_LINK,
            **NOT_KEPT_APART,
        },
        {OWN_ID: "the caller's old id is 200", OTHER_DEVICE: "a second device's id is 200"},
        often=False,
    ),
    Product(
        "rdiffweb-2.5.0",
        "rdiffweb",
        {
            "SM-2.4": "after set_password the caller's old id is still 200, a second device's 303",
            "SM-10.3": LOGOUT_BY_LINK,
            **NOT_KEPT_APART,
        },
        {OWN_ID: "the caller's old id is 200"},
    ),
    Product("django", "django", DJANGO),
    # Two weeks pass at once: SESSION_COOKIE_AGE counts from the login, whatever the use, because
    # nothing saves a session that is only used. So it is no idle limit, and none is declared.
    Product(
        "django-moved-clock",
        "django_moved_clock",
        DJANGO,
        passes=("SM-2.9", "SM-2.10", "SM-2.11", "SM-8.1"),
    ),
    # SESSION_SAVE_EVERY_REQUEST: each request begins SESSION_COOKIE_AGE anew, in the database as in
    # the cookie. Then only being idle ends a session: no absolute limit is left to be judged.
    Product("django-idle", "django_idle", {}, passes=("SM-2.8", "SM-2.10"), only=IDLE),
    # Sessions of the engine cached_db over a cache of files, which both processes have.
    Product(
        "django-two-nodes", "django_nodes", DJANGO, {}, CACHED_BY_CHANCE, ("SM-6.7",), often=False
    ),
    # The same over LocMemCache, which is a cache for each process.
    Product(
        "django-two-nodes-cached",
        "django_nodes",
        DJANGO
        | {
            "SM-6.7": "GET /me on both nodes, POST /accounts/logout/ on the first: there GET /me "
            "is 401 with the old sessionid, and 200 on the second",
        },
        by_chance=CACHED_BY_CHANCE,
    ),
    Product(
        "flask-security",
        "flask_security",
        {
            "SM-2.1": "after POST /logout the old cookie and the auth token are still 200 at /me",
            "SM-2.6": "cookie and token are 401 while deactivated, and 200 again once activated",
            "SM-4.1": NO_SECURE,
            "SM-4.4": "GET /me?auth_token=<token> without any header is 200",
            "SM-5.4": "with the role admin the old cookie opens /panel, without a Set-Cookie",
            "SM-9.4": "GET /me with remember_token alone sets a session and the token stays good",
            "SM-10.3": "POST /login as a form with Origin: https://foreign.example sets a session",
            **NO_STORE,
        },
        # The host logs what the product signals, with the address of the client. Of SM-7.3 only
        # secrets are searched for: none of the texts that a forger sends comes with a signal.
        passes=("SM-7.1", "SM-7.2"),
        claims=LOGGED | {"what is presented in vain is logged": 100},
    ),
    Product(
        "simplejwt-5.3.1",
        "simplejwt",
        # CVE-2024-22513: a disabled user can refresh.
        SIMPLEJWT | {"SM-2.6": "an account with is_active false gets new tokens at /token/refresh"},
        {OTHER_REFRESH: REFRESH_SURVIVES},
        SIMPLEJWT_BY_CHANCE,
        often=False,
    ),
    Product(
        "simplejwt-5.5.1",
        "simplejwt",
        SIMPLEJWT | {"SM-2.6": "a refresh token from before is good again once is_active is true"},
        {OTHER_REFRESH: REFRESH_SURVIVES},
        SIMPLEJWT_BY_CHANCE,
    ),
    Product(
        "simplejwt-5.5.1-no-blacklist",
        "simplejwt",
        {
            "SM-2.2": "after POST /token/blacklist (200) POST /token/refresh with the token is 200",
            "SM-2.4": REFRESH_SURVIVES,
            "SM-2.6": "a refresh token from before is good again once is_active is true",
            "SM-3.9": "the same refresh token gives new tokens at every POST /token/refresh",
            **NO_STORE,
        },
        {OTHER_REFRESH: REFRESH_SURVIVES},
        SIMPLEJWT_BY_CHANCE,
    ),
    Product(
        "pyjwt-2.3.0",
        "pyjwt",
        # CVE-2022-29217: the OpenSSH form of a public key is taken for an HMAC secret.
        {"SM-3.2": "alice's token signed with HS256 and the OpenSSH public key is 200 at /me"},
    ),
    Product("pyjwt-2.4.0", "pyjwt", {}, passes=("SM-3.1", "SM-3.2", "SM-3.3")),
    Product(
        "fastapi-users",
        "fastapi_users",
        {
            "SM-1.1": "two POST /auth/jwt/login in one second give the same JWT: no jti, no iat",
            "SM-2.1": "after POST /auth/jwt/logout (204) the JWT is still 200 at /me",
            "SM-2.4": "after PATCH /users/me with a new password cookie and JWT are still 200",
            "SM-2.5": "after POST /auth/reset-password (200) cookie and JWT are still 200",
            "SM-2.6": "cookie and JWT are 401 while is_active is false, and 200 again after",
            "SM-5.4": "once is_superuser is set the old cookie and JWT open /panel",
            "SM-6.1": "two devices that log in within one second hold the same JWT",
            "SM-10.3": "POST /auth/cookie/login as a form with a foreign Origin sets the cookie",
            **NO_STORE,
        },
        {
            OWN_ID: "the caller's old cookie is 200",
            OTHER_DEVICE: "a second device's cookie is 200",
            OTHER_TOKEN: "a second device's JWT is 200",
        },
        {OWN_TOKEN: "the caller's old JWT is 200"},
        ("SM-8.4",),
    ),
    Product(
        "allauth",
        "allauth",
        # ManagePhoneView.dispatch lets everything but GET and POST pass without an account.
        {"SM-8.4": "GET /_allauth/app/v1/account/phone without a token is 401, HEAD is 500"},
    ),
    Product(
        "flask-jwt-extended",
        "flask_jwt_extended",
        {
            "SM-2.1": "POST /logout_with_cookies only deletes the cookie, its value is still 200; "
            "DELETE /logout with both tokens spares the access token from before a refresh",
            "SM-2.6": "a deleted user's token is 401, and 200 for a new account of the same name",
            "SM-3.8": "POST /refresh answers with an access_token only, at every use",
            "SM-8.5": "so a logout ends a session on the API, and none that is in cookies",
            "SM-4.1": "Set-Cookie: access_token_cookie=...; HttpOnly; Path=/, and no Secure",
            "SM-4.3": "Set-Cookie: access_token_cookie=...; HttpOnly; Path=/, and no SameSite",
        },
    ),
    # The reuse of a refresh token ends its family.
    Product("oidc-provider", "oidc_provider", {}, passes=("SM-3.9", "SM-3.10", "SM-3.14")),
    # A refresh token ends with ttl.RefreshToken when nobody uses it, and whatever its use with
    # ttl.Grant, which no rotation moves.
    Product(
        "oidc-provider-moved-clock",
        "oidc_provider_moved_clock",
        {},
        passes=("SM-3.9", "SM-3.10", "SM-3.12"),
    ),
    # Of 2 to 8 POST /refresh at once with one token all are 200 with tokens of their own, and
    # afterwards one refresh token of them is 200 and the others are 401: each use deletes what the
    # one before was given.
    Product(
        "synapse",
        "synapse",
        SYNAPSE,
        by_chance=SYNAPSE_BY_CHANCE
        | {"SM-2.4": "a second device's access token from before two refreshes is 200"},
        passes=("SM-3.11",),
    ),
    # Its log is read: the events are in it, without the address of the client, and no secret.
    Product(
        "jupyterhub",
        "jupyterhub",
        {
            "SM-1.1": "two POST /hub/login within one second set the same jupyterhub-hub-login",
            "SM-2.1": "after GET /hub/logout the cookie from before is 200 at /hub/api/user",
            "SM-4.1": "jupyterhub-hub-login has no Secure",
            "SM-4.3": "and no SameSite",
            "SM-4.7": "it is kept for 30 days; cookie_max_age_days takes it for 14",
            "SM-6.1": "so two devices hold one value, and no answer tells them apart",
            "SM-13.1": "POST /hub/login and GET /hub/api/user have no Cache-Control",
        },
        by_chance={
            "SM-1.3": "60 logins within one second set one value: whoever has it has the next",
        },
        passes=("SM-4.2", "SM-5.3", "SM-6.8"),
        claims=LOGGED,
        often=False,
    ),
    Product(
        "synapse",
        "synapse_keep_devices",
        SYNAPSE | {"SM-2.4": "with logout_devices: false a second device's tokens are still 200"},
        {
            OTHER_TOKEN: "the access token of a second device is 200 at /account/whoami",
            OTHER_REFRESH: "the refresh token of a second device is 200 at /refresh",
        },
        SYNAPSE_BY_CHANCE,
        often=False,
    ),
)

PAIRS = (
    Pair(
        # CVE-2024-22513; with the account enabled again both versions would fail SM-2.6.
        "simplejwt-5.3.1",
        "simplejwt-5.5.1",
        "simplejwt",
        "SM-2.6",
        (
            {
                "as": "s1",
                "spot": 0,
                "do": "log_in",
                "user": "alice",
                "device": "laptop",
                "channel": "api",
            },
            {"as": "s2", "spot": 0, "do": "disable", "user": "alice"},
        ),
    ),
)
