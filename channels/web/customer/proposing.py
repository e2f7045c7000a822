"""How every change on these pages is made: tried out, proposed, and told as done or as waiting."""

import asyncio
from collections.abc import Mapping
from functools import partial

from starlette.responses import RedirectResponse, Response

from channels.web.entered import carry_out
from channels.web.parts import done
from channels.web.visitors import ContactVisit
from intake.administration import EntryError
from intake.contact_lists.customer_admin import TriedOut, propose, try_out
from intake.contact_lists.list_changes import ListAction, ListChange, ListEntity, ProposedChange
from intake.contact_lists.listed_entries import EntryData, plain


def asked(
    visit: ContactVisit,
    entity: ListEntity,
    data: EntryData,
    *,
    action: ListAction = ListAction.ADD,
    entry_id: int | None = None,
    more: Mapping[str, list[str]] | None = None,
) -> ProposedChange:
    """What the visitor asks for. more: what a new person is to be recognized by."""
    return ProposedChange(
        customer_id=visit.contact.customer_id,
        entity=entity,
        action=action,
        entry_id=entry_id,
        data=plain(data) | dict(more or {}),
    )


async def propose_change(visit: ContactVisit, proposed: ProposedChange) -> ListChange | EntryError | None:
    """Propose a change; returns it when it waits, None when it was done, or why it cannot be done."""
    services, at = visit.site.services, visit.site.services.clock()
    try:
        await asyncio.wrap_future(services.writer.submit(partial(try_out, proposed=proposed, by=visit.actor, at=at)))
    except TriedOut:
        pass
    except EntryError as error:
        return error
    url, limits = services.public_url, services.sign_in.asked
    return await carry_out(visit, partial(propose, proposed=proposed, by=visit.actor, at=at, url=url, limits=limits))


def told(change: ListChange | None, href: str, notice: str = "saved") -> Response:
    """Go on: to what waits, or where it is seen that it was done."""
    return done(href, notice) if change is None else RedirectResponse(f"/customer/changes/{change.id}", 303)
