"""Passwords: which ones are taken, how they are kept, how one is checked. Must not store them."""

import threading
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST = 10
LONGEST = 256

# Argon2id with 19 MiB, two passes, one lane: the smallest setting OWASP recommends. Two at once bound the memory a
# burst of log-ins takes.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_GATE = threading.BoundedSemaphore(2)

# The hash of nothing anybody can type: checking an unknown log-in takes as long as checking a known one.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$MiwhPHfRW+EJp2M2GunfxQ$ypdwaD6AoC/fUF/pdwfSSCVMLCmTyWLJZqtwFnSH3nA"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordCheck:
    """What checking a password found. renewed: the hash to keep from now on, when the old one was made with less."""

    right: bool
    renewed: str | None = None


def password_problem(password: str, login: str = "") -> str | None:
    """Say what is wrong with a new password, as one sentence, or None. Length counts, character classes do not."""
    if len(password) < SHORTEST:
        return f"The password needs at least {SHORTEST} characters; a few words in a row are fine."
    if len(password) > LONGEST:
        return f"The password may have at most {LONGEST} characters."
    folded = password.casefold()
    if login and folded in {login.casefold(), login.casefold().partition("@")[0]}:
        return "The password must not be the log-in."
    if len(set(folded)) < 4:
        return "The password repeats too few characters; choose another one."
    return None


def hash_password(password: str) -> str:
    """Return what is kept of a password. Blocking, some tens of milliseconds."""
    with _GATE:
        return _HASHER.hash(password)


def check_password(password: str, kept: str | None) -> PasswordCheck:
    """Check a password against what is kept of it. Blocking, some tens of milliseconds.

    kept: None for a log-in that does not exist or has no password; the answer is then no, after the same time.
    """
    if len(password) > LONGEST:
        return PasswordCheck(right=False)
    with _GATE:
        try:
            _HASHER.verify(kept or _NOBODY, password)
        except (Argon2Error, InvalidHashError):
            return PasswordCheck(right=False)
    if kept is None:
        return PasswordCheck(right=False)
    return PasswordCheck(right=True, renewed=hash_password(password) if _HASHER.check_needs_rehash(kept) else None)
