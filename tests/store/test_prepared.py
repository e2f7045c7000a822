"""What goes straight to the driver is what Core would have given it, on both engines."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.exc import DBAPIError

from store.engine import open_engine
from store.migrate import migrate
from store.prepared import Prepared, prepare_insert, prepare_insert_or_keep
from store.tables import audit, blobs

AT = datetime(2026, 11, 22, 9, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))


def line(number: int, **changes: Any) -> dict[str, Any]:
    values = {"id": number, "at": AT, "actor_kind": "system", "actor_id": None, "actor_name": "Žofie", "channel": "web"}
    return (
        values | {"entity": "x", "entity_id": "1", "action": "y", "before": None, "after": {"ž": [1, None]}} | changes
    )


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = open_engine(database_url)
    migrate(engine)
    with engine.connect() as opened:
        opened.begin()
        yield opened
        opened.rollback()
    engine.dispose()


def test_a_row_is_the_one_core_would_write(connection: Connection) -> None:
    prepare_insert(audit).run(connection, line(1))
    connection.execute(insert(audit), line(2))
    mine, cores = connection.execute(select(audit).order_by(audit.c.id)).all()
    assert mine[1:] == cores[1:]
    assert mine.at == AT


def test_a_row_is_read_as_core_would(connection: Connection) -> None:
    connection.execute(insert(audit), line(1))
    query = select(audit).where(audit.c.id == bindparam("wanted"))
    assert tuple(Prepared(query).first(connection, {"wanted": 1})) == tuple(
        connection.execute(query, {"wanted": 1}).one()
    )
    assert Prepared(query).first(connection, {"wanted": 2}) is None


def test_an_instant_is_the_same_from_whatever_zone(connection: Connection) -> None:
    add = prepare_insert(audit)
    for number, at in enumerate((AT, AT.astimezone(UTC), AT + timedelta(microseconds=1)), 1):
        add.run(connection, line(number, at=at))
    found = connection.execute(select(audit.c.at).order_by(audit.c.id)).scalars().all()
    assert found == [AT, AT, AT + timedelta(microseconds=1)]


def test_a_naive_instant_is_refused_however_often_it_comes(connection: Connection) -> None:
    add = prepare_insert(audit)
    add.run(connection, line(1))
    for _ in range(2):
        with pytest.raises(ValueError, match="naive"):
            add.run(connection, line(2, at=AT.replace(tzinfo=None)))


def test_a_key_that_is_taken_raises_or_is_kept(connection: Connection) -> None:
    row = {"digest": "a" * 64, "size": 1, "data": b"x"}
    assert prepare_insert_or_keep(blobs).run(connection, row) == 1
    assert prepare_insert_or_keep(blobs).run(connection, row) == 0
    with pytest.raises(DBAPIError):
        prepare_insert(blobs).run(connection, row)
