"""What a customer's own admins do to its lists: a change is proposed, waits for what it needs, and is then applied.

Owns the life of a change; what each waits for is `intake.contact_lists.proposals`. Runs inside a transaction; a change
is applied by the same commands as everybody's, in the name of whoever proposed it.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from intake.administration import InvalidEntryError, UnknownEntryError
from intake.contact_lists.list_changes import (
    ChangeState,
    ListAction,
    ListChange,
    ListEntity,
    ProposedChange,
    SentCode,
    Wait,
)
from intake.contact_lists.listed_entries import carry_out, check, plain
from intake.contact_lists.number_codes import LIMITED_OVER, confirmed
from intake.contact_lists.proposals import as_stored, refuse_anothers, waits_of
from intake.letters.asked import DEFAULT_LIMITS, AskedLimits, count_asked, may_tell
from intake.outgoing import OutboxItem, OutboxKind
from intake.people import AddressData, NumberData
from intake.ports import Transaction
from intake.tickets.model import Actor, ActorKind

CODE_LASTS = timedelta(days=7)
MOST_WRONG_CODES = 5
# Crockford's base 32: no letter that is taken for a digit.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 12  # 60 bits
# Whoever proposes an address chooses both the name and the reader: nobody is to send advertisements by it.
_MORE_THAN_A_NAME = re.compile(r"[/\\@:<>]|\w{2}\.\w{2}|\d{3}")
_LONGEST_NAME = 60
_SOMEBODY = {"cs": "Správce kontaktů", "en": "Whoever keeps the contacts"}
_READ_AS = str.maketrans("OIL", "011")


def propose(
    tx: Transaction,
    proposed: ProposedChange,
    *,
    by: Actor,
    at: datetime,
    url: str,
    told: bool = True,
    limits: AskedLimits = DEFAULT_LIMITS,
) -> ListChange | None:
    """Apply a change that needs nothing, or keep it until it has what it needs; returns it when it waits.

    at: aware UTC now. url: where people reach the site, for the links in mail.
    told: whether the other admins are, when it waits for one of them. limits: of the codes that are mailed.
    Raises EntryError: the change as such cannot be made, or not now. Who may propose it, the caller has checked; the
    customer is the proposer's own.
    """
    proposed = as_stored(proposed)
    before = check(tx, proposed, at)
    refuse_anothers(tx, proposed, before)
    waits = waits_of(proposed, before, four_eyes=tx.list_changes.four_eyes(proposed.customer_id), at=at)
    if not waits:
        _do(tx, proposed, by=by, at=at, url=url, limits=limits)
        return None
    return _keep(tx, replace(proposed, before=before), waits, by=by, at=at, url=url, told=told, limits=limits)


def _keep(
    tx: Transaction,
    proposed: ProposedChange,
    waits: frozenset[Wait],
    *,
    by: Actor,
    at: datetime,
    url: str,
    told: bool = True,
    limits: AskedLimits,
) -> ListChange:
    code = new_code() if Wait.PROOF in waits and proposed.entity is ListEntity.ADDRESS else None
    sent = None if code is None else SentCode(hashed=_hashed(code), expires_at=at + CODE_LASTS)
    change = tx.list_changes.add_change(proposed, waits=waits, code=sent, by=by, at=at)
    if code is not None:
        _send_code(tx, change, code, at=at, url=url, limits=limits)
    if Wait.SECOND in waits and told:
        href = f"{url}/customer/changes/{change.id}"
        tell_admins(tx, proposed.customer_id, _what(proposed), href, by=by, at=at, limits=limits)
    return change


def try_out(tx: Transaction, proposed: ProposedChange, *, by: Actor, at: datetime) -> None:
    """Carry a change out as if it waited for nothing. For a transaction that is then given up: see `TriedOut`."""
    proposed = as_stored(proposed)
    refuse_anothers(tx, proposed, check(tx, proposed, at))
    carry_out(tx, proposed, by=by, at=at)
    raise TriedOut


class TriedOut(Exception):  # noqa: N818 - nothing went wrong: it only gives the transaction up
    """The change could be carried out."""


def send_again(
    tx: Transaction,
    change_id: int,
    *,
    customer_id: int,
    by: Actor,
    at: datetime,
    url: str,
    limits: AskedLimits = DEFAULT_LIMITS,
) -> ListChange:
    """Mail a new code; the earlier one is worth nothing from now on. Raises TooOftenError."""
    change = find_waiting(tx, change_id, customer_id)
    if change.code is None:
        raise InvalidEntryError("This change waits for no code.")
    code = new_code()
    change = replace(change, code=SentCode(hashed=_hashed(code), expires_at=at + CODE_LASTS))
    tx.list_changes.keep_change(change, by=by, at=at)
    _send_code(tx, change, code, at=at, url=url, limits=limits)
    return change


def prove_address(tx: Transaction, change_id: int, code: str, *, by: Actor | None, at: datetime) -> ListChange | None:
    """Take the code that was mailed to the address; returns None for a wrong one.

    by: None when it came by the link in the mail: then it counts as the proposer's step, and a wrong one is not
    counted. at: aware UTC now.
    What comes back must be committed. Raises EntryError when there is nothing to prove any more.
    """
    change = find_waiting(tx, change_id, None)
    kept = change.code
    if kept is None or Wait.PROOF not in change.waits:
        raise InvalidEntryError("This change waits for no code.")
    if at >= kept.expires_at or kept.failures >= MOST_WRONG_CODES:
        raise InvalidEntryError("The code is no longer valid; ask for a new one.", field="code")
    if not hmac.compare_digest(_hashed(code), kept.hashed):
        # Anybody can open the link of any change: 60 random bits need no count, and counting would use up the code.
        if by is not None:
            tx.list_changes.count_wrong_code(change.id)
        return None
    return _settle(tx, replace(change, code=None), {Wait.PROOF}, by=by or change.proposed_by, at=at)


def prove_number(tx: Transaction, change_id: int, *, by: Actor, customer_id: int, at: datetime) -> bool:
    """Take the proof that a code was keyed in a call from the number; returns whether that has happened lately."""
    change = find_waiting(tx, change_id, customer_id)
    if change.entity is not ListEntity.NUMBER or Wait.PROOF not in change.waits:
        raise InvalidEntryError("This change waits for no code.")
    codes = tx.phone_proofs.codes_since(at - LIMITED_OVER, number=change.data["number"], customer_id=customer_id)
    proved = [
        each
        for each in codes
        if each.customer_id == customer_id and each.number == change.data["number"] and each.call_id is None
    ]
    if not any(confirmed(tx, each.id, customer_id=customer_id, at=at) for each in proved):
        return False
    _settle(tx, change, {Wait.PROOF}, by=by, at=at)
    return True


def approve(
    tx: Transaction,
    change_id: int,
    *,
    customer_id: int,
    by: Actor,
    at: datetime,
    url: str,
    limits: AskedLimits = DEFAULT_LIMITS,
) -> ListChange:
    """A second admin's word. Nobody approves what they proposed themselves. url, limits: see `propose`.

    Raises EntryError.
    """
    change = find_waiting(tx, change_id, customer_id)
    if Wait.SECOND not in change.waits:
        raise InvalidEntryError("This change waits for nobody's approval.")
    if by.id is None or by.id == change.proposed_by.id:
        raise InvalidEntryError("Somebody else has to approve what you proposed.")
    return _settle(tx, change, {Wait.SECOND}, by=by, at=at, url=url, limits=limits)


def vouch(
    tx: Transaction, change_id: int, *, by: Actor, at: datetime, url: str, limits: AskedLimits = DEFAULT_LIMITS
) -> ListChange:
    """The service desk's word: it knows the customer, the address or the number. The change waits for nothing more."""
    change = find_waiting(tx, change_id, None)
    if by.kind not in {ActorKind.ADMIN, ActorKind.TECHNICIAN}:
        raise InvalidEntryError("Only the service desk can confirm this.")
    return _settle(tx, change, set(Wait), by=by, at=at, url=url, limits=limits)


