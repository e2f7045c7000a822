"""What people change about their own log-in: password, sessions, language, second factors.

Whoever changes how a person gets in proves once more to be that person: an unlocked screen is not enough.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from authz.people.passwords import check_password, hash_password, password_problem
from intake.administration import InvalidEntryError
from intake.login.entering import SignInRules, actor_of, count_attempt
from intake.login.notices import Changed, tell_owner
from intake.login.second_step import make_recovery_codes
from intake.login.signing import Account, Person
from intake.ports import Transaction, Writer

# Who has no password proves to be the owner by having logged in just now.
FRESH = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """What came of proving to be the owner. wait_until: when the next attempt is looked at, aware UTC.

    stale: there is no password to ask for, and the log-in was too long ago.
    """

    right: bool
    wait_until: datetime | None = None
    stale: bool = False


async def prove_owner(writer: Writer, person: Person, password: str, *, began_at: datetime, at: datetime) -> Owner:
    """Check the password once more. began_at: when the session began; both aware UTC.

    A person without a password must have logged in just now. Attempts are counted on their own: whoever guesses at
    the log-in keeps nobody from changing the password.
    """
    begun = await asyncio.wrap_future(writer.submit(partial(_begin, person=person, at=at)))
    if isinstance(begun, datetime):
        return Owner(right=False, wait_until=begun)
    if begun.password_hash is None:
        fresh = at - began_at < FRESH
        return Owner(right=fresh, stale=not fresh)
    check = await asyncio.to_thread(check_password, password, begun.password_hash)
    if check.right:
        await asyncio.wrap_future(writer.submit(lambda tx: tx.people.clear_login_failures(_proof_of(person))))
    return Owner(right=check.right)


def _begin(tx: Transaction, person: Person, at: datetime) -> Account | datetime:
    account = tx.signing.account(person)
    if account.password_hash is None:
        return account
    return count_attempt(tx, _proof_of(person), at) or account


def _proof_of(person: Person) -> str:
    return f"proof-of:{person.key}"


async def change_password(writer: Writer, person: Person, password: str, *, kept: str, at: datetime) -> None:
    """Replace the password and end the other sessions. kept: of the session that goes on.

    Raises InvalidEntryError for a password that is too easy.
    """
    account = await asyncio.wrap_future(writer.submit(lambda tx: tx.signing.account(person)))
    problem = password_problem(password, account.login or "")
    if problem is not None:
        raise InvalidEntryError(problem, field="password")
    hashed = await asyncio.to_thread(hash_password, password)

    def work(tx: Transaction) -> None:
        tx.signing.set_password(person, hashed, by=actor_of(account), at=at)
        tx.signing.end_sessions(person, but=[kept])
        tell_owner(tx, person, Changed.PASSWORD, at)

    await asyncio.wrap_future(writer.submit(work))


async def end_session(writer: Writer, person: Person, kept: str, at: datetime) -> bool:
    """End one of a person's own sessions; False when it is none of theirs. at: aware UTC."""

    def work(tx: Transaction) -> bool:
        if not tx.signing.end_session_of(person, kept):
            return False
        _note(tx, person, "session-ended", at)
        return True

    return await asyncio.wrap_future(writer.submit(work))


async def end_other_sessions(writer: Writer, person: Person, kept: str, at: datetime) -> None:
    """End all sessions but one, and whatever is half done. at: aware UTC."""

    def work(tx: Transaction) -> None:
        if tx.signing.end_sessions(person, but=[kept]):
            _note(tx, person, "sessions-ended", at)
            tell_owner(tx, person, Changed.SESSIONS_ENDED, at)

    await asyncio.wrap_future(writer.submit(work))


async def choose_language(writer: Writer, person: Person, language: str, at: datetime) -> None:
    """Remember in which language somebody is spoken to, in mail as well. Raises InvalidEntryError."""

    def work(tx: Transaction) -> None:
        tx.signing.set_language(person, language, by=actor_of(tx.signing.account(person)), at=at)

    await asyncio.wrap_future(writer.submit(work))


async def renew_recovery_codes(writer: Writer, person: Person, at: datetime) -> tuple[str, ...]:
    """Make new codes; the old ones no longer work. None are made where no app is set up."""

    def work(tx: Transaction) -> tuple[str, ...]:
        if tx.signing.totp(person) is None:
            return ()
        _note(tx, person, "recovery-codes-made", at)
        tell_owner(tx, person, Changed.RECOVERY_CODES, at)
        return make_recovery_codes(tx, person)

    return await asyncio.wrap_future(writer.submit(work))


async def remove_totp(writer: Writer, rules: SignInRules, person: Person, at: datetime) -> bool:
    """Give the app up; False where a second factor is needed and there is no other."""

    def work(tx: Transaction) -> bool:
        account = tx.signing.account(person)
        if account.standing in rules.second_factor_for and not tx.signing.factors(person).passkeys:
            return False
        if tx.signing.remove_second_factors(person, passkeys=False):
            _note(tx, person, "totp-removed", at)
            tell_owner(tx, person, Changed.TOTP_REMOVED, at)
        return True

    return await asyncio.wrap_future(writer.submit(work))


async def remove_passkey(writer: Writer, rules: SignInRules, person: Person, passkey_id: int, at: datetime) -> bool:
    """Forget a passkey; False where a second factor is needed and there is no other."""

    def work(tx: Transaction) -> bool:
        factors = tx.signing.factors(person)
        needed = tx.signing.account(person).standing in rules.second_factor_for
        if needed and not factors.totp and len(factors.passkeys) < 2:
            return False
        if tx.signing.remove_passkey(person, passkey_id):
            _note(tx, person, "passkey-removed", at)
            tell_owner(tx, person, Changed.PASSKEY_REMOVED, at)
        return True

    return await asyncio.wrap_future(writer.submit(work))


def _note(tx: Transaction, person: Person, action: str, at: datetime) -> None:
    tx.signing.note(person.kind, str(person.id), action, by=actor_of(tx.signing.account(person)), at=at)
