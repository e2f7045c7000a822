"""What the pages of the desk are made of: forms and tables as data, so that each page says only what is its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from channels.web.choosing import UnclearError
from channels.web.refusals import say_refusal
from channels.web.visitors import Visit
from intake.administration import EntryError
from intake.queries import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a form. label, help: keys of its words. kind: text, area, date, check, checks, choose, email, number.

    options: value and words of each choice; of a text, those that may be meant by it (`channels.web.choosing`).
    value: for "checks" a set of the chosen values, for "check" a bool. suggest: customer or contact, whose names a
    text suggests.
    """

    name: str
    label: str
    kind: str = "text"
    value: Any = ""
    help: str = ""
    options: tuple[tuple[str, str], ...] = ()
    required: bool = False
    rows: int = 6
    suggest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in a table. badge: "good", "warn" or "bad" when it is one. under: a smaller line."""

    text: str
    href: str | None = None
    badge: str | None = None
    under: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """A button in a table that takes the line away. action: where its form goes."""

    action: str
    label: str = "remove"


Row = tuple[Cell | Remove, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A table. columns: keys of their words. more: where the list goes on."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    more: str | None = None
    empty: str = "nothing_here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way on. text: key of its words."""

    href: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a page: a heading, a table, what can be added. lead: a sentence. lines: sentences, as a list."""

    title: str
    lead: str = ""
    lines: tuple[str, ...] = ()
    listing: Listing | None = None
    links: tuple[Link, ...] = ()
    form: "Form | None" = None
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form. action: where it goes. submit: key of its button's words. problem: what is wrong with what came.

    method: "get" for one that only asks.
    """

    action: str
    fields: tuple[Field, ...]
    submit: str = "save"
    problem: str = ""
    problem_field: str | None = None
    method: str = "post"

    def refused(self, visit: Visit, error: EntryError, typed: FormData) -> "Form":
        """The same form with what was typed and what is wrong with it."""
        return replace(
            self,
            fields=tuple(_with_options(_typed(field, typed), error) for field in self.fields),
            problem=say_refusal(error, visit.language),
            problem_field=error.field,
        )


def show(visit: Visit, title: str, *sections: Section, links: Iterable[Link] = (), status: int = 200) -> Response:
    """Make a page of sections. title: words, not a key."""
    notice = visit.request.query_params.get("notice", "")
    return visit.show(
        "page.html",
        status=status,
        title=title,
        sections=sections,
        links=tuple(links),
        notice=visit.t[notice] if notice in {"saved", "removed", "added", "desk_invited"} else "",
    )


def ask(visit: Visit, title: str, form: Form, *, links: Iterable[Link] = ()) -> Response:
    """Make a page that is one form; 422 when something is wrong with it."""
    section = Section(title="", form=form)
    return show(visit, title, section, links=links, status=422 if form.problem else 200)


def done(href: str, notice: str = "saved") -> Response:
    """Go on to a page that says that it was done."""
    return RedirectResponse(f"{href}?notice={notice}", 303)


def more_of(visit: Visit, page: Page[Any]) -> str | None:
    """Where a list goes on, with the same filters."""
    if page.next_after is None:
        return None
    kept = {name: value for name, value in visit.request.query_params.items() if name not in {"after", "notice"}}
    return f"{visit.request.url.path}?{urlencode(kept | {'after': str(page.next_after)})}"


def options_of(values: Iterable[str], words: Sequence[str] | None = None) -> tuple[tuple[str, str], ...]:
    """Choices that are called as they are, or by the words given."""
    values = tuple(values)
    return tuple(zip(values, words or values, strict=True))


def yes_or_no(visit: Visit, truth: bool) -> Cell:
    """A cell that says yes or, as a warning, no."""
    return Cell(text=visit.t["yes"] if truth else visit.t["no"], badge=None if truth else "warn")


def until_shown(visit: Visit, until: datetime | None) -> str:
    """The last day of a validity, as a table shows it. until: the first instant after it, aware UTC."""
    return "–" if until is None else visit.site.pages.day(until - timedelta(microseconds=1), visit.language)


def _typed(field: Field, typed: FormData) -> Field:
    if field.kind == "checks":
        return replace(field, value={str(each) for each in typed.getlist(field.name)})
    if field.kind == "check":
        return replace(field, value=bool(typed.get(field.name)))
    return replace(field, value=str(typed.get(field.name, "")))


def _with_options(field: Field, error: EntryError) -> Field:
    if isinstance(error, UnclearError) and field.name == error.field:
        return replace(field, options=error.options)
    return field
