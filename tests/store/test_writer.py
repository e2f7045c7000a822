"""Group commit: one bad item fails alone, nobody is told before the commit, what was handed over is finished."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from intake.ports import ConflictError, PreparedBlob, Transaction
from store.tables import blobs
from store.writer import GroupWriter, WriterStoppedError

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def blob(number: int) -> PreparedBlob:
    return PreparedBlob(digest=f"{number:064x}", size=1, data=b"x")


def count_blobs(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(blobs)).scalar_one()


def test_a_result_is_given_after_the_commit(engine: Engine, writer: GroupWriter) -> None:
    def work(tx: Transaction) -> str:
        tx.add_blob(blob(1))
        return "filed"

    assert writer.submit(work).result(10) == "filed"
    assert count_blobs(engine) == 1


def test_one_bad_item_fails_alone(engine: Engine, writer: GroupWriter) -> None:
    gate = threading.Event()

    def bad(tx: Transaction) -> None:
        tx.add_blob(blob(99))
        raise ZeroDivisionError

    first = writer.submit(lambda tx: gate.wait(10))
    good = [writer.submit(lambda tx, n=n: tx.add_blob(blob(n))) for n in range(3)]
    failing = writer.submit(bad)
    more = [writer.submit(lambda tx, n=n: tx.add_blob(blob(n))) for n in range(3, 6)]
    gate.set()

    with pytest.raises(ZeroDivisionError):
        failing.result(10)
    for future in (first, *good, *more):
        future.result(10)
    assert count_blobs(engine) == 6


def test_a_conflict_is_tried_again_and_then_told(writer: GroupWriter) -> None:
    tries: list[int] = []

    def once(tx: Transaction) -> int:
        tries.append(1)
        if len(tries) == 1:
            raise ConflictError("somebody was first")
        return len(tries)

    def always(tx: Transaction) -> None:
        raise ConflictError("somebody is always first")

    assert writer.submit(once).result(10) == 2
    with pytest.raises(ConflictError):
        writer.submit(always).result(10)


def test_stopping_finishes_what_was_handed_over_and_refuses_more(engine: Engine) -> None:
    writer = GroupWriter(engine)
    futures = [writer.submit(lambda tx, n=n: tx.add_blob(blob(n))) for n in range(250)]
    writer.stop()
    for future in futures:
        future.result(0)
    assert count_blobs(engine) == 250
    with pytest.raises(WriterStoppedError):
        writer.submit(lambda tx: None).result(10)


def test_a_commit_that_fails_is_told_to_everybody_and_the_writer_goes_on(engine: Engine, writer: GroupWriter) -> None:
    def cut(tx: Transaction) -> None:
        tx._connection.connection.driver_connection.close()  # type: ignore[attr-defined]

    with pytest.raises(SQLAlchemyError):
        writer.submit(cut).result(10)
    writer.submit(lambda tx: tx.add_blob(blob(7))).result(10)
    assert count_blobs(engine) == 1


def test_ticket_numbers_have_no_doubles_across_writers(engine: Engine, writer: GroupWriter) -> None:
    other = GroupWriter(engine)
    futures = [each.submit(lambda tx: tx.next_ticket_number()) for each in (writer, other) * 100]
    numbers = [future.result(20) for future in futures]
    other.stop()
    assert len(set(numbers)) == 200
