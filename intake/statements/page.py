"""The statement as a page to print, in Czech or English, with the chart of months. No scripts, nothing fetched.

Owns the look. Every figure is in the statement it is given; equal inputs give equal octets.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from intake.sla.availability import percent
from intake.statements.chart import chart_of_months
from intake.statements.months import Drawn, MonthFigures
from intake.statements.texts import CATEGORIES, CLOCKS, FLAGS, SURCHARGES_CS, TEXTS

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_NARROW_SPACE = "\u202f"

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def _page_policy() -> str:
    """Allow exactly the page's own style and nothing else."""
    source, _, _ = _PAGES.loader.get_source(_PAGES, "statement.html") if _PAGES.loader else ("", None, None)
    hashes = [b64encode(hashlib.sha256(found.encode()).digest()).decode() for found in _STYLE.findall(source)]
    styles = " ".join(f"'sha256-{each}'" for each in hashes)
    return f"default-src 'none'; style-src {styles}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


# The Content-Security-Policy to send the page with.
PAGE_POLICY = _page_policy()


def statement_page(
    drawn: Drawn, months: Sequence[MonthFigures], *, language: str, workplace: Sequence[str] = ()
) -> str:
    """Draw the page. language: "cs" or "en". workplace: the two addresses the standard access comes from."""
    statement, words = drawn.statement, TEXTS[language]
    chart = chart_of_months(months, title=words["chart"], allowed=words["allowed"], unavailable=words["unavailable"])
    return _PAGES.get_template("statement.html").render(
        language=language,
        t=words,
        drawn=drawn,
        s=statement,
        late=[outcome for outcome in statement.outcomes if not outcome.met],
        chart=Markup(chart),  # noqa: S704 - our own drawing, its words escaped
        workplace=workplace,
        categories=CATEGORIES[language],
        clocks=CLOCKS[language],
        flags=FLAGS[language],
        surcharges=SURCHARGES_CS if language == "cs" else {},
        **ways_of_saying(language, ZoneInfo(statement.zone)),
    )


def ways_of_saying(language: str, zone: ZoneInfo) -> dict[str, Callable[[Any], str]]:
    """How a template writes a statement's figures: percent of a fraction, money, local time, length in hours."""
    return {
        "percent": lambda value: f"{_point(percent(value), language)} %",
        "money": lambda value: _money(value, language),
        "local": lambda instant: _local(instant, zone, language),
        "length": _length,
    }


def _point(text: str, language: str) -> str:
    return text.replace(".", ",") if language == "cs" else text


def _money(value: Decimal, language: str) -> str:
    grouped = f"{value:,.2f}".replace(",", _NARROW_SPACE)
    return _point(grouped, language)


def _local(instant: datetime | None, zone: ZoneInfo, language: str) -> str:
    if instant is None:
        return "–"
    at = instant.astimezone(zone)
    return f"{at.day}. {at.month}. {at:%Y %H:%M}" if language == "cs" else f"{at:%Y-%m-%d %H:%M}"


def _length(value: timedelta) -> str:
    """Hours, minutes and, when there are any, seconds."""
    seconds = int(value.total_seconds())
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if seconds else f"{hours}:{minutes:02d}"
