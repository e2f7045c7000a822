"""The life of a listener: who may connect, and how it ends without dropping what it has begun."""

import asyncio
import socket
import time

import pytest

from channels.mail.smtp import SmtpListener
from tests.channels.mail.dialogs import MESSAGE, options, peer_of, serving
from tests.channels.mail.takers import Taker


async def test_one_connection_too_many_is_told_to_come_again() -> None:
    async with serving(max_connections=2) as (listener, _):
        async with peer_of(listener) as first, peer_of(listener) as second:
            await first.open()
            await second.open()
            async with peer_of(listener) as third:
                assert (await third.reply()).startswith("421 4.3.2")
                assert await third.ended()
            assert listener.status.refused_connections == 1
            assert (await first.mail()).startswith("250")
        await asyncio.sleep(0.05)
        async with peer_of(listener) as again:
            assert (await again.open()).startswith("250")


async def test_one_host_cannot_take_all_connections() -> None:
    async with serving(max_connections_per_host=1) as (listener, _), peer_of(listener) as first:
        await first.open()
        async with peer_of(listener) as second:
            assert (await second.reply()).startswith("421 4.3.2")
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port, local_addr=("127.0.0.2", 0))
        assert (await reader.readline()).startswith(b"220")
        writer.close()


async def test_stopping_says_goodbye_to_the_idle_and_finishes_what_has_begun() -> None:
    taker = Taker(delay_seconds=0.3)
    async with (
        serving(taker) as (listener, _),
        peer_of(listener) as idle,
        peer_of(listener) as sending,
        peer_of(listener) as taken,
    ):
        await idle.open()
        await sending.open()
        await sending.envelope()
        await sending.send(b"the first half")
        await taken.open()
        await taken.envelope()
        await taken.send(MESSAGE + b".")
        await asyncio.sleep(0.1)
        port = listener.port
        stopping = asyncio.create_task(listener.stop(grace_seconds=5))
        assert (await idle.reply()).startswith("421 4.3.2")
        assert await idle.ended()
        with pytest.raises(OSError, match=r"refused|Connect"):
            await asyncio.open_connection("127.0.0.1", port)
        await sending.send(b"and the rest\r\n.")
        for peer in (sending, taken):
            assert (await peer.reply()).startswith("250 2.0.0 Ticket")
            assert (await peer.reply()).startswith("421 4.3.2")
            assert await peer.ended()
        await stopping
    assert taker.finished == 2


async def test_stopping_does_not_wait_for_ever() -> None:
    async with serving() as (listener, taker), peer_of(listener) as peer:
        await peer.open()
        await peer.envelope()
        began = time.monotonic()
        await listener.stop(grace_seconds=0.3)
        assert 0.2 < time.monotonic() - began < 2
        assert await peer.ended()
    assert taker.taken == []


async def test_a_peer_that_hangs_up_does_not_stop_what_it_handed_over() -> None:
    """The receipt may be committed already: the work goes on, and the peer's next try is a duplicate."""
    taker = Taker(delay_seconds=0.2)
    async with serving(taker) as (listener, _):
        async with peer_of(listener) as peer:
            await peer.open()
            await peer.envelope()
            await peer.send(MESSAGE + b".")
            await asyncio.sleep(0.05)
        assert listener.status.takes_in_flight == 1
        await asyncio.sleep(0.3)
        assert taker.finished == 1
        assert listener.status.takes_in_flight == 0
        assert listener.status.connections == 0


async def test_a_failure_after_the_peer_hung_up_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    taker = Taker(RuntimeError("disk full"), delay_seconds=0.1)
    async with serving(taker) as (listener, _):
        async with peer_of(listener) as peer:
            await peer.open()
            await peer.envelope()
            await peer.send(MESSAGE + b".")
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.1)
        assert taker.finished == 1
    assert "disk full" in caplog.text


async def test_half_a_message_is_no_message() -> None:
    async with serving() as (listener, taker):
        async with peer_of(listener) as peer:
            await peer.open()
            await peer.envelope()
            await peer.send(MESSAGE)
        await asyncio.sleep(0.05)
        assert listener.status.octets_in_flight == 0
    assert taker.taken == []


async def test_an_inherited_socket_can_be_served() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        listener = SmtpListener(Taker(), options(), sock=sock)
        await listener.start()
        assert listener.port == sock.getsockname()[1]
        async with peer_of(listener) as peer:
            assert (await peer.open()).startswith("250")
            await peer.say("QUIT")
        await listener.stop()
        assert listener.port == 0


async def test_two_processes_can_share_a_port() -> None:
    first = SmtpListener(Taker(), options(reuse_port=True))
    await first.start()
    second = SmtpListener(Taker(), options(reuse_port=True, port=first.port))
    await second.start()
    await first.stop()
    await second.stop()


async def test_an_address_that_is_taken_is_an_error() -> None:
    async with serving() as (listener, _):
        with pytest.raises(OSError, match="in use"):
            await SmtpListener(Taker(), options(port=listener.port)).start()


async def test_stopping_twice_and_starting_again_is_harmless() -> None:
    listener = SmtpListener(Taker(), options())
    for _ in range(2):
        await listener.start()
        assert listener.status.listening
        async with peer_of(listener) as peer:
            assert (await peer.open()).startswith("250")
        await listener.stop(1)
        await listener.stop(1)
        assert not listener.status.listening
