"""The last step of every log-in, however it began: whether the person may enter now, and the session.

The session's secret is made here and nowhere before, so that nobody can have planted it. RULE channel-web.
"""

from dataclasses import dataclass
from datetime import datetime

from authz.decision import Reason, Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind, Listing
from authz.people.sealing import Sealer
from authz.people.sessions import FREE_FAILURES, NewSession, count_failure, locked_until, new_session
from authz.policy import WEB_RULES, decide
from intake.letters.asked import DEFAULT_LIMITS, AskedLimits
from intake.login.signing import Account, How, Origin, Person
from intake.people import LoginFailures
from intake.ports import Transaction
from intake.tickets.model import Actor, ActorKind

# Who came in without the password says nothing about those who guess at it.
_BY_PASSWORD = frozenset({How.PASSWORD, How.CODE, How.RECOVERY})

_UNKNOWN = Actor(kind=ActorKind.SYSTEM, name="log-in", channel=Channel.WEB)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRules:
    """What holds for every log-in.

    sealer: of what must be read again. service: the name authenticators show. public_url: where people reach the
    site. second_factor_for: the standings (see `intake.login.signing.Account`) that need more than a password.
    asked: how often somebody else may be invited.
    """

    sealer: Sealer
    service: str = "Helpdesk"
    public_url: str = "http://localhost"
    second_factor_for: frozenset[str] = frozenset()
    asked: AskedLimits = DEFAULT_LIMITS


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


def enter(tx: Transaction, account: Account, how: How, origin: Origin, at: datetime) -> SignedIn | NotSignedIn:
    """Begin a session for somebody who has proved everything, if the lists let them in. at: aware UTC."""
    refused = refusal(tx, account, at)
    if refused is not None:
        return NotSignedIn(reason=refused)
    if how in _BY_PASSWORD:
        forget_failures(tx, account)
    session = new_session(at)
    person = account.person
    tx.people.add_session(
        session,
        contact_id=person.contact_id,
        user_id=person.user_id,
        how=how,
        peer=origin.peer,
        agent=origin.agent,
    )
    tx.signing.note(
        person.kind, str(person.id), "logged-in", by=actor_of(account), at=at, how=how, peer=origin.peer or None
    )
    return SignedIn(contact_id=person.contact_id, user_id=person.user_id, session=session)


def refusal(tx: Transaction, account: Account, at: datetime, *, channel: Channel = Channel.WEB) -> Reason | None:
    """Why somebody may not use a channel now, or None. A contact passes the same decision as a mail or a call would."""
    person = account.person
    if person.user_id is not None:
        # The service desk's own people have the site; requests by mail are their customers'.
        active = tx.people.user(person.user_id).active
        return None if active and channel is Channel.WEB else Reason.LOGIN_UNKNOWN
    claim = claim_of(person, account.name, channel)
    return refusal_by_lists(claim, tx.listings(claim), at)


def refusal_by_lists(claim: Claim, listings: tuple[Listing, ...], at: datetime) -> Reason | None:
    """Why the lists do not let a contact in who proved to be it, or None."""
    evidence = Evidence((Check(proof=Proof.SESSION, outcome=Outcome.PASS, binds=True, detail="logged in"),))
    decision = decide(claim, evidence, listings, WEB_RULES, at)
    return None if decision.verdict is Verdict.ACCEPT else decision.reason


def claim_of(person: Person, name: str, channel: Channel = Channel.WEB) -> Claim:
    """The contact as the decision asks for it."""
    return Claim(channel=channel, kind=IdentityKind.CONTACT, value=str(person.id), shown=name)


def actor_of(account: Account) -> Actor:
    """Who is written down for what somebody does about their own log-in."""
    kind = ActorKind.CONTACT if account.person.user_id is None else ActorKind.TECHNICIAN
    if account.standing in {"admin", "service-manager"}:
        kind = ActorKind.ADMIN
    return Actor(kind=kind, name=account.name, channel=Channel.WEB, id=account.person.id)


def count_attempt(tx: Transaction, counted_as: str, at: datetime, *, peer: str = "", free: int = 0) -> datetime | None:
    """Count an attempt before it is looked at; return until when it is not, or None. at: aware UTC.

    peer: written down when guessing goes on. free: more free attempts than usual.
    """
    failures = tx.people.login_failures(counted_as)
    count, last_at = (0, None) if failures is None else (failures.count, failures.last_at)
    wait_until = None if last_at is None else locked_until(count - free, last_at)
    if wait_until is not None and at < wait_until:
        return wait_until
    counted = count_failure(count, last_at, at)
    tx.people.keep_login_failures(LoginFailures(login=counted_as, count=counted, last_at=at))
    if counted == FREE_FAILURES + free:
        tx.signing.note("login", counted_as or "-", "guessed", by=_UNKNOWN, at=at, attempts=counted, peer=peer or None)
    return None


def forget_failures(tx: Transaction, account: Account) -> None:
    """Whoever got in was no guesser."""
    tx.people.clear_login_failures(account.counted_as)
