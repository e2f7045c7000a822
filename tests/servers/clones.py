"""Databases like a template, used again: what a test left in one is deleted, which costs far less than a new one.

A test never sees another's rows, and whoever of an earlier test still runs finds its database gone: it gets another
name each time. A database whose schema a test has changed is dropped.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql

from tests.servers.postgres import Cluster

# The tables that have, or once had, rows: the others have no file to speak of.
_FILLED = """
SELECT oid::regclass::text FROM pg_class
WHERE relkind = 'r' AND oid >= 16384 AND pg_relation_size(oid) > 0 ORDER BY 1
"""
_SEQUENCES = "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences ORDER BY 1"
# Every relation, column, rule, function and trigger that is not the server's own (those have small numbers).
_SCHEMA = """
SELECT (SELECT sum(hashtextextended(concat(relname, relkind), relnatts)) FROM pg_class WHERE oid >= 16384),
  (SELECT sum(hashtextextended(concat(attname, attnotnull, attisdropped, atttypid), attnum)) FROM pg_attribute
    WHERE attrelid >= 16384),
  (SELECT count(*) FROM pg_constraint WHERE oid >= 16384), (SELECT count(*) FROM pg_trigger WHERE oid >= 16384),
  (SELECT count(*) FROM pg_proc WHERE oid >= 16384), (SELECT count(*) FROM pg_namespace)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What makes a database like its template. rows: of each table that has some, as COPY writes them."""

    schema: tuple[object, ...]
    rows: dict[str, bytes]
    sequences: dict[str, int | None]


class Clones:
    """Databases like a template, for one test after the other."""

    def __init__(self, cluster: Cluster, template: str) -> None:
        self._cluster = cluster
        self._template = template
        self._free: list[str] = []
        with self._connect(template) as connection:
            self._wanted = _state(connection)

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a database like the template that nobody else has or had."""
        name = self._free.pop() if self._free else self._cluster.create(template=self._template)
        try:
            yield self._cluster.url(name)
        finally:
            name = self._cluster.rename(name)
            if self._restore(name):
                self._free.append(name)
            else:
                self._cluster.drop(name)

    def _connect(self, name: str) -> psycopg.Connection:
        return psycopg.connect(self._cluster.url(name).replace("+psycopg", ""), autocommit=True)

    def _restore(self, name: str) -> bool:
        """Put the template's rows and counters back; False: the schema is no longer the template's."""
        with self._connect(name) as connection, connection.transaction():
            connection.execute("SET session_replication_role = replica")  # no foreign keys, no triggers
            if connection.execute(_SCHEMA).fetchone() != self._wanted.schema:
                return False
            for table in _filled(connection):
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.SQL(table)))
            for table, rows in self._wanted.rows.items():
                with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.SQL(table))) as copy:
                    copy.write(rows)
            for sequence, value in _sequences(connection).items():
                if value != (wanted := self._wanted.sequences[sequence]):
                    connection.execute("SELECT setval(%s, %s, %s)", (sequence, wanted or 1, wanted is not None))
        return True


def _state(connection: psycopg.Connection) -> _State:
    schema = connection.execute(_SCHEMA).fetchone()
    assert schema is not None
    rows = {}
    for table in _filled(connection):
        with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.SQL(table))) as copy:
            rows[table] = b"".join(map(bytes, copy))
    return _State(schema=schema, rows=rows, sequences=_sequences(connection))


def _filled(connection: psycopg.Connection) -> list[str]:
    """The tables that have, or once had, rows."""
    return [table for (table,) in connection.execute(_FILLED)]


def _sequences(connection: psycopg.Connection) -> dict[str, int | None]:
    """The last value each sequence has given out."""
    return dict(connection.execute(_SEQUENCES).fetchall())
