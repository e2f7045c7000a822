"""The outbox worker: takes due rows, composes and sends them, and writes down what came of it.

A row is claimed by moving its next attempt into the future, so that a worker that dies leaves it to be tried again:
at least once, always with the same Message-ID. Any number of nodes may run a worker.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from intake.outgoing import OutboxItem, OutboxState

log = structlog.get_logger(__name__)

_BATCH = 20
# A claimed row is tried again by whoever comes first after this: a send must have ended by then. RFC 5321 §4.5.3.2.6
# lets the reply to a message alone take ten minutes.
_CLAIM = timedelta(minutes=20)
_LONGEST_SEND = timedelta(minutes=15)
_IDLE_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """A composed mail. reverse_path "" is the null reverse-path of automatic answers. RFC 3834 §3.3."""

    reverse_path: str
    recipient: str
    octets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The next host took responsibility for it. RFC 5321 §6.1."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """It did not go out. transient: trying again may help."""

    transient: bool
    text: str


class OutboxQueue(Protocol):
    """The rows. Blocking."""

    def claim(self, *, limit: int, at: datetime, until: datetime) -> Sequence[OutboxItem]:
        """Take up to `limit` rows due at `at`, hidden from other workers until `until`; each counts an attempt."""
        ...

    def settle(
        self, item_id: int, *, state: OutboxState, at: datetime, next_attempt_at: datetime | None, text: str
    ) -> None:
        """Write down what came of an attempt."""
        ...

    def give_back(self, item_id: int, *, at: datetime) -> None:
        """The row was not tried after all: it is due again and the attempt does not count."""
        ...


class Composer(Protocol):
    """Makes a mail of a row. Pure; raises ValueError for a row no mail can be made of."""

    def compose(self, item: OutboxItem) -> OutgoingMail: ...


class MailSender(Protocol):
    """Hands a mail to the next host. Blocking; a failure is a result, not an exception."""

    def send(self, mail: OutgoingMail) -> Sent | NotSent: ...


class OutboxWorker:
    """Sends what is due until it is stopped.

    next_attempt: (attempts made, aware UTC) → when to try again, or None to give up.
    """

    def __init__(
        self,
        queue: OutboxQueue,
        composer: Composer,
        sender: MailSender,
        *,
        clock: Callable[[], datetime],
        next_attempt: Callable[[int, datetime], datetime | None],
    ) -> None:
        self._queue = queue
        self._composer = composer
        self._sender = sender
        self._clock = clock
        self._next_attempt = next_attempt
        self._wake = asyncio.Event()
        self._stopping = False

    def nudge(self) -> None:
        """There may be something to send now. Cheap; call it on the event loop."""
        self._wake.set()

    async def run(self) -> None:
        """Work until `stop`. A database that is away is waited for."""
        while not self._stopping:
            try:
                sent = await asyncio.to_thread(self.work_once)
            except Exception as error:  # noqa: BLE001 - whatever it was, the rows are still there
                log.error("outbox cannot work", error=str(error))
                sent = 0
            if sent < _BATCH:
                self._wake.clear()
                try:
                    await asyncio.wait_for(self._wake.wait(), _IDLE_SECONDS)
                except TimeoutError:
                    continue

    def stop(self) -> None:
        """End `run` after the mail in hand."""
        self._stopping = True
        self._wake.set()

    def work_once(self) -> int:
        """Send one batch; returns how many rows were tried. Blocking."""
        began = self._clock()
        items = self._queue.claim(limit=_BATCH, at=began, until=began + _CLAIM)
        for item in items:
            if self._stopping or self._clock() + _LONGEST_SEND > began + _CLAIM:
                self._give_back(item)
            else:
                self._try(item)
        return len(items)

    def _give_back(self, item: OutboxItem) -> None:
        """Somebody else may send it, at once."""
        now = self._clock()
        self._queue.give_back(item.id, at=now)

    def _try(self, item: OutboxItem) -> None:
        try:
            outcome = self._sender.send(self._composer.compose(item))
        except ValueError as error:
            outcome = NotSent(transient=False, text=f"cannot be composed: {error}")
        except Exception as error:  # noqa: BLE001 - one row must not keep the others; it is tried again by schedule
            outcome = NotSent(transient=True, text=f"{type(error).__name__}: {error}")
        now = self._clock()
        if isinstance(outcome, Sent):
            self._queue.settle(item.id, state=OutboxState.SENT, at=now, next_attempt_at=None, text=outcome.text)
            log.info("mail sent", outbox=item.id, kind=item.kind)
            return
        again = self._next_attempt(item.attempts, now) if outcome.transient else None
        state = OutboxState.FAILED if again is None else OutboxState.PENDING
        self._queue.settle(item.id, state=state, at=now, next_attempt_at=again, text=outcome.text)
        log.warning("mail not sent", outbox=item.id, kind=item.kind, again=again, text=outcome.text)
