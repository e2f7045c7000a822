"""How the database is opened: SQLite as a durable single-writer file, PostgreSQL through psycopg.

The driver's own transactions are switched off on SQLite: they begin late and deferred, and lose increments when two
connections read before they write. Writers say BEGIN IMMEDIATE instead.
"""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry

from store.folded import SQLITE_FUNCTION, fold_text

_BUSY_MS = 10_000

# Nobody waits for ever: not for a server that is gone, nor for a row that somebody forgot to let go of.
_PATIENCE = {
    "connect_timeout": 10,  # seconds
    "tcp_user_timeout": 20_000,  # milliseconds
    "options": "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s",
}


def open_engine(url: str | URL, *, pool_size: int = 10) -> Engine:
    """Open the engine for `sqlite:///path` or `postgresql+psycopg://…`; the file's folder is made when missing.

    Raises ValueError for any other database.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, pool_size)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            connect_args={name: value for name, value in _PATIENCE.items() if name not in parsed.query},
        )
    raise ValueError(f"database.url must begin with sqlite:/// or postgresql://, not {parsed.drivername}:")


def _open_sqlite(url: URL, pool_size: int) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": _BUSY_MS / 1000},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # a commit is on disk before anyone is told 250
        "foreign_keys = ON",
        f"busy_timeout = {_BUSY_MS}",
        "cache_size = -16000",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function(SQLITE_FUNCTION, 1, fold_text, deterministic=True)


def _begin_sqlite(connection: Connection) -> None:
    options: dict[str, Any] = connection.get_execution_options()
    connection.exec_driver_sql("BEGIN" if options.get("reads_only") else "BEGIN IMMEDIATE")


def reading(engine: Engine) -> Engine:
    """The same engine, for connections that only read (they never wait for the writer)."""
    return engine.execution_options(reads_only=True)
