"""Sends messages over many SMTP sessions at once and measures; a program of its own, so that it can have a core.

    python -m tests.bench.mail_load HOST:PORT FILE --sender A --recipient B --sessions 20 [--reconnect] [--rate 200]

Waits for each reply as smtp-source does. Prints one JSON object. A message counts as sent only with its 250.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import uvloop

from tests.bench.mail_messages import read_messages

_MAX_FAILURES = 5  # of connections in a row, before a session gives up


@dataclass(slots=True)
class Outcome:
    """latencies: seconds from the final dot to the reply, or with a rate from the instant it was due.

    unsent: numbers of the messages that were not answered with 250, for sending again.
    """

    started: float = 0.0
    ended: float = 0.0
    latencies: list[float] = field(default_factory=list)
    replies: Counter[str] = field(default_factory=Counter)
    unsent: list[int] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        seconds = self.ended - self.started
        cuts = statistics.quantiles(self.latencies, n=1000) if len(self.latencies) > 1 else [0.0] * 999
        return {
            "sent": len(self.latencies),
            "unsent": len(self.unsent),
            "seconds": seconds,
            "per_second": len(self.latencies) / seconds if seconds else 0.0,
            "p50_ms": cuts[499] * 1000,
            "p99_ms": cuts[989] * 1000,
            "replies": dict(self.replies),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """rate: messages a second, started whether or not earlier ones are answered; None: as fast as they are."""

    host: str
    port: int
    sender: str
    recipient: str
    sessions: int = 20
    reconnect: bool = False
    rate: float | None = None


class _Session(asyncio.Protocol):
    """One connection: commands out, one future for each reply."""

    def __init__(self) -> None:
        self._buffer = b""
        self._replies: deque[str] = deque()
        self._waiter: asyncio.Future[str] | None = None
        self.transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n")) >= 0:
            line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
            if line[3:4] != b"-":
                self._replies.append(line.decode())
        if self._replies and self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(self._replies.popleft())

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ConnectionResetError("connection lost"))

    async def say(self, octets: bytes) -> str:
        if octets:
            self.transport.write(octets)
        elif self._replies:
            return self._replies.popleft()
        if self.transport.is_closing():
            raise ConnectionResetError("connection lost")
        self._waiter = asyncio.get_running_loop().create_future()
        return await self._waiter


async def send_all(messages: Iterable[bytes], plan: Plan) -> Outcome:
    """Send every message once; what fails is in `unsent`."""
    stuffed = [message.replace(b"\r\n.", b"\r\n..") + b".\r\n" for message in messages]
    waiting = deque(enumerate(stuffed))
    outcome = Outcome()
    outcome.started = time.perf_counter()
    await asyncio.gather(*(_run(waiting, plan, outcome) for _ in range(plan.sessions)))
    outcome.ended = time.perf_counter()
    outcome.unsent += [number for number, _ in waiting]
    return outcome


async def _run(waiting: deque[tuple[int, bytes]], plan: Plan, outcome: Outcome) -> None:
    failures = 0
    while waiting and failures < _MAX_FAILURES:
        try:
            await _connection(waiting, plan, outcome)
            failures = 0
        except OSError as error:
            failures += 1
            outcome.replies[type(error).__name__] += 1
            await asyncio.sleep(0.02 * failures)


async def _connection(waiting: deque[tuple[int, bytes]], plan: Plan, outcome: Outcome) -> None:
    """Send messages until there are none or the server has had enough."""
    _, session = await asyncio.get_running_loop().create_connection(_Session, plan.host, plan.port)
    try:
        greeting = await session.say(b"")
        if not greeting.startswith("220"):
            outcome.replies[greeting[:3]] += 1
            raise ConnectionRefusedError(greeting)
        await session.say(b"EHLO load.example\r\n")
        while waiting:
            number, octets = waiting.popleft()
            due = outcome.started + number / plan.rate if plan.rate else None
            if due is not None:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            reply = await _transaction(session, octets, number, plan, outcome, due)
            outcome.replies[reply[:3]] += 1
            if reply.startswith("421") or plan.reconnect:
                break
        await session.say(b"QUIT\r\n")
    finally:
        session.transport.close()


async def _transaction(
    session: _Session, octets: bytes, number: int, plan: Plan, outcome: Outcome, due: float | None
) -> str:
    """Send one message; returns the last reply."""
    sent = False
    try:
        for command in (f"MAIL FROM:<{plan.sender}>", f"RCPT TO:<{plan.recipient}>", "DATA"):
            reply = await session.say(f"{command}\r\n".encode())
            if reply[:1] not in "23":
                await session.say(b"RSET\r\n")
                return reply
        began = due if due is not None else time.perf_counter()
        reply = await session.say(octets)
        sent = reply.startswith("250")
        if sent:
            outcome.latencies.append(time.perf_counter() - began)
        return reply
    finally:
        if not sent:
            outcome.unsent.append(number)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("target")
    parser.add_argument("file", type=Path)
    parser.add_argument("--sender", required=True)
    parser.add_argument("--recipient", required=True)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--reconnect", action="store_true")
    parser.add_argument("--rate", type=float)
    given = parser.parse_args()
    host, _, port = given.target.rpartition(":")
    plan = Plan(
        host=host,
        port=int(port),
        sender=given.sender,
        recipient=given.recipient,
        sessions=given.sessions,
        reconnect=given.reconnect,
        rate=given.rate,
    )
    messages = list(read_messages(given.file))
    print(json.dumps(uvloop.run(send_all(messages, plan)).summary()))


if __name__ == "__main__":
    main()
