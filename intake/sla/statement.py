"""The monthly statement of one customer: availability, promises, work, access, and what it comes to.

Owns the assembly of the value and the money. Pure: the same inputs give the same value. Must not read a database or
a clock, and must not know how a statement is shown: `intake.sla.render` does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from intake.sla.access import AccessProfile, Surcharge, in_force, surcharges
from intake.sla.availability import Availability, MaintenanceWindow, measure_availability
from intake.sla.compliance import Compliance, Outcome, count, outcomes
from intake.sla.contract import Contract, Terms
from intake.sla.history import TicketHistory
from intake.sla.spans import Span
from intake.terms import Evaluation

_HELLER = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeEntry:
    """Work on a ticket. at: when, aware UTC. minutes: how long. flag: what it was for, exactly one."""

    id: int
    ticket: int
    at: datetime
    minutes: int
    flag: Evaluation
    person: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLine:
    """A time entry with its price: nothing when the monthly price includes it."""

    entry: TimeEntry
    included: bool
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the month comes to, in the contract's currency. total = monthly_price - discount + work + access."""

    monthly_price: Decimal
    discount: Decimal
    work: Decimal
    access: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One customer's month. The month is local: start and end are its local midnights, in UTC, half-open."""

    customer: str
    month: str
    zone: str
    start: datetime
    end: datetime
    contract: str
    example: bool
    currency: str
    availability: Availability
    compliance: tuple[Compliance, ...]
    outcomes: tuple[Outcome, ...]
    work: tuple[WorkLine, ...]
    access: tuple[Surcharge, ...]
    totals: Totals


def month_span(year: int, month: int, zone: str) -> Span:
    """A local calendar month as a span in UTC."""
    info, following = ZoneInfo(zone), divmod(year * 12 + month, 12)
    start = datetime(year, month, 1, tzinfo=info)
    end = datetime(following[0], following[1] + 1, 1, tzinfo=info)
    return Span(start.astimezone(UTC), end.astimezone(UTC))


def build_statement(
    *,
    customer: str,
    year: int,
    month: int,
    contract: Contract,
    zone: str = "Europe/Prague",
    histories: Sequence[TicketHistory] = (),
    time_entries: Iterable[TimeEntry] = (),
    access_profiles: Iterable[AccessProfile] = (),
    maintenance: Iterable[MaintenanceWindow] = (),
) -> Statement:
    """Put together the statement of a finished local month.

    histories: of all tickets of the customer that lived in that month; others do no harm.
    Raises ValueError when no contract was in force in that month. The version last in force sets price and guarantee.
    """
    span = month_span(year, month, zone)
    terms = contract.last_terms_in(span.start, span.end)
    availability = measure_availability(contract, histories, span, maintenance)
    decided = outcomes(contract, histories, span)
    work = work_lines(terms, (entry for entry in time_entries if span.start <= entry.at < span.end))
    access = access_lines(terms, access_profiles, span)
    return Statement(
        customer=customer,
        month=f"{year:04d}-{month:02d}",
        zone=zone,
        start=span.start,
        end=span.end,
        contract=terms.name,
        example=terms.example,
        currency=terms.currency,
        availability=availability,
        compliance=count(decided),
        outcomes=decided,
        work=work,
        access=access,
        totals=_totals(terms, availability, work, access),
    )


def work_lines(terms: Terms, entries: Iterable[TimeEntry]) -> tuple[WorkLine, ...]:
    """The time entries with their prices, by ticket, time and number."""
    # RULE service-hours
    lines = []
    for entry in sorted(entries, key=lambda entry: (entry.ticket, entry.at, entry.id)):
        included = entry.flag in terms.options.included
        rate = _money(Decimal(0) if included else terms.rate_of(entry.flag))
        lines.append(WorkLine(entry=entry, included=included, rate=rate, amount=_money(rate * entry.minutes / 60)))
    return tuple(lines)


def access_lines(terms: Terms, profiles: Iterable[AccessProfile], span: Span) -> tuple[Surcharge, ...]:
    """Every surcharge that was in force at any time in the month, whole."""
    # RULE access-standard, access-dialin, access-windows, access-desktop
    in_month = (profile for profile in profiles if in_force(profile, span.start, span.end))
    named = sorted(in_month, key=lambda profile: profile.name)
    lines = (line for profile in named for line in surcharges(profile, terms.access_prices))
    return tuple(replace(line, amount=_money(line.amount)) for line in lines)


def _totals(terms: Terms, availability: Availability, work: Iterable[WorkLine], access: Iterable[Surcharge]) -> Totals:
    # RULE availability-discount: of the monthly price alone, not of work and access.
    price = _money(terms.monthly_price)
    discount = _money(terms.monthly_price * availability.discount)
    worked = sum((line.amount for line in work), Decimal(0))
    accessed = sum((line.amount for line in access), Decimal(0))
    return Totals(
        monthly_price=price,
        discount=discount,
        work=_money(worked),
        access=_money(accessed),
        total=_money(price - discount + worked + accessed),
    )


def _money(amount: Decimal) -> Decimal:
    return amount.quantize(_HELLER, rounding=ROUND_HALF_UP)
