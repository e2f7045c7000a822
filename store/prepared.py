"""Statements of the hot path, compiled once and given straight to the driver.

SQLAlchemy's own execution costs some 40 µs a statement, of which the database needs five; a request has a dozen. The
statement is still SQLAlchemy's, and so are the conversions of values, so both engines get what Core would give them.
Used inside a transaction that Core began on the same connection.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Dialect, Select, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

from store.columns import UtcDateTime

Statement = Select[Any] | CompoundSelect[Any] | UpdateBase
Convert = Callable[[Any], Any]
# What has names for its columns, as a row of Core has.
Record = Any


def _conversion(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    """What makes a value of that type what the driver takes. None: nothing."""
    return _from_instant(dialect) if isinstance(kind, UtcDateTime) else _processor(kind, dialect)


@lru_cache(maxsize=8)
def _from_instant(dialect: Dialect) -> Convert | None:
    """The few instants of a request stand in a dozen columns: each is converted once."""
    convert = _processor(UtcDateTime(), dialect)
    return None if convert is None else lru_cache(maxsize=256)(convert)


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


class _Compiled:
    """One statement for one dialect: text, order of parameters, conversions both ways."""

    def __init__(self, statement: Statement, dialect: Dialect, keys: Sequence[str] | None) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(keys) if keys is not None else None)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("only SQL statements can be prepared")
        self.text = str(compiled)
        self.counted = compiled.positiontup is not None
        self.names: Sequence[str] = compiled.positiontup or list(compiled.binds)
        binds = [compiled.binds[name] for name in self.names]
        self.binds = [
            (name, _conversion(bind.type, dialect), bind.value) for name, bind in zip(self.names, binds, strict=True)
        ]
        columns = _columns(statement)
        self.results: Sequence[Convert | None] = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]
        names = " ".join(column.key or f"column_{number}" for number, column in enumerate(columns))
        record: Any = namedtuple("Record", names)  # type: ignore[misc]  # noqa: PYI024 - known at run time only
        self.make: Callable[[Iterable[Any]], Record] = record._make

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver takes them: a list where places are counted, else a mapping."""
        converted = [
            values.get(name, given) if convert is None else convert(values.get(name, given))
            for name, convert, given in self.binds
        ]
        return converted if self.counted else dict(zip(self.names, converted, strict=True))

    def read(self, row: Sequence[Any]) -> Record:
        """The row with its columns' names, values as Core would give them."""
        return self.make(
            value if convert is None else convert(value) for convert, value in zip(self.results, row, strict=True)
        )


class Prepared:
    """A statement for any connection.

    statement: the same for both engines, or one for each dialect's name. keys: the columns an INSERT sets.
    """

    def __init__(self, statement: Statement | Mapping[str, Statement], *, keys: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._keys = keys
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Execute without reading rows; returns how many were changed. Raises what Core would."""
        compiled = self._for(connection)
        cursor = _execute(connection, compiled, values)
        changed: int = cursor.rowcount
        cursor.close()
        return changed

    def all(self, connection: Connection, values: Mapping[str, Any]) -> list[Record]:
        """Execute and return the rows."""
        compiled = self._for(connection)
        cursor = _execute(connection, compiled, values)
        found = [compiled.read(row) for row in cursor.fetchall()]
        cursor.close()
        return found

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Record | None:
        """Execute and return the first row, or None."""
        compiled = self._for(connection)
        cursor = _execute(connection, compiled, values)
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else compiled.read(row)

    def _for(self, connection: Connection) -> _Compiled:
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            statement = self._statement
            chosen = statement[dialect.name] if isinstance(statement, Mapping) else statement
            compiled = self._compiled[dialect.name] = _Compiled(chosen, dialect, self._keys)
        return compiled


def prepare_insert(table: Table) -> Prepared:
    """An INSERT of all columns of a table."""
    return Prepared(insert(table), keys=table.columns.keys())


def prepare_insert_or_keep(table: Table) -> Prepared:
    """The same, but a row whose key is taken stays as it is (and none is counted as changed)."""
    statements = {
        "sqlite": sqlite.insert(table).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(table).on_conflict_do_nothing(),
    }
    return Prepared(statements, keys=table.columns.keys())


def _execute(connection: Connection, compiled: _Compiled, values: Mapping[str, Any]) -> Any:
    driver: Any = connection.connection.driver_connection
    try:
        return driver.execute(compiled.text, compiled.parameters(values))
    except connection.dialect.loaded_dbapi.Error as error:
        known = DBAPIError.instance(
            compiled.text, None, error, connection.dialect.loaded_dbapi.Error, dialect=connection.dialect
        )
        raise known from error


def _columns(statement: Statement) -> list[ColumnElement[Any]]:
    """What it returns: the columns of a SELECT, or of a RETURNING."""
    return list(
        statement.selected_columns if isinstance(statement, Select | CompoundSelect) else statement.exported_columns
    )
