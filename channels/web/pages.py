"""Making a page: the template, the visitor's language, times as people read them, headers that let nothing run."""

from datetime import datetime
from pathlib import Path
from typing import Any

from babel.dates import format_datetime, get_timezone
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from channels.web.services import WebServices
from channels.web.texts import CATEGORIES, STATUSES, TEXTS

FOLDER = Path(__file__).parent

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Pages:
    """Templates of the site. Safe to use from several threads."""

    def __init__(self, services: WebServices) -> None:
        self._site_name = services.site_name
        self._zone = get_timezone(services.zone)
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def show(self, template: str, language: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Make a page. values: what the template asks for."""
        text = self._environment.get_template(template).render(
            site_name=self._site_name,
            language=language,
            t=TEXTS[language],
            categories=CATEGORIES[language],
            statuses=STATUSES[language],
            when=lambda at: self.when(at, language),
            **values,
        )
        return HTMLResponse(text, status)

    def when(self, at: datetime, language: str) -> str:
        """An instant as people read it, in the site's zone."""
        return format_datetime(at, "medium" if language == "en" else "d. M. yyyy H:mm", self._zone, language)
