"""What belongs to the service promise beside tickets: work, access, maintenance, closed months. Values and a Protocol.

All instants are aware UTC. The commands raise `intake.administration.EntryError`s; nothing is stored then.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from intake.people import Validity
from intake.sla.access import AccessMethod
from intake.sla.calendar import NamedDay
from intake.sla.statement import TimeEntry
from intake.terms import Evaluation
from intake.tickets.model import Actor, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Time somebody worked on a ticket. at: when, aware UTC. flag: what it was for; it decides who pays."""

    at: datetime
    minutes: int
    flag: Evaluation
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedWork:
    """A time entry as stored. withdrawn_at: when it was taken back; it stays to be seen, but no longer counts."""

    entry: TimeEntry
    noted_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessData(Validity):
    """One agreed way of remote access to a customer's systems."""

    customer_id: int
    name: str
    method: AccessMethod
    windows_only: bool = False
    remote_desktop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Access(AccessData):
    """A way of access as stored."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceData:
    """Agreed time in which a customer's service need not be available, half-open."""

    customer_id: int
    starts_at: datetime
    ends_at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance(MaintenanceData):
    """A maintenance window as stored."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedMonth:
    """A month's statement as it was frozen. revision: 0 is the closing, then the amendments.

    document: canonical JSON. digest: its SHA-256, hex. summary: the figures a chart of months shows.
    """

    customer_id: int
    month: str
    revision: int
    document: str
    digest: str
    summary: dict[str, Any]
    closed_at: datetime
    closed_by: Actor
    note: str = ""


class ServiceAdmin(Protocol):
    """The commands."""

    def add_site_day(self, day: NamedDay, *, by: Actor, at: datetime, correction: bool = False) -> None:
        """Close on one more day. One that has begun can only be corrected: what was counted stays."""
        ...

    def remove_site_day(self, day: date, *, by: Actor, at: datetime, correction: bool = False) -> None:
        """Work on a day of the site's own after all."""
        ...

    def add_work(self, entry_id: int, ticket: Ticket, work: Work, *, by: Actor, at: datetime) -> NotedWork: ...
    def withdraw_work(self, ticket: Ticket, entry_id: int, *, by: Actor, at: datetime) -> NotedWork: ...

    def access(self, access_id: int) -> Access: ...
    def add_access(self, data: AccessData, *, by: Actor, at: datetime) -> Access: ...
    def change_access(self, access_id: int, data: AccessData, *, by: Actor, at: datetime) -> Access: ...
    def remove_access(self, access_id: int, *, by: Actor, at: datetime) -> None: ...

    def add_maintenance(self, data: MaintenanceData, *, by: Actor, at: datetime) -> Maintenance: ...
    def remove_maintenance(self, window_id: int, *, by: Actor, at: datetime) -> None: ...

    def last_revision(self, customer_id: int, month: str) -> int | None:
        """The number of the last revision of a closed month; None while it is open. Locked until the end."""
        ...

    def keep_month(self, closed: ClosedMonth) -> None:
        """Freeze a month, or add an amendment. Raises ConflictError when somebody else was first."""
        ...
