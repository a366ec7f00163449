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
    "refresh_scoped": "renew the session and ask for certain scopes",
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
    "authorize": "get an OpenID provider's answer to a request without handing it in",
    "redeem": "hand in a code for tokens",
    "hand_in": "hand in a provider's answer to a relying party",
    "revoke_token": "end one token at the provider (RFC 7009)",
    "introspect": "ask the provider what a token is worth (RFC 7662)",
    "rp_logout": "ask the provider to log out (RP-initiated logout)",
    "backchannel": "send a logout token to a relying party in the place of its provider",
    "disable_account": "keep an account from logging in, as administrator",
    "enable_account": "let a disabled account log in again, as administrator",
    "start_reset": "ask for a password reset",
    "read_reset": "read the reset token that was sent to the user",
    "finish_reset": "set a new password with a reset token",
    "role_probe": "do something that only one role may do",
    "step_up": "prove the password again within a session",
    "sensitive_action": "do something that needs a fresh proof of the password",
    "impersonate": "go on as another user, as support staff does",
    "end_impersonation": "go on as oneself again",
    "login_remembered": "log in and ask to be remembered",
    "boot": "open a session with a remember-me token",
    "keepalive": "use a session without doing anything with it",
    "open_public": "fetch something that needs no session, with the session's artefacts",
    "request_link": "ask for a login link",
    "read_link": "read the login link that was sent to the user",
    "login_with_link": "open a session with a login link",
    "inject_fault": "make a part fail that the target depends on",
    "heal_fault": "let such a part work again",
    "health": "ask whether all parts of the target work",
    "op_disable": "close an account at the OpenID provider, as administrator",
    "op_enable": "open such an account again, as administrator",
    "op_end": "end all sessions of an account at the OpenID provider, as administrator",
    "authorize_fresh": "ask an OpenID provider for an answer that needs a new login, and give none",
    "come_back": "open a relying party's page again as a browser does, without logging in",
    "restart": "restart one node",
    "session_count": "read how many sessions the target keeps",
    "open_window": "log in with a real browser, whose window stays open",
    "in_window": "do something in such a window, and look at it",
    "close_window": "close such a window",
    "cross_site": "let a page of another site write the marker by the user's browser",
    "action_count": "read how often a session's user did what needs a fresh proof",
    "register": "ask for an account",
    "client_context": "read what the target sees of a client: where it is, what it calls itself",
    "forge": "send an operation as a page of another site has a browser send it",
    "shares": "ask whether scripts of another origin may read what the cookies open",
    "resend": "send a recorded request again, byte for byte",
    "open_link": "open the page that a login link leads to, without using the link up",
    "exchange": "open a session on this channel with a living one of another channel",
    "websocket": "open a WebSocket that names its reader, and keep it open",
    "messages": "read the messages that were sent to a user",
    "send_alerts_to": "have the target send its alerts to an address of the suite",
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
    "several_kinds": "secrets of more than one kind, as the smoke test saw",
    "token_jwt": "an artefact is a readable JWT",
    "state_change": "a harmless change that a page of another site could ask for, shown by a probe",
    "marker": "a private value written and read back through the probe",
    "delete_account": "accounts can be deleted",
    "reset_password": "a forgotten password can be reset to the end",
    "remember_me": "a session can be opened with a remember-me token",
    "op_control": "accounts and sessions can be ended at the OpenID provider",
    "fault": "a part that the target depends on can be made to fail, and heals again",
    "magic_link": "a session can be opened with a link that was mailed",
    "openapi": "an OpenAPI document of the target",
    "clock": "the time of the target can be moved forward",
    "fast_timeouts": "limits of time that are short enough to be waited for in this run",
    "long_run": "limits of time that a later run looks at, with sessions that wait for it",
    "token_end": "a token can be seen to end in this run, by its clock or by waiting",
    "key_rotation": "the signing key can be changed",
    "mfa": "a login in two steps",
    "second_audience": "channels whose tokens are for different audiences",
    "callback_listener": "the target can reach a listener of the suite, being on the same machine",
    "oauth_as": "an OAuth authorization server, with authorize and redeem",
    "second_client": "channels of two OAuth clients",
    "scopes": "a channel whose tokens are for some operations only",
    "dpop": "a channel whose tokens are bound to a key of the client (RFC 9449)",
    "load": "the operator allows bounded floods in this run",
    "browser": "a real browser that logs in, and pages that show data of their reader",
    "event_log": "the target's audit log can be read",
    "alert_sink": "the target's alerts arrive where the suite reads them",
    "event_sink": "the target's session events arrive where its alerts do",
    "notifications": "the messages that a user gets can be read",
}
"""Capability name -> what it means; derived from the transport or from declarations."""

ALWAYS = frozenset({"raw_artifact", "raw_response", "transcript", "parallel", "login_fail"})
"""Capabilities that the suite's own transport gives to every adapter."""


HARMFUL = frozenset(
    {
        *("disable_account", "enable_account", "delete_account", "change_role", "impersonate"),
        *("start_reset", "read_reset", "finish_reset", "reset_password"),
        *("inject_fault", "heal_fault", "fault"),
        *("op_disable", "op_enable", "op_end", "op_control"),
    }
)
"""Capabilities that change what an account is or may do; never used outside lab and staging."""

LABORATORY = frozenset(
    {
        *("rotate_key", "mint_token", "advance", "inject_fault", "heal_fault", "restart"),
        *("send_alerts_to", "clock", "key_rotation"),
    }
)
"""Capabilities that change clock, keys, parts or alerts for everybody; never in production."""


def withheld(environment: str) -> frozenset[str]:
    """Return what is never used in an environment, whoever declares it or writes it in Python."""
    if environment in {"lab", "staging"}:
        return frozenset()
    return HARMFUL | LABORATORY if environment == "production" else HARMFUL


DERIVED = {
    "marker": ("write_marker",),
    "state_change": ("write_marker", "forge"),
    "delete_account": ("drop_user",),
    "reset_password": ("start_reset", "read_reset", "finish_reset"),
    "remember_me": ("boot",),
    "clock": ("advance",),
    "key_rotation": ("rotate_key",),
    "op_control": ("op_disable", "op_enable", "op_end"),
    "fault": ("inject_fault", "heal_fault"),
    "magic_link": ("request_link", "read_link", "login_with_link"),
    "notifications": ("messages",),
    "mfa": ("login_first_factor", "login_second_factor"),
    "browser": ("open_window", "in_window", "close_window"),
}
"""Capability name -> the operations that together make it."""


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
    found |= {name for name, parts in DERIVED.items() if found.issuperset(parts)}
    if len(set((getattr(adapter, "audiences", None) or {}).values())) > 1:
        found |= {"second_audience"}
    if on_this_machine(getattr(adapter, "nodes", ())):
        found |= {"callback_listener"}
    if len(set((getattr(adapter, "clients", None) or {}).values())) > 1:
        found |= {"second_client"}
    if getattr(adapter, "scopes", None):
        found |= {"scopes"}
    if getattr(adapter, "bound", None):
        found |= {"dpop"}
    if getattr(adapter, "journal", None) is not None:
        found |= {"event_log"}
    sink = getattr(adapter, "sink", None)
    if sink is not None:
        found |= {"alert_sink"} | ({"event_sink"} if sink.journal is not None else set())
    found |= {name for name, parts in DERIVED.items() if found.issuperset(parts)}
    kept_back: frozenset[str] = getattr(adapter, "withheld", frozenset())
    return found - kept_back
