"""Who is calling? The look-up a PBX waits for. See `channels.phone.gateway.CallerLookup`.

On SQLite it runs right on the event loop: an indexed read takes microseconds there and a thread would cost more. On
PostgreSQL, where the answer comes over a socket, a thread waits for it.
"""

import asyncio
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, bindparam, select

from authz.identity import Claim, Listing
from intake.terms import Status
from store.directory import find_listings
from store.engine import reading
from store.prepared import Prepared
from store.tables import tickets

_MOST_TICKETS = 5

_OPEN_TICKETS = Prepared(
    select(tickets.c.number)
    .where(tickets.c.customer_id == bindparam("customer"), tickets.c.status != Status.CLOSED)
    .order_by(tickets.c.id.desc())
    .limit(_MOST_TICKETS)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCaller:
    """What the lists and the desk know of a caller right now. open_tickets: of the customer, newest first."""

    listings: tuple[Listing, ...]
    open_tickets: tuple[int, ...] = ()


class StoreCallers:
    """Finds callers by index. Raises what the database raised."""

    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)
        self._inline = engine.dialect.name == "sqlite"
        self._kept: Connection | None = None

    async def find(self, claim: Claim) -> FoundCaller:
        """The listings of the claim, and the open tickets of the one customer they belong to."""
        return self._find_inline(claim) if self._inline else await asyncio.to_thread(self._find, claim)

    def _find(self, claim: Claim) -> FoundCaller:
        with self._engine.connect() as connection:
            return _found(connection, claim)

    def _find_inline(self, claim: Claim) -> FoundCaller:
        """On a connection of its own: taking one out of the pool costs more than the look-up.

        Each statement is its own transaction, so what was committed just now is seen.
        """
        if self._kept is None:
            self._kept = self._engine.connect()
        try:
            return _found(self._kept, claim)
        except BaseException:
            self._kept.invalidate()
            self._kept.close()
            self._kept = None
            raise


def _found(connection: Connection, claim: Claim) -> FoundCaller:
    listings = find_listings(connection, claim)
    return FoundCaller(listings=listings, open_tickets=_open_tickets(connection, listings))


def _open_tickets(connection: Connection, listings: tuple[Listing, ...]) -> tuple[int, ...]:
    customers = {listing.customer_id for listing in listings}
    if len(customers) != 1:
        return ()
    return tuple(row.number for row in _OPEN_TICKETS.all(connection, {"customer": customers.pop()}))
