"""A year of a customer's service calendar: every day, open or closed, and why."""

import asyncio
import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from babel.dates import get_day_names, get_month_names
from starlette.responses import Response

from channels.web.desk.customers import find_customer
from channels.web.entered import path_id, whole_number
from channels.web.visitors import StaffVisit
from intake.sla.calendar import CalendarHistory, day_off, openings_on

# The years a calendar can be asked for.
_YEARS = range(2000, 2101)


async def show_calendar(visit: StaffVisit) -> Response:
    """A year of a customer's service calendar: every day, open or closed and why."""
    customer = await find_customer(visit, path_id(visit))
    asked = whole_number(visit.request.query_params.get("year", ""))
    today = visit.site.services.clock().astimezone(ZoneInfo(visit.site.services.zone)).date()
    year = asked if asked is not None and asked in _YEARS else today.year
    contract = await asyncio.to_thread(visit.site.services.queries.customer_contract, customer.id)
    months = await asyncio.to_thread(_year, contract.coverage, year)
    names = get_month_names("wide", context="stand-alone", locale=visit.language)
    weekdays = get_day_names("narrow", context="stand-alone", locale=visit.language)
    return visit.show(
        "desk/calendar.html",
        customer=customer,
        year=year,
        today=today,
        months=months,
        month_names=[names[number] for number in range(1, 13)],
        weekday_names=[weekdays[number] for number in range(7)],
        closed=[day for month in months for week in month for day in week if day is not None and day.named],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """A day of the year. state: open, closed, off (a named day) or none (no contract). text: its hours or its name."""

    day: date
    state: str
    text: str

    @property
    def named(self) -> bool:
        """Whether it is closed for a reason of its own."""
        return self.state == "off"


def _year(coverage: CalendarHistory, year: int) -> list[list[list[CalendarDay | None]]]:
    weeks = calendar.Calendar()
    return [
        [
            [_day(coverage, each) if each.month == month else None for each in week]
            for week in weeks.monthdatescalendar(year, month)
        ]
        for month in range(1, 13)
    ]


def _day(coverage: CalendarHistory, day: date) -> CalendarDay:
    found = coverage.at(datetime.combine(day, time(12), UTC))
    if found is None:
        return CalendarDay(day=day, state="none", text="")
    # The day a contract begins or ends on is shown as it is at noon in the contract's own zone.
    found = coverage.at(datetime.combine(day, time(12), ZoneInfo(found.zone))) or found
    off = day_off(found, day)
    if off is not None:
        return CalendarDay(day=day, state="off", text=off[1])
    openings = openings_on(found, day)
    hours = ", ".join(f"{each.starts:%H:%M}–{each.ends:%H:%M}" for each in openings)
    return CalendarDay(day=day, state="open" if openings else "closed", text=hours)
