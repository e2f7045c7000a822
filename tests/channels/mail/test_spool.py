"""Large messages wait on the disk, come into memory in their turn, and leave nothing behind."""

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.mail import smtp_fast
from channels.mail.smtp import SmtpListener
from channels.mail.smtp_fast import MailDataReader, MailDataTooLargeError, read_spooled
from channels.mail.spool import SPOOL_ABOVE, Spool, SpooledMail
from tests.channels.mail.dialogs import options, peer_of
from tests.channels.mail.takers import Taken, Taker, receipt

LARGE = b"Subject: large\r\n\r\n" + (b"." * 99 + b"\r\n") * (10 * SPOOL_ABOVE // 101)
STUFFED = LARGE.replace(b"\r\n.", b"\r\n..")


class FullDisk(Spool):
    """Where the first octet already does not fit."""

    def begin(self) -> SpooledMail:
        spooled = super().begin()
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, spooled._file.fileno())
        os.close(full)
        return spooled


class WatchedSpool(Spool):
    """Knows what was begun in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.begun: list[SpooledMail] = []

    def begin(self) -> SpooledMail:
        self.begun.append(super().begin())
        return self.begun[-1]


async def test_a_large_message_is_taken_as_it_was_sent(tmp_path: Path) -> None:
    taker = Taker()
    listener = SmtpListener(taker, options(), spool=Spool(tmp_path))
    await listener.start()
    async with peer_of(listener) as peer:
        await peer.open()
        assert (await peer.mail(STUFFED)).startswith("250")
        assert (await peer.mail(STUFFED)).startswith("250")
    await listener.stop()
    assert [mail.octets for mail in taker.taken] == [LARGE, LARGE]
    assert taker.taken[0].source_key == taker.taken[1].source_key
    assert list(tmp_path.iterdir()) == []


async def test_half_a_large_message_is_no_message_and_leaves_no_file(tmp_path: Path) -> None:
    taker, spool = Taker(), WatchedSpool(tmp_path)
    listener = SmtpListener(taker, options(), spool=spool)
    await listener.start()
    async with asyncio.timeout(10), peer_of(listener) as peer:
        await peer.open()
        await peer.envelope()
        await peer.send(STUFFED[: len(STUFFED) // 2])
        while not spool.begun or not spool.begun[0].size:
            await asyncio.sleep(0.01)
        assert list(tmp_path.iterdir()) == [], "a file with a name would outlive a crash"
    async with asyncio.timeout(10):
        while not spool.begun[0]._file.closed:
            await asyncio.sleep(0.01)
    await listener.stop()
    assert taker.taken == []


async def test_a_large_message_that_could_end_in_two_places_is_refused() -> None:
    """RFC 5321 §2.3.8."""
    taker = Taker()
    listener = SmtpListener(taker, options())
    await listener.start()
    async with peer_of(listener) as peer:
        await peer.open()
        assert (await peer.mail(STUFFED + b"a\nb\r\n")).startswith("550 5.6.0")
    await listener.stop()
    assert taker.taken == []


@pytest.mark.parametrize("spool", [FullDisk(), Spool(Path("/no/such/folder"))], ids=["full", "missing"])
async def test_without_room_on_the_disk_the_peer_keeps_the_message(spool: Spool) -> None:
    """RFC 5321 §4.2.3: 452. What follows on the connection is not disturbed."""
    taker = Taker()
    listener = SmtpListener(taker, options(), spool=spool)
    await listener.start()
    async with peer_of(listener) as peer:
        await peer.open()
        assert (await peer.mail(STUFFED)).startswith("452 4.3.1")
        assert (await peer.mail(b"small\r\n")).startswith("250")
    await listener.stop()
    assert [mail.octets for mail in taker.taken] == [b"small\r\n"]


async def test_only_so_much_is_in_memory_at_once() -> None:
    at_once: set[int] = set()

    def answer(mail: Taken) -> Exception:
        at_once.add(len(taker.taken) - taker.finished)
        return RuntimeError("each of them counts only until it is over, however it ends")

    taker = Taker(answer, delay_seconds=0.05)
    listener = SmtpListener(taker, options(), spool=Spool(most_in_memory=2 * len(STUFFED) + 1000))
    await listener.start()

    async def send() -> str:
        async with peer_of(listener) as peer:
            await peer.open()
            return await peer.mail(STUFFED)

    replies = await asyncio.gather(*(send() for _ in range(6)))
    await listener.stop()
    assert {reply[:9] for reply in replies} == {"451 4.3.0"}
    assert max(at_once) == 2
    assert len(taker.taken) == 6


async def test_what_is_larger_than_the_memory_has_its_turn_alone() -> None:
    spool, held = Spool(most_in_memory=100), []

    async def hold(octets: int) -> None:
        async with spool.turn(octets):
            held.append(octets)
            assert octets == 500 or sum(held) <= 100
            await asyncio.sleep(0)
            held.remove(octets)

    async with asyncio.timeout(5):
        await asyncio.gather(*(hold(octets) for octets in (60, 500, 10, 50, 500, 100)))


async def test_whoever_goes_away_while_waiting_takes_no_turn() -> None:
    spool = Spool(most_in_memory=100)

    async def hold() -> None:
        async with spool.turn(100):
            await asyncio.sleep(3600)

    holding = asyncio.create_task(hold())
    waiting = asyncio.create_task(hold())
    await asyncio.sleep(0)
    for task in (waiting, holding):
        task.cancel()
    await asyncio.gather(holding, waiting, return_exceptions=True)
    async with asyncio.timeout(5), spool.turn(100):
        pass


async def test_a_small_message_waits_for_no_turn() -> None:
    taker, spool = Taker(receipt()), Spool(most_in_memory=1)
    listener = SmtpListener(taker, options(), spool=spool)
    await listener.start()
    async with asyncio.timeout(10), spool.turn(1), peer_of(listener) as peer:
        await peer.open()
        assert (await peer.mail(b"small\r\n")).startswith("250")
    await listener.stop()


pieces = st.sampled_from([b".", b"..", b"\r\n", b"\n", b"\r", b"\r\n.", b"\r\n..", b"a", b"x" * 30])


@settings(max_examples=200, deadline=None)
@given(st.lists(pieces, max_size=25).map(b"".join), st.integers(1, 40), st.integers(0, 200), st.integers(1, 60))
@example(b"a\r\n..\r\nb" * 9, 7, 1000, 5)
@example(b"x" * 90, 3, 91, 5)
@example(b"x" * 90, 3, 92, 5)
def test_it_makes_no_difference_what_waits_on_the_disk(sent: bytes, chunk: int, limit: int, above: int) -> None:
    sent = sent.replace(b"\r\n.\r\n", b"").removeprefix(b".\r\n")
    stream = sent + b"\r\n.\r\nNOOP\r\n"

    async def read(spool: Spool | None) -> tuple[bytes | None, bytes]:
        reader = MailDataReader(loop=asyncio.get_running_loop())
        reading = asyncio.create_task(reader.read_mail_data(limit, spool))
        for start in range(0, len(stream), chunk):
            await asyncio.sleep(0)
            reader.feed_data(stream[start : start + chunk])
        try:
            found = await reading
        except MailDataTooLargeError:
            return None, bytes(reader._buffer)
        if isinstance(found, SpooledMail):
            spooled, found = found, read_spooled(found)
            spooled.close()
        return found, bytes(reader._buffer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smtp_fast, "SPOOL_ABOVE", above)
        assert asyncio.run(read(Spool())) == asyncio.run(read(None))
