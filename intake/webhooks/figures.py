"""The figures of webhooks out for Prometheus. Owns their names.

The counter counts in this process; the gauges are read when they are asked for, and say the same on every node.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum

import structlog
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from intake.webhooks.model import Backlog

log = structlog.get_logger(__name__)


class Outcome(StrEnum):
    """What came of an attempt to post an event."""

    SENT = "sent"
    FAILED = "failed"  # and is tried again
    DEAD = "dead"  # was the last attempt


class WebhookPosts:
    """Counts attempts. Safe to share between threads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._posts = Counter(
            "intake_webhook_posts_total",
            "Attempts to post an event, by webhook and what came of it; failed is tried again, dead is not",
            ["webhook", "outcome"],
            registry=registry,
        )

    def count(self, webhook_id: int, outcome: Outcome) -> None:
        """Count one attempt."""
        self._posts.labels(str(webhook_id), outcome).inc()


class WebhooksWaiting(Collector):
    """What waits to be posted, and what was given up, at the moment somebody asks. clock: aware UTC now."""

    def __init__(self, backlogs: Callable[[], Sequence[Backlog]], clock: Callable[[], datetime]) -> None:
        self._backlogs = backlogs
        self._clock = clock

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must not ask the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Read the figures."""
        try:
            backlogs = self._backlogs()
        except Exception as error:  # noqa: BLE001 - without the database the other figures are needed most
            log.warning("cannot count what webhooks wait for", error=str(error))
            return
        pending = GaugeMetricFamily("intake_webhook_pending", "Events that wait to be posted", labels=["webhook"])
        dead = GaugeMetricFamily("intake_webhook_dead", "Events given up and still kept", labels=["webhook"])
        oldest = GaugeMetricFamily(
            "intake_webhook_oldest_pending_seconds", "Since when the oldest event waits, 0 for none", labels=["webhook"]
        )
        at = self._clock()
        for each in backlogs:
            label, since = [str(each.webhook_id)], each.oldest
            pending.add_metric(label, each.pending)
            dead.add_metric(label, each.dead)
            oldest.add_metric(label, 0.0 if since is None else max((at - since).total_seconds(), 0.0))
        yield from (pending, dead, oldest)
