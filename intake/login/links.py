"""Links by mail: for a first log-in and for a forgotten password.

Nobody who asks is told whether an address is known. A link works once and not for long; its secret is kept as a hash,
and on its way to the mail sealed. Opening it does nothing, as programs that look at mail do that too.
"""

import asyncio
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from authz.mail.address import address_key
from authz.people.passwords import hash_password, password_problem
from authz.people.sealing import Sealer
from authz.people.sessions import random_value
from intake.administration import InvalidEntryError, TakenEntryError
from intake.letters.asked import count_asked
from intake.login.entering import NotSignedIn, SignedIn, SignInRules, actor_of, count_attempt, refusal
from intake.login.notices import Changed, address_of, language_of, tell_owner
from intake.login.signin import SecondStep, after_password
from intake.login.signing import Account, AccountQueries, Origin, Person, Purpose, Step, keep_step
from intake.outgoing import OutboxItem, OutboxKind
from intake.ports import Transaction, Writer
from intake.tickets.model import Actor, ActorKind

log = structlog.get_logger(__name__)

LINK_LASTS = timedelta(minutes=30)
INVITATION_LASTS = timedelta(days=7)

# From one address of the network more people may have forgotten their password than one.
_MORE_FROM_ONE_PEER = 20
_INVITATION, _FORGOTTEN = "invitation", "forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLink:
    """A link that still works. login: what the person will log in with."""

    name: str
    login: str


def ask_for_link(writer: Writer, rules: SignInRules, address: str, *, at: datetime, origin: Origin) -> None:
    """Mail a link to whoever has the address; whether anybody has is told to nobody. at: aware UTC.

    Nobody waits for it: how long it takes would tell. On the event loop's thread only.
    """
    work = partial(_ask, rules=rules, address=address.strip(), at=at, origin=origin)
    writer.submit_later(work).add_done_callback(_log_failure)


def _log_failure(done: "Future[None]") -> None:
    error = None if done.cancelled() else done.exception()
    if error is not None:
        log.error("a link that was asked for could not be sent", error=type(error).__name__)


def _ask(tx: Transaction, rules: SignInRules, address: str, *, at: datetime, origin: Origin) -> None:
    waits = [
        count_attempt(tx, f"link-for:{address_key(address) or address}", at, peer=origin.peer),
        count_attempt(tx, f"link-from:{origin.peer}", at, peer=origin.peer, free=_MORE_FROM_ONE_PEER),
    ]
    found = tx.signing.accounts_at(address, at)
    # One address of several people proves nobody of them.
    if any(waits) or len(found) != 1 or refusal(tx, found[0], at) is not None:
        return
    # Two spellings can be one key; what was typed may still be a mailbox of somebody else.
    listed = found[0].address
    if listed is not None:
        send_link(tx, rules, found[0], listed, by=actor_of(found[0]), at=at)


async def invite(writer: Writer, rules: SignInRules, person: Person, *, by: Actor, at: datetime) -> str:
    """Mail a link for the first log-in; returns the address. at: aware UTC.

    Raises InvalidEntryError for a contact without a mail address, TooOftenError, UnknownEntryError.
    """
    work = partial(invite_person, rules=rules, person=person, by=by, at=at)
    return await asyncio.wrap_future(writer.submit(work))


def invite_person(tx: Transaction, rules: SignInRules, person: Person, *, by: Actor, at: datetime) -> str:
    """The same inside a transaction. by: a customer's own admin has the customer's limit as well."""
    account = tx.signing.account(person)
    address = address_of(tx, account, at)
    if address is None:
        raise InvalidEntryError("There is no mail address to send the link to; list one first.", field="address")
    if refusal(tx, account, at) is not None:
        raise InvalidEntryError("This person may not use the site now; change that first.", field="active")
    customer_id = None
    if by.kind is ActorKind.CONTACT and person.contact_id is not None:
        customer_id = tx.people.contact(person.contact_id).customer_id
    count_asked(tx.asked, rules.asked, address, customer_id=customer_id, at=at)
    send_link(tx, rules, account, address, by=by, at=at, invitation=True)
    return address


