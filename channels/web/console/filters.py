"""What the queue shows: its tabs, and the filters in its address. Values and the reading of an address; asks nothing.

An address is all there is to a view of the queue, so a saved view is one. What makes no sense in it is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from authz.identity import Channel
from intake.queries import TicketFilter, Window
from intake.terms import Category, Status

PAGE = 50
LARGEST_ID = 2**53 - 1
_LONGEST = 200
_MICROSECOND = 1_000_000

E = TypeVar("E", bound=StrEnum)


class Tab(StrEnum):
    """The queue by what has to be done."""

    DEADLINE = "deadline"
    NEW = "new"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    ATTENTION = "attention"
    WAITING = "waiting"
    VERIFY = "verify"
    ALL = "all"


# What holds of every ticket of a tab. Of `MINE`, the reader's id besides; `DEADLINE` has an order of its own.
TABS: Mapping[Tab, TicketFilter] = {
    Tab.DEADLINE: TicketFilter(),
    Tab.NEW: TicketFilter(statuses=frozenset({Status.NEW})),
    Tab.MINE: TicketFilter(open=True),
    Tab.UNASSIGNED: TicketFilter(open=True, unassigned=True),
    Tab.ATTENTION: TicketFilter(attention=True),
    Tab.WAITING: TicketFilter(statuses=frozenset({Status.MORE_INFO})),
    Tab.VERIFY: TicketFilter(statuses=frozenset({Status.TO_VERIFY})),
    Tab.ALL: TicketFilter(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAddress:
    """The queue as it was asked for. customer: a name, as typed. q: what to search for. assignee: a user's id."""

    tab: Tab = Tab.DEADLINE
    statuses: tuple[Status, ...] = ()
    categories: tuple[Category, ...] = ()
    channel: Channel | None = None
    customer: str = ""
    assignee: int | None = None
    attention: bool = False
    q: str = ""
    window: Window = field(default_factory=lambda: Window(limit=PAGE))

    @property
    def query(self) -> str:
        """The filters as the part of an address after "?", without the place in the list."""
        pairs: list[tuple[str, str]] = [("tab", self.tab)] if self.tab is not Tab.DEADLINE else []
        pairs += [("status", each) for each in self.statuses] + [("category", each) for each in self.categories]
        pairs += [("channel", self.channel)] if self.channel is not None else []
        pairs += [("customer", self.customer)] if self.customer else []
        pairs += [("assignee", str(self.assignee))] if self.assignee is not None else []
        pairs += [("attention", "yes")] if self.attention else []
        pairs += [("q", self.q)] if self.q else []
        return urlencode(pairs)

    @property
    def narrows(self) -> bool:
        """Whether anything beside the tab is asked for."""
        return self != QueueAddress(tab=self.tab, window=self.window)

    def at_tab(self, tab: Tab) -> "QueueAddress":
        """The same filters on another tab."""
        return replace(self, tab=tab, window=Window(limit=PAGE))

    def wanted(self, user_id: int, customer_id: int | None) -> TicketFilter:
        """What must hold of a ticket. user_id: who reads. customer_id: whom the name typed means."""
        base = TABS[self.tab]
        statuses = frozenset(self.statuses)
        if statuses and base.statuses:
            # A tab is left by choosing another one, not by a filter.
            statuses = (statuses & base.statuses) or base.statuses
        return replace(
            base,
            statuses=statuses or base.statuses,
            categories=frozenset(self.categories),
            channel=self.channel,
            customer_id=customer_id,
            attention=True if self.attention else base.attention,
            assignee_id=user_id if self.tab is Tab.MINE else self.assignee,
        )


def read_address(params: QueryParams) -> QueueAddress:
    """Read an address; never raises."""
    return QueueAddress(
        tab=_one(Tab, params.get("tab", "")) or Tab.DEADLINE,
        statuses=_several(Status, params.getlist("status")),
        categories=_several(Category, params.getlist("category")),
        channel=_one(Channel, params.get("channel", "")),
        customer=_line(params.get("customer", "")),
        assignee=read_id(params.get("assignee", "")),
        attention=params.get("attention", "") == "yes",
        q=_line(params.get("q", "")),
        window=Window(
            limit=PAGE,
            after=read_id(params.get("after", "")),
            after_deadline=read_instant(params.get("after_deadline", "")),
        ),
    )


def write_instant(at: datetime) -> str:
    """An instant as the address of a next page has it: microseconds, so that none is shown twice."""
    return str(round(at.timestamp() * _MICROSECOND))


def read_id(text: str) -> int | None:
    """A number or id in an address or form; None for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        return None
    number = int(text)
    return number if 0 < number <= LARGEST_ID else None


def read_instant(text: str) -> datetime | None:
    """An instant as `write_instant` wrote it; None for what is none."""
    micros = read_id(text)
    if micros is None or micros > 4_102_444_800 * _MICROSECOND:
        return None
    seconds, rest = divmod(micros, _MICROSECOND)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def _line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:_LONGEST]


def _one(kind: type[E], text: str) -> E | None:
    return kind(text) if text in set(kind) else None


def _several(kind: type[E], texts: list[str]) -> tuple[E, ...]:
    return tuple(dict.fromkeys(kind(text) for text in texts if text in set(kind)))
