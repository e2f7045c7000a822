"""What an admin does about somebody else's log-in: end the sessions, take a lost second factor away, set a password.

The owner is told of each by mail.
"""

from datetime import datetime

from intake.login.notices import Changed, tell_owner
from intake.login.signing import Person
from intake.people import Contact
from intake.ports import Transaction
from intake.tickets.model import Actor


def end_all_sessions(tx: Transaction, person: Person, *, by: Actor, at: datetime) -> int:
    """Log a person out everywhere, with half-done log-ins and links; returns how many sessions ended. at: aware UTC.

    Raises UnknownEntryError.
    """
    ended = _end(tx, person, by=by, at=at)
    if ended:
        tell_owner(tx, person, Changed.LOGGED_OUT, at)
    return ended


def set_password(tx: Transaction, person: Person, password_hash: str, *, by: Actor, at: datetime) -> None:
    """Give a person a new password; the sessions end, with half-done log-ins and links. at: aware UTC.

    Raises UnknownEntryError.
    """
    tx.signing.set_password(person, password_hash, by=by, at=at)
    _end(tx, person, by=by, at=at)
    tell_owner(tx, person, Changed.PASSWORD_SET, at)


def give_login(tx: Transaction, contact_id: int, login: str, password_hash: str, *, by: Actor, at: datetime) -> Contact:
    """Give a contact a log-in, or another one, with a new password; the sessions end. at: aware UTC.

    Raises TakenEntryError, InvalidEntryError, UnknownEntryError.
    """
    contact = tx.people.set_contact_login(contact_id, login, password_hash, by=by, at=at)
    tell_owner(tx, Person(contact_id=contact_id), Changed.PASSWORD_SET, at)
    return contact


def reset_second_factors(tx: Transaction, person: Person, *, by: Actor, at: datetime) -> bool:
    """Forget codes, recovery codes and passkeys, and end the sessions; False when there was nothing. at: aware UTC.

    The password stays; where a second factor is needed, the next log-in sets a new one up. Raises UnknownEntryError.
    """
    tx.signing.account(person)
    if not tx.signing.remove_second_factors(person):
        return False
    tx.signing.note(person.kind, str(person.id), "second-factors-reset", by=by, at=at)
    _end(tx, person, by=by, at=at)
    tell_owner(tx, person, Changed.FACTORS_RESET, at)
    return True


def _end(tx: Transaction, person: Person, *, by: Actor, at: datetime) -> int:
    tx.signing.account(person)
    ended = tx.signing.end_sessions(person)
    tx.signing.note(person.kind, str(person.id), "sessions-ended", by=by, at=at, count=ended)
    return ended
