"""Thousands of random histories, read by the clocks and by an oracle that walks from minute to minute."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from random import Random

import pytest

from intake.sla.availability import MaintenanceWindow, measure_availability
from intake.sla.calendar import CalendarHistory, CalendarVersion, ServiceCalendar
from intake.sla.clock import ClockKind, ClockState, read_clock
from intake.sla.contract import Contract, ContractVersion, Options, Targets, Terms
from intake.sla.explain import explain_clock
from intake.sla.history import TicketHistory
from intake.sla.hours import add_open, next_open, open_spans, open_time
from intake.sla.spans import Span
from intake.terms import Category, Status
from tests.intake.sla.examples import SITES, WINDOW_DAYS, WINDOWS, calendar_of, history
from tests.intake.sla.oracle import MINUTE, Site, Window, easter_sunday, read

CASES = [(site, start) for site in SITES for start in WINDOWS]
IDS = [f"{site.name} {start:%b}" for site, start in CASES]
LENGTH = WINDOW_DAYS * 1440
BOTH_WAYS = {
    Status.NEW: (Status.IN_PROGRESS, Status.MORE_INFO, Status.POSTPONED, Status.TO_VERIFY, Status.CLOSED),
    Status.IN_PROGRESS: (Status.MORE_INFO, Status.POSTPONED, Status.TO_VERIFY, Status.CLOSED),
    Status.MORE_INFO: (Status.IN_PROGRESS, Status.POSTPONED, Status.TO_VERIFY),
    Status.POSTPONED: (Status.IN_PROGRESS, Status.MORE_INFO, Status.CLOSED),
    Status.TO_VERIFY: (Status.IN_PROGRESS, Status.CLOSED),
    Status.CLOSED: (Status.IN_PROGRESS,),
}


@cache
def window(site: Site, start: datetime) -> Window:
    return Window(site.is_open, start, WINDOW_DAYS)


class Life:
    """A random ticket: its events by minute, replayed here without `intake.sla.history`."""

    def __init__(self, random: Random, seen: Window) -> None:
        self.received = random.randrange(LENGTH - 3 * 1440)
        self.until = random.randrange(self.received, LENGTH)
        self.status, self.category, self.fixed = ([None] * LENGTH for _ in range(3))
        self.first_category = random.choice(list(Category))
        events: list[tuple[int, Status | Category | bool]] = []
        status, at = Status.NEW, self.received
        for _ in range(random.randrange(8)):
            at += random.choice([random.randrange(1, 90), random.randrange(1, 2000), random.randrange(1, 8000)])
            kind = random.randrange(6)
            if kind == 0:
                events.append((at, random.choice(list(Category))))
            elif kind == 1 and status not in {Status.TO_VERIFY, Status.CLOSED}:
                events.append((at, random.random() < 0.7))
            else:
                status = random.choice(BOTH_WAYS[status])
                events.append((at, status))
        self.answered = next((at for at, what in events if isinstance(what, Status)), None)
        self.history = history(
            seen.at(self.received), *((seen.at(at), what) for at, what in events), category=self.first_category
        )
        self._replay(dict(events))

    def _replay(self, events: dict[int, Status | Category | bool]) -> None:
        status, category, fix = Status.NEW, self.first_category, False
        for number in range(self.received, self.until):
            match events.get(number):
                case Status() as entered:
                    if status in {Status.TO_VERIFY, Status.CLOSED} and entered is Status.IN_PROGRESS:
                        fix = False
                    status = entered
                case Category() as entered_category:
                    category = entered_category
                case bool() as holds:
                    fix = holds
            self.status[number], self.category[number] = status, category
            self.fixed[number] = fix or status in {Status.TO_VERIFY, Status.CLOSED}

    def fix_runs(self, number: int) -> bool:
        return self.status[number] in {Status.NEW, Status.IN_PROGRESS} and not self.fixed[number]

    def is_unanswered(self, number: int) -> bool:
        return self.answered is None or number < self.answered

    def is_down(self, number: int, *, pauses_are_available: bool) -> bool:
        if not self.received <= number < self.until or self.category[number] is not Category.A or self.fixed[number]:
            return False
        return not (pauses_are_available and self.status[number] in {Status.MORE_INFO, Status.POSTPONED})


def agreed(calendar: ServiceCalendar, target: int, options: Options | None = None) -> Contract:
    same = Targets(response=MINUTE * target, fix=MINUTE * target)
    terms = Terms(name="S-1", calendar=calendar, targets=dict.fromkeys(Category, same), options=options or Options())
    return Contract(versions=(ContractVersion(valid_from=datetime(2000, 1, 1, tzinfo=UTC), terms=terms),))


def test_easter_of_the_oracle() -> None:
    assert [f"{easter_sunday(year):%m-%d}" for year in (2024, 2025, 2026, 2027, 2038)] == [
        "03-31", "04-20", "04-05", "03-28", "04-25",
    ]  # fmt: skip


@pytest.mark.parametrize(("site", "start"), CASES, ids=IDS)
def test_open_spans_are_the_open_minutes(site: Site, start: datetime) -> None:
    seen = window(site, start)
    spans = list(open_spans(calendar_of(site), seen.at(0), seen.at(LENGTH)))
    from_spans = [False] * LENGTH
    for span in spans:
        for number in range((span.start - seen.start) // MINUTE, (span.end - seen.start) // MINUTE):
            from_spans[number] = True
    assert from_spans == seen.open
    assert all(earlier.end < later.start for earlier, later in pairwise(spans))


@pytest.mark.parametrize(("site", "start"), CASES, ids=IDS)
def test_intersections_additions_and_openings(site: Site, start: datetime) -> None:
    seen, calendar, random = window(site, start), calendar_of(site), Random(f"{site.name}{start}")
    for _ in range(60):
        first, last = sorted((random.randrange(LENGTH), random.randrange(LENGTH)))
        used = sum(seen.open[first:last])
        assert open_time(calendar, seen.at(first), seen.at(last)) == MINUTE * used
        opens = next((number for number in range(first, LENGTH) if seen.open[number]), None)
        if opens is not None:
            assert next_open(calendar, seen.at(first)) == seen.at(opens)
        if used:
            reached = read(seen, lambda _: True, first, last, used).deadline
            assert reached is not None
            assert add_open(calendar, seen.at(first), MINUTE * used) == seen.at(reached)


@pytest.mark.parametrize(("site", "start"), CASES, ids=IDS)
def test_clocks_of_random_histories(site: Site, start: datetime) -> None:
    """70 histories on each of the calendars and windows: more than 2 000 in all, both clocks."""
    seen, calendar, random = window(site, start), calendar_of(site), Random(f"clock {site.name}{start}")
    for _ in range(70):
        life, target = Life(random, seen), random.choice([1, 30, 60, 240, 600, 1500])
        contract, now = agreed(calendar, target), seen.at(life.until)
        clocks: list[tuple[ClockKind, Callable[[int], bool]]] = [
            (ClockKind.FIX, life.fix_runs),
            (ClockKind.RESPONSE, life.is_unanswered),
        ]
        for kind, runs in clocks:
            reading = read_clock(kind, life.history, contract, now)
            oracle = read(seen, runs, life.received, life.until, target)
            assert reading.elapsed == MINUTE * oracle.used
            assert explain_clock(kind, life.history, contract, now).counted == reading.elapsed
            assert reading.breached is (oracle.exceeded is not None)
            if oracle.deadline is not None:
                assert reading.deadline == seen.at(oracle.deadline)
            if oracle.exceeded is not None:
                assert reading.breaches_at == seen.at(oracle.exceeded)


@pytest.mark.parametrize(("site", "start"), CASES, ids=IDS)
def test_deadlines_of_running_clocks(site: Site, start: datetime) -> None:
    """A running clock left alone: the oracle waits for the deadline minute by minute."""
    seen, calendar, random = window(site, start), calendar_of(site), Random(f"deadline {site.name}{start}")
    for _ in range(30):
        life, target = Life(random, seen), random.choice([1, 30, 60, 240, 600])
        reading = read_clock(ClockKind.FIX, life.history, agreed(calendar, target), seen.at(life.until))
        oracle = read(seen, life.fix_runs, life.received, life.until, target)
        if reading.state is not ClockState.RUNNING or oracle.deadline is not None:
            continue
        ahead = read(seen, lambda _: True, life.until, LENGTH, target - oracle.used)
        if ahead.deadline is not None:
            assert reading.deadline == seen.at(ahead.deadline)
        if ahead.exceeded is not None:
            assert reading.breaches_at == seen.at(ahead.exceeded)


@pytest.mark.parametrize("pauses_are_available", [False, True])
@pytest.mark.parametrize(("site", "start"), CASES, ids=IDS)
def test_availability_of_random_months(site: Site, start: datetime, pauses_are_available: bool) -> None:
    seen, calendar, random = window(site, start), calendar_of(site), Random(f"available {site.name}{start}")
    options = Options(pauses_are_available=pauses_are_available)
    month = Span(seen.at(0), seen.at(LENGTH))
    for _ in range(3):
        lives = [Life(random, seen) for _ in range(5)]
        closed = [_ending(life, seen) for life in lives]
        windows = [sorted((random.randrange(LENGTH), random.randrange(LENGTH))) for _ in range(2)]
        figures = measure_availability(
            agreed(calendar, 60, options),
            closed,
            month,
            [MaintenanceWindow(start=seen.at(first), end=seen.at(last)) for first, last in windows],
        )

        def assured(number: int, windows: list[list[int]] = windows) -> bool:
            return not any(first <= number < last for first, last in windows)

        def down(number: int, lives: list[Life] = lives) -> bool:
            return any(life.is_down(number, pauses_are_available=pauses_are_available) for life in lives)

        assert figures.assured == MINUTE * seen.count(assured, 0, LENGTH)
        assert figures.unavailable == MINUTE * seen.count(lambda n: assured(n) and down(n), 0, LENGTH)


def _ending(life: Life, seen: Window) -> TicketHistory:
    """The same ticket closed where the oracle's replay ends."""
    at = seen.at(life.until)
    kept = life.history
    events = [(event.at, event.status) for event in kept.statuses if event.at < at]
    events += [(event.at, event.category) for event in kept.categories if event.at < at]
    events += [(event.at, event.holds) for event in kept.temporary_fixes if event.at < at]
    return history(kept.received_at, *events, (at, Status.CLOSED), category=kept.category)


