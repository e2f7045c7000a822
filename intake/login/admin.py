"""What an admin does about somebody else's log-in: end the sessions, take a lost second factor away."""

from datetime import datetime

from intake.login.signing import Person
from intake.ports import Transaction
from intake.tickets.model import Actor


def end_all_sessions(tx: Transaction, person: Person, *, by: Actor, at: datetime) -> int:
    """Log a person out everywhere, with half-done log-ins and links; returns how many sessions ended. at: aware UTC.

    Raises UnknownEntryError.
    """
    tx.signing.account(person)
    ended = tx.signing.end_sessions(person)
    tx.signing.note(person.kind, str(person.id), "sessions-ended", by=by, at=at, count=ended)
    return ended


def reset_second_factors(tx: Transaction, person: Person, *, by: Actor, at: datetime) -> bool:
    """Forget codes, recovery codes and passkeys, and end the sessions; False when there was nothing. at: aware UTC.

    The password stays; where a second factor is needed, the next log-in sets a new one up. Raises UnknownEntryError.
    """
    tx.signing.account(person)
    if not tx.signing.remove_second_factors(person):
        return False
    tx.signing.note(person.kind, str(person.id), "second-factors-reset", by=by, at=at)
    end_all_sessions(tx, person, by=by, at=at)
    return True
