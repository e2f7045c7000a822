"""The figures of the service for Prometheus, beside those of HTTP: decisions, the quarantine, the outbox, mailboxes.

Owns their names. Counters count in this process; gauges are read when they are asked for.
"""

from collections.abc import Callable, Iterator, Mapping

import structlog
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from authz.decision import Reason, Verdict
from authz.identity import Channel
from channels.mail.imap import MailboxStatus
from intake.outgoing import OutboxItem, OutboxState

log = structlog.get_logger(__name__)


class Decisions:
    """Counts what was decided. Safe to share between threads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._decisions = Counter(
            "intake_decisions_total",
            "Requests by channel, verdict and reason; repetitions count as duplicate",
            ["channel", "verdict", "reason"],
            registry=registry,
        )

    def count(self, channel: Channel, verdict: Verdict, reason: Reason) -> None:
        """Count one decision."""
        self._decisions.labels(channel, verdict, reason).inc()


class OutgoingMail:
    """Counts what came of attempts to send. Safe to share between threads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "intake_outgoing_mail_total",
            "Attempts to send a mail by its kind and what came of it; pending is tried again",
            ["kind", "outcome"],
            registry=registry,
        )

    def count(self, item: OutboxItem, state: OutboxState) -> None:
        """Count one attempt."""
        self._attempts.labels(item.kind, state).inc()


class Waiting(Collector):
    """What waits, and how the mailboxes are, at the moment somebody asks.

    held: how many wait for a decision. outgoing: how many mails wait to be sent. mailboxes: those this node reads.
    """

    def __init__(
        self,
        *,
        held: Callable[[], Mapping[tuple[Channel, Reason], int]],
        outgoing: Callable[[], int],
        mailboxes: Callable[[], Mapping[str, MailboxStatus]],
    ) -> None:
        self._held = held
        self._outgoing = outgoing
        self._mailboxes = mailboxes

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must not ask the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Read the figures."""
        try:
            waiting, outgoing = self._held(), self._outgoing()
        except Exception as error:  # noqa: BLE001 - without the database the other figures are needed most
            log.warning("cannot count what waits", error=str(error))
        else:
            held = GaugeMetricFamily(
                "intake_quarantine_held", "Requests that wait for a decision", labels=["channel", "reason"]
            )
            for (channel, reason), count in waiting.items():
                held.add_metric([channel, reason], count)
            yield held
            yield GaugeMetricFamily("intake_outbox_pending", "Mails that wait to be sent", value=outgoing)
        yield from _mailbox_figures(self._mailboxes())


def _mailbox_figures(mailboxes: Mapping[str, MailboxStatus]) -> Iterator[Metric]:
    read: dict[str, tuple[str, Callable[[MailboxStatus], float | None]]] = {
        "intake_mailbox_failures": ("Connections that failed in a row", lambda status: status.failures),
        "intake_mailbox_waiting": ("Mails that are tried again", lambda status: status.waiting),
        "intake_mailbox_unsettled": (
            "Mails in the folder that the ledger should have settled",
            lambda status: status.unsettled,
        ),
        "intake_mailbox_disagreements": (
            "Mails of all its folders that the ledger does not know, at the last comparison",
            lambda status: status.disagreements,
        ),
        "intake_mailbox_last_success_timestamp_seconds": (
            "When the folder was last worked through",
            lambda status: status.last_success.timestamp() if status.last_success else None,
        ),
        "intake_mailbox_last_mail_timestamp_seconds": (
            "When the last mail was taken in",
            lambda status: status.last_mail.timestamp() if status.last_mail else None,
        ),
    }
    for name, (text, value_of) in read.items():
        family = GaugeMetricFamily(name, text, labels=["mailbox"])
        for account, status in mailboxes.items():
            value = value_of(status)
            if value is not None:
                family.add_metric([account], value)
        yield family
