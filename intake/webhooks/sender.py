"""The worker that posts events: signed, at least once, with the same id at every attempt. standardwebhooks.com

A delivery is claimed by moving its next attempt into the future, so that a worker that dies leaves it to be tried
again. An endpoint that fails is left alone for a while, all of it: what waits for it keeps nobody else waiting.
"""

import base64
import json
import random
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import structlog
from standardwebhooks import Webhook as Signing

from authz.people.sealing import Sealer
from intake.outgoing_http import OutgoingError
from intake.webhooks.endpoint import Poster
from intake.webhooks.figures import Outcome
from intake.webhooks.model import SECRET_CONTEXT, DeliveryQueue, Due, Webhook

log = structlog.get_logger(__name__)

_AT_ONCE = 16
_THREADS = 8
_CLAIM = timedelta(minutes=5)
_IDLE_SECONDS = 1.0
# Times to wait after each attempt, as the specification proposes; after the last one it is given up.
WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
_LONGEST_QUIET = timedelta(minutes=5)
_LONGEST_ASKED = timedelta(days=1)
_GONE = 410

# Adds what the settings let be told: (event type, data) → data.
Enrich = Callable[[str, dict[str, Any]], dict[str, Any]]
Disabled = Callable[[Webhook, str, datetime], None]
Count = Callable[[int, Outcome], None]


def _uncounted(_webhook_id: int, _outcome: Outcome) -> None:
    return None


def new_secret() -> str:
    """A secret in the form the specification gives it, of 256 random bits."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class WebhookSender:
    """Posts what is due until it is stopped.

    disable_after: how long an endpoint may fail without a break. told: called when one was switched off.
    count: called with what came of each attempt.
    """

    def __init__(
        self,
        queue: DeliveryQueue,
        poster: Poster,
        sealer: Sealer,
        *,
        clock: Callable[[], datetime],
        disable_after: timedelta,
        told: Disabled,
        count: Count = _uncounted,
        enrich: Enrich = lambda _, data: data,
    ) -> None:
        self._queue = queue
        self._poster = poster
        self._sealer = sealer
        self._clock = clock
        self._disable_after = disable_after
        self._told = told
        self._count = count
        self._enrich = enrich
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="webhooks")

    def run(self) -> None:
        """Work until `stop`. Blocking; for a thread of its own."""
        while not self._stop.is_set():
            try:
                tried = self.work_once()
            except Exception as error:  # noqa: BLE001 - whatever it was, the rows are still there
                log.error("webhooks cannot be sent", error=str(error))
                tried = 0
            if not tried:
                self._stop.wait(_IDLE_SECONDS)

    def stop(self) -> None:
        """End `run` after what is being posted. What was claimed and not posted is posted later."""
        self._stop.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def work_once(self) -> int:
        """Post one batch; returns how many deliveries were tried. Blocking."""
        began = self._clock()
        batch = self._queue.claim(limit=_AT_ONCE, at=began, until=began + _CLAIM)
        list(self._pool.map(self._try, batch))
        return len(batch)

    def _try(self, due: Due) -> None:
        try:
            body, headers = self._compose(due)
            answer = self._poster.post(due.url, body, headers)
        except OutgoingError as error:
            self._failed(due, None, str(error), None)
            return
        except Exception as error:  # noqa: BLE001 - one delivery must not keep the others; it is tried again by schedule
            self._failed(due, None, f"{type(error).__name__}: {error}", None)
            return
        if 200 <= answer.status < 300:
            self._queue.settle(due, status=answer.status, at=self._clock())
            self._count(due.delivery.webhook_id, Outcome.SENT)
            log.info("webhook posted", webhook=due.delivery.webhook_id, message_id=due.delivery.message_id)
            return
        text = "redirects are not followed" if 300 <= answer.status < 400 else answer.text
        self._failed(due, answer.status, f"{answer.status}: {text}", answer.retry_after)

    def _compose(self, due: Due) -> tuple[bytes, dict[str, str]]:
        delivery, at = due.delivery, self._clock()
        told = {
            "type": delivery.type,
            "timestamp": delivery.at.isoformat().replace("+00:00", "Z"),
            "data": self._enrich(delivery.type, delivery.data),
        }
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        signatures = [Signing(secret).sign(delivery.message_id, at, body) for secret in self._secrets(due.sealed)]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Intake",
            "webhook-id": delivery.message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
        return body.encode(), headers

    def _secrets(self, sealed: Sequence[str]) -> list[str]:
        opened = [secret for each in sealed if (secret := self._sealer.open(each, SECRET_CONTEXT)) is not None]
        if not opened:
            raise OutgoingError("The secret cannot be opened with our keys: give the webhook a new one.")
        return opened

    def _failed(self, due: Due, status: int | None, error: str, retry_after: str | None) -> None:
        at, attempts = self._clock(), due.delivery.attempts
        again = None
        if attempts <= len(WAITS):
            wait = max(WAITS[attempts - 1] * random.uniform(1, 1.2), _asked_for(retry_after))  # noqa: S311 - no secret
            again = at + wait
        quiet = at + min(_LONGEST_QUIET, max(timedelta(seconds=2**attempts), _asked_for(retry_after)))
        hook = self._queue.put_off(due, status=status, error=error, at=at, again=again, quiet=quiet)
        self._count(hook.id, Outcome.DEAD if again is None else Outcome.FAILED)
        log.warning("webhook not posted", webhook=hook.id, message_id=due.delivery.message_id, again=again, error=error)
        since = hook.failing_since or at
        if status == _GONE:
            self._disable(hook, "the endpoint answered 410 Gone", at)
        elif at - since >= self._disable_after:
            self._disable(hook, f"it has failed since {since:%Y-%m-%d %H:%M} UTC: {error}", at)

    def _disable(self, hook: Webhook, why: str, at: datetime) -> None:
        if hook.active:
            self._queue.disable(hook.id, why=why, at=at)
            self._told(hook, why, at)


def _asked_for(retry_after: str | None) -> timedelta:
    """What the peer asks for, in seconds; a date is not understood. RFC 9110 §10.2.3"""
    if retry_after is None or not retry_after.strip().isdigit():
        return timedelta(0)
    return min(timedelta(seconds=int(retry_after.strip()[:9])), _LONGEST_ASKED)
