"""Calendars, contracts and histories the tests of the service level share."""

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from intake.sla.calendar import ROUND_THE_CLOCK, WEEKDAYS_8_18, NamedDay, Opening, ServiceCalendar, Week
from intake.sla.contract import Contract, ContractVersion, Options, Targets, Terms
from intake.sla.history import CategoryEvent, StatusEvent, TemporaryFixEvent, TicketHistory
from intake.terms import Category, Status
from tests.intake.sla.oracle import Shifts, Site

PRAGUE = ZoneInfo("Europe/Prague")


def prague(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment on a Prague wall clock, in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=PRAGUE).astimezone(UTC)


EVERY_TARGET = {
    Category.A: Targets(response=timedelta(hours=1), fix=timedelta(hours=4)),
    Category.B: Targets(response=timedelta(hours=2), fix=timedelta(hours=12)),
    Category.C: Targets(response=timedelta(hours=5), fix=timedelta(hours=30)),
}


def contract(calendar: ServiceCalendar = WEEKDAYS_8_18, **terms: object) -> Contract:
    """A contract that has always been in force."""
    values: dict[str, object] = {"name": "S-1", "calendar": calendar, "targets": EVERY_TARGET}
    version = ContractVersion(
        valid_from=datetime(2000, 1, 1, tzinfo=UTC),
        terms=Terms(**(values | terms)),  # type: ignore[arg-type]
    )
    return Contract(versions=(version,))


WEEKDAYS = contract()
ALWAYS = contract(ROUND_THE_CLOCK)


def history(
    received_at: datetime,
    *events: tuple[datetime, Status | Category | bool],
    category: Category = Category.A,
    ticket: int = 1,
    released_at: datetime | None = None,
) -> TicketHistory:
    """A ticket received then, with its events in order: a status, a category, or whether a temporary fix holds."""
    return TicketHistory(
        ticket=ticket,
        received_at=received_at,
        released_at=released_at,
        category=category,
        statuses=tuple(StatusEvent(at=at, status=what) for at, what in events if isinstance(what, Status)),
        categories=tuple(CategoryEvent(at=at, category=what) for at, what in events if isinstance(what, Category)),
        temporary_fixes=tuple(TemporaryFixEvent(at=at, holds=what) for at, what in events if isinstance(what, bool)),
    )


def _openings(shifts: list[tuple[int, int]]) -> tuple[Opening, ...]:
    return tuple(Opening(time(start // 60, start % 60), time(end % 1440 // 60, end % 60)) for start, end in shifts)


def calendar_of(site: Site) -> ServiceCalendar:
    """The calendar that should mean the same as the oracle's site."""
    week: Week = tuple(_openings(site.shifts.get(day, [])) for day in range(7))
    return ServiceCalendar(
        name=site.name,
        week=week,
        zone=site.zone,
        country="CZ" if site.czech_holidays else None,
        extra_days=tuple(NamedDay(day, "company day") for day in sorted(site.closed_days)),
        removed_days=site.worked_days,
    )


def _days(numbers: range | list[int], *shifts: tuple[int, int]) -> Shifts:
    return {day: list(shifts) for day in numbers}


SITES = [
    Site(name="weekdays 8-18", shifts=_days(range(5), (480, 1080))),
    Site(name="split days and Saturday", shifts=_days(range(5), (480, 720), (780, 1020)) | _days([5], (540, 720))),
    Site(name="overnight", shifts=_days([0, 1, 2, 3, 6], (1320, 1800))),
    Site(name="overnight and day", shifts=_days(range(7), (360, 840), (1320, 1560))),
    Site(name="24/7", shifts=_days(range(7), (0, 1440)), czech_holidays=False),
    Site(name="into the jump", shifts=_days(range(7), (150, 600)), czech_holidays=False),
    Site(name="out of the jump", shifts=_days(range(7), (1200, 1440 + 150)), czech_holidays=False),
    Site(
        name="own days",
        shifts=_days(range(5), (420, 930)),
        closed_days=frozenset({date(2026, 3, 27), date(2026, 4, 7), date(2026, 10, 29), date(2026, 12, 31)}),
        worked_days=frozenset({date(2026, 4, 3), date(2026, 10, 28), date(2026, 12, 24)}),
    ),
    # Its clocks jump at midnight: from 0:00 to 1:00 in March, from 0:00 to 23:00 in October.
    Site(name="beirut", shifts=_days(range(7), (30, 300), (600, 1430)), zone="Asia/Beirut", czech_holidays=False),
    Site(name="far east", shifts=_days(range(6), (555, 1070)), zone="Asia/Kathmandu", czech_holidays=False),
    Site(
        name="lord howe",
        shifts=_days(range(7), (60, 140), (600, 1600)),
        zone="Australia/Lord_Howe",
        czech_holidays=False,
    ),
]

# Around both clock changes with Easter and a national holiday near them, and over Christmas and New Year.
WINDOWS = [prague(2026, 3, 25), prague(2026, 10, 21), prague(2026, 12, 21)]
WINDOW_DAYS = 14

THREE_NINES = Fraction(999, 1000)
PAUSES_AVAILABLE = Options(pauses_are_available=True)
