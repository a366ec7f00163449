"""The declared policy: every key of the catalogue, its default, and words nobody can act on."""

from typing import Any

import pytest

from adapters.contract import Kind
from suites.catalogue import policy_keys
from suites.kernel.policy import DEFAULTS, Policy, PolicyError
from suites.kernel.presets import PRESETS
from suites.kernel.verify import Outcome, held, violated

TOLD_IN_WORDS = {
    "artifacts.*": {"kind": "session", "name": "sid"},
    "probe.*": {"get": "/me"},
    "run.seed": 17,
    "run.environment": "lab",
    "trusted_proxies": [],
    "timeout_tolerance": "5%",
    "access_token.format": "opaque",
    "jwt.algs": ["ES256"],
    "jwt.allowed_claims": ["iss"],
    "jwt.key_retire_seconds": 60,
    "scopes.*": {"read": ["list"]},
    "roles.*": {"admin": ["alice"]},
    "cache.allowed": ["no-store"],
    "concurrency.mode": "allow",
    "concurrency.max": 3,
    "remember_me.lifetime": 60,
    "reauth.actions": ["change_password"],
    "reauth.max_age": 60,
    "reauth.factors": ["password"],
    "csrf.mechanism": "origin",
    "csrf.trusted_origins": [],
    "anomaly.detect": [],
    "anomaly.action": {},
    "throttle.max_invalid": 5,
    "throttle.window": 60,
    "log.event_map": {},
    "log.sources": [],
    "channels.*": {},
    "openapi.public_operations": [],
    "fault.kinds": [],
}
"""Keys whose default the catalogue tells in words ("detected"), with a value to declare instead."""


def named(key: str) -> str:
    return key.removesuffix(".*")


@pytest.mark.parametrize("key", list(policy_keys()))
def test_every_key_accepts_its_default(key: str) -> None:
    default = TOLD_IN_WORDS.get(key, policy_keys()[key]["default"])
    assert Policy({named(key): default})[named(key)] == default


@pytest.mark.parametrize("key", list(policy_keys()))
def test_no_key_accepts_what_is_of_no_type(key: str) -> None:
    kinds = str(policy_keys()[key]["type"]).split("|")
    if "string" in kinds or "path" in kinds:
        with pytest.raises(PolicyError):
            Policy({named(key): {"a": 1}})
    else:
        with pytest.raises(PolicyError, match="write one of"):
            Policy({named(key): "such a word nobody knows"})


@pytest.mark.parametrize("key", list(DEFAULTS))
def test_what_counts_undeclared_is_the_catalogues_default(key: str) -> None:
    Policy({key: DEFAULTS[key]})
    if key not in TOLD_IN_WORDS:
        assert policy_keys()[key]["default"] == DEFAULTS[key]


def test_the_allowed_claims_are_the_catalogues() -> None:
    told = str(policy_keys()["jwt.allowed_claims"]["default"]).split()
    assert DEFAULTS["jwt.allowed_claims"] == told


