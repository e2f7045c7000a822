"""Open-hour intersections a second in one thread, beside business-duration and businesstimedelta in the same run.

Prints medians over interleaved rounds, and the time of a year's twelve statements for 10 000 tickets. A baseline that
is not installed is named and left out.
"""

import importlib
import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from random import Random
from zoneinfo import ZoneInfo

from holidays import country_holidays

from intake.sla.calendar import WEEKDAYS_8_18
from intake.sla.contract import EXAMPLE_TERMS, Contract, ContractVersion
from intake.sla.history import StatusEvent, TicketHistory
from intake.sla.hours import add_open, open_seconds
from intake.sla.render import statement_json
from intake.sla.statement import build_statement, month_span
from intake.terms import Category, Status

ROUNDS = 5
PRAGUE = ZoneInfo("Europe/Prague")
Pair = tuple[datetime, datetime]
Program = Callable[[datetime, datetime], object]


def random_pairs(count: int) -> list[Pair]:
    """Spans of up to a month over three years, in UTC."""
    random, first = Random(1), datetime(2024, 1, 1, tzinfo=UTC)
    starts = [first + timedelta(seconds=random.randrange(3 * 365 * 86_400)) for _ in range(count)]
    return [(start, start + timedelta(seconds=random.randrange(30 * 86_400))) for start in starts]


def baselines() -> dict[str, Program]:
    """The two libraries, on naive Prague times: neither knows of DST."""
    found: dict[str, Program] = {}
    days = country_holidays("CZ", years=range(2023, 2028))
    opens, closes = clock_time(8), clock_time(18)
    try:
        duration = importlib.import_module("business_duration").businessDuration
        found["business-duration"] = lambda start, end: duration(
            startdate=start, enddate=end, starttime=opens, endtime=closes, holidaylist=days, unit="sec"
        )
    except ImportError:
        print("business-duration is not installed: left out")
    try:
        delta = importlib.import_module("businesstimedelta")
        working = delta.WorkDayRule(start_time=opens, end_time=closes, working_days=[0, 1, 2, 3, 4])
        rules = delta.Rules([working, delta.HolidayRule(days)])
        found["businesstimedelta"] = rules.difference
    except ImportError:
        print("businesstimedelta is not installed: left out")
    return found


def rate(program: Program, pairs: list[Pair]) -> float:
    """Calls a second."""
    begun = time.perf_counter()
    for start, end in pairs:
        program(start, end)
    return len(pairs) / (time.perf_counter() - begun)


def compare() -> None:
    """Print the rates of all programs, round by round in turn."""
    pairs = random_pairs(50_000)
    naive = [(s.astimezone(PRAGUE).replace(tzinfo=None), e.astimezone(PRAGUE).replace(tzinfo=None)) for s, e in pairs]
    others = baselines()
    rates: dict[str, list[float]] = {"open_seconds": [], "add_open": [], **{name: [] for name in others}}
    for start, end in pairs[:500]:
        open_seconds(WEEKDAYS_8_18, start, end)  # the year tables are made once
    for _ in range(ROUNDS):
        rates["open_seconds"].append(rate(lambda s, e: open_seconds(WEEKDAYS_8_18, s, e), pairs))
        rates["add_open"].append(rate(lambda s, _: add_open(WEEKDAYS_8_18, s, timedelta(hours=40)), pairs))
        for name, program in others.items():
            rates[name].append(rate(program, naive[:200]))
    ours = statistics.median(rates["open_seconds"])
    for name, some in rates.items():
        middle = statistics.median(some)
        print(f"{name:20} {middle:>12,.0f} /s   open_seconds is {ours / middle:,.1f} times that")


def random_year(count: int) -> list[TicketHistory]:
    """Tickets of 2026 with five status changes each."""
    random, first = Random(3), datetime(2026, 1, 1, tzinfo=UTC)
    steps = (Status.IN_PROGRESS, Status.MORE_INFO, Status.IN_PROGRESS, Status.TO_VERIFY, Status.CLOSED)
    year = []
    for number in range(count):
        at = received = first + timedelta(seconds=random.randrange(365 * 86_400))
        events = []
        for status in steps:
            at += timedelta(seconds=random.randrange(30 * 3_600))
            events.append(StatusEvent(at=at, status=status))
        category = random.choice(list(Category))
        year.append(TicketHistory(ticket=number, received_at=received, category=category, statuses=tuple(events)))
    return year


def statements(count: int = 10_000) -> None:
    """Print how long a year's twelve statements take, JSON included."""
    version = ContractVersion(valid_from=datetime(2020, 1, 1, tzinfo=UTC), terms=EXAMPLE_TERMS)
    contract, year = Contract(versions=(version,)), random_year(count)
    begun, octets = time.perf_counter(), 0
    for month in range(1, 13):
        span = month_span(2026, month, "Europe/Prague")
        lived = [one for one in year if one.received_at < span.end and one.statuses[-1].at >= span.start]
        octets += len(
            statement_json(
                build_statement(customer="Bench", year=2026, month=month, contract=contract, histories=lived)
            )
        )
    used = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"12 statements of {count:,} tickets: {used:.1f} s, {octets / 1e6:.1f} MB of JSON, peak {peak} MB")


def main() -> None:
    """Run both."""
    compare()
    statements()


if __name__ == "__main__":
    main()
