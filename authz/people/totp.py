"""One-time codes of an authenticator app, and the recovery codes for when the phone is lost. Pure; stores nothing.

RFC 6238 with its defaults, which every app knows: SHA-1, 30 seconds, six digits.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime

import pyotp

STEP_SECONDS = 30
RECOVERY_CODES = 10

# RFC 6238 §5.2: one step each way for clocks that differ and for the time typing takes.
_DRIFT_STEPS = 1
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
# Without letters and digits that look alike.
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_RECOVERY = re.compile(rf"[{_ALPHABET}]{{16}}", re.ASCII)


def new_key() -> str:
    """160 random bits as base32, the length RFC 4226 §4 recommends."""
    return pyotp.random_base32(32)


def key_address(key: str, *, service: str, login: str) -> str:
    """The address an authenticator app reads from the picture."""
    return pyotp.TOTP(key).provisioning_uri(name=login, issuer_name=service)


def check_code(key: str, given: str, last_step: int, at: datetime) -> int | None:
    """The time step of a right code, or None. at: aware.

    last_step: of the last code that was taken. RFC 6238 §5.2: none is taken twice, nor one older than it.
    """
    code = re.sub(r"[\s-]", "", given)
    if not _CODE.fullmatch(code):
        return None
    made = pyotp.TOTP(key)
    current = int(at.timestamp()) // STEP_SECONDS
    found = None
    for step in range(current - _DRIFT_STEPS, current + _DRIFT_STEPS + 1):
        if hmac.compare_digest(made.generate_otp(step), code) and step > last_step:
            found = step
    return found


def new_recovery_codes() -> tuple[str, ...]:
    """Codes that each let in once, as people write them down: ABCD-EFGH-JKMN-PQRS. Some 79 random bits each."""
    made = ("".join(secrets.choice(_ALPHABET) for _ in range(16)) for _ in range(RECOVERY_CODES))
    return tuple("-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in made)


def keep_recovery_code(person: str, given: str) -> str | None:
    """What is kept of a person's code, in whatever case and spacing; None for what cannot be one.

    Too long to be guessed from its hash, so one round of SHA-256 is enough.
    """
    code = re.sub(r"[\s-]", "", given).upper()
    return hashlib.sha256(f"{person}/{code}".encode()).hexdigest() if _RECOVERY.fullmatch(code) else None
