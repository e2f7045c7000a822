"""Two nodes on one PostgreSQL that take the same things in the opposite order."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest
from sqlalchemy import Engine

from intake.ports import PreparedBlob, Transaction
from store.engine import open_engine
from store.migrate import migrate
from store.writer import GroupWriter
from tests.servers.postgres import Cluster

X, Y = PreparedBlob.of(b"x"), PreparedBlob.of(b"y")


@pytest.fixture
def engine(postgres_server: Cluster) -> Iterator[Engine]:
    with postgres_server.database() as url:
        opened = open_engine(url)
        migrate(opened)
        yield opened
        opened.dispose()


@pytest.fixture
def nodes(engine: Engine) -> Iterator[tuple[GroupWriter, GroupWriter]]:
    made = GroupWriter(engine), GroupWriter(engine)
    yield made
    for writer in made:
        writer.stop()


def _in_one_batch(writer: GroupWriter, *works: Callable[[Transaction], None]) -> list["Future[None]"]:
    """Let the works queue up behind one that waits until they are there."""
    queued = threading.Event()
    writer.submit(lambda tx: queued.wait(10))
    futures = [writer.submit(work) for work in works]
    queued.set()
    return futures


def test_work_that_was_in_another_nodes_way_is_done_again_by_itself(nodes: tuple[GroupWriter, GroupWriter]) -> None:
    both_hold_one = threading.Barrier(2, timeout=10)

    def take(blob: PreparedBlob, *, first: bool) -> Callable[[Transaction], None]:
        def work(tx: Transaction) -> None:
            tx.add_blob(blob)
            if first:
                both_hold_one.wait()

        return work

    futures = _in_one_batch(nodes[0], take(X, first=True), take(Y, first=False))
    futures += _in_one_batch(nodes[1], take(Y, first=True), take(X, first=False))
    for future in futures:
        future.result(20)
