"""One batch of a group commit: units of work in savepoints of their own inside one transaction."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from intake.ports import ConflictError, Transaction
from store.ids import IdSource
from store.transaction import StoreTransaction

Work = Callable[[Transaction], Any]

TRIES = 4

# PostgreSQL's words that two transactions were in each other's way: deadlock_detected, serialization_failure.
_IN_THE_WAY = frozenset({"40P01", "40001"})


class WriterStoppedError(Exception):
    """The writer takes no more work; the peer should come again."""


@dataclass(frozen=True, slots=True)
class Item:
    """A unit of work and whoever waits for it."""

    work: Work
    future: "Future[Any]"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an item, to be told after the commit. mail: it wrote something to be sent."""

    item: Item
    result: Any = None
    error: BaseException | None = None
    mail: bool = False

    @property
    def in_the_way(self) -> bool:
        """Whether it failed because another node was in its way: it may do better in a transaction of its own."""
        return isinstance(self.error, DBAPIError) and getattr(self.error.orig, "sqlstate", None) in _IN_THE_WAY

    def tell(self) -> None:
        """Resolve the future."""
        if self.error is None:
            self.item.future.set_result(self.result)
        else:
            self.item.future.set_exception(self.error)


def nobody_sends() -> None:
    """What a writer tells of new mail while no worker of this process sends it."""


def run_item(connection: Connection, item: Item, ids: IdSource) -> Outcome:
    """Run one item; whatever it raises undoes its own rows only. A conflict makes it run again.

    An outcome that is `in_the_way` is not tried again here: what the items before it have locked would only be in the
    other node's way again.
    """
    for attempt in range(1, TRIES + 1):
        _savepoint(connection, "SAVEPOINT item")
        try:
            transaction = StoreTransaction(connection, ids)
            result = item.work(transaction)
            _savepoint(connection, "RELEASE SAVEPOINT item")
        except ConflictError as error:
            _savepoint(connection, "ROLLBACK TO SAVEPOINT item")
            if attempt == TRIES:
                return Outcome(item, error=error)
        except Exception as error:  # noqa: BLE001 - it goes to whoever waits for this item
            _savepoint(connection, "ROLLBACK TO SAVEPOINT item")
            return Outcome(item, error=error)
        else:
            return Outcome(item, result=result, mail=transaction.wrote_mail)
    raise AssertionError("unreachable")


def _savepoint(connection: Connection, command: str) -> None:
    """Straight to the driver: there are two for every request."""
    driver: Any = connection.connection.driver_connection
    driver.execute(command)
