"""Correct targets with other declared policies, and how each is judged."""

from collections.abc import Mapping
from typing import Any

VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "hardened": {},
    "evict oldest": {"concurrency.mode": "evict", "concurrency.max": 3},
    "no more than three": {"concurrency.mode": "block", "concurrency.max": 3},
    "password change keeps the caller": {"password_change.rotates_current": False},
    "stateless access token until exp": {"access_token.revocation": "until_exp"},
    "a proof of the password starts the absolute limit anew": {"reauth.resets_absolute": True},
    "grace window": {"refresh.grace_seconds": 2},
    "no rotation, sender constrained": {
        "refresh.rotation": False,
        "refresh.sender_constrained": "client",
    },
    "reuse is rejected only": {
        "refresh.reuse_action": "reject_only",
        "refresh.sender_constrained": "client",
        "anomaly.action": {"refresh_reuse": "alert", "new_device": "notify"},
    },
    "reuse ends the user's sessions": {"refresh.reuse_action": "revoke_user"},
    "provider": {},
    "provider with stateless access tokens": {"access_token.revocation": "until_exp"},
    "tokens signed with RSA": {"jwt.algs": "RS256"},
    "tokens with a MAC": {"jwt.algs": "HS256"},
    "a change of role ends sessions": {"role_change.mode": "invalidate"},
    # By account only: the suite itself presents many dead values from one address.
    "invalid attempts are counted": {
        "throttle.max_invalid": 20,
        "throttle.window": 10,
        "throttle.scope": "account",
    },
    "authority as weak as declared": {
        "access_token.revocation": "until_exp",
        "role_change.mode": "until_token_exp",
        "reset.scope": "none",
        "factor_change.scope": "offered",
        "rotation.on_step_up": False,
        "remember_me.single_use": False,
        "remember_me.survives_logout": True,
    },
    "a lock-out ends sessions": {"lockout.affects_sessions": True},
    "every login takes a code": {"mfa.required": True},
    "sessions are bound to an address": {"binding.mode": "ip"},
    "sessions are bound to a network, and freed by a password": {
        "binding.mode": "ip_prefix",
        "binding.action": "challenge",
    },
    "sessions are bound to a user agent": {
        "binding.mode": "ua",
        "binding.action": "challenge",
        "binding.rebind_on_reauth": False,
    },
    "a proof of the password counts for a minute": {"reauth.max_age": 60},
    "anomalies are answered": {
        "anomaly.action": {
            **dict.fromkeys(("refresh_reuse", "two_contexts"), "revoke"),
            **dict.fromkeys(("dead_replay", "new_device"), "notify"),
            "impossible_concurrency": "step_up",
            "guessing": "alert",
        },
    },
    "single-page application": {},
    "channels compared": {},
}
"""Correct targets with other declared policies; none of them may fail anything."""


TIMED = (
    "hardened",
    "evict oldest",
    "no more than three",
    "a change of role ends sessions",
    "a proof of the password starts the absolute limit anew",
)
"""The variants that are hunted with limits of time even where that is to be quick."""

SWEPT = ("hardened", "evict oldest", "stateless access token until exp")
"""The variants whose documented operations are gone through, too."""

FLOODED = ("hardened", "invalid attempts are counted")
"""The variants that are flooded, too."""

PRESET_FAULTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "rfc9700-public-client": ("verifier-is-optional", {}),
    "fapi2": ("proof-of-the-key-is-checked-for-refreshes-only", {"refresh.rotation": False}),
    "jwt-until-exp": ("exp-is-ignored", {"access_token.revocation": "until_exp"}),
}
"""What breaks each preset, and what a correct target has to do for it besides its defaults."""

SEVERAL: Mapping[str, tuple[int, Mapping[str, Any]]] = {
    "two nodes": (2, {}),
    "three nodes": (3, {}),
    "two nodes that agree after a second": (2, {"propagation_seconds": 1}),
}
"""Correct targets of several nodes: how many, and with which policy."""

PROFILES: Mapping[str, str] = {
    "provider": "oidc.yaml",
    "provider with stateless access tokens": "oidc.yaml",
    "every login takes a code": "mfa.yaml",
    "single-page application": "browser.yaml",
    "channels compared": "channels.yaml",
}
"""The variants that another profile than that of the demonstration has exercised."""

BROWSED = ("single-page application",)
"""The variants that are used with a real browser, and left out where none is installed."""
