"""The outbox worker: takes due rows, composes and sends them, and writes down what came of it.

A row is claimed by moving its next attempt a little into the future, and again and again while the worker lives, so
that one that dies leaves it to be tried soon: at least once, always with the same Message-ID. Any number of nodes may
run a worker. It has a thread of its own that the end of the process does not wait for: a smarthost may hang.
"""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from intake.outgoing import OutboxItem, OutboxState

log = structlog.get_logger(__name__)

_BATCH = 20
# How soon another worker tries what a dead one had claimed.
_CLAIM = timedelta(seconds=90)
_RENEW_SECONDS = 25.0
_IDLE_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """A composed mail. reverse_path "" is the null reverse-path of automatic answers. RFC 3834 §3.3."""

    reverse_path: str
    recipient: str
    octets: bytes
    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The next host took responsibility for it. RFC 5321 §6.1."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """It did not go out. transient: trying again may help."""

    transient: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """It is not to go out. attention: somebody should know."""

    text: str
    attention: bool = False


Outcome = Sent | NotSent | Stopped


class OutboxQueue(Protocol):
    """The rows. Blocking."""

    def claim(self, *, limit: int, at: datetime, until: datetime) -> Sequence[OutboxItem]:
        """Take up to `limit` rows due at `at`, hidden from other workers until `until`; each counts an attempt."""
        ...

    def renew(self, item_ids: Collection[int], *, until: datetime) -> None:
        """Hide claimed rows for longer."""
        ...

    def settle(
        self,
        item_id: int,
        *,
        state: OutboxState,
        at: datetime,
        next_attempt_at: datetime | None,
        text: str,
        message_id: str = "",
    ) -> None:
        """Write down what came of an attempt; a failure changes nothing once another worker has sent the mail.

        message_id: what the mail is called, when it was not known before.
        """
        ...

    def give_back(self, item_id: int, *, at: datetime) -> None:
        """The row was not tried after all: it is due again and the attempt does not count."""
        ...


class Composer(Protocol):
    """Makes a mail of a row. Raises ValueError for a row no mail can be made of. May block."""

    def compose(self, item: OutboxItem) -> OutgoingMail: ...


class MailSender(Protocol):
    """Hands a mail to the next host. Blocking; a failure is a result, not an exception."""

    def send(self, mail: OutgoingMail) -> Sent | NotSent: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Who is asked and told. All are called in the worker's thread and may block.

    stop: why a row is not to be sent, or None. ended: what came of a row for good, after it was written down.
    tried: what came of every attempt, for the figures.
    """

    stop: Callable[[OutboxItem], Stopped | None] = lambda item: None
    ended: Callable[[OutboxItem, NotSent | Stopped], None] = lambda item, outcome: None
    tried: Callable[[OutboxItem, OutboxState], None] = lambda item, state: None


NOBODY = Watcher()


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
        watcher: Watcher = NOBODY,
    ) -> None:
        self._queue = queue
        self._composer = composer
        self._sender = sender
        self._clock = clock
        self._next_attempt = next_attempt
        self._watcher = watcher
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._in_hand: set[int] = set()
        self._threads: list[threading.Thread] = []

    def nudge(self) -> None:
        """There may be something to send now. Cheap; from any thread."""
        self._wake.set()

    def start(self) -> None:
        """Work until `stop`. A database that is away is waited for."""
        for work in (self._run, self._keep_claims):
            thread = threading.Thread(target=work, name=f"outbox-{work.__name__.strip('_')}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self, seconds: float = 0) -> bool:
        """End after the mail in hand, waiting so long for it; returns whether it has ended. Blocking.

        What is still being sent then goes out again with its Message-ID, here or by another node.
        """
        self._stopping.set()
        self._wake.set()
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0))
        return not any(thread.is_alive() for thread in self._threads)

    def work_once(self) -> int:
        """Send one batch; returns how many rows were tried. Blocking."""
        began = self._clock()
        items = self._queue.claim(limit=_BATCH, at=began, until=began + _CLAIM)
        self._in_hand.update(item.id for item in items)
        try:
            for item in items:
                if self._stopping.is_set():
                    self._queue.give_back(item.id, at=self._clock())
                else:
                    self._try(item)
                self._in_hand.discard(item.id)
        finally:
            self._in_hand.clear()
        return len(items)

    def renew_claims(self) -> None:
        """Keep what is in hand from other workers for longer. Blocking."""
        if held := tuple(self._in_hand):
            self._queue.renew(held, until=self._clock() + _CLAIM)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                tried = self.work_once()
            except Exception as error:  # noqa: BLE001 - whatever it was, the rows are still there
                log.error("outbox cannot work", error=str(error))
                tried = 0
            if tried < _BATCH:
                self._wake.wait(_IDLE_SECONDS)

    def _keep_claims(self) -> None:
        while not self._stopping.wait(_RENEW_SECONDS):
            try:
                self.renew_claims()
            except Exception as error:  # noqa: BLE001 - at worst another worker sends the same mail once more
                log.warning("outbox cannot keep its claims", error=str(error))

    def _try(self, item: OutboxItem) -> None:
        message_id = item.message_id
        outcome: Outcome
        try:
            stopped = self._watcher.stop(item)
            if stopped is not None:
                outcome = stopped
            else:
                mail = self._composer.compose(item)
                message_id = message_id or mail.message_id
                outcome = self._sender.send(mail)
        except ValueError as error:
            outcome = NotSent(transient=False, text=f"cannot be composed: {error}")
        except Exception as error:  # noqa: BLE001 - one row must not keep the others; it is tried again by schedule
            outcome = NotSent(transient=True, text=f"{type(error).__name__}: {error}")
        now = self._clock()
        again: datetime | None = None
        match outcome:
            case Sent():
                state = OutboxState.SENT
            case Stopped():
                state = OutboxState.STOPPED
            case NotSent():
                again = self._next_attempt(item.attempts, now) if outcome.transient else None
                state = OutboxState.FAILED if again is None else OutboxState.PENDING
        self._queue.settle(
            item.id, state=state, at=now, next_attempt_at=again, text=outcome.text, message_id=message_id
        )
        self._watcher.tried(item, state)
        say = log.info if state is OutboxState.SENT else log.warning
        say(_SAID[state], outbox=item.id, kind=item.kind, again=again, text=outcome.text)
        if not isinstance(outcome, Sent) and again is None:
            self._tell_the_end(item, outcome)

    def _tell_the_end(self, item: OutboxItem, outcome: NotSent | Stopped) -> None:
        try:
            self._watcher.ended(item, outcome)
        except Exception as error:  # noqa: BLE001 - it is written down already, and the other rows wait
            log.error("nobody could be told about a mail", outbox=item.id, error=str(error))


_SAID = {
    OutboxState.SENT: "mail sent",
    OutboxState.PENDING: "mail not sent",
    OutboxState.FAILED: "mail not sent",
    OutboxState.STOPPED: "mail stopped",
}
