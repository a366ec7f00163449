"""Codes of a second factor by time (RFC 6238), by the clock of the target, each used once.

A verifier takes no code twice (RFC 6238 5.2), so that the next one is waited for where this one
was used.
"""

import threading
import time
from dataclasses import dataclass, field

import pyotp

from adapters.exchange import Exchange
from adapters.secrets import Secret

_URI = "otpauth://"
_SAME = 5.0
"""Seconds by which the clock of a target may differ before codes are made for its time."""


def generator(secret: Secret) -> pyotp.TOTP:
    """Return what makes the codes of a secret, which is base32 text or an otpauth address.

    Raises:
        ValueError: it is neither.
    """
    text = secret.reveal()
    try:
        found = pyotp.parse_uri(text) if text.startswith(_URI) else pyotp.TOTP(text)
    except (ValueError, TypeError) as error:
        raise ValueError("is no secret of a second factor by time") from error
    if not isinstance(found, pyotp.TOTP):
        raise ValueError("is the secret of a counter, and not of codes by time")
    Secret(found.secret, secret.kind)
    if text.startswith(_URI):
        Secret(found.secret, secret.kind)
    return found


@dataclass(slots=True)
class Codes:
    """Makes codes, and remembers which moments were used; safe to use from several threads."""

    ahead: float = 0.0
    _used: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def learn(self, exchange: Exchange) -> None:
        """Read the clock of the target from the date of an answer."""
        if exchange.dated is not None:
            difference = exchange.dated - exchange.sent_at
            self.ahead = difference if abs(difference) > _SAME else 0.0

    def code(self, secret: Secret) -> str:
        """Return a code that was not given before, after a wait where that takes one.

        Raises:
            ValueError: the secret makes no codes.
        """
        made = generator(secret)
        with self._lock:
            last = self._used.get(made.secret, -1)
            now = time.time() + self.ahead
            step = int(now // made.interval)
            if step <= last:
                time.sleep(max(0.0, (last + 1) * made.interval - now))
                step = last + 1
            self._used[made.secret] = step
        return str(made.generate_otp(step))
