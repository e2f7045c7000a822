"""Leases: at most one node does a thing at a time, and one that lost its turn can be told from the one that has it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import IntegrityError

from store.tables import leases


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to do `name` until `expires_at`. fencing_token: greater for every later holder."""

    name: str
    holder: str
    fencing_token: int
    expires_at: datetime


class LeaseLostError(Exception):
    """Somebody else holds the lease by now; what was about to be written is theirs to decide."""


def hold(connection: Connection, name: str, fencing_token: int) -> None:
    """Make sure, until the transaction ends, that the lease is still the one with this token. Raises LeaseLostError.

    A lease that expired and that nobody took over is still held: there is nobody to get in the way of.
    """
    query = select(leases.c.fencing_token).where(leases.c.name == name).with_for_update()
    if connection.execute(query).scalar() != fencing_token:
        raise LeaseLostError(f"the lease {name} is another node's by now")


class Leases:
    """Takes, renews and gives back leases. Blocking. holder: unique for this process."""

    def __init__(self, engine: Engine, holder: str) -> None:
        self._engine = engine
        self._holder = holder

    def acquire(self, name: str, *, at: datetime, lasts: timedelta) -> Lease | None:
        """Take or renew the lease; None while another holder's has not expired. at: aware UTC.

        Renewing keeps the fencing token; taking over raises it.
        """
        expires_at = at + lasts
        with self._engine.begin() as connection:
            row = connection.execute(select(leases).where(leases.c.name == name).with_for_update()).first()
            if row is not None and row.holder != self._holder and row.expires_at > at:
                return None
            if row is None:
                token = 1
                values = {"name": name, "holder": self._holder, "fencing_token": token, "expires_at": expires_at}
                try:
                    with connection.begin_nested():
                        connection.execute(leases.insert(), values)
                except IntegrityError:
                    return None  # another node was first, in this very moment
            else:
                token = row.fencing_token + (row.holder != self._holder)
                values = {"holder": self._holder, "fencing_token": token, "expires_at": expires_at}
                connection.execute(update(leases).where(leases.c.name == name), values)
        return Lease(name=name, holder=self._holder, fencing_token=token, expires_at=expires_at)

    def release(self, name: str, *, at: datetime) -> None:
        """Give the lease back early, so that another node need not wait. Not holding it is fine."""
        mine = (leases.c.name == name) & (leases.c.holder == self._holder)
        with self._engine.begin() as connection:
            connection.execute(update(leases).where(mine), {"expires_at": at})
