"""A ticket's history as sentences: who did what, when. Nothing is left out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from channels.web.texts import CATEGORIES
from channels.web.texts.console import DESK_STATUSES
from channels.web.texts.ticket import EVALUATIONS
from intake.terms import Category, Evaluation, Status
from intake.tickets.model import EventKind, TicketEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A line of the history."""

    id: int
    at: datetime
    who: str
    words: str
    comment_id: int | None


def say_events(events: Iterable[TicketEvent], t: Mapping[str, str], language: str) -> list[Happened]:
    """The history in words, oldest first. t: the texts in that language."""
    return [
        Happened(
            id=event.id,
            at=event.at,
            who=event.actor.name,
            words=_say(event, t, language),
            comment_id=event.detail.get("comment"),
        )
        for event in events
    ]


def _say(event: TicketEvent, t: Mapping[str, str], language: str) -> str:
    key = f"tk_event_{_key(event)}"
    words = t.get(key) or t.get(f"tk_event_{_slug(event.kind)}")
    if words is None:
        return " – ".join(each for each in (event.kind, event.after or "") if each)
    return words.format(**_values(event, language))


def _key(event: TicketEvent) -> str:
    """Which sentence: of some kinds there are several."""
    match event.kind:
        case EventKind.CREATED if event.detail.get("category_rule"):
            return "created_rule"
        case EventKind.COMMENT if event.detail.get("internal"):
            return "note"
        case EventKind.TEMPORARY_FIX:
            return "fix" if event.after == "recorded" else "fix_withdrawn"
        case EventKind.TIME_ENTRY:
            return "work" if event.after == "noted" else "work_withdrawn"
        case EventKind.LINK:
            return f"link_{_slug(event.after or '')}"
    return _slug(event.kind)


def _values(event: TicketEvent, language: str) -> dict[str, str]:
    """What is put into a sentence. It is data: nothing in it is read as a sentence."""
    values = dict.fromkeys(("minutes", "ticket", "recipient", "why", "note"), "")
    values |= {name: str(value) for name, value in event.detail.items() if value is not None}
    read = {EventKind.STATUS: _status, EventKind.CATEGORY: _category}.get(event.kind, _plain)
    return values | {
        "before": read(event.before, language),
        "after": read(event.after, language),
        "flag": _flag(event.detail.get("flag"), language),
    }


def _slug(text: str) -> str:
    return text.replace("-", "_")


def _plain(value: str | None, language: str) -> str:
    return value or "–"


def _status(value: str | None, language: str) -> str:
    return DESK_STATUSES[language][Status(value)] if value in set(Status) else value or "–"


def _category(value: str | None, language: str) -> str:
    return CATEGORIES[language][Category(value)][0] if value in set(Category) else value or "–"


def _flag(value: str | None, language: str) -> str:
    return EVALUATIONS[language][Evaluation(value)] if value in set(Evaluation) else value or ""
