"""The availability of a month, and the discount when it was missed.

Owns Ts, Tn, the nines and their table. Compared as exact fractions, never as rounded percentages.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from intake.sla.clock import starts_at
from intake.sla.contract import Contract, Options
from intake.sla.history import Phase, TicketHistory, phases
from intake.sla.hours import open_spans
from intake.sla.spans import Span, overlap, total, union, without
from intake.terms import SLA_RUNS, Category

# RULE availability-discount: the nines a guarantee can miss, besides itself.
NINES: tuple[Fraction, ...] = (Fraction(9999, 10_000), Fraction(999, 1000), Fraction(99, 100), Fraction(9, 10))


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """Agreed time in which the service need not be available; aware UTC, half-open."""

    start: datetime
    end: datetime
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One stretch of a ticket's life as an unfixed category A incident. counted: the assured time inside it."""

    ticket: int
    start: datetime
    end: datetime
    counted: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """The figures of a month.

    assured (Ts): when the service should have been available. unavailable (Tn): when it was not.
    missed_nines: how many of the nines up to the guarantee were missed. discount: a fraction of the monthly price.
    """

    assured: timedelta
    unavailable: timedelta
    guaranteed: Fraction
    missed_nines: int
    discount: Decimal
    incidents: tuple[Incident, ...]

    @property
    def real(self) -> Fraction:
        """The real availability, exact."""
        return real_availability(self.assured, self.unavailable)


def measure_availability(
    contract: Contract,
    histories: Iterable[TicketHistory],
    month: Span,
    maintenance: Iterable[MaintenanceWindow] = (),
) -> Availability:
    """The availability of a customer in `month`, from the histories of that customer's tickets.

    Raises ValueError when no contract was in force in that month.
    """
    terms = contract.last_terms_in(month.start, month.end)
    assured = assured_spans(contract, month, maintenance)
    incidents = tuple(
        Incident(ticket=history.ticket, start=span.start, end=span.end, counted=total(overlap((span,), assured)))
        for history in histories
        for span in overlap(unavailable_spans(history, contract, month.end), (month,))
    )
    down = overlap((Span(incident.start, incident.end) for incident in incidents), assured)
    assured_time, down_time = total(assured), total(down)
    missed = missed_nines(real_availability(assured_time, down_time), terms.guaranteed)
    return Availability(
        assured=assured_time,
        unavailable=down_time,
        guaranteed=terms.guaranteed,
        missed_nines=missed,
        discount=min(missed * terms.discount_per_nine, Decimal(1)),
        incidents=tuple(sorted(incidents, key=lambda incident: (incident.start, incident.ticket))),
    )


def real_availability(assured: timedelta, unavailable: timedelta) -> Fraction:
    """(Ts - Tn) / Ts; 1 when no service was assured at all."""
    # RULE availability
    if not assured:
        return Fraction(1)
    return 1 - Fraction(unavailable // timedelta.resolution, assured // timedelta.resolution)


def assured_spans(contract: Contract, month: Span, maintenance: Iterable[MaintenanceWindow]) -> tuple[Span, ...]:
    """Ts as spans: the contract's open hours of the month, minus agreed maintenance."""
    # RULE availability
    agreed = (Span(window.start, window.end) for window in maintenance)
    return without(open_spans(contract.coverage, month.start, month.end), agreed)


def unavailable_spans(history: TicketHistory, contract: Contract, until: datetime) -> tuple[Span, ...]:
    """When this ticket was a category A incident that was not fixed, in wall-clock time."""
    # RULE availability
    start = starts_at(history, contract)
    terms = contract.terms_at(start)
    options = terms.options if terms else Options()
    life = phases(history, start, until)
    return union(Span(phase.start, phase.end) for phase in life if _is_down(phase, options))


def _is_down(phase: Phase, options: Options) -> bool:
    if phase.category is not Category.A or phase.fixed:
        return False
    return SLA_RUNS[phase.status] or not options.pauses_are_available


def missed_nines(real: Fraction, guaranteed: Fraction) -> int:
    """How many nines up to the guarantee were missed; exactly at a threshold it is met."""
    # RULE availability-discount
    thresholds = {guaranteed, *(nine for nine in NINES if nine < guaranteed)}
    return sum(real < threshold for threshold in thresholds)


def percent(value: Fraction, places: int = 4) -> str:
    """A fraction as a percentage, rounded down: a missed guarantee never looks met."""
    scaled = value * 100 * 10**places
    whole, rest = divmod(scaled.numerator // scaled.denominator, 10**places)
    return f"{whole}.{rest:0{places}d}"
