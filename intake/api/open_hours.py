"""A customer's open hours by day, and the days the whole desk is closed on. RULE hours-weekdays, hours-247"""

import asyncio
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel

from intake.api.access import AnyServiceReader, ServiceReader, ServiceWriter
from intake.api.lists import EntryId
from intake.api.problems import Problem, documented
from intake.api.services import Services
from intake.api.texts import Line
from intake.api.ticket_schemas import Sent
from intake.ports import Transaction
from intake.sla.calendar import ClosedReason, NamedDay
from intake.sla.contract import Terms
from intake.sla.day_plan import LONGEST, DayPlan, day_plans

router = APIRouter(prefix="/api/v1", tags=["service level"])

# A calendar is computed year by year; nobody asks for the year 9000.
_FIRST, _LAST = date(2000, 1, 1), date(2100, 1, 1)


class OpenSpan(BaseModel):
    """From when until when, half-open."""

    start: datetime
    end: datetime


class OpenDay(BaseModel):
    """A local day. reason, words: why it is closed; null on an open day."""

    day: date
    open: list[OpenSpan]
    reason: ClosedReason | None
    words: str | None


class OpenHours(BaseModel):
    """Days in their order. zone: whose days they are."""

    zone: str
    days: list[OpenDay]


class SiteDay(BaseModel):
    """A day on which the whole service desk is closed."""

    day: date
    name: str


class NewSiteDay(Sent):
    """Why the day is closed. correction: it always was, though it has begun."""

    name: Line
    correction: bool = False


@router.get("/customers/{customer_id}/open-hours", responses=documented("not-found"))
def read_open_hours(
    *,
    services: Services,
    caller: ServiceReader,
    customer_id: EntryId,
    first: Annotated[date | None, Query(alias="from", ge=_FIRST, lt=_LAST, description="today when left out")] = None,
    days: Annotated[int, Query(ge=1, le=LONGEST)] = 14,
) -> OpenHours:
    """When the service is open for this customer, and why it is closed on the other days."""
    if services.queries.customer(customer_id) is None:
        raise Problem("not-found", f"There is no customer {customer_id}.")
    contract, at = services.queries.customer_contract(customer_id), services.clock()
    zone = ZoneInfo((contract.terms_at(at) or Terms(name="")).calendar.zone)
    plans = day_plans(contract.coverage, first or at.astimezone(zone).date(), days, zone)
    return OpenHours(zone=zone.key, days=[_day(plan, zone) for plan in plans])


@router.get("/site-days", responses=documented())
def list_site_days(services: Services, caller: AnyServiceReader) -> list[SiteDay]:
    """The days on which the whole service desk is closed beside public holidays."""
    return [SiteDay(day=each.day, name=each.name) for each in services.queries.site_days()]


@router.put("/site-days/{day}", responses=documented("entry-taken"))
async def add_site_day(services: Services, caller: ServiceWriter, day: date, sent: NewSiteDay) -> SiteDay:
    """Close on one more day, for every contract whose calendar has holidays."""
    at, added = services.clock(), NamedDay(day, sent.name)

    def work(tx: Transaction) -> None:
        tx.service.add_site_day(added, by=caller.actor, at=at, correction=sent.correction)

    await asyncio.wrap_future(services.writer.submit(work))
    return SiteDay(day=day, name=sent.name)


@router.delete("/site-days/{day}", status_code=204, responses=documented("not-found"))
async def remove_site_day(services: Services, caller: ServiceWriter, day: date, correction: bool = False) -> None:
    """Work on such a day after all. correction: it never was closed, though it has begun."""
    at = services.clock()

    def work(tx: Transaction) -> None:
        tx.service.remove_site_day(day, by=caller.actor, at=at, correction=correction)

    await asyncio.wrap_future(services.writer.submit(work))


def _day(plan: DayPlan, zone: ZoneInfo) -> OpenDay:
    spans = [OpenSpan(start=span.start.astimezone(zone), end=span.end.astimezone(zone)) for span in plan.spans]
    return OpenDay(day=plan.day, open=spans, reason=plan.reason, words=plan.words or None)
