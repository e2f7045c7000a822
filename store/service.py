"""Work, access, maintenance and closed months as rows. See `intake.service.ServiceAdmin`."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from intake.administration import InvalidEntryError, TakenEntryError, UnknownEntryError
from intake.service import Access, AccessData, ClosedMonth, Maintenance, MaintenanceData, NotedWork, Work
from intake.sla.access import AccessMethod
from intake.sla.calendar import NamedDay
from intake.sla.statement import TimeEntry
from intake.terms import Evaluation
from intake.tickets.model import Actor, Ticket
from store.conflicts import conflicts
from store.deadlines import renew_all_deadlines
from store.entries import Entries, Values
from store.people_rows import clean_text, validity_values
from store.rows import actor_values, read_actor
from store.site_days import SITE_CALENDAR, read_site_days, refuse_begun_day, site_days_values
from store.tables import access_profiles, closed_months, customers, maintenance_windows, site_calendar, time_entries

_LONGEST_WORK = 24 * 60


class StoreService(Entries):
    """On a connection that is inside a transaction. Commit and rollback are the writer's."""

    def add_work(self, entry_id: int, ticket: Ticket, work: Work, *, by: Actor, at: datetime) -> NotedWork:
        if not 1 <= work.minutes <= _LONGEST_WORK:
            raise InvalidEntryError(f"Give whole minutes, from 1 to {_LONGEST_WORK}.", field="minutes")
        if work.at > at:
            raise InvalidEntryError("Work is noted after it was done.", field="at")
        values = {
            "id": entry_id,
            "ticket_id": ticket.id,
            "customer_id": ticket.customer_id,
            "at": work.at,
            "minutes": work.minutes,
            "flag": work.flag,
            **actor_values(by),
            "note": clean_text("note", work.note, 2000, may_be_empty=True),
            "noted_at": at,
        }
        row = self._connection.execute(insert(time_entries).values(values).returning(*time_entries.c)).one()
        return read_work(row, ticket.number)

    def withdraw_work(self, ticket: Ticket, entry_id: int, *, by: Actor, at: datetime) -> NotedWork:
        statement = (
            update(time_entries)
            .where(
                time_entries.c.id == entry_id,
                time_entries.c.ticket_id == ticket.id,
                time_entries.c.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=at, withdrawn_by=by.name[:200])
            .returning(*time_entries.c)
        )
        row = self._connection.execute(statement).first()
        if row is None:
            raise UnknownEntryError(f"Ticket {ticket.number} has no time entry {entry_id} that counts.")
        return read_work(row, ticket.number)

    def add_site_day(self, day: NamedDay, *, by: Actor, at: datetime, correction: bool = False) -> None:
        name = clean_text("name", day.name, 200)
        kept = read_site_days(self._connection, for_update=True)
        if any(each.day == day.day for each in kept or ()):
            raise TakenEntryError(f"{day.day} is a day of the site's own already.", field="day")
        days = (*(kept or ()), NamedDay(day.day, name))
        self._keep_site_days(days, day.day, first=kept is None, by=by, at=at, correction=correction)

    def remove_site_day(self, day: date, *, by: Actor, at: datetime, correction: bool = False) -> None:
        kept = read_site_days(self._connection, for_update=True) or ()
        left = tuple(each for each in kept if each.day != day)
        if left == kept:
            raise UnknownEntryError(f"{day} is no day of the site's own.")
        self._keep_site_days(left, day, first=False, by=by, at=at, correction=correction)

    def _keep_site_days(
        self, days: tuple[NamedDay, ...], changed: date, *, first: bool, by: Actor, at: datetime, correction: bool
    ) -> None:
        refuse_begun_day(changed, at, correction=correction)
        values = site_days_values(days)
        if first:
            self._add(site_calendar, "site calendar", values | {"id": SITE_CALENDAR}, by=by, at=at)
        else:
            before = self._row(site_calendar, "site calendar", SITE_CALENDAR)
            self._change(site_calendar, "site calendar", before, values, by=by, at=at)
        renew_all_deadlines(self._connection, at)

    def access(self, access_id: int) -> Access:
        return read_access(self._row(access_profiles, "access profile", access_id))

    def add_access(self, data: AccessData, *, by: Actor, at: datetime) -> Access:
        self._row(customers, "customer", data.customer_id)
        return read_access(self._add(access_profiles, "access profile", _access_values(data), by=by, at=at))

    def change_access(self, access_id: int, data: AccessData, *, by: Actor, at: datetime) -> Access:
        before = self._row(access_profiles, "access profile", access_id)
        if before.customer_id != data.customer_id:
            raise InvalidEntryError("An access profile stays with its customer.", field="customer_id")
        values = _access_values(data)
        return read_access(self._change(access_profiles, "access profile", before, values, by=by, at=at))

    def remove_access(self, access_id: int, *, by: Actor, at: datetime) -> None:
        self._remove(access_profiles, "access profile", access_id, by=by, at=at)

    def add_maintenance(self, data: MaintenanceData, *, by: Actor, at: datetime) -> Maintenance:
        self._row(customers, "customer", data.customer_id)
        if data.starts_at.utcoffset() is None or data.ends_at.utcoffset() is None:
            raise InvalidEntryError("Write the instants with their zone.", field="starts_at")
        if data.starts_at >= data.ends_at:
            raise InvalidEntryError("Maintenance must end after it begins.", field="ends_at")
        values = {
            "customer_id": data.customer_id,
            "starts_at": data.starts_at,
            "ends_at": data.ends_at,
            "note": clean_text("note", data.note, 500, may_be_empty=True),
        }
        return read_maintenance(self._add(maintenance_windows, "maintenance", values, by=by, at=at))

    def remove_maintenance(self, window_id: int, *, by: Actor, at: datetime) -> None:
        self._remove(maintenance_windows, "maintenance", window_id, by=by, at=at)

    def last_revision(self, customer_id: int, month: str) -> int | None:
        query = (
            select(closed_months.c.revision)
            .where(closed_months.c.customer_id == customer_id, closed_months.c.month == month)
            .order_by(closed_months.c.revision.desc())
            .limit(1)
            .with_for_update()
        )
        found: int | None = self._connection.execute(query).scalar()
        return found

    def keep_month(self, closed: ClosedMonth) -> None:
        values = {
            "customer_id": closed.customer_id,
            "month": closed.month,
            "revision": closed.revision,
            "document": closed.document,
            "digest": closed.digest,
            "summary": closed.summary,
            "closed_at": closed.closed_at,
            **actor_values(closed.closed_by),
            "note": closed.note,
        }
        with conflicts():
            self._connection.execute(insert(closed_months), values)


