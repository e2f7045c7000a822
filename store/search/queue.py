"""Which tickets are to be indexed, and doing so: see `intake.search.SearchIndex`."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, select

from intake.tickets.words import Term, occur
from store.prepared import Prepared
from store.search.index import clear_index, put_words
from store.search.texts import read_words
from store.tables import search_queue, tickets

_MARK = Prepared(insert(search_queue), keys=["ticket_id"])
_LOCK = 0x5EA2C4  # any number, as long as it is this one
_MOST_UNINDEXED = 200
_AT_ONCE = 500


class StoreSearch:
    """See `intake.search.SearchIndex`. Commit and rollback are the writer's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mark(self, ticket_id: int) -> None:
        _MARK.run(self._connection, {"ticket_id": ticket_id})

    def mark_customer(self, customer_id: int) -> None:
        """Its name was changed."""
        self._mark_all(tickets.c.customer_id == customer_id)

    def mark_contact(self, contact_id: int) -> None:
        """The name was changed."""
        self._mark_all(tickets.c.contact_id == contact_id)

    def index_some(self, most: int) -> int:
        if not self._is_only_one():
            return 0
        # Read before the texts are: what is marked after this is not taken out of the queue.
        marked = self._connection.execute(select(search_queue).order_by(search_queue.c.id).limit(most)).all()
        if not marked:
            return 0
        put_words(self._connection, read_words(self._connection, {row.ticket_id for row in marked}))
        self._connection.execute(delete(search_queue).where(search_queue.c.id.in_([row.id for row in marked])))
        return len(marked)

    def _mark_all(self, condition: ColumnElement[bool]) -> None:
        chosen = select(tickets.c.id).where(condition)
        self._connection.execute(insert(search_queue).from_select(["ticket_id"], chosen))

    def _is_only_one(self) -> bool:
        """Two nodes that index the same ticket could leave the older words; SQLite has one writer anyway."""
        if self._connection.dialect.name == "sqlite":
            return True
        taken = self._connection.execute(select(func.pg_try_advisory_xact_lock(_LOCK))).scalar_one()
        return bool(taken)


def unindexed_hits(connection: Connection, terms: tuple[Term, ...], owner: int | None) -> tuple[set[int], set[int]]:
    """The newest tickets that wait for the index: all of them, and those that have the terms as they are now.

    owner: as of `store.search.index.Asked`.
    """
    query = select(search_queue.c.ticket_id).distinct().order_by(search_queue.c.ticket_id.desc()).limit(_MOST_UNINDEXED)
    waiting = set(connection.execute(query).scalars())
    if not waiting:
        return set(), set()
    found = (each for each in read_words(connection, waiting) if owner in {None, each.customer_id})
    return waiting, {each.ticket_id for each in found if occur(terms, each.sections(to_customer=owner is not None))}


def rebuild(engine: Engine) -> Iterator[int]:
    """Make the index anew, some tickets a transaction; yields how many are done so far.

    Searches find less until it is done.
    """
    with engine.begin() as connection:
        clear_index(connection)
    done, last = 0, 0
    while True:
        with engine.begin() as connection:
            _wait_for_turn(connection)
            chosen = select(tickets.c.id).where(tickets.c.id > last).order_by(tickets.c.id).limit(_AT_ONCE)
            ids = list(connection.execute(chosen).scalars())
            put_words(connection, read_words(connection, ids))
        if not ids:
            return
        last = ids[-1]
        done += len(ids)
        yield done


def _wait_for_turn(connection: Connection) -> None:
    """Index nothing while another node does."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