# -- words nobody can act on ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        (
            {"logout": {"scope": "divice"}},
            "shop.yaml: policy `logout.scope` is 'divice'; "
            "write one of: session, device, grant, all",
        ),
        (
            {"logout": {"scop": "all"}},
            "shop.yaml: policy key `logout.scop` is unknown; did you mean `logout.scope`?",
        ),
        (
            {"zebra": True},
            "shop.yaml: policy key `zebra` is unknown; see the README for all policy keys",
        ),
        (
            {"logout": {"kills_refresh": "yes"}},
            "shop.yaml: policy `logout.kills_refresh` is 'yes'; write one of: bool",
        ),
        (
            {"entropy": {"min_bits": True}},
            "shop.yaml: policy `entropy.min_bits` is True; write one of: int",
        ),
        (
            {"idle_timeout": "ten minutes"},
            "shop.yaml: policy `idle_timeout` is 'ten minutes'; write one of: seconds, none",
        ),
        ({"aal": 4}, "shop.yaml: policy `aal` is 4; write one of: 1, 2, 3"),
        ({"jwt": {"algs": "ES256"}}, "shop.yaml: policy `jwt.algs` is 'ES256'; write one of: list"),
    ],
)
def test_a_word_nobody_can_act_on_is_refused_in_one_sentence(
    declared: dict[str, Any], told: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(declared, source="shop.yaml")
    assert str(caught.value) == told


# -- reading --------------------------------------------------------------------------------------


def test_nested_and_dotted_keys_say_the_same() -> None:
    nested = Policy({"concurrency": {"mode": "evict", "max": 3}})
    dotted = Policy({"concurrency.mode": "evict", "concurrency.max": 3})
    assert nested["concurrency.mode"] == dotted["concurrency.mode"] == "evict"
    assert nested.in_full() == dotted.in_full()


def test_key_equals_value_asks_for_that_very_value() -> None:
    policy = Policy({"concurrency": {"mode": "evict"}})
    assert policy.declares("concurrency.mode")
    assert policy.declares("concurrency.mode=evict")
    assert not policy.declares("concurrency.mode=block")
    assert not policy.declares("concurrency.max")


def test_a_default_is_not_a_declaration() -> None:
    policy = Policy()
    assert policy["logout.scope"] == "session"
    assert not policy.declares("logout.scope")
    assert policy["concurrency.mode"] is None


def test_the_policy_in_full_holds_defaults_and_declarations() -> None:
    full = Policy({"idle_timeout": 900, "logout": {"scope": "all"}}).in_full()
    assert full["idle_timeout"] == 900
    assert full["logout.scope"] == "all"
    assert full["entropy.min_bits"] == 128
    assert list(full) == sorted(full)


def test_a_weaker_declaration_is_a_deviation_that_names_the_key() -> None:
    found = Policy({"password_change": {"scope": "none"}}).weaker(
        "password_change.scope", "the guide: all sessions"
    )
    assert found.outcome is Outcome.DEVIATION
    assert found.seen == "declared password_change.scope: none"


# -- tokens that live until they expire -----------------------------------------------------------

ALIVE = violated("nobody recognised", "recognised as alice")
UNTIL_EXPIRY = {"access_token": {"revocation": "until_exp", "lifetime": 300}}


@pytest.mark.parametrize(
    ("declared", "kind", "outcome"),
    [
        (UNTIL_EXPIRY, Kind.ACCESS, Outcome.DEVIATION),
        (UNTIL_EXPIRY, Kind.SESSION, Outcome.VIOLATED),
        (UNTIL_EXPIRY, Kind.REFRESH, Outcome.VIOLATED),
        ({}, Kind.ACCESS, Outcome.VIOLATED),
        ({"access_token": {"revocation": "until_exp"}}, Kind.ACCESS, Outcome.VIOLATED),
        (
            {"access_token": {"revocation": "until_exp", "lifetime": 901}},
            Kind.ACCESS,
            Outcome.VIOLATED,
        ),
        (
            {"access_token": {"revocation": "introspection", "lifetime": 300}},
            Kind.ACCESS,
            Outcome.VIOLATED,
        ),
    ],
)
def test_a_self_contained_token_may_outlive_logout_only_where_declared_and_short(
    declared: dict[str, Any], kind: Kind, outcome: Outcome
) -> None:
    assert Policy(declared).until_expiry(kind, ALIVE).outcome is outcome


def test_a_dead_token_is_no_deviation() -> None:
    dead = held("nobody recognised")
    assert Policy(UNTIL_EXPIRY).until_expiry(Kind.ACCESS, dead) is dead


@pytest.mark.parametrize(
    ("declared", "limit"),
    [
        ({}, None),
        ({"absolute_timeout": "none"}, None),
        ({"absolute_timeout": 3600}, 3600.0),
        ({"cookie": {"persistent": 60}, "absolute_timeout": 3600}, 60.0),
        ({"cookie": {"persistent": True}, "absolute_timeout": 3600}, 3600.0),
        ({"cookie": {"persistent": False}}, None),
    ],
)
def test_how_long_a_session_cookie_may_be_kept(
    declared: dict[str, Any], limit: float | None
) -> None:
    assert Policy(declared).longest_cookie == limit


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_declares_what_it_holds(name: str) -> None:
    policy = Policy({"preset": name})
    assert {key: policy[key] for key in PRESETS[name]} == PRESETS[name]
    assert all(policy.declares(key) for key in PRESETS[name])


def test_a_key_of_the_profile_overrules_its_preset() -> None:
    policy = Policy({"preset": "jwt-until-exp", "access_token": {"lifetime": 300}})
    assert policy["access_token.lifetime"] == 300
    assert policy["access_token.revocation"] == "until_exp"


@pytest.mark.parametrize("name", ["fapi1", 2, ["fapi2"]])
def test_an_unknown_preset_names_the_known_ones(name: object) -> None:
    with pytest.raises(PolicyError, match=r"shop.yaml: policy `preset` is .* write one of rfc9700"):
        Policy({"preset": name}, source="shop.yaml")
