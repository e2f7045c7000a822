"""Group commit: one bad item fails alone, nobody is told before the commit, what was handed over is finished."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from intake.outgoing import OutboxItem, OutboxKind
from intake.ports import ConflictError, PreparedBlob, Transaction
from store.batch import WriterStoppedError
from store.loop_writer import LoopWriter
from store.tables import blobs, outbox
from store.writer import GroupWriter

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


Writer = GroupWriter | LoopWriter


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture(params=["thread", "loop"])
def new_writer(request: pytest.FixtureRequest, engine: Engine) -> Iterator[Callable[[], Writer]]:
    """Makes writers of one kind; both keep the same promises."""
    made: list[Writer] = []
    with running_loop() as loop:

        def new() -> Writer:
            made.append(GroupWriter(engine) if request.param == "thread" else LoopWriter(engine, loop))
            return made[-1]

        yield new
        for each in made:
            each.stop()


@pytest.fixture
def writer(new_writer: Callable[[], Writer]) -> Writer:
    return new_writer()


def blob(number: int) -> PreparedBlob:
    return PreparedBlob(digest=f"{number:064x}", size=1, data=b"x")


def count_blobs(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(blobs)).scalar_one()


def test_a_result_is_given_after_the_commit(engine: Engine, writer: Writer) -> None:
    def work(tx: Transaction) -> str:
        tx.add_blob(blob(1))
        return "filed"

    assert writer.submit(work).result(10) == "filed"
    assert count_blobs(engine) == 1


def test_one_bad_item_fails_alone(engine: Engine, writer: Writer) -> None:
    def bad(tx: Transaction) -> None:
        tx.add_blob(blob(99))
        raise ZeroDivisionError

    first = writer.submit(lambda tx: time.sleep(0.1))
    good = [writer.submit(lambda tx, n=n: tx.add_blob(blob(n))) for n in range(3)]
    failing = writer.submit(bad)
    more = [writer.submit(lambda tx, n=n: tx.add_blob(blob(n))) for n in range(3, 6)]

    with pytest.raises(ZeroDivisionError):
        failing.result(10)
    for future in (first, *good, *more):
        future.result(10)
    assert count_blobs(engine) == 6


def test_a_conflict_is_tried_again_and_then_told(writer: Writer) -> None:
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


def test_stopping_finishes_what_was_handed_over_and_refuses_more(
    engine: Engine, new_writer: Callable[[], Writer]
) -> None:
    writer = new_writer()
    futures = [writer.submit(lambda tx, n=n: tx.add_blob(blob(n))) for n in range(250)]
    writer.stop()
    for future in futures:
        future.result(0)
    assert count_blobs(engine) == 250
    with pytest.raises(WriterStoppedError):
        writer.submit(lambda tx: None).result(10)


def test_a_commit_that_fails_is_told_to_everybody_and_the_writer_goes_on(engine: Engine, writer: Writer) -> None:
    def cut(tx: Transaction) -> None:
        tx._connection.connection.driver_connection.close()  # type: ignore[attr-defined]

    with pytest.raises(SQLAlchemyError):
        writer.submit(cut).result(10)
    writer.submit(lambda tx: tx.add_blob(blob(7))).result(10)
    assert count_blobs(engine) == 1


def test_ticket_numbers_have_no_doubles_across_writers(new_writer: Callable[[], Writer]) -> None:
    writers = (new_writer(), new_writer())
    futures = [each.submit(lambda tx: tx.next_ticket_number()) for each in writers * 100]
    numbers = [future.result(20) for future in futures]
    assert len(set(numbers)) == 200


def test_who_sends_mail_is_told_after_the_commit_that_left_some(engine: Engine, writer: Writer) -> None:
    told: list[int] = []

    def look() -> None:
        with engine.connect() as connection:
            told.append(connection.execute(select(func.count()).select_from(outbox)).scalar_one())

    def failing(tx: Transaction) -> None:
        tx.add_outbox_item(mail(1))
        raise ZeroDivisionError

    writer.on_mail = look
    writer.submit(lambda tx: tx.add_blob(blob(1))).result(10)
    with pytest.raises(ZeroDivisionError):
        writer.submit(failing).result(10)
    assert told == []
    writer.submit(lambda tx: tx.add_outbox_item(mail(2))).result(10)
    end = time.monotonic() + 5
    while not told and time.monotonic() < end:
        time.sleep(0.01)
    assert told == [1]


def mail(number: int) -> OutboxItem:
    return OutboxItem(
        id=number,
        kind=OutboxKind.ALERT,
        ticket_id=None,
        recipient="x@desk.example",
        message_id=f"<{number}@desk.example>",
        created_at=NOW,
        next_attempt_at=NOW,
    )
