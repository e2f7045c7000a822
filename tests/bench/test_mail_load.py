"""The load generator is honest: its messages are signed and distinct, and it counts only what was answered with 250."""

import asyncio
import random
from pathlib import Path

import dkim
import pytest

from tests.bench.mail_load import Plan, send_all
from tests.bench.mail_messages import make_message, new_author, read_messages, write_messages
from tests.channels.mail.dialogs import serving
from tests.channels.mail.takers import Taker, receipt

AUTHOR = new_author()
RECIPIENT = "helpdesk@example.org"


def plan(port: int, **changes: object) -> Plan:
    defaults = {"host": "127.0.0.1", "port": port, "sender": AUTHOR.address, "recipient": RECIPIENT, "sessions": 3}
    return Plan(**{**defaults, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("octets", [5_000, 100_000])
def test_a_message_has_its_size_and_verifies(octets: int) -> None:
    message = make_message(AUTHOR, RECIPIENT, number=1, octets=octets, chance=random.Random(1))
    assert abs(len(message) - octets) < octets * 0.05
    asked: list[bytes] = []

    def answer(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return AUTHOR.dns_record.encode()

    assert dkim.verify(message, dnsfunc=answer)
    assert asked == [f"{AUTHOR.dns_name}.".encode()]
    assert not dkim.verify(message.replace(b"Subject: N", b"Subject: n"), dnsfunc=answer)


def test_no_two_messages_are_alike(tmp_path: Path) -> None:
    write_messages(tmp_path / "mails", AUTHOR, RECIPIENT, count=20, octets=5_000, seed=1)
    messages = list(read_messages(tmp_path / "mails"))
    assert len({message.split(b"Message-ID: ")[1].split(b"\r\n")[0] for message in messages}) == 20
    assert len({message.split(b"\r\n\r\n", 1)[1] for message in messages}) == 20


@pytest.mark.parametrize("reconnect", [False, True])
async def test_every_message_arrives_once_and_whole(reconnect: bool) -> None:
    messages = [b"Subject: %d\r\n\r\n.\r\n..dots\r\n" % number for number in range(20)]
    async with serving() as (listener, taker):
        outcome = await send_all(messages, plan(listener.port, reconnect=reconnect))
    assert sorted(mail.octets for mail in taker.taken) == sorted(messages)
    assert outcome.unsent == []
    assert outcome.replies == {"250": 20}
    assert len(outcome.latencies) == 20


async def test_what_is_not_answered_with_250_is_not_sent() -> None:
    taker = Taker(lambda mail: RuntimeError("no") if mail.octets.startswith(b"Subject: 3") else receipt())
    async with serving(taker, max_messages=4) as (listener, _):
        outcome = await send_all([b"Subject: %d\r\n\r\n" % number for number in range(10)], plan(listener.port))
    assert sorted({3} ^ set(outcome.unsent)) == []
    assert outcome.replies["451"] == 1


async def test_a_server_that_is_away_leaves_everything_unsent() -> None:
    async with serving() as (listener, _):
        port = listener.port
    outcome = await send_all([b"a", b"b"], plan(port, sessions=1))
    assert sorted(outcome.unsent) == [0, 1]


async def test_a_rate_is_kept_however_fast_the_answers_are() -> None:
    async with serving() as (listener, _):
        outcome = await send_all([b"Subject: x\r\n\r\n"] * 20, plan(listener.port, rate=50))
    assert 0.3 < outcome.ended - outcome.started < 2
    await asyncio.sleep(0)