def refuse(
    tx: Transaction, change_id: int, *, customer_id: int | None, by: Actor, at: datetime, note: str = ""
) -> ListChange:
    """Reject a change, or take back one's own. customer_id: None for the service desk."""
    change = find_waiting(tx, change_id, customer_id)
    own = by.kind is ActorKind.CONTACT and by.id == change.proposed_by.id
    state = ChangeState.WITHDRAWN if own else ChangeState.REJECTED
    ended = replace(change, state=state, decided_at=at, decided_by=by.name, note=" ".join(note.split())[:500])
    tx.list_changes.keep_change(ended, by=by, at=at)
    return ended


def find_waiting(tx: Transaction, change_id: int, customer_id: int | None) -> ListChange:
    """A change that waits, locked. Raises UnknownEntryError for another customer's or one that is over."""
    change = tx.list_changes.change(change_id)
    if customer_id not in {None, change.customer_id} or change.state is not ChangeState.WAITING:
        raise UnknownEntryError(f"There is no list change {change_id}.")
    return change


def new_code() -> str:
    """A code that is easy to type: twelve letters and digits without those that are mistaken for each other."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))


def _do(tx: Transaction, change: ProposedChange, *, by: Actor, at: datetime, url: str, limits: AskedLimits) -> None:
    """Carry a change out; what a new contact is to be recognized by is proved from here on."""
    contact_id = carry_out(tx, change, by=by, at=at)
    if contact_id is None:
        return
    customer_id = change.customer_id
    entries: list[tuple[ListEntity, AddressData | NumberData]] = [
        (ListEntity.ADDRESS, AddressData(customer_id=customer_id, contact_id=contact_id, address=each))
        for each in change.data.get("addresses", ())
    ]
    entries += [
        (ListEntity.NUMBER, NumberData(customer_id=customer_id, contact_id=contact_id, number=each))
        for each in change.data.get("numbers", ())
    ]
    for entity, data in entries:
        more = ProposedChange(customer_id=customer_id, entity=entity, action=ListAction.ADD, data=plain(data))
        more = as_stored(more)
        # Whoever approved the contact has approved these with it.
        _keep(tx, more, waits_of(more, None, four_eyes=False, at=at), by=by, at=at, url=url, limits=limits)


def _settle(
    tx: Transaction,
    change: ListChange,
    settled: set[Wait],
    *,
    by: Actor,
    at: datetime,
    url: str = "",
    limits: AskedLimits = DEFAULT_LIMITS,
) -> ListChange:
    """Take off what a change waited for; apply it when that was all."""
    change = replace(change, waits=change.waits - settled)
    if not change.waits:
        if check(tx, change, at) != change.before:
            raise InvalidEntryError("The entry was changed meanwhile; propose it anew.")
        if settled != set(Wait):
            _check_proposer(tx, change, at)
            refuse_anothers(tx, change, change.before)
        _do(tx, change, by=change.proposed_by, at=at, url=url, limits=limits)
        change = replace(change, state=ChangeState.APPLIED, decided_at=at, decided_by=by.name)
    tx.list_changes.keep_change(change, by=by, at=at)
    return change


def _check_proposer(tx: Transaction, change: ListChange, at: datetime) -> None:
    """What waited is done in the proposer's name, so the name must still be worth it."""
    if change.proposed_by.id not in tx.list_changes.admins(change.customer_id, at):
        raise InvalidEntryError("Whoever proposed this is no admin any more; propose it anew.")