def send_link(
    tx: Transaction,
    rules: SignInRules,
    account: Account,
    address: str,
    *,
    by: Actor,
    at: datetime,
    invitation: bool = False,
) -> None:
    """Make a link and put the mail with it into the outbox."""
    person, secret = account.person, random_value()
    lasts = INVITATION_LASTS if invitation else LINK_LASTS
    kind = _INVITATION if invitation else _FORGOTTEN
    step = Step(
        kept=keep_step(Purpose.LINK, secret),
        purpose=Purpose.LINK,
        person=person,
        expires_at=at + lasts,
        data={"kind": kind, "address": address},
    )
    tx.signing.begin_step(step, at)
    item_id = tx.new_id()
    payload = {
        "language": language_of(tx, account),
        "name": account.name,
        "kind": kind,
        "expires_at": step.expires_at.isoformat(),
        "sealed": rules.sealer.seal(secret, _context(item_id)),
    }
    item = OutboxItem(
        id=item_id,
        kind=OutboxKind.LOGIN_LINK,
        ticket_id=None,
        recipient=address,
        message_id="",
        created_at=at,
        next_attempt_at=at,
        payload=payload,
    )
    tx.add_outbox_item(item)
    action = "invited" if invitation else "link-asked-for"
    tx.signing.note(person.kind, str(person.id), action, by=by, at=at, address=address)


def secret_of(sealer: Sealer, item: OutboxItem) -> str | None:
    """The secret a mail is to carry, or None for a row that is not ours."""
    return sealer.open(str(item.payload.get("sealed", "")), _context(item.id))


def read_link(queries: AccountQueries, secret: str, at: datetime) -> bool:
    """Whether the link still works. Blocking."""
    return queries.step(keep_step(Purpose.LINK, secret), at) is not None


async def use_link(
    writer: Writer, rules: SignInRules, secret: str, password: str, *, at: datetime, origin: Origin
) -> SignedIn | SecondStep | NotSignedIn | None:
    """Set the password and log in; None when the link does not work (any more). at: aware UTC.

    Raises InvalidEntryError for a password that is too easy, TakenEntryError when somebody else logs in with the
    address. A second factor is asked for as after a password.
    """
    kept = keep_step(Purpose.LINK, secret)
    opened = await asyncio.wrap_future(writer.submit(partial(_open, kept=kept, at=at)))
    if opened is None:
        return None
    problem = password_problem(password, opened.login)
    if problem is not None:
        raise InvalidEntryError(problem, field="password")
    hashed = await asyncio.to_thread(hash_password, password)
    work = partial(_use, rules=rules, kept=kept, hashed=hashed, at=at, origin=origin)
    return await asyncio.wrap_future(writer.submit(work))


def _open(tx: Transaction, kept: str, at: datetime) -> OpenLink | None:
    step = tx.signing.step(kept, at)
    if step is None or step.person is None:
        return None
    account = tx.signing.account(step.person)
    return OpenLink(name=account.name, login=account.login or str(step.data["address"]))


def _use(
    tx: Transaction, rules: SignInRules, kept: str, hashed: str, *, at: datetime, origin: Origin
) -> SignedIn | SecondStep | NotSignedIn | None:
    step = tx.signing.step(kept, at)
    if step is None or step.person is None:
        return None
    person, address = step.person, str(step.data["address"])
    account = tx.signing.account(person)
    if all(each.person != person for each in tx.signing.accounts_at(address, at)):
        return None  # the address was taken off the list meanwhile
    refused = refusal(tx, account, at)
    if refused is not None:
        return NotSignedIn(reason=refused)
    if account.login is None:
        _give_login(tx, account, address, at)
    tx.signing.set_password(person, hashed, by=actor_of(account), at=at)
    tx.signing.end_sessions(person)
    tell_owner(tx, person, Changed.PASSWORD_BY_LINK, at)
    return after_password(tx, rules, tx.signing.account(person), origin=origin, at=at)


def _give_login(tx: Transaction, account: Account, address: str, at: datetime) -> None:
    try:
        tx.signing.set_login(account.person, address, by=actor_of(account), at=at)
    except TakenEntryError as error:
        raise TakenEntryError(error.message, field="login") from error


def _context(item_id: int) -> str:
    return f"link/{item_id}"
