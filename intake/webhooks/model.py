"""Subscriptions and deliveries as values, and what keeps them, as Protocols. All instants are aware UTC."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from intake.tickets.model import Actor
from intake.webhooks.events import EventType

if TYPE_CHECKING:
    from intake.queries import Page, Window

# What a secret is sealed for.
SECRET_CONTEXT = "webhook secret"  # noqa: S105 - a name, not a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookData:
    """What somebody wants to be told of. types: empty for everything. customer_id: only what that customer may know."""

    url: str
    types: frozenset[EventType] = frozenset()
    customer_id: int | None = None
    note: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook(WebhookData):
    """A subscription as stored; its secret is not among its fields.

    failing_since: of an unbroken row of failures. disabled_why: set when it was switched off for failing too long.
    """

    id: int
    created_at: datetime
    failures: int
    failing_since: datetime | None
    disabled_why: str | None


class DeliveryState(StrEnum):
    """pending until it was taken, or given up."""

    PENDING = "pending"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one subscription. status: of the last answer, None when there was none."""

    webhook_id: int
    event_id: int
    type: EventType
    at: datetime
    data: dict[str, Any]
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    done_at: datetime | None
    status: int | None
    error: str | None

    @property
    def message_id(self) -> str:
        """The webhook-id: the same at every attempt, for every subscriber."""
        return f"evt_{self.event_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A delivery that is to be tried now. sealed: the secrets that sign, the current one first."""

    delivery: Delivery
    url: str
    sealed: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Which deliveries are to be made once more: of events since then; only_dead: those that were given up."""

    since: datetime
    until: datetime | None = None
    only_dead: bool = True


class WebhookAdmin(Protocol):
    """The commands that change subscriptions, audited, inside a transaction. Raise `EntryError`s."""

    def webhook(self, webhook_id: int) -> Webhook: ...
    def add(self, data: WebhookData, *, sealed: str, by: Actor, at: datetime) -> Webhook: ...
    def change(self, webhook_id: int, data: WebhookData, *, by: Actor, at: datetime) -> Webhook:
        """Replace what is said; switched on again it starts without its old failures."""
        ...

    def rotate(self, webhook_id: int, *, sealed: str, until: datetime, by: Actor, at: datetime) -> Webhook:
        """Give it another secret; the one before signs as well until then."""
        ...

    def remove(self, webhook_id: int, *, by: Actor, at: datetime) -> None: ...
    def replay(self, webhook_id: int, wanted: Replay, *, by: Actor, at: datetime) -> int:
        """Make deliveries due again; returns how many."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What a subscription that is switched on has not been told. oldest: since when the oldest event waits, aware UTC.

    dead: how many were given up.
    """

    webhook_id: int
    pending: int = 0
    dead: int = 0
    oldest: datetime | None = None


class WebhookQueries(Protocol):
    """The questions about subscriptions. Blocking."""

    def webhooks(self, window: "Window") -> "Page[Webhook]": ...
    def webhook_deliveries(self, webhook_id: int, state: DeliveryState | None, window: "Window") -> "Page[Delivery]":
        """The newest events first."""
        ...


class DeliveryQueue(Protocol):
    """The deliveries as a queue for any number of workers. Blocking."""

    def claim(self, *, limit: int, at: datetime, until: datetime) -> Sequence[Due]:
        """Take deliveries due at `at`, hidden from other workers until `until`; each counts an attempt."""
        ...

    def settle(self, due: Due, *, status: int | None, at: datetime) -> None:
        """It was taken."""
        ...

    def put_off(
        self, due: Due, *, status: int | None, error: str, at: datetime, again: datetime | None, quiet: datetime
    ) -> Webhook:
        """It was not. again: when it is tried once more, None to give up. quiet: nothing is sent there until then."""
        ...

    def disable(self, webhook_id: int, *, why: str, at: datetime) -> None:
        """Switch a subscription off; what waits for it stays to be replayed."""
        ...

    def forget(self, before: datetime) -> int:
        """Delete events from before an instant that nobody waits for; returns how many."""
        ...

    def backlogs(self) -> Sequence[Backlog]:
        """What waits and what was given up, of every subscription that is switched on."""
        ...