@pytest.mark.parametrize("start", WINDOWS, ids=lambda start: f"{start:%b}")
def test_a_change_of_calendar_never_rewrites_the_past(start: datetime) -> None:
    """The oracle asks, at each minute, the site whose calendar was in force then."""
    random = Random(str(start))
    for _ in range(40):
        sites = random.sample(SITES, 3)
        switches = sorted(random.sample(range(LENGTH), 2))
        seens = [window(site, start) for site in sites]
        versions = [CalendarVersion(valid_from=start - timedelta(days=9), calendar=calendar_of(sites[0]))]
        versions += [
            CalendarVersion(valid_from=seens[0].at(at), calendar=calendar_of(site))
            for at, site in zip(switches, sites[1:], strict=True)
        ]
        hours = CalendarHistory(versions=tuple(versions))
        opened = [seens[sum(number >= switch for switch in switches)].open[number] for number in range(LENGTH)]
        first, last = sorted((random.randrange(LENGTH), random.randrange(LENGTH)))
        assert open_time(hours, seens[0].at(first), seens[0].at(last)) == MINUTE * sum(opened[first:last])
        before = min(last, switches[0])
        only_first = CalendarHistory(versions=hours.versions[:1])
        assert open_time(hours, seens[0].at(first), seens[0].at(before)) == open_time(
            only_first, seens[0].at(first), seens[0].at(before)
        )
