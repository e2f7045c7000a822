"""The second step of a log-in: a code of the authenticator app or a recovery code; and setting the app up.

Attempts are counted together with the password's. A code is taken once: which one was last is in the database.
RFC 6238 §5.2.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from authz.decision import Reason
from authz.people.totp import check_code, keep_recovery_code, new_key, new_recovery_codes
from intake.login.entering import NotSignedIn, SignedIn, SignInRules, actor_of, count_attempt, enter, refusal
from intake.login.notices import Changed, tell_owner
from intake.login.signin import Wanted
from intake.login.signing import Account, AccountQueries, How, Origin, Person, Purpose, Step, TotpKey, keep_step
from intake.ports import Transaction, Writer

SETUP_LASTS = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """The app is set up. codes: for when it is lost, shown this once. session: begun, when a log-in waited for it."""

    codes: tuple[str, ...]
    signed_in: SignedIn | None = None


def waiting_step(queries: AccountQueries, secret: str, at: datetime) -> Step | None:
    """The log-in that waits for its second step. Blocking."""
    return queries.step(keep_step(Purpose.SECOND_STEP, secret), at)


async def take_second_step(
    writer: Writer, rules: SignInRules, secret: str, code: str, *, at: datetime, origin: Origin
) -> SignedIn | NotSignedIn | None:
    """Finish a log-in with a code; None when there is none that waits for it. at: aware UTC."""
    work = partial(_take, rules=rules, kept=keep_step(Purpose.SECOND_STEP, secret), code=code, at=at, origin=origin)
    return await asyncio.wrap_future(writer.submit(work))


def _take(
    tx: Transaction, rules: SignInRules, kept: str, code: str, *, at: datetime, origin: Origin
) -> SignedIn | NotSignedIn | None:
    step = tx.signing.step(kept, at)
    if step is None or step.person is None or step.data["wanted"] != Wanted.CODE:
        return None
    account = tx.signing.account(step.person)
    wait_until = count_attempt(tx, account.counted_as, at, peer=origin.peer)
    if wait_until is not None:
        return NotSignedIn(reason=Reason.LOGIN_UNKNOWN, wait_until=wait_until)
    how = accept_code(tx, rules, account, code, at)
    if how is None:
        return NotSignedIn(reason=Reason.LOGIN_UNKNOWN)
    tx.signing.end_step(kept)
    return enter(tx, account, how, origin, at)


def accept_code(tx: Transaction, rules: SignInRules, account: Account, code: str, at: datetime) -> How | None:
    """Take a code of the app or a recovery code, which is then used up; None for a wrong one. at: aware UTC."""
    person = account.person
    key = tx.signing.totp(person)
    opened = None if key is None else rules.sealer.open(key.sealed, _context(person))
    if key is not None and opened is not None:
        step = check_code(opened, code, key.last_step, at)
        if step is not None:
            tx.signing.take_step(person, step)
            return How.CODE
    kept = keep_recovery_code(person.key, code)
    if kept is not None and tx.signing.use_recovery_code(person, kept):
        left = tx.signing.factors(person).recovery_codes
        tx.signing.note(person.kind, str(person.id), "recovery-code-used", by=actor_of(account), at=at, left=left)
        return How.RECOVERY
    return None


def setup_kept(owner: str) -> str:
    """What names the setting up of an app. owner: the hash of the session, or of the log-in that waits for it."""
    return keep_step(Purpose.TOTP_SETUP, owner)


async def begin_setup(writer: Writer, rules: SignInRules, owner: str, person: Person, at: datetime) -> str:
    """Make a key for an app that is being set up, or return the one made before for the same owner. at: aware UTC."""
    work = partial(_begin_setup, rules=rules, kept=setup_kept(owner), person=person, at=at)
    return await asyncio.wrap_future(writer.submit(work))


def _begin_setup(tx: Transaction, rules: SignInRules, kept: str, person: Person, at: datetime) -> str:
    begun = tx.signing.step(kept, at)
    known = None if begun is None else read_setup_key(rules, person, begun.data)
    if known is not None:
        return known
    key = new_key()
    sealed = rules.sealer.seal(key, _context(person))
    tx.signing.begin_step(
        Step(
            kept=kept,
            purpose=Purpose.TOTP_SETUP,
            person=person,
            expires_at=at + SETUP_LASTS,
            data={"sealed": sealed},
        ),
        at,
    )
    return key


def read_setup_key(rules: SignInRules, person: Person, data: Mapping[str, str]) -> str | None:
    """The key of an app that is being set up."""
    return rules.sealer.open(data["sealed"], _context(person))


async def finish_setup(
    writer: Writer, rules: SignInRules, owner: str, person: Person, *, code: str, at: datetime
) -> SetUp | None:
    """Keep the key once the app has shown a right code of it; None for a wrong one. at: aware UTC.

    The codes from before no longer work.
    """
    work = partial(_finish_setup, rules=rules, kept=setup_kept(owner), person=person, code=code, at=at)
    return await asyncio.wrap_future(writer.submit(work))


def _finish_setup(
    tx: Transaction, rules: SignInRules, kept: str, person: Person, *, code: str, at: datetime
) -> SetUp | None:
    begun = tx.signing.step(kept, at)
    if begun is None or begun.person != person:
        return None
    key = read_setup_key(rules, person, begun.data)
    step = None if key is None else check_code(key, code, 0, at)
    if step is None:
        return None
    account = tx.signing.account(person)
    tx.signing.end_step(kept)
    tx.signing.keep_totp(person, TotpKey(sealed=begun.data["sealed"], last_step=step, created_at=at))
    codes = make_recovery_codes(tx, person)
    tx.signing.note(person.kind, str(person.id), "totp-added", by=actor_of(account), at=at)
    tell_owner(tx, person, Changed.TOTP_ADDED, at)
    return SetUp(codes=codes)


async def finish_waiting(
    writer: Writer, rules: SignInRules, secret: str, code: str, *, at: datetime, origin: Origin
) -> SetUp | NotSignedIn | None:
    """Set the app up where a log-in waits for it, and finish the log-in. None when no log-in waits. at: aware UTC."""
    kept = keep_step(Purpose.SECOND_STEP, secret)
    work = partial(_finish_waiting, rules=rules, kept=kept, code=code, at=at, origin=origin)
    return await asyncio.wrap_future(writer.submit(work))


def _finish_waiting(
    tx: Transaction, rules: SignInRules, kept: str, code: str, *, at: datetime, origin: Origin
) -> SetUp | NotSignedIn | None:
    step = tx.signing.step(kept, at)
    if step is None or step.person is None or step.data["wanted"] != Wanted.SETUP:
        return None
    account = tx.signing.account(step.person)
    refused = refusal(tx, account, at)
    if refused is not None:
        return NotSignedIn(reason=refused)
    if tx.signing.factors(step.person).second:
        return None  # set up elsewhere meanwhile: whoever has only the password may not replace it
    made = _finish_setup(tx, rules, setup_kept(kept), step.person, code=code, at=at)
    if made is None:
        return NotSignedIn(reason=Reason.LOGIN_UNKNOWN)
    tx.signing.end_step(kept)
    entered = enter(tx, account, How.CODE, origin, at)
    return entered if isinstance(entered, NotSignedIn) else SetUp(codes=made.codes, signed_in=entered)


def make_recovery_codes(tx: Transaction, person: Person) -> tuple[str, ...]:
    """New recovery codes in place of the old ones."""
    codes = new_recovery_codes()
    tx.signing.keep_recovery_codes(person, [keep_recovery_code(person.key, each) or "" for each in codes])
    return codes


def _context(person: Person) -> str:
    return f"totp/{person.key}"