def tell_admins(
    tx: Transaction,
    customer_id: int,
    what: str,
    href: str,
    *,
    by: Actor,
    at: datetime,
    limits: AskedLimits = DEFAULT_LIMITS,
) -> int:
    """Write to the customer's other admins that something waits for one of them; returns how many were written to.

    Nobody is when the limits are reached: what waits is on their page all the same.
    """
    told = 0
    for contact_id in tx.list_changes.admins(customer_id, at):
        card = None if contact_id == by.id else tx.contact_card(contact_id, at)
        if card is None or card.address is None:
            continue
        if not may_tell(tx.asked, limits, customer_id=customer_id, at=at):
            break
        told += 1
        payload = {"language": card.language, "name": by.name, "what": what, "url": href}
        _write(tx, OutboxKind.CHANGE_WAITS, card.address, payload, at)
    return told


def _what(proposed: ProposedChange) -> str:
    data = proposed.data
    if proposed.entity is ListEntity.RANGE:
        return f"{data['first']} – {data['last']}"
    return str(data.get("address") or data.get("number") or data.get("name") or "–")


def _send_code(tx: Transaction, change: ListChange, code: str, *, at: datetime, url: str, limits: AskedLimits) -> None:
    customer, address = tx.people.customer(change.customer_id), str(change.data["address"])
    count_asked(tx.asked, limits, address, customer_id=customer.id, at=at)
    payload = {
        "language": customer.language,
        "customer": customer.name,
        "name": _plain_name(change.proposed_by.name) or _SOMEBODY[customer.language],
        "code": f"{code[:4]} {code[4:8]} {code[8:]}",
        "url": f"{url}/confirm/{change.id}/{code}",
        "days": CODE_LASTS.days,
    }
    _write(tx, OutboxKind.ADDRESS_CODE, address, payload, at)


def _plain_name(name: str) -> str:
    """A name as strangers may read it in our mail; "" for one with more in it, such as an address to go to."""
    return "" if len(name) > _LONGEST_NAME or _MORE_THAN_A_NAME.search(name) else name


def _write(tx: Transaction, kind: OutboxKind, recipient: str, payload: dict[str, Any], at: datetime) -> None:
    item = OutboxItem(
        id=tx.new_id(),
        kind=kind,
        ticket_id=None,
        recipient=recipient,
        message_id="",
        created_at=at,
        next_attempt_at=at,
        payload=payload,
    )
    tx.add_outbox_item(item)


def _hashed(code: str) -> str:
    """As people type it: case, spaces and dashes do not matter. Enough for 60 random bits and five guesses."""
    typed = "".join(char for char in code.upper() if char.isalnum()).translate(_READ_AS)
    return hashlib.sha256(typed.encode()).hexdigest()
