"""Making a page: the template, the language, times as people read them, headers that let nothing foreign run."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, get_timezone
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from channels.web.navigation import current_entry
from channels.web.services import WebServices
from channels.web.texts import CATEGORIES, LANGUAGES, STATUSES, TEXTS

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}

_DATE_AND_TIME = {"cs": "d. M. yyyy H:mm", "en": "d MMM yyyy, HH:mm"}
_UNITS = ("B", "kB", "MB", "GB")
_KILO = 1000
_ROUND = 10
_DATE = {"cs": "d. M. yyyy", "en": "d MMM yyyy"}


class Pages:
    """Templates of the site. Safe to use from several threads."""

    def __init__(self, services: WebServices) -> None:
        self._zone = get_timezone(services.zone)
        self._site_name = services.site_name

    def show(
        self, template: str, language: str, *, status: int = 200, block: str | None = None, **values: Any
    ) -> HTMLResponse:
        """Make a page. values: what the template asks for. block: make only this block of the template."""
        wanted = _environment().get_template(template)
        context = self._words(language) | values
        if block is None:
            return HTMLResponse(wanted.render(context), status)
        return HTMLResponse("".join(wanted.blocks[block](wanted.new_context(context))), status)

    def when(self, at: datetime, language: str) -> str:
        """An instant as people read it, in the site's zone."""
        return format_datetime(at, _DATE_AND_TIME[language], self._zone, _locale(language))

    def day(self, at: datetime | date, language: str) -> str:
        """A day as people read it; of an instant, the day in the site's zone."""
        local = at.astimezone(self._zone).date() if isinstance(at, datetime) else at
        return format_date(local, _DATE[language], _locale(language))

    def size(self, octets: int, language: str) -> str:
        """The size of a file as people read it: "12 B", "3,4 MB"."""
        amount, unit = float(octets), _UNITS[0]
        for larger in _UNITS[1:]:
            if amount < _KILO:
                break
            amount, unit = amount / _KILO, larger
        return f"{format_decimal(amount, '#,##0' if amount >= _ROUND else '#,##0.#', _locale(language))}\u00a0{unit}"

    def _words(self, language: str) -> dict[str, Any]:
        return {
            "site_name": self._site_name,
            "language": language,
            "t": TEXTS[language],
            "categories": CATEGORIES[language],
            "statuses": STATUSES[language],
            "when": partial(self.when, language=language),
            "day": partial(self.day, language=language),
            "size": partial(self.size, language=language),
        }


@cache
def _locale(language: str) -> Locale:
    """Given a language's name, Babel looks into its folder of languages for each date of a page."""
    return Locale.parse(language)


@cache
def _environment() -> Environment:
    """The templates, read and compiled once in a process."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {"static": _static_addresses().__getitem__, "current_entry": current_entry, "languages": LANGUAGES}
    return made


def _static_addresses() -> Mapping[str, str]:
    """The address of each static file. It changes with the file, so that a browser may keep what it has."""
    files = [path for path in STATIC.rglob("*") if path.is_file()]
    return {
        (name := path.relative_to(STATIC).as_posix()): f"/static/{name}?v={_digest(path)}" for path in sorted(files)
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
