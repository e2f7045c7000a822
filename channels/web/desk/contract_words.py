"""A contract in words: what the fields of its form are called, and its terms as a table to read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from babel.dates import get_day_names
from babel.numbers import format_currency, format_decimal, format_percent

from channels.web.desk.contract_fields import ACCESS, COUNTRIES, KINDS, NONE, OWN_HOURS, PUBLISHED, USUAL
from channels.web.portal.agreed import say_hours, say_length
from channels.web.texts import CATEGORIES, TEXTS
from channels.web.texts.ticket import EVALUATIONS
from channels.web.visitors import StaffVisit
from intake.people import Contract
from intake.sla.agreed import TermsError, read_terms
from intake.sla.agreed_calendar import Weekday
from intake.sla.contract import Terms
from intake.terms import Category, Evaluation

_WEEKS = {"weekdays-8-18": "desk_weekdays", "round-the-clock": "desk_around_the_clock", OWN_HOURS: "desk_own_hours"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What the form's fields and choices are called. fields: by the name of the field."""

    fields: Mapping[str, str]
    days: tuple[str, ...]
    targets: tuple[tuple[str, str], ...]
    rates: tuple[str, ...]
    access: tuple[str, ...]
    weeks: tuple[tuple[str, str], ...]
    holidays: tuple[tuple[str, str], ...]
    categories: tuple[tuple[str, str], ...]
    included: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsSaid:
    """Terms to read. targets: category, response and fix time. facts: names and values, in groups with a heading."""

    targets: tuple[tuple[str, str, str], ...]
    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def labels_of(language: str) -> Labels:
    """The words of the form."""
    t, categories, flags = TEXTS[language], CATEGORIES[language], EVALUATIONS[language]
    names = get_day_names("wide", "stand-alone", language)
    days = {f"hours-{day}": names[number].capitalize() for number, day in enumerate(Weekday)}
    targets = {
        f"{category}-{kind}": f"{categories[category][0]}: {t[f'contract_{kind}']}"
        for category in Category
        for kind in KINDS
    }
    rates = {f"rate-{flag}": flags[flag] for flag in Evaluation}
    access = {f"access-{name}": t[f"contract_access_{name}"] for name in ACCESS}
    simple = {
        key.removeprefix("contract_field_"): words for key, words in t.items() if key.startswith("contract_field_")
    }
    return Labels(
        fields={**simple, **days, **targets, **rates, **access},
        days=tuple(days),
        targets=tuple((str(category), categories[category][0]) for category in Category),
        rates=tuple(rates),
        access=tuple(access),
        weeks=tuple((name, t[_WEEKS[name]]) for name in (*PUBLISHED, OWN_HOURS)),
        holidays=tuple((name, t[f"contract_holidays_{name}"]) for name in (USUAL, NONE, *COUNTRIES)),
        categories=tuple((str(category), categories[category][0]) for category in Category),
        included=tuple((str(flag), flags[flag]) for flag in Evaluation),
    )


def say_terms(visit: StaffVisit, contract: Contract) -> TermsSaid | None:
    """The terms in words; None for terms that this release cannot read."""
    try:
        terms = read_terms(contract.terms, name=contract.name)
    except TermsError:
        return None
    language, t = visit.language, visit.t
    targets = ((category, terms.targets_of(category)) for category in Category)
    return TermsSaid(
        targets=tuple(
            (CATEGORIES[language][category][0], _length(some.response, language), _length(some.fix, language))
            for category, some in targets
        ),
        groups=(
            (t["contract_basics"], _basics(visit, contract)),
            (t["desk_hours"], _hours(visit, terms)),
            (t["contract_prices"], _prices(visit, terms)),
            (t["contract_rules"], _rules(visit, terms)),
        ),
    )


def say_money(amount: Decimal, currency: str, language: str) -> str:
    """An amount as people write it: "25 000,00 Kč"."""
    return format_currency(amount, currency, locale=language)


def _basics(visit: StaffVisit, contract: Contract) -> tuple[tuple[str, str], ...]:
    t, day = visit.t, visit.site.pages.day
    until = (
        "–" if contract.valid_until is None else day(contract.valid_until - timedelta(microseconds=1), visit.language)
    )
    return (
        (t["desk_valid_from"], day(contract.valid_from, visit.language)),
        (t["desk_valid_until"], until),
        (t["desk_default_category"], CATEGORIES[visit.language][contract.default_category][0]),
        (t["desk_framework"], t["yes"] if contract.framework else t["no"]),
    )


def _hours(visit: StaffVisit, terms: Terms) -> tuple[tuple[str, str], ...]:
    t, calendar = visit.t, terms.calendar
    holidays = (
        t["contract_holidays_none"]
        if calendar.country is None
        else t["contract_closed_on"].format(country=calendar.country)
    )
    more = [(visit.site.pages.day(each.day, visit.language), each.name) for each in calendar.extra_days]
    worked = ", ".join(visit.site.pages.day(each, visit.language) for each in sorted(calendar.removed_days))
    return (
        *say_hours(calendar, visit.language),
        (t["contract_field_holidays"], holidays),
        *more,
        *([(t["contract_field_removed_days"], worked)] if worked else []),
        *([(t["contract_field_zone"], calendar.zone)] if calendar.zone != visit.site.services.zone else []),
    )


def _prices(visit: StaffVisit, terms: Terms) -> tuple[tuple[str, str], ...]:
    t, language = visit.t, visit.language

    def money(amount: Decimal) -> str:
        return say_money(amount, terms.currency, language)

    guaranteed = Decimal(terms.guaranteed.numerator) / Decimal(terms.guaranteed.denominator)
    return (
        (t["contract_field_guaranteed_percent"], _percent(guaranteed, language)),
        (
            t["contract_field_discount_per_nine_percent"],
            _percent(terms.discount_per_nine, language),
        ),
        (t["contract_field_monthly_price"], money(terms.monthly_price)),
        (t["contract_field_hourly_rate"], money(terms.hourly_rate)),
        *((EVALUATIONS[language][flag], money(rate)) for flag, rate in sorted(terms.rates.items())),
        *((t[f"contract_access_{name}"], money(getattr(terms.access_prices, name))) for name in ACCESS),
    )


def _rules(visit: StaffVisit, terms: Terms) -> tuple[tuple[str, str], ...]:
    t, language = visit.t, visit.language
    included = ", ".join(EVALUATIONS[language][flag] for flag in Evaluation if flag in terms.options.included)
    warn = ", ".join(_percent(Decimal(each.numerator) / Decimal(each.denominator), language) for each in terms.warn_at)
    switches = {name: getattr(terms.options, name) for name in ("clock_from_receipt", "pauses_are_available")}
    return (
        (t["contract_field_included"], included or "–"),
        *((t[f"contract_field_{name}"], t["yes"] if on else t["no"]) for name, on in switches.items()),
        (t["contract_field_warn_at_percent"], warn or "–"),
        (t["contract_field_reopen_days"], format_decimal(terms.reopen_window.days, locale=language)),
        (t["contract_field_acceptance_open_days"], format_decimal(terms.acceptance_open_days, locale=language)),
        *([(t["contract_field_example"], t["yes"])] if terms.example else []),
    )


def _length(length: timedelta | None, language: str) -> str:
    return "–" if length is None else say_length(length, language)


def _percent(share: Decimal, language: str) -> str:
    return format_percent(share, "#,##0.####\u00a0%" if language == "cs" else "#,##0.####%", language)
