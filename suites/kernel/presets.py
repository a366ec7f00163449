"""Named sets of policy words, so that a profile can say which published rules it follows.

A key the profile declares itself overrules the one of its preset.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        # RFC 9700 2.1.1, 2.2.2 and 4.14.2; RFC 6749 4.1.2 for the life of a code.
        "rfc9700-public-client": {
            "refresh.rotation": True,
            "refresh.grace_seconds": 0,
            "refresh.reuse_action": "revoke_family",
            "refresh.sender_constrained": "none",
            "oauth.pkce": "required",
            "oauth.code_lifetime": 600,
            "access_token.lifetime": 3600,
        },
        # FAPI 2.0 Security Profile 5.3.2.1 and 5.4.1.
        "fapi2": {
            "refresh.rotation": False,
            "refresh.sender_constrained": "dpop",
            "binding.mode": "dpop",
            "oauth.pkce": "required",
            "oauth.code_lifetime": 60,
            "jwt.algs": ["PS256", "ES256", "EdDSA"],
        },
        # ASVS 5.0 7.4.1 names what is better: a denylist, a per-user not-before, per-user keys.
        "jwt-until-exp": {
            "access_token.format": "jwt",
            "access_token.revocation": "until_exp",
            "access_token.lifetime": 600,
            "access_token.max_after_logout": 900,
        },
    }
)
"""Preset name -> the policy keys it declares."""
