"""A contract's terms as people write them down (JSON), read into `Terms` and back.

Owns the written form: its names, units and limits. "Unless otherwise agreed": what is left out has the published
default. Must not decide which version is in force: that is `intake.sla.contract`.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from intake.sla.access import AccessPrices
from intake.sla.agreed_calendar import AgreedCalendar, plain_calendar
from intake.sla.calendar import ServiceCalendar
from intake.sla.contract import Options, Targets, Terms
from intake.terms import Category, Evaluation

_LONGEST_MINUTES = 60 * 24 * 366
_HUNDRED = 100

Money = Annotated[Decimal, Field(ge=0, le=Decimal(10**9), max_digits=12, decimal_places=2)]
Minutes = Annotated[int, Field(gt=0, le=_LONGEST_MINUTES)]
Percent = Annotated[Decimal, Field(gt=0, le=_HUNDRED, max_digits=12)]


class TermsError(ValueError):
    """Terms that cannot be taken. field: where, as `terms.targets.A.fix_minutes`."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AgreedTargets(_Written):
    """The longest times of a category, in minutes of open time; left out promises nothing."""

    response_minutes: Minutes | None = None
    fix_minutes: Minutes | None = None


class AgreedAccessPrices(_Written):
    """Monthly surcharges for remote access."""

    dial_in_password: Money = AccessPrices().dial_in_password
    dial_in_token: Money = AccessPrices().dial_in_token
    windows_only: Money = AccessPrices().windows_only
    remote_desktop: Money = AccessPrices().remote_desktop


class AgreedOptions(_Written):
    """The switches; see `intake.sla.contract.Options`."""

    clock_from_receipt: bool = Options().clock_from_receipt
    pauses_are_available: bool = Options().pauses_are_available
    included: frozenset[Evaluation] = Options().included


class AgreedTerms(_Written):
    """Everything that can be agreed. Money is in `currency`; percentages and money may be written as strings."""

    calendar: Literal["weekdays-8-18", "round-the-clock"] | AgreedCalendar = "weekdays-8-18"
    targets: dict[Category, AgreedTargets] = Field(default_factory=dict)
    guaranteed_percent: Percent = Decimal(99)
    monthly_price: Money = Decimal(0)
    hourly_rate: Money = Decimal(0)
    rates: dict[Evaluation, Money] = Field(default_factory=dict)
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CZK"
    discount_per_nine_percent: Percent = Decimal(20)
    access_prices: AgreedAccessPrices = AgreedAccessPrices()
    options: AgreedOptions = AgreedOptions()
    warn_at_percent: Annotated[list[Percent], Field(max_length=10)] = [Decimal(50), Decimal(80)]
    reopen_days: Annotated[int, Field(ge=0, le=366)] = 14
    acceptance_open_days: Annotated[int, Field(ge=1, le=366)] = 5
    example: bool = False


def read_terms(
    written: Mapping[str, Any], *, name: str, framework: bool = False, default_category: Category = Category.C
) -> Terms:
    """The terms as the service level uses them.

    name, framework, default_category: of the contract. Raises TermsError, which names the first field to mend.
    """
    agreed = _validated(written)
    if isinstance(agreed, tuple):
        raise agreed[0]
    calendar = _calendar(agreed)
    if isinstance(calendar, TermsError):
        raise calendar
    return Terms(
        name=name,
        calendar=calendar,
        targets={
            category: Targets(response=_minutes(some.response_minutes), fix=_minutes(some.fix_minutes))
            for category, some in agreed.targets.items()
        },
        guaranteed=_fraction(agreed.guaranteed_percent),
        monthly_price=agreed.monthly_price,
        hourly_rate=agreed.hourly_rate,
        rates=agreed.rates,
        currency=agreed.currency,
        framework=framework,
        default_category=default_category,
        discount_per_nine=agreed.discount_per_nine_percent / _HUNDRED,
        access_prices=AccessPrices(**agreed.access_prices.model_dump()),
        options=Options(**agreed.options.model_dump()),
        warn_at=tuple(sorted({_fraction(percent) for percent in agreed.warn_at_percent})),
        reopen_window=timedelta(days=agreed.reopen_days),
        acceptance_open_days=agreed.acceptance_open_days,
        example=agreed.example,
    )


def find_problems(written: Mapping[str, Any]) -> tuple[TermsError, ...]:
    """Everything that has to be mended before `read_terms` takes these terms."""
    agreed = _validated(written)
    if isinstance(agreed, tuple):
        return agreed
    calendar = _calendar(agreed)
    return (calendar,) if isinstance(calendar, TermsError) else ()


def written_terms(terms: Terms) -> dict[str, Any]:
    """The terms as JSON, every field written out; `read_terms` gives the same terms back."""
    return {
        "calendar": plain_calendar(terms.calendar),
        "targets": {
            category.value: {
                "response_minutes": _whole_minutes(targets.response),
                "fix_minutes": _whole_minutes(targets.fix),
            }
            for category, targets in sorted(terms.targets.items())
        },
        "guaranteed_percent": _percent(terms.guaranteed),
        "monthly_price": f"{terms.monthly_price:f}",
        "hourly_rate": f"{terms.hourly_rate:f}",
        "rates": {flag.value: f"{rate:f}" for flag, rate in sorted(terms.rates.items())},
        "currency": terms.currency,
        "discount_per_nine_percent": f"{terms.discount_per_nine * _HUNDRED:f}",
        "access_prices": {
            field.name: f"{getattr(terms.access_prices, field.name):f}" for field in fields(AccessPrices)
        },
        "options": {
            "clock_from_receipt": terms.options.clock_from_receipt,
            "pauses_are_available": terms.options.pauses_are_available,
            "included": sorted(terms.options.included),
        },
        "warn_at_percent": [_percent(fraction) for fraction in terms.warn_at],
        "reopen_days": terms.reopen_window.days,
        "acceptance_open_days": terms.acceptance_open_days,
        "example": terms.example,
    }


def _validated(written: Mapping[str, Any]) -> AgreedTerms | tuple[TermsError, ...]:
    try:
        return AgreedTerms.model_validate(written)
    except ValidationError as error:
        return tuple(_problem(each) for each in error.errors())


def _problem(found: ErrorDetails) -> TermsError:
    # The kind of calendar is a choice of the model, not a name anybody wrote.
    path = [str(part) for part in found["loc"] if not str(part).startswith(("literal[", "AgreedCalendar"))]
    return TermsError(".".join(["terms", *path]), found["msg"].removeprefix("Value error, "))


def _calendar(agreed: AgreedTerms) -> ServiceCalendar | TermsError:
    chosen = AgreedCalendar(week=agreed.calendar) if isinstance(agreed.calendar, str) else agreed.calendar
    try:
        return chosen.calendar()
    except ValueError as error:
        return TermsError("terms.calendar", str(error))


def _minutes(value: int | None) -> timedelta | None:
    return None if value is None else timedelta(minutes=value)


def _whole_minutes(value: timedelta | None) -> int | None:
    return None if value is None else value // timedelta(minutes=1)


def _fraction(percent: Decimal) -> Fraction:
    return Fraction(percent) / _HUNDRED


def _percent(value: Fraction) -> str:
    """Exact for every fraction that was written as a percentage."""
    scaled = value * _HUNDRED
    return f"{Decimal(scaled.numerator) / Decimal(scaled.denominator):f}"
