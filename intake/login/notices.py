"""Telling somebody by mail that their way in was changed: whoever did it, the owner is to know.

Owns what is worth a mail. The letter has no link that does anything, so that it teaches nobody to follow one.
"""

from datetime import datetime
from enum import StrEnum

from intake.login.signing import Account, Person
from intake.outgoing import OutboxItem, OutboxKind
from intake.ports import Transaction


class Changed(StrEnum):
    """What was changed, by the owner or by who took their place; the last ones by the service desk."""

    PASSWORD = "password"  # noqa: S105 - a name
    PASSWORD_BY_LINK = "password-by-link"  # noqa: S105 - likewise
    TOTP_ADDED = "totp-added"
    TOTP_REMOVED = "totp-removed"
    RECOVERY_CODES = "recovery-codes"
    PASSKEY_ADDED = "passkey-added"  # noqa: S105 - likewise
    PASSKEY_REMOVED = "passkey-removed"  # noqa: S105 - likewise
    SESSIONS_ENDED = "sessions-ended"
    PASSWORD_SET = "password-set"  # noqa: S105 - likewise
    FACTORS_RESET = "factors-reset"
    LOGGED_OUT = "logged-out"


def tell_owner(tx: Transaction, person: Person, changed: Changed, at: datetime) -> bool:
    """Put the mail into the outbox; False for somebody without an address. at: when it was changed, aware UTC.

    Raises UnknownEntryError.
    """
    account = tx.signing.account(person)
    address = address_of(tx, account, at)
    if address is None:
        return False
    payload = {
        "language": language_of(tx, account),
        "what": changed,
        "of": person.kind,
        "at": at.isoformat(),
    }
    item = OutboxItem(
        id=tx.new_id(),
        kind=OutboxKind.LOGIN_CHANGED,
        ticket_id=None,
        recipient=address,
        message_id="",
        created_at=at,
        next_attempt_at=at,
        payload=payload,
    )
    tx.add_outbox_item(item)
    return True


def address_of(tx: Transaction, account: Account, at: datetime) -> str | None:
    """Where somebody is written to about logging in: a contact at the first listed address, a user at the log-in."""
    if account.person.contact_id is None:
        return account.login if account.login and "@" in account.login else None
    card = tx.contact_card(account.person.contact_id, at)
    return None if card is None else card.address


def language_of(tx: Transaction, account: Account) -> str:
    """In which language: the person's own, else the customer's."""
    if account.language or account.person.contact_id is None:
        return account.language or "cs"
    return tx.people.customer(tx.people.contact(account.person.contact_id).customer_id).language
