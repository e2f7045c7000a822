"""The monthly statements of the visitor's customer: which there are, one of them, to print and to save."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.responses import Response

from channels.web.statement_view import statement_values
from channels.web.visitors import ContactVisit, PageMissingError
from intake.service import ClosedMonth
from intake.sla.contract import Contract
from intake.sla.render import statement_csv
from intake.statements.months import Drawn, Month, StatementError, contract_zone, months_before, show_statement
from intake.statements.page import PAGE_POLICY, statement_page

_MONTHS = 24
_PRINT = "print"


async def list_months(visit: ContactVisit) -> Response:
    """The months of the last two years that are over and in which there was a contract, newest first."""
    services, customer_id = visit.site.services, visit.contact.customer_id
    now = services.clock()
    today = now.astimezone(ZoneInfo(services.zone))
    last = Month(year=today.year, number=today.month).before(1)
    months = [last.before(ago) for ago in range(_MONTHS)]

    def read() -> tuple[Contract, Sequence[ClosedMonth]]:
        queries = services.queries
        return queries.customer_contract(customer_id), queries.closed_months(customer_id, str(months[-1]), str(last))

    contract, found = await asyncio.to_thread(read)
    closed = {each.month: each for each in found}
    shown = [each for each in months if str(each) in closed or _is_over_with_contract(contract, each, now)]
    return visit.show("portal/statements.html", months=[(each, closed.get(str(each))) for each in shown])


async def show_month(visit: ContactVisit) -> Response:
    """A month: its figures and the chart of months; with a suffix the same as JSON or CSV, or as a page to print."""
    name, _, suffix = visit.request.path_params["month"].partition(".")
    services = visit.site.services
    try:
        drawn = await asyncio.to_thread(_drawn, visit, name)
    except StatementError as error:
        return _explain_absence(visit, name, error)
    saved = {"Content-Disposition": f'attachment; filename="{drawn.statement.month}.{suffix}"'}
    if suffix == "csv":
        return Response(statement_csv(drawn.statement), media_type="text/csv; charset=utf-8", headers=saved)
    if suffix == "json":
        return Response(drawn.document, media_type="application/json", headers=saved)
    if suffix not in {"", _PRINT}:
        raise PageMissingError
    before = await asyncio.to_thread(months_before, services.queries, drawn)
    if suffix == _PRINT:
        page = statement_page(drawn, before, language=visit.language, workplace=services.workplace_addresses)
        return Response(page, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": PAGE_POLICY})
    values = statement_values(drawn, before, language=visit.language, tickets="/tickets/")
    return visit.show("portal/statement.html", **values)


def _drawn(visit: ContactVisit, name: str) -> Drawn:
    services = visit.site.services
    return show_statement(services.queries, visit.contact.customer_id, Month.read(name), services.clock())


def _explain_absence(visit: ContactVisit, name: str, error: StatementError) -> Response:
    """Say why a month has no statement; what names no month is a page that is missing."""
    try:
        month = Month.read(name)
    except StatementError:
        raise PageMissingError from error
    services = visit.site.services
    span = month.span(services.zone)
    key = "statement_not_yet" if span.end > services.clock() else "statement_none"
    named = f"{month.number}/{month.year}"
    said = visit.t[key].format(month=named, day=visit.site.pages.day(span.end, visit.language))
    return visit.tell(f"{visit.t['statements']} {named}", said, status=404)


def _is_over_with_contract(contract: Contract, month: Month, now: datetime) -> bool:
    span = month.span(contract_zone(contract, month))
    try:
        contract.last_terms_in(span.start, span.end)
    except ValueError:
        return False
    return span.end <= now
