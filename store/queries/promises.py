"""What the service promise is told from: clocks of a ticket, the inputs of a statement, closed months."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from intake.queries import DrawnFrom, Page, TicketClocks, Window
from intake.service import Access, ClosedMonth, Maintenance, NotedWork
from intake.sla.access import AccessProfile
from intake.sla.availability import MaintenanceWindow
from intake.sla.calendar import NamedDay
from intake.sla.contract import Contract
from intake.sla.history import TicketHistory
from intake.sla.spans import Span
from store import rows
from store.contracts import customer_contract
from store.histories import stream_histories, ticket_history
from store.queries.reading import Reading
from store.service import read_access, read_closed_month, read_maintenance, read_work
from store.site_days import read_site_days
from store.tables import access_profiles, closed_months, customers, maintenance_windows, tickets, time_entries


class PromiseQueries(Reading):
    """See `intake.queries.Queries`."""

    def ticket_clocks(self, number: int) -> TicketClocks | None:
        with self._engine.connect() as connection:
            found = connection.execute(select(tickets).where(tickets.c.number == number)).first()
            if found is None:
                return None
            ticket = rows.read_ticket(found)
            return TicketClocks(
                ticket=ticket,
                history=ticket_history(connection, ticket),
                contract=customer_contract(connection, ticket.customer_id),
            )

    def time_entries(self, number: int) -> tuple[NotedWork, ...]:
        query = (
            select(time_entries)
            .join(tickets, tickets.c.id == time_entries.c.ticket_id)
            .where(tickets.c.number == number)
            .order_by(time_entries.c.at, time_entries.c.id)
        )
        with self._engine.connect() as connection:
            return tuple(read_work(row, number) for row in connection.execute(query))

    def customer_contract(self, customer_id: int) -> Contract:
        with self._engine.connect() as connection, connection.begin():
            return customer_contract(connection, customer_id)

    def site_days(self) -> tuple[NamedDay, ...]:
        with self._engine.connect() as connection:
            return read_site_days(connection) or ()

    def drawn_from(self, customer_id: int, span: Span) -> DrawnFrom | None:
        with self._engine.connect() as connection, connection.begin():
            customer = connection.execute(select(customers.c.name).where(customers.c.id == customer_id)).first()
            if customer is None:
                return None
            return DrawnFrom(
                customer=customer.name,
                contract=customer_contract(connection, customer_id),
                histories=tuple(stream_histories(connection, customer_id, span)),
                time_entries=tuple(
                    read_work(row, row.ticket_number).entry
                    for row in connection.execute(
                        select(time_entries, tickets.c.number.label("ticket_number"))
                        .join(tickets, tickets.c.id == time_entries.c.ticket_id)
                        .where(
                            time_entries.c.customer_id == customer_id,
                            time_entries.c.at >= span.start,
                            time_entries.c.at < span.end,
                            time_entries.c.withdrawn_at.is_(None),
                        )
                    )
                ),
                access_profiles=tuple(
                    _profile(read_access(row))
                    for row in connection.execute(
                        select(access_profiles).where(access_profiles.c.customer_id == customer_id)
                    )
                ),
                maintenance=tuple(
                    MaintenanceWindow(start=row.starts_at, end=row.ends_at, note=row.note)
                    for row in connection.execute(
                        select(maintenance_windows).where(
                            maintenance_windows.c.customer_id == customer_id,
                            maintenance_windows.c.starts_at < span.end,
                            maintenance_windows.c.ends_at > span.start,
                        )
                    )
                ),
            )

    def a_histories(self, customer_id: int, span: Span) -> tuple[TicketHistory, ...]:
        with self._engine.connect() as connection, connection.begin():
            return tuple(stream_histories(connection, customer_id, span, only_a=True))

    def maintenance_in(self, customer_id: int, start: datetime, end: datetime) -> tuple[Maintenance, ...]:
        query = (
            select(maintenance_windows)
            .where(
                maintenance_windows.c.customer_id == customer_id,
                maintenance_windows.c.starts_at < end,
                maintenance_windows.c.ends_at > start,
            )
            .order_by(maintenance_windows.c.starts_at, maintenance_windows.c.id)
        )
        with self._engine.connect() as connection:
            return tuple(read_maintenance(row) for row in connection.execute(query))

    def maintenance(self, window: Window, *, customer_id: int) -> Page[Maintenance]:
        query = select(maintenance_windows).where(maintenance_windows.c.customer_id == customer_id)
        return self._oldest_first(query, maintenance_windows.c.id, window, read_maintenance)

    def access_profiles(self, window: Window, *, customer_id: int) -> Page[Access]:
        query = select(access_profiles).where(access_profiles.c.customer_id == customer_id)
        return self._oldest_first(query, access_profiles.c.id, window, read_access)

    def closed_months(self, customer_id: int, first: str, last: str) -> Sequence[ClosedMonth]:
        query = (
            select(closed_months)
            .where(
                closed_months.c.customer_id == customer_id,
                closed_months.c.month >= first,
                closed_months.c.month <= last,
            )
            .order_by(closed_months.c.month, closed_months.c.revision)
        )
        with self._engine.connect() as connection:
            return [read_closed_month(row) for row in connection.execute(query)]


def _profile(access: Access) -> AccessProfile:
    return AccessProfile(
        name=access.name,
        method=access.method,
        windows_only=access.windows_only,
        remote_desktop=access.remote_desktop,
        valid_from=access.valid_from,
        valid_until=access.valid_until,
    )
