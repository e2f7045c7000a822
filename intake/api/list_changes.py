"""Changes of the lists that customers' own admins ask for: what waits, and the service desk's word on it."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from intake.api.access import PeopleReader, PeopleWriter
from intake.api.lists import EntryId, Listed, WantedId, WantedWindow, listed
from intake.api.problems import Problem, documented
from intake.api.services import Services
from intake.api.texts import OptionalWords
from intake.api.ticket_schemas import Sent, Shown, ShownActor, shown_actor
from intake.contact_lists.customer_admin import refuse, vouch
from intake.contact_lists.list_changes import ChangeState, ListAction, ListChange, ListEntity, Wait

router = APIRouter(prefix="/api/v1/list-changes", tags=["people"])

_SETTLED = documented("not-found", "entry-taken")
_CONFIRMED = documented("not-found", "entry-taken", "too-often")


class ShownListChange(Shown):
    """A change. data: the entry as it is to be. before: as it was. waits: what it still needs; proof is the code that
    was mailed to the address or is keyed in a call from the number, second another admin of the customer.
    """

    id: int
    customer_id: int
    entity: ListEntity
    action: ListAction
    entry_id: int | None = Field(description="null for an entry that is added")
    data: dict[str, Any]
    before: dict[str, Any] | None
    state: ChangeState
    waits: list[Wait]
    proposed_at: datetime
    proposed_by: ShownActor
    decided_at: datetime | None
    decided_by: str | None
    note: str


class SentRefusal(Sent):
    """Why it is not made."""

    note: OptionalWords = ""


@router.get("", responses=documented())
def list_changes(
    *,
    services: Services,
    caller: PeopleReader,
    window: WantedWindow,
    customer_id: WantedId = None,
    state: Annotated[ChangeState | None, Query(description="those in this state")] = None,
) -> Listed[ShownListChange]:
    """Changes that were asked for, newest first."""
    return listed(services.portal.list_changes(customer_id, state, window), _shown)


@router.get("/{change_id}", responses=documented("not-found"))
def read_change(services: Services, caller: PeopleReader, change_id: EntryId) -> ShownListChange:
    """One change."""
    found = services.portal.list_change(change_id)
    if found is None:
        raise Problem("not-found", f"There is no list change {change_id}.")
    return _shown(found)


@router.post("/{change_id}/confirmation", responses=_CONFIRMED)
async def confirm_change(services: Services, caller: PeopleWriter, change_id: EntryId) -> ShownListChange:
    """The service desk vouches for it: whatever it waited for, it is made now."""
    at, url = services.clock(), services.public_url
    work = services.writer.submit(
        lambda tx: vouch(tx, change_id, by=caller.actor, at=at, url=url, limits=services.asked)
    )
    return _shown(await asyncio.wrap_future(work))


@router.post("/{change_id}/rejection", responses=_SETTLED)
async def reject_change(
    services: Services, caller: PeopleWriter, change_id: EntryId, sent: SentRefusal
) -> ShownListChange:
    """It is not made; what its admins see says why."""
    at = services.clock()
    work = services.writer.submit(
        lambda tx: refuse(tx, change_id, customer_id=None, by=caller.actor, at=at, note=sent.note)
    )
    return _shown(await asyncio.wrap_future(work))


def _shown(change: ListChange) -> ShownListChange:
    return ShownListChange(
        id=change.id,
        customer_id=change.customer_id,
        entity=change.entity,
        action=change.action,
        entry_id=change.entry_id,
        data=change.data,
        before=change.before,
        state=change.state,
        waits=sorted(change.waits),
        proposed_at=change.proposed_at,
        proposed_by=shown_actor(change.proposed_by),
        decided_at=change.decided_at,
        decided_by=change.decided_by,
        note=change.note,
    )
