"""Logging in with a password: an attempt is counted before the password is looked at, so that guessing in parallel
gains nothing.

Owns the order of the steps; the rules are in `authz.people`. A right password is not enough: there may be a second
step (`intake.login.second_step`), and the last one is `intake.login.entering`. RULE channel-web.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from authz.decision import Reason
from authz.identity import Channel
from authz.people.passwords import PasswordCheck, check_password
from authz.people.sessions import random_value
from intake.login.entering import (
    NotSignedIn,
    SignedIn,
    SignInRules,
    claim_of,
    count_attempt,
    enter,
    forget_failures,
    refusal,
    refusal_by_lists,
)
from intake.login.signing import NOWHERE, Account, Factors, How, Origin, Person, Purpose, Step, counted_login, keep_step
from intake.people import Contact, LoginAccount, User
from intake.ports import Transaction, Writer
from intake.queries import KnownSession, Queries

__all__ = ["NotSignedIn", "SecondStep", "SignedIn", "Visitor", "find_visitor", "prove_login", "sign_in"]

# How long a right password waits for the second step.
SECOND_STEP_LASTS = timedelta(minutes=10)


class Wanted(StrEnum):
    """What the second step is."""

    CODE = "code"  # of the authenticator app, or a recovery code
    PASSKEY = "passkey"
    SETUP = "setup"  # there is none yet, and there must be


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondStep:
    """The password was right, and is not enough. secret: into a cookie; it opens nothing by itself."""

    secret: str
    wanted: Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A contact, or somebody of the service desk, who is logged in and may be. seen_at: written down last."""

    person: Contact | User
    csrf: str
    seen_at: datetime


async def sign_in(
    writer: Writer,
    rules: SignInRules,
    login: str,
    password: str,
    *,
    at: datetime,
    origin: Origin = NOWHERE,
) -> SignedIn | SecondStep | NotSignedIn:
    """Log a contact or a user of the service desk in, or begin to. at: aware UTC.

    Raises what the store raised when nothing was stored.
    """
    checked = await _check(writer, login, password, at, origin)
    if isinstance(checked, NotSignedIn):
        return checked
    account, check = checked
    work = partial(_go_on, rules=rules, account=account, check=check, origin=origin, at=at)
    return await asyncio.wrap_future(writer.submit(work))


async def prove_login(
    writer: Writer, login: str, password: str, at: datetime, *, more_for: Collection[str] = ()
) -> str | None:
    """Return the log-in of the contact who hands mail in with this password, or None. at: aware UTC. RFC 4954

    The attempts are counted together with those on the site. No session is begun. Whoever has a second factor cannot
    show it here, and a password alone is not what they chose to be known by. more_for: the standings that need more.
    Raises what the store raised when nothing was stored.
    """
    checked = await _check(writer, login, password, at, NOWHERE)
    if isinstance(checked, NotSignedIn):
        return None
    account, check = checked
    proved = await asyncio.wrap_future(
        writer.submit(partial(_hand_in, account=account, check=check, at=at, more_for=more_for))
    )
    return account.login if proved else None


async def _check(
    writer: Writer, login: str, password: str, at: datetime, origin: Origin
) -> tuple[LoginAccount, PasswordCheck] | NotSignedIn:
    begun = await asyncio.wrap_future(writer.submit(partial(_begin, login=login, at=at, origin=origin)))
    if isinstance(begun, NotSignedIn):
        return begun
    check = await asyncio.to_thread(check_password, password, begun.password_hash if begun else None)
    if begun is None or not check.right:
        return NotSignedIn(reason=Reason.LOGIN_UNKNOWN)
    return begun, check


def _begin(tx: Transaction, login: str, at: datetime, origin: Origin) -> LoginAccount | NotSignedIn | None:
    wait_until = count_attempt(tx, counted_login(login), at, peer=origin.peer)
    if wait_until is not None:
        return NotSignedIn(reason=Reason.LOGIN_UNKNOWN, wait_until=wait_until)
    return tx.people.login_account(login)


def _go_on(
    tx: Transaction, rules: SignInRules, account: LoginAccount, check: PasswordCheck, *, origin: Origin, at: datetime
) -> SignedIn | SecondStep | NotSignedIn:
    known = _still_right(tx, account)
    refused = Reason.LOGIN_UNKNOWN if known is None else refusal(tx, known, at)
    if known is None or refused is not None:
        return NotSignedIn(reason=refused or Reason.LOGIN_UNKNOWN)
    if check.renewed is not None:
        tx.people.renew_password_hash(account, check.renewed)
    return after_password(tx, rules, known, origin=origin, at=at)


def after_password(
    tx: Transaction, rules: SignInRules, known: Account, *, origin: Origin, at: datetime
) -> SignedIn | SecondStep | NotSignedIn:
    """Go on when the password was right, or was just chosen: to the second step, if there is one. at: aware UTC."""
    wanted = _second_step(tx.signing.factors(known.person), required=known.standing in rules.second_factor_for)
    if wanted is None:
        return enter(tx, known, How.PASSWORD, origin, at)
    secret = random_value()
    tx.signing.begin_step(
        Step(
            kept=keep_step(Purpose.SECOND_STEP, secret),
            purpose=Purpose.SECOND_STEP,
            person=known.person,
            expires_at=at + SECOND_STEP_LASTS,
            data={"wanted": wanted},
        ),
        at,
    )
    return SecondStep(secret=secret, wanted=wanted)


def _still_right(tx: Transaction, account: LoginAccount) -> Account | None:
    """The account, unless the password was changed while it was looked at."""
    known = tx.signing.account(Person(contact_id=account.contact_id, user_id=account.user_id))
    return known if (known.login, known.password_hash) == (account.login, account.password_hash) else None


def _second_step(factors: Factors, *, required: bool) -> Wanted | None:
    if factors.totp:
        return Wanted.CODE
    if not required:
        return None
    return Wanted.PASSKEY if factors.passkeys else Wanted.SETUP


def _hand_in(
    tx: Transaction, account: LoginAccount, check: PasswordCheck, at: datetime, more_for: Collection[str]
) -> bool:
    known = _still_right(tx, account)
    if known is None or known.standing in more_for or tx.signing.factors(known.person).totp:
        return False
    if refusal(tx, known, at, channel=Channel.MAIL) is not None:
        return False
    forget_failures(tx, known)
    if check.renewed is not None:
        tx.people.renew_password_hash(account, check.renewed)
    return True


def find_visitor(queries: Queries, kept: str, at: datetime) -> Visitor | Reason | None:
    """Who has this session, or why that contact may not enter any more, or None when it is over. Blocking.

    kept: the hash of the session's secret. at: aware UTC. The lists are asked each time.
    """
    known: KnownSession | None = queries.find_session(kept)
    if known is None or known.session.expires_at <= at:
        return None
    session = known.session
    if known.user is not None:
        return Visitor(person=known.user, csrf=session.csrf, seen_at=session.seen_at) if known.user.active else None
    if known.contact is None:
        return None
    claim = claim_of(Person(contact_id=known.contact.id), known.contact.name)
    refused = refusal_by_lists(claim, known.listings, at)
    if refused is not None:
        return refused
    return Visitor(person=known.contact, csrf=session.csrf, seen_at=session.seen_at)
