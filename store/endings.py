"""Ending what somebody is logged in by: the sessions, and what was begun and not finished."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, Table, delete

from intake.login.signing import Person, Purpose
from store.tables import login_steps, sessions


def owned(table: Table, person: Person) -> ColumnElement[bool]:
    """Whether a row is this person's."""
    if person.user_id is not None:
        return table.c.user_id == person.user_id
    return table.c.contact_id == person.contact_id


def end_sessions_of(connection: Connection, person: Person, *, but: Collection[str] = (), links: bool = True) -> int:
    """End the sessions and what is half done; returns how many sessions. but: kept. links: also those in the mail."""
    begun = owned(login_steps, person)
    connection.execute(delete(login_steps).where(begun if links else begun & (login_steps.c.purpose != Purpose.LINK)))
    ended = owned(sessions, person) & sessions.c.token_hash.not_in(list(but))
    return connection.execute(delete(sessions).where(ended)).rowcount
