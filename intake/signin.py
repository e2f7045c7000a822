"""Logging in: an attempt is counted before the password is looked at, so that guessing in parallel gains nothing.

Owns the order of the steps; the rules are in `authz.people`. A right password is not enough: the contact must also
pass the same decision as a mail or a call would. RULE channel-web.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from authz.decision import Reason, Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind, Listing
from authz.people.passwords import PasswordCheck, check_password
from authz.people.sessions import NewSession, count_failure, locked_until, new_session
from authz.policy import WEB_RULES, decide
from intake.people import Contact, LoginAccount, LoginFailures, User
from intake.ports import Transaction, Writer
from intake.queries import KnownSession, Queries


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """It was the right person: a contact, or with user_id somebody of the service desk.

    session: its secret goes into the browser's cookie and nowhere else.
    """

    contact_id: int | None
    user_id: int | None
    session: NewSession


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSignedIn:
    """It was not. reason: LOGIN_UNKNOWN for a wrong log-in or password, whichever; else why a contact may not enter.

    wait_until: when the next attempt is looked at, aware UTC; None for now.
    """

    reason: Reason
    wait_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A contact, or somebody of the service desk, who is logged in and may be."""

    person: Contact | User
    csrf: str


async def sign_in(writer: Writer, login: str, password: str, at: datetime) -> SignedIn | NotSignedIn:
    """Log a contact or a user of the service desk in. at: aware UTC.

    Raises what the store raised when nothing was stored.
    """
    checked = await _check(writer, login, password, at)
    if isinstance(checked, NotSignedIn):
        return checked
    account, check = checked
    return await asyncio.wrap_future(writer.submit(partial(_finish, account=account, check=check, at=at)))


async def prove_login(writer: Writer, login: str, password: str, at: datetime) -> str | None:
    """Return the log-in of the contact who hands mail in with this password, or None. at: aware UTC. RFC 4954

    The attempts are counted together with those on the site. No session is begun.
    Raises what the store raised when nothing was stored.
    """
    checked = await _check(writer, login, password, at)
    if isinstance(checked, NotSignedIn):
        return None
    account, check = checked
    refused = await asyncio.wrap_future(
        writer.submit(partial(_let_in, account=account, check=check, channel=Channel.MAIL, at=at))
    )
    return account.login if refused is None else None


async def _check(
    writer: Writer, login: str, password: str, at: datetime
) -> tuple[LoginAccount, PasswordCheck] | NotSignedIn:
    begun = await asyncio.wrap_future(writer.submit(partial(_begin, login=login, at=at)))
    if isinstance(begun, NotSignedIn):
        return begun
    check = await asyncio.to_thread(check_password, password, begun.password_hash if begun else None)
    if begun is None or not check.right:
        return NotSignedIn(reason=Reason.LOGIN_UNKNOWN)
    return begun, check


def _begin(tx: Transaction, login: str, at: datetime) -> LoginAccount | NotSignedIn | None:
    failures = tx.people.login_failures(login)
    count, last_at = (0, None) if failures is None else (failures.count, failures.last_at)
    wait_until = None if last_at is None else locked_until(count, last_at)
    if wait_until is not None and at < wait_until:
        return NotSignedIn(reason=Reason.LOGIN_UNKNOWN, wait_until=wait_until)
    counted = count_failure(count, last_at, at)
    tx.people.keep_login_failures(LoginFailures(login=login, count=counted, last_at=at))
    return tx.people.login_account(login)


def _finish(tx: Transaction, account: LoginAccount, check: PasswordCheck, at: datetime) -> SignedIn | NotSignedIn:
    refused = _let_in(tx, account, check, Channel.WEB, at)
    if refused is not None:
        return NotSignedIn(reason=refused)
    session = new_session(at)
    tx.people.add_session(session, contact_id=account.contact_id, user_id=account.user_id)
    return SignedIn(contact_id=account.contact_id, user_id=account.user_id, session=session)


def _let_in(
    tx: Transaction, account: LoginAccount, check: PasswordCheck, channel: Channel, at: datetime
) -> Reason | None:
    """Ask whether the person may use the channel; if so, forget the attempts that failed."""
    if account.contact_id is not None:
        claim = _claim(account.contact_id, account.name, channel)
        refused = _refusal(claim, tx.listings(claim), at)
    else:
        refused = _refusal_of_user(tx, account, channel)
    if refused is None:
        tx.people.clear_login_failures(account.login)
        if check.renewed is not None:
            tx.people.renew_password_hash(account, check.renewed)
    return refused


def _refusal_of_user(tx: Transaction, account: LoginAccount, channel: Channel) -> Reason | None:
    """The service desk's own people have the site; requests by mail are their customers'."""
    active = account.user_id is not None and tx.people.user(account.user_id).active
    return None if active and channel is Channel.WEB else Reason.LOGIN_UNKNOWN


def find_visitor(queries: Queries, kept: str, at: datetime) -> Visitor | Reason | None:
    """Who has this session, or why that contact may not enter any more, or None when it is over. Blocking.

    kept: the hash of the session's secret. at: aware UTC. The lists are asked each time.
    """
    known: KnownSession | None = queries.find_session(kept)
    if known is None or known.session.expires_at <= at:
        return None
    if known.user is not None:
        return Visitor(person=known.user, csrf=known.session.csrf) if known.user.active else None
    if known.contact is None:
        return None
    refused = _refusal(_claim(known.contact.id, known.contact.name), known.listings, at)
    if refused is not None:
        return refused
    return Visitor(person=known.contact, csrf=known.session.csrf)


def _claim(contact_id: int, name: str, channel: Channel = Channel.WEB) -> Claim:
    return Claim(channel=channel, kind=IdentityKind.CONTACT, value=str(contact_id), shown=name)


def _refusal(claim: Claim, listings: tuple[Listing, ...], at: datetime) -> Reason | None:
    evidence = Evidence((Check(proof=Proof.SESSION, outcome=Outcome.PASS, binds=True, detail="logged in"),))
    decision = decide(claim, evidence, listings, WEB_RULES, at)
    return None if decision.verdict is Verdict.ACCEPT else decision.reason