def _access_values(data: AccessData) -> Values:
    return {
        "customer_id": data.customer_id,
        "name": clean_text("name", data.name, 200),
        "method": data.method,
        "windows_only": data.windows_only,
        "remote_desktop": data.remote_desktop,
        **validity_values(data),
    }


def read_access(row: Row[Any]) -> Access:
    return Access(
        id=row.id,
        customer_id=row.customer_id,
        name=row.name,
        method=AccessMethod(row.method),
        windows_only=bool(row.windows_only),
        remote_desktop=bool(row.remote_desktop),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def read_maintenance(row: Row[Any]) -> Maintenance:
    return Maintenance(
        id=row.id, customer_id=row.customer_id, starts_at=row.starts_at, ends_at=row.ends_at, note=row.note
    )


def read_work(row: Row[Any], ticket_number: int) -> NotedWork:
    entry = TimeEntry(
        id=row.id,
        ticket=ticket_number,
        at=row.at,
        minutes=row.minutes,
        flag=Evaluation(row.flag),
        person=row.actor_name,
        note=row.note,
    )
    return NotedWork(entry=entry, noted_at=row.noted_at, withdrawn_at=row.withdrawn_at, withdrawn_by=row.withdrawn_by)


def read_closed_month(row: Row[Any]) -> ClosedMonth:
    return ClosedMonth(
        customer_id=row.customer_id,
        month=row.month,
        revision=row.revision,
        document=row.document,
        digest=row.digest,
        summary=row.summary,
        closed_at=row.closed_at,
        closed_by=read_actor(row),
        note=row.note,
    )
