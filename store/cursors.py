"""How far each mailbox was read. See `channels.mail.imap_options.CursorStore`."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine, select, update

from store.engine import reading
from store.leases import hold
from store.tables import mailbox_cursors


class StoreCursors:
    """Cursors as rows. Positions are plain numbers here: the store does not know IMAP. Blocking."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def read(self, account: str, folder: str) -> tuple[int, int] | None:
        """UIDVALIDITY and the last settled UID, or None before the first."""
        columns = mailbox_cursors.c
        query = select(columns.uidvalidity, columns.uid).where(columns.account == account, columns.folder == folder)
        with reading(self._engine).connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else (row.uidvalidity, row.uid)

    def write(self, account: str, folder: str, uidvalidity: int, uid: int, *, lease: str, fencing_token: int) -> None:
        """Replace the position, as the holder of a lease. Raises LeaseLostError for who holds it no longer."""
        columns = mailbox_cursors.c
        values = {"uidvalidity": uidvalidity, "uid": uid, "updated_at": self._clock()}
        change = update(mailbox_cursors).where(columns.account == account, columns.folder == folder)
        with self._engine.begin() as connection:
            hold(connection, lease, fencing_token)
            if connection.execute(change, values).rowcount:
                return
            connection.execute(mailbox_cursors.insert(), values | {"account": account, "folder": folder})
