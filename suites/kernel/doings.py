"""What each operation is to a log: what it is told as, what it may be told as besides.

Targets differ in what they call a login, a failure or a logout. What is named here as possible is
never demanded. Nothing here is judged.
"""

from collections.abc import Mapping

OPENING = frozenset({"login", "login_remembered", "boot", "login_with_link", "login_second_factor"})
ELSEWHERE = frozenset({"redeem", "hand_in", "come_back"})
"""Operations that may open a session by another party's word."""
FAILING = frozenset({"login", "login_fail", "login_remembered", "login_first_factor"})
PLAIN: Mapping[str, str] = {
    "change_password": "password_change",
    "change_role": "role_change",
    "write_marker": "action",
    "impersonate": "impersonation",
    "end_impersonation": "impersonation_end",
}
"""Operations that are one event each when they are acknowledged."""
CAUSED = frozenset(
    {
        *("login_success", "login_failure", "logout", "refresh", "rotation"),
        *("password_change", "role_change", "action", "impersonation", "impersonation_end"),
    }
)
"""Events that have a call of the run for their cause, as every call is known."""
OPAQUE: Mapping[str, int] = {
    **dict.fromkeys(("exchange", "forge", "attempt", "resend", "close_window"), 1),
    **dict.fromkeys(("cross_site", "open_window", "in_window"), 4),
}
"""Operations of which nobody here can say what they did -> how often at most they did it."""
ENDING = frozenset(
    {
        *("change_password", "revoke_all", "revoke_session", "admin_revoke", "change_role"),
        *("disable_account", "enable_account", "drop_user", "change_email", "finish_reset"),
        *("rp_logout", "backchannel", "op_disable", "op_end", "revoke_token", "end_impersonation"),
    }
)
"""Operations after which any session of the account may be over."""
SHAKING = frozenset({"advance", "restart", "inject_fault", "heal_fault", "rotate_key"})
"""Operations after which any session at all may be over."""
LEAVING = frozenset({"rp_logout", "backchannel", "end_impersonation", "revoke_token"})
"""Operations that are a logout to some targets, whatever else they end."""
ENTERING = frozenset(
    {
        *("step_up", "login_first_factor", "authorize", "authorize_fresh", "register"),
        *("finish_reset", "impersonate", "end_impersonation"),
    }
)
"""Operations that are a login to some targets."""
PROVING = frozenset(
    {
        *("step_up", "change_password", "change_email", "sensitive_action", "boot", "register"),
        *("login_second_factor", "login_with_link", "finish_reset", "authorize"),
        *("authorize_fresh", "redeem", "hand_in", "come_back"),
    }
)
"""Operations that prove who somebody is: refused, they are a failed login to some targets."""
REUSE, DEAD_TOKEN, MADE_UP_TOKEN, DEAD_VALUE, MADE_UP_VALUE, MISPLACED, FORGED = (
    "a used refresh token",
    "a refresh token that is over",
    "a refresh token nobody issued",
    "an identifier that is over",
    "an identifier nobody issued",
    "a session away from where it is bound to",
    "a request of another site",
)
KINDS: Mapping[str, tuple[str, ...]] = {
    REUSE: ("reuse",),
    DEAD_TOKEN: ("refused_refresh", "reuse", "expired_use", "dead_use"),
    MADE_UP_TOKEN: ("refused_refresh", "tampered_use", "unknown_use"),
    DEAD_VALUE: ("dead_use", "expired_use", "tampered_use", "unknown_use"),
    MADE_UP_VALUE: ("unknown_use", "tampered_use"),
    MISPLACED: ("binding_mismatch",),
    FORGED: ("csrf_refused",),
}
"""What was presented in vain -> the events that tell it, the most fitting first."""
