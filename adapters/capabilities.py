"""The names of what an adapter can do, and the method that stands for each.

A capability a target does not offer is a method its adapter does not have.
"""

from adapters.listener import on_this_machine

OPERATIONS: dict[str, str] = {
    "login": "log in with name and password",
    "probe": "read something that names its reader",
    "logout": "end the presented session",
    "login_fail": "log in with a wrong password",
    "pre_auth": "visit anonymously, so that the target issues a pre-login identifier",
    "change_password": "change the own password",
    "change_email": "change the own login name",
    "refresh": "renew the session with a refresh token",
    "list_sessions": "list the own sessions",
    "revoke_session": "end one own session by its handle",
    "revoke_all": "end all own sessions",
    "csrf_token": "read the anti-CSRF token",
    "write_marker": "store a harmless value in the session, shown by a probe",
    "create_user": "create a throw-away account",
    "drop_user": "delete a throw-away account",
    "change_role": "change the role of an account",
    "admin_revoke": "end all sessions of an account as administrator",
    "jwks": "read the public keys that tokens are verified with",
    "rotate_key": "sign tokens with a new key from now on",
    "mint_token": "have the genuine key sign any claims and header",
    "advance": "move the clock of the target forward",
    "login_first_factor": "pass the first step of a login in two steps",
    "login_second_factor": "pass the second step of a login in two steps",
}
"""Capability name -> what the operation does. Each is a method of the same name."""

TRAITS: dict[str, str] = {
    "raw_artifact": "present any value in any place",
    "raw_response": "see every answer",
    "transcript": "record every request",
    "parallel": "call from several threads",
    "channels": "more than one entry point",
    "nodes": "more than one node, each reachable on its own",
    "plaintext_url": "the same target without encryption",
    "session_cookie": "a session artefact travels in a cookie, as the smoke test saw",
    "token_jwt": "an artefact is a readable JWT",
    "marker": "a private value written and read back through the probe",
    "openapi": "an OpenAPI document of the target",
    "clock": "the time of the target can be moved forward",
    "key_rotation": "the signing key can be changed",
    "mfa": "a login in two steps",
    "second_audience": "channels whose tokens are for different audiences",
    "callback_listener": "the target can reach a listener of the suite, being on the same machine",
}
"""Capability name -> what it means; derived from the transport or from declarations."""

ALWAYS = frozenset({"raw_artifact", "raw_response", "transcript", "parallel", "login_fail"})
"""Capabilities that the suite's own transport gives to every adapter."""


_FOLLOWS: dict[str, frozenset[str]] = {
    "clock": frozenset({"advance"}),
    "key_rotation": frozenset({"rotate_key"}),
    "mfa": frozenset({"login_first_factor", "login_second_factor"}),
}


def of(adapter: object) -> frozenset[str]:
    """Return the capabilities of an adapter: its methods, its declarations, and ours."""
    offered = getattr(adapter, "offers", None)
    methods = frozenset(
        name
        for name in OPERATIONS
        if callable(getattr(adapter, name, None)) and (offered is None or name in offered)
    )
    traits = frozenset(getattr(adapter, "traits", ()))
    found = methods | traits | ALWAYS
    if len(getattr(adapter, "channels", ())) > 1:
        found |= {"channels"}
    if len(getattr(adapter, "nodes", ())) > 1:
        found |= {"nodes"}
    if "write_marker" in found:
        found |= {"marker"}
    found |= {trait for trait, needed in _FOLLOWS.items() if needed <= found}
    if len(set((getattr(adapter, "audiences", None) or {}).values())) > 1:
        found |= {"second_audience"}
    if on_this_machine(getattr(adapter, "nodes", ())):
        found |= {"callback_listener"}
    return found
