"""Monthly statements: which months are closed, the page of one, closing and amending; agreed maintenance."""

import asyncio
import json
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.desk.contract_words import say_money
from channels.web.desk.customers import find_customer
from channels.web.entered import Entered, after_of, carry_out, path_id
from channels.web.parts import Cell, Field, Form, Link, Listing, Remove, Row, Section, done, more_of, show
from channels.web.statement_view import say_month, say_statement_error, statement_values
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError, InvalidEntryError
from intake.ports import Transaction
from intake.queries import Window
from intake.service import ClosedMonth, MaintenanceData
from intake.sla.render import statement_csv
from intake.statements.months import (
    Month,
    StatementError,
    amend_month,
    close_month,
    draw_statement,
    months_before,
    show_statement,
)
from intake.statements.page import PAGE_POLICY, statement_page

_MONTHS = 12
_PAGE = 50


async def choose_month(visit: StaffVisit) -> Response:
    """Every customer in one month: closed or still open, and the sum."""
    queries = visit.site.services.queries
    month = _asked_month(visit)
    page = await asyncio.to_thread(queries.customers, Window(limit=_PAGE, after=after_of(visit)))

    def closed() -> list[ClosedMonth | None]:
        found = [queries.closed_months(each.id, str(month), str(month)) for each in page.items]
        return [each[-1] if each else None for each in found]

    states = await asyncio.to_thread(closed)
    rows = tuple(
        (
            Cell(text=customer.name, href=f"/desk/customers/{customer.id}/statements"),
            *_month_cells(visit, customer.id, month, state),
        )
        for customer, state in zip(page.items, states, strict=True)
    )
    columns = ("desk_customer", "desk_month", "status", "desk_sum", "desk_missed")
    listing = Listing(columns=columns, rows=rows, more=more_of(visit, page))
    links = (
        Link(href=f"/desk/statements?month={month.before(1)}", text="desk_month_before"),
        Link(href=f"/desk/statements?month={month.before(-1)}", text="desk_month_after"),
    )
    return show(
        visit,
        f"{visit.t['desk_statements']}, {say_month(month, visit.language)}",
        Section(title="", listing=listing),
        links=links,
    )


async def list_months(visit: StaffVisit) -> Response:
    """The last year of a customer's statements; closing and amending."""
    return await _months_page(visit, path_id(visit))


