"""The declared policy: what is right on this target, where the guide leaves a choice."""

import difflib
import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from adapters.contract import Kind
from suites.catalogue import policy_keys
from suites.kernel.amounts import is_number, is_share, objection
from suites.kernel.presets import PRESETS
from suites.kernel.verify import Finding, deviation

DEFAULTS: Mapping[str, Any] = {
    "logout.scope": "session",
    "logout.kills_refresh": True,
    "password_change.scope": "others",
    "password_change.rotates_current": True,
    "access_token.revocation": "immediate",
    "access_token.lifetime": 3600,
    "access_token.max_after_logout": 900,
    "reset.scope": "all",
    "factor_change.scope": "offered",
    "role_change.mode": "immediate",
    "rotation.on_step_up": True,
    "remember_me.single_use": True,
    "remember_me.survives_logout": False,
    "refresh.rotation": True,
    "refresh.grace_seconds": 0.0,
    "refresh.reuse_action": "revoke_family",
    "refresh.sender_constrained": "none",
    "propagation_seconds": 0.0,
    "entropy.min_bits": 128,
    "entropy.sample_size": 500,
    "cookie.samesite": "lax",
    "cookie.prefix": "__Host-",
    "cookie.domain": "host-only",
    "cookie.path": "/",
    "cookie.persistent": False,
    "concurrency.victim": "oldest",
    "concurrency.same_device": "new",
    "tamper.action": "ignore",
    "jwt.leeway": 60,
    "oauth.code_lifetime": 600,
    "oauth.pkce": "required",
    "lockout.affects_sessions": False,
    "one_time.lifetime": 600,
    "binding.mode": "none",
    "binding.action": "reject",
    "binding.rebind_on_reauth": True,
    "trusted_proxies": [],
    "mfa.required": False,
    "reauth.actions": ["change_password"],
    "reauth.factors": ["password"],
    "reauth.resets_absolute": True,
    "fault.kinds": [],
    "csrf.per_request": False,
    "csrf.trusted_origins": [],
    "csrf.logout_protected": True,
    "federation.logout_scope": "op",
    "federation.idp_initiated": False,
    "federation.max_delay_seconds": 5,
    "transport.test_over_http": False,
    "client.storage": "none",
    "client.clear_on_logout": True,
    "websocket.close_seconds": 5.0,
    "cache.allowed": ["no-store"],
    "anomaly.detect": [],
    "anomaly.action": {},
    "anomaly.max_delay_seconds": 60.0,
    "throttle.scope": "both",
    "load.max_requests": 2000,
    "load.max_rps": 50,
    "flood.latency_factor": 10.0,
    "log.max_delay_seconds": 5,
    "siem.max_delay_seconds": 60,
    "siem.schema": "none",
    "siem.buffering": False,
    "log.expiry_events": "lazy",
    "jwt.allowed_claims": (
        [
            "iss",
            "sub",
            "aud",
            "exp",
            "nbf",
            "iat",
            "jti",
            "scope",
            "client_id",
            "sid",
            "azp",
            "typ",
            "roles",
        ]
    ),
}
"""What holds where the profile is silent and the catalogue names a default (CATALOGUE 2.2)."""

UNREAD = frozenset(
    {
        *("artifacts.*", "probe.*", "roles.*", "access_token.format", "concurrency.count_unit"),
        *("concurrency.same_device", "entropy.sample_size", "tamper.action", "run.environment"),
        *("run.seed", "run.baseline", "run.target_version", "evidence.redaction"),
        *("log.sources", "log.event_map", "federation.max_auth_age"),
    }
)
"""Keys of the catalogue that no code asks for: a profile may hold them, and nothing comes of it."""

FAULTS = "fault.kinds"
IDLE, ABSOLUTE = "idle", "absolute"
LIMITS: Mapping[str, str] = {IDLE: "idle_timeout", ABSOLUTE: "absolute_timeout"}
"""Cause of death by time -> the policy key that declares the limit."""
PLACES = "concurrency.max"
PROOF = "reauth.max_age"
MECHANISM, BEARER_ONLY = "csrf.mechanism", "none_bearer"
DETECTED = "anomaly.detect"

ASKED = (*LIMITS.values(), PLACES, FAULTS, PROOF)
"""Keys without which some claims say nothing: their default is that there is no such thing."""


class PolicyError(ValueError):
    """A policy word that nobody can act on; the message says what to write instead."""


