"""The index is brought up to date beside everything else, on both engines, by any number of nodes."""

import asyncio

from sqlalchemy import func, select

from intake.search_keeper import keep_index
from store.tables import search_queue
from store.writer import GroupWriter
from tests.store.search.test_search import numbers, open_ticket
from tests.store.world import World


def count_waiting(world: World) -> int:
    with world.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(search_queue)).scalar_one()


async def test_everything_said_gets_into_the_index(small_world: World) -> None:
    for turn in range(23):
        open_ticket(small_world, small_world.jana, f"Tiskárna {turn}", "Netiskne.")
    other = GroupWriter(small_world.engine)
    async with asyncio.timeout(20), keep_index(small_world.writer), keep_index(other):
        while count_waiting(small_world):
            await asyncio.sleep(0.02)
    await asyncio.to_thread(other.stop)
    assert numbers(small_world, "netiskne") == list(range(23, 0, -1))
    assert numbers(small_world, "22") == [23, 22]
