"""What was agreed with a customer, and from when: hours, targets, guarantee, prices and the switches of the rules.

Owns the frozen values and which version is in force when. "Unless otherwise agreed": every number of the service
rules is a field here with the published default. Must not compute anything with them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from intake.sla.access import AccessPrices
from intake.sla.calendar import WEEKDAYS_8_18, CalendarHistory, CalendarVersion, ServiceCalendar
from intake.terms import Category, Evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """The longest response and fix times of a category, in open time; None promises nothing."""

    # RULE response-time, fix-time
    response: timedelta | None = None
    fix: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The switches the rules leave to the contract; the defaults are the decided ones.

    clock_from_receipt: a quarantined request's clocks start when it was received, not when it was released.
    pauses_are_available: More info and Postponed interrupt the unavailability of a category A incident.
    included: work with these flags is paid by the monthly price.
    """

    clock_from_receipt: bool = False
    pauses_are_available: bool = False  # RULE availability
    # RULE service-hours, scope-workstation: a defect of the server part is in the price; one of the customer's own
    # computers is evaluated as Fault elsewhere and is not.
    included: frozenset[Evaluation] = frozenset({Evaluation.UCS_FAULT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of one version of a contract.

    guaranteed: the guaranteed availability as a fraction of one. Money in `currency`: monthly_price for the month,
    hourly_rate and rates (by flag, where it differs) for an hour of billable work.
    warn_at: the fractions of a target at which a warning is due.
    """

    name: str
    calendar: ServiceCalendar = WEEKDAYS_8_18
    targets: Mapping[Category, Targets] = field(default_factory=dict)
    guaranteed: Fraction = Fraction(99, 100)
    monthly_price: Decimal = Decimal(0)
    hourly_rate: Decimal = Decimal(0)
    rates: Mapping[Evaluation, Decimal] = field(default_factory=dict)
    currency: str = "CZK"
    framework: bool = False  # RULE change-offer
    default_category: Category = Category.C
    discount_per_nine: Decimal = Decimal("0.20")  # RULE availability-discount
    access_prices: AccessPrices = field(default_factory=AccessPrices)
    options: Options = field(default_factory=Options)
    warn_at: tuple[Fraction, ...] = (Fraction(1, 2), Fraction(4, 5))
    reopen_window: timedelta = timedelta(days=14)
    acceptance_open_days: int = 5
    example: bool = False

    def __post_init__(self) -> None:
        """Freeze the mappings and check the guarantee."""
        object.__setattr__(self, "targets", MappingProxyType(dict(self.targets)))
        object.__setattr__(self, "rates", MappingProxyType(dict(self.rates)))
        if not 0 < self.guaranteed <= 1:
            message = f"the guaranteed availability is a fraction of one, not {self.guaranteed}"
            raise ValueError(message)

    def targets_of(self, category: Category) -> Targets:
        """The targets of a category; none when the contract promises none."""
        return self.targets.get(category, Targets())

    def rate_of(self, flag: Evaluation) -> Decimal:
        """The price of an hour of work with this flag."""
        return self.rates.get(flag, self.hourly_rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractVersion:
    """Terms and their validity: half-open, aware UTC; None is unbounded."""

    valid_from: datetime
    terms: Terms
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Every version of a customer's contract, in order. A change is a new version and never rewrites the past.

    coverage: the calendars of all versions, each in its own validity.
    """

    versions: tuple[ContractVersion, ...]
    coverage: CalendarHistory = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Check that the versions follow each other, and join their calendars."""
        calendars: list[CalendarVersion] = []
        for number, version in enumerate(self.versions):
            following = self.versions[number + 1].valid_from if number + 1 < len(self.versions) else None
            until = version.valid_until
            if (until and until <= version.valid_from) or (following and (until is None or until > following)):
                message = f"contract version {number + 1} must end, and before the next one begins"
                raise ValueError(message)
            calendars.append(CalendarVersion(valid_from=version.valid_from, calendar=version.terms.calendar))
            if until and until != following:
                calendars.append(CalendarVersion(valid_from=until, calendar=None))
        object.__setattr__(self, "coverage", CalendarHistory(versions=tuple(calendars)))

    def terms_at(self, instant: datetime) -> Terms | None:
        """The terms in force at an instant; None when no contract was."""
        for version in self.versions:
            if version.valid_from <= instant and (version.valid_until is None or instant < version.valid_until):
                return version.terms
        return None

    def last_terms_in(self, start: datetime, end: datetime) -> Terms:
        """The terms last in force inside [start, end). Raises ValueError when no contract was."""
        in_force = None
        for version in self.versions:
            if version.valid_from < end and (version.valid_until is None or version.valid_until > start):
                in_force = version.terms
        if in_force is None:
            message = f"no contract was in force between {start} and {end}"
            raise ValueError(message)
        return in_force


# Not an offer: figures to try the arithmetic with.
EXAMPLE_TERMS = Terms(
    name="Example contract",
    targets={
        Category.A: Targets(response=timedelta(hours=1), fix=timedelta(hours=4)),
        Category.B: Targets(response=timedelta(hours=4), fix=timedelta(hours=20)),
        Category.C: Targets(response=timedelta(hours=10), fix=timedelta(hours=50)),
        Category.CHANGE: Targets(response=timedelta(hours=20)),
    },
    guaranteed=Fraction(999, 1000),
    monthly_price=Decimal(10_000),
    hourly_rate=Decimal(1_500),
    example=True,
)