class Policy:
    """The policy section of a profile, read by dotted key."""

    def __init__(
        self, declared: Mapping[str, Any] | None = None, *, source: str = "profile"
    ) -> None:
        said = dict(declared or {})
        self._declared = _preset(said.pop("preset", None), source) | dict(_flat(said))
        for key, value in self._declared.items():
            _approve(key, value, source)
        _approve_networks(self._declared.get("trusted_proxies", []), source)

    def __getitem__(self, key: str) -> Any:
        """Return the declared value, else the catalogue's default, else None."""
        return self._declared.get(key, DEFAULTS.get(key))

    def declares(self, key: str) -> bool:
        """True when the profile itself says so; `key=value` asks for that very value."""
        name, _, wanted = key.partition("=")
        if name not in self._declared:
            return False
        return not wanted or str(self._declared[name]) == wanted

    def weaker(self, key: str, guide: str) -> Finding:
        """Return the deviation of a declared policy that is weaker than the guide asks."""
        return deviation(guide, f"declared {key}: {self[key]}")

    def until_expiry(self, kind: Kind, finding: Finding) -> Finding:
        """Tolerate a self-contained access token that lives on until it expires, where declared.

        Source: CATALOGUE 2.3, access_token.revocation = until_exp; ASVS 7.4.1 names the remedies.
        """
        if not finding.violated or kind is not Kind.ACCESS:
            return finding
        short = self["access_token.lifetime"] <= self["access_token.max_after_logout"]
        if self["access_token.revocation"] != "until_exp" or not short:
            return finding
        return deviation(
            "refused at once (ASVS 7.4.1: denylist, per-user not-before or per-user key)",
            f"declared access_token.revocation: until_exp, for {self['access_token.lifetime']} s",
        )

    def unproven(self, finding: Finding, *, supported: bool) -> Finding:
        """Tolerate a code that was asked for without a challenge, where declared.

        Args:
            supported: whether the provider was shown a proof, which one that knows PKCE at all has
                to refuse (RFC 9700 4.8.2).
        """
        tolerated = ("none",) if supported else ("none", "optional")
        if not finding.violated or self["oauth.pkce"] not in tolerated:
            return finding
        return self.weaker("oauth.pkce", "no code without a challenge (RFC 9700 2.1.1)")

    def seconds(self, key: str) -> float | None:
        """Return a limit in seconds; None where there is none."""
        value = self[key]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) if number else None

    def until_reissued(self, kind: Kind, finding: Finding) -> Finding:
        """Tolerate a self-contained access token that keeps its role until it expires.

        Source: CATALOGUE 2.3, role_change.mode = until_token_exp; only for a token from before the
        change, and only while it is short-lived.
        """
        if not finding.violated or kind is not Kind.ACCESS:
            return finding
        short = self["access_token.lifetime"] <= self["access_token.max_after_logout"]
        if self["role_change.mode"] != "until_token_exp" or not short:
            return finding
        return self.weaker("role_change.mode", "a change of role takes effect at once")

    @property
    def limits(self) -> frozenset[str]:
        """The keys of the limits of time that are declared."""
        return frozenset(key for key in LIMITS.values() if self.seconds(key) is not None)

    @property
    def said(self) -> frozenset[str]:
        """Those of the keys that claims need, which have a value and a meaning beside the others.

        Of the anti-CSRF mechanism nothing is to be said only where no session travels by itself.
        """
        found = set(self.limits) | {f"{DETECTED}={kind}" for kind in self[DETECTED]}
        if self["csrf.mechanism"] != BEARER_ONLY:
            found.add(MECHANISM)
        if self["concurrency.mode"] in {"block", "evict"} and self.seconds(PLACES) is not None:
            found.add(PLACES)
        if self.seconds(PROOF) is not None:
            found.add(PROOF)
        if self[FAULTS]:
            found.add(FAULTS)
        return frozenset(found)

    @property
    def longest_cookie(self) -> float | None:
        """The longest life in seconds a session cookie may have; None when it may have none."""
        persistent = self["cookie.persistent"]
        if isinstance(persistent, int | float) and not isinstance(persistent, bool):
            return float(persistent)
        limit = self["absolute_timeout"]
        return float(limit) if isinstance(limit, int | float) else None

    def in_full(self) -> dict[str, Any]:
        """Return every known key with the value that counts, declared or default."""
        return {key: self[key] for key in sorted({*DEFAULTS, *self._declared})}


def _preset(name: object, source: str) -> dict[str, Any]:
    if name is None:
        return {}
    if not isinstance(name, str) or name not in PRESETS:
        raise PolicyError(
            f"{source}: policy `preset` is {name!r}; write one of {', '.join(PRESETS)}"
        )
    return dict(PRESETS[name])


def _flat(section: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in section.items():
        dotted = f"{above}{key}"
        known = dotted in policy_keys() or f"{dotted}.*" in policy_keys()
        if isinstance(value, Mapping) and not known:
            yield from _flat(value, f"{dotted}.")
        else:
            yield dotted, value


def _approve(key: str, value: Any, source: str) -> None:
    known = policy_keys()
    entry = (
        known.get(key) or known.get(f"{key}.*") or known.get(f"{key.split('.', maxsplit=1)[0]}.*")
    )
    if entry is None:
        near = difflib.get_close_matches(key, list(known), n=1)
        hint = f"; did you mean `{near[0]}`?" if near else "; see the README for all policy keys"
        raise PolicyError(f"{source}: policy key `{key}` is unknown{hint}")
    kinds = str(entry["type"]).split("|")
    if not any(_fits(kind, value) for kind in kinds):
        allowed = ", ".join(kinds)
        raise PolicyError(f"{source}: policy `{key}` is {value!r}; write one of: {allowed}")
    if wrong := objection(key, value):
        raise PolicyError(f"{source}: policy `{key}` is {value!r}; {wrong}")


def _approve_networks(entries: list[Any], source: str) -> None:
    for entry in entries:
        try:
            ipaddress.ip_network(str(entry), strict=False)
        except ValueError:
            raise PolicyError(
                f"{source}: policy `trusted_proxies` names {entry!r}; write addresses or networks, "
                "as [10.0.0.0/8]"
            ) from None


def _fits(kind: str, value: Any) -> bool:
    number = is_number(value)
    rules = {
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": number,
        "seconds": number,
        "percent": is_share(value),
        "string": isinstance(value, str),
        "path": isinstance(value, str),
        "list": isinstance(value, list),
        "none": value is None or value == "none",
    }
    if kind in rules:
        return rules[kind]
    if " " in kind:
        return isinstance(value, Mapping | list)
    return str(value) == kind
