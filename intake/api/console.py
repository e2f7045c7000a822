"""What technicians keep for their work: who has a ticket in hand, snippets for replies, saved views of the queue."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends
from pydantic import Field

from intake.api.access import Caller, TicketReader, TicketWriter
from intake.api.lists import LARGEST_ID, EntryId
from intake.api.problems import Problem, documented
from intake.api.services import ApiServices, Services
from intake.api.texts import Line, ShortLine, Words
from intake.api.ticket_schemas import Sent, ShownTicketPage
from intake.api.ticket_views import WantedChange
from intake.assignment import assign
from intake.console import QueueView, QueueViewData, Snippet, SnippetData
from intake.ports import Transaction

T = TypeVar("T")

router = APIRouter(prefix="/api/v1", tags=["console"])


class NewAssignee(Sent):
    """Who gets the ticket: a user of the service desk."""

    user_id: Annotated[int, Field(ge=1, le=LARGEST_ID)]


class NewView(Sent):
    """A view of the queue. query: the filters as in the address of the queue."""

    name: Line
    query: Annotated[str, Field(max_length=1000)] = ""


class NewPlace(Sent):
    """Where a view moves."""

    up: bool


class NewSnippet(Sent):
    """A passage for replies."""

    name: Line
    language: ShortLine = "cs"
    text: Words
    active: bool = True

    def data(self) -> SnippetData:
        """As the desk takes it."""
        return SnippetData(name=self.name, language=self.language, text=self.text, active=self.active)


def _reader(caller: TicketReader) -> Caller:
    return _of_the_desk(caller)


def _writer(caller: TicketWriter) -> Caller:
    return _of_the_desk(caller)


DeskReader = Annotated[Caller, Depends(_reader)]
DeskWriter = Annotated[Caller, Depends(_writer)]


@router.put(
    "/tickets/{number}/assignee",
    responses=documented("not-found", "step-refused", "version-outdated", "precondition-required"),
)
async def give_ticket(change: WantedChange, sent: NewAssignee) -> ShownTicketPage:
    """Put the ticket into a user's hands."""
    return await change.run(partial(assign, assignee_id=sent.user_id))


@router.delete(
    "/tickets/{number}/assignee",
    responses=documented("not-found", "step-refused", "version-outdated", "precondition-required"),
)
async def give_back_ticket(change: WantedChange) -> ShownTicketPage:
    """Put the ticket into nobody's hands."""
    return await change.run(partial(assign, assignee_id=None))


@router.get("/snippets", responses=documented())
def list_snippets(services: Services, caller: DeskReader) -> list[Snippet]:
    """The passages for replies, those out of use too."""
    return list(services.queries.snippets(active=False))


@router.post("/snippets", status_code=201, responses=documented("entry-taken"))
async def add_snippet(services: Services, caller: DeskWriter, sent: NewSnippet) -> Snippet:
    """Add a passage."""
    at = services.clock()
    return await _do(services, lambda tx: tx.console.add_snippet(sent.data(), by=caller.actor, at=at))


@router.put("/snippets/{snippet_id}", responses=documented("not-found", "entry-taken"))
async def change_snippet(services: Services, caller: DeskWriter, snippet_id: EntryId, sent: NewSnippet) -> Snippet:
    """Replace a passage, or take it out of use."""
    at = services.clock()
    return await _do(services, lambda tx: tx.console.change_snippet(snippet_id, sent.data(), by=caller.actor, at=at))


@router.get("/users/{user_id}/views", responses=documented())
def list_views(services: Services, caller: DeskReader, user_id: EntryId) -> list[QueueView]:
    """A user's saved views of the queue, in the user's order."""
    return list(services.queries.queue_views(user_id))


@router.post("/users/{user_id}/views", status_code=201, responses=documented("not-found"))
async def add_view(services: Services, caller: DeskWriter, user_id: EntryId, sent: NewView) -> QueueView:
    """Keep a view as the last one; one of the same name is replaced."""
    data = QueueViewData(name=sent.name, query=sent.query)

    def work(tx: Transaction) -> QueueView:
        tx.people.user(user_id)
        return tx.console.add_view(user_id, data)

    return await _do(services, work)


@router.put("/users/{user_id}/views/{view_id}/place", status_code=204, responses=documented("not-found"))
async def move_view(services: Services, caller: DeskWriter, user_id: EntryId, view_id: EntryId, sent: NewPlace) -> None:
    """Change places with the view before or after it."""
    await _do(services, lambda tx: tx.console.move_view(user_id, view_id, up=sent.up))


@router.delete("/users/{user_id}/views/{view_id}", status_code=204, responses=documented("not-found"))
async def remove_view(services: Services, caller: DeskWriter, user_id: EntryId, view_id: EntryId) -> None:
    """Forget a view."""
    await _do(services, lambda tx: tx.console.remove_view(user_id, view_id))


def _of_the_desk(caller: Caller) -> Caller:
    if caller.contact is not None:
        raise Problem("not-found", "This is the service desk's own.")
    return caller


async def _do(services: ApiServices, work: Callable[[Transaction], T]) -> T:
    return await asyncio.wrap_future(services.writer.submit(work))