async def show_month(visit: StaffVisit) -> Response:
    """A month's statement; with a suffix the same as CSV or JSON, or as a page to print."""
    customer_id = path_id(visit)
    name, _, suffix = visit.request.path_params["month"].partition(".")
    services = visit.site.services
    try:
        drawn = await asyncio.to_thread(
            show_statement, services.queries, customer_id, Month.read(name), services.clock()
        )
    except StatementError as error:
        return visit.tell(visit.t["desk_no_statement"], say_statement_error(error, visit.language), status=404)
    saved = {"Content-Disposition": f'attachment; filename="{customer_id}-{name}.{suffix}"'}
    if suffix == "csv":
        return Response(statement_csv(drawn.statement), media_type="text/csv; charset=utf-8", headers=saved)
    if suffix == "json":
        return Response(drawn.document, media_type="application/json", headers=saved)
    if suffix not in {"", "print"}:
        raise PageMissingError
    before = await asyncio.to_thread(months_before, services.queries, drawn)
    if not suffix:
        customer = await find_customer(visit, customer_id)
        return visit.show(
            "desk/statement.html",
            title=f"{visit.t['desk_statement']}, {customer.name}, {say_month(Month.read(name), visit.language)}",
            own=f"/desk/customers/{customer_id}/statements",
            **statement_values(drawn, before, language=visit.language, tickets="/console/tickets/"),
        )
    page = statement_page(drawn, before, language=visit.language, workplace=services.workplace_addresses)
    return Response(page, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": PAGE_POLICY})


async def close(visit: StaffVisit, form: FormData) -> Response:
    """Close a month, or amend one that is closed."""
    customer_id, services = path_id(visit), visit.site.services
    entered = Entered(form, services.zone)
    at, note = services.clock(), entered.words("note")[:2000]
    if not entered.checked("sure"):
        return await _months_page(visit, customer_id, refused=(visit.t["desk_not_sure"], form))
    try:
        month = Month.read(entered.line("month"))
        drawn = await asyncio.to_thread(draw_statement, services.queries, customer_id, month, at)
        revisions = await asyncio.to_thread(services.queries.closed_months, customer_id, str(month), str(month))

        def work(tx: Transaction) -> ClosedMonth:
            if revisions:
                return amend_month(tx, drawn, revisions[-1], by=visit.actor, at=at, note=note)
            return close_month(tx, drawn, by=visit.actor, at=at, note=note)

        await asyncio.wrap_future(services.writer.submit(work))
    except StatementError as error:
        return await _months_page(visit, customer_id, refused=(say_statement_error(error, visit.language), form))
    return done(f"/desk/customers/{customer_id}/statements")


async def list_maintenance(visit: StaffVisit) -> Response:
    """Agreed maintenance of a customer."""
    return await _maintenance_page(visit, path_id(visit))


async def add_maintenance(visit: StaffVisit, form: FormData) -> Response:
    """Agree on maintenance: the service need not be available then."""
    customer = await find_customer(visit, path_id(visit))
    at = visit.site.services.clock()

    def work(tx: Transaction) -> None:
        data = MaintenanceData(
            customer_id=customer.id,
            starts_at=_instant(visit, form, "starts_at"),
            ends_at=_instant(visit, form, "ends_at"),
            note=Entered(form, visit.site.services.zone).line("note"),
        )
        tx.service.add_maintenance(data, by=visit.actor, at=at)

    refusal = await carry_out(visit, work)
    if isinstance(refusal, EntryError):
        return await _maintenance_page(visit, customer.id, refused=(refusal, form))
    return done(f"/desk/customers/{customer.id}/maintenance", "added")


async def remove_maintenance(visit: StaffVisit, form: FormData) -> Response:
    """Take agreed maintenance back."""
    customer_id, window_id = path_id(visit), path_id(visit, "window")
    at = visit.site.services.clock()
    refusal = await carry_out(visit, lambda tx: tx.service.remove_maintenance(window_id, by=visit.actor, at=at))
    if isinstance(refusal, EntryError):
        raise PageMissingError
    return done(f"/desk/customers/{customer_id}/maintenance", "removed")


async def _months_page(visit: StaffVisit, customer_id: int, *, refused: tuple[str, FormData] | None = None) -> Response:
    customer = await find_customer(visit, customer_id)
    last = _asked_month(visit)
    first = last.before(_MONTHS - 1)
    found = await asyncio.to_thread(visit.site.services.queries.closed_months, customer_id, str(first), str(last))
    closed = {each.month: each for each in found}
    months = [last.before(ago) for ago in range(_MONTHS)]
    rows = tuple(_month_cells(visit, customer_id, each, closed.get(str(each))) for each in months)
    columns = ("desk_month", "status", "desk_sum", "desk_missed")
    typed = FormData() if refused is None else refused[1]
    form = Form(
        action=f"/desk/customers/{customer_id}/statements",
        submit="desk_close_month",
        problem="" if refused is None else refused[0],
        fields=(
            Field(
                name="month", label="desk_month", kind="choose", value=str(typed.get("month", last)),
                options=tuple((str(each), say_month(each, visit.language)) for each in months),
            ),
            Field(name="note", label="desk_note", help="desk_amend_help", value=str(typed.get("note", ""))),
            Field(name="sure", label="desk_close_sure", kind="check"),
        ),
    )  # fmt: skip
    sections = (
        Section(title="", listing=Listing(columns=columns, rows=rows)),
        Section(title=visit.t["desk_close_or_amend"], form=form),
    )
    links = (Link(href=f"/desk/customers/{customer_id}", text="desk_to_customer"),)
    title = f"{visit.t['desk_statements']}, {customer.name}"
    return show(visit, title, *sections, links=links, status=422 if refused else 200)


def _month_cells(visit: StaffVisit, customer_id: int, month: Month, closed: ClosedMonth | None) -> Row:
    own, t = f"/desk/customers/{customer_id}/statements/{month}", visit.t
    if closed is None:
        return (
            Cell(text=say_month(month, visit.language), href=own),
            Cell(text=t["desk_month_open"]),
            Cell(text="–"),
            Cell(text="–"),
        )
    state = t["desk_month_closed"] if closed.revision == 0 else t["desk_month_amended"].format(count=closed.revision)
    return (
        Cell(text=say_month(month, visit.language), href=own),
        Cell(text=state, badge="good", under=visit.site.pages.when(closed.closed_at, visit.language)),
        Cell(text=say_money(Decimal(closed.summary["total"]), json.loads(closed.document)["currency"], visit.language)),
        Cell(text=str(closed.summary["missed_nines"]), badge="bad" if closed.summary["missed_nines"] else None),
    )


async def _maintenance_page(
    visit: StaffVisit, customer_id: int, *, refused: tuple[EntryError, FormData] | None = None
) -> Response:
    customer = await find_customer(visit, customer_id)
    own = f"/desk/customers/{customer_id}/maintenance"
    window = Window(limit=_PAGE, after=after_of(visit))
    page = await asyncio.to_thread(visit.site.services.queries.maintenance, window, customer_id=customer_id)
    when = visit.site.pages.when
    rows = tuple(
        (
            Cell(text=when(each.starts_at, visit.language)),
            Cell(text=when(each.ends_at, visit.language)),
            Cell(text=each.note or "–"),
            Remove(action=f"{own}/{each.id}/remove"),
        )
        for each in page.items
    )
    listing = Listing(columns=("desk_begins", "desk_ends", "desk_note", ""), rows=rows, more=more_of(visit, page))
    form = Form(
        action=own,
        submit="desk_add",
        fields=(
            Field(name="starts_at", label="desk_begins", kind="datetime-local", required=True),
            Field(name="ends_at", label="desk_ends", kind="datetime-local", required=True),
            Field(name="note", label="desk_note"),
        ),
    )
    if refused is not None:
        form = form.refused(visit, *refused)
    sections = (Section(title="", listing=listing), Section(title=visit.t["desk_add_maintenance"], form=form))
    links = (Link(href=f"/desk/customers/{customer_id}", text="desk_to_customer"),)
    title = f"{visit.t['desk_maintenance']}, {customer.name}"
    return show(visit, title, *sections, links=links, status=422 if refused else 200)


def _asked_month(visit: StaffVisit) -> Month:
    """The month the page's address names, or the last one that is over."""
    try:
        return Month.read(visit.request.query_params.get("month", ""))
    except StatementError:
        today = visit.site.services.clock().astimezone(ZoneInfo(visit.site.services.zone))
        return Month(year=today.year, number=today.month).before(1)


def _instant(visit: StaffVisit, form: FormData, name: str) -> datetime:
    try:
        local = datetime.fromisoformat(str(form.get(name, "")).strip())
    except ValueError:
        raise InvalidEntryError("Give a day such as 2026-11-22.", field=name) from None
    return local if local.tzinfo is not None else local.replace(tzinfo=ZoneInfo(visit.site.services.zone))
