"""Drafts: what was typed is kept while typing, found again on any device, and forgotten when it is sent."""

import asyncio
from dataclasses import replace

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from channels.web.portal.forms import LONGEST_SUBJECT, LONGEST_TEXT, Filled, line_of, text_of
from channels.web.portal.ids import find_ticket
from channels.web.visitors import ContactVisit
from intake.drafts import NEW_REQUEST, Draft
from intake.terms import Category


async def keep_request(visit: ContactVisit, form: FormData) -> Response:
    """Keep the draft of a new request."""
    return await _keep(visit, form, NEW_REQUEST, "/requests/new")


async def keep_reply(visit: ContactVisit, form: FormData) -> Response:
    """Keep the draft of a reply."""
    number = (await find_ticket(visit)).line.ticket.number
    return await _keep(visit, form, number, f"/tickets/{number}")


async def restore(visit: ContactVisit, about: int, empty: Filled) -> Filled:
    """The form as it was left; `empty` when there is no draft."""
    found = await asyncio.to_thread(visit.site.services.portal.draft, visit.contact.id, about)
    if found is None:
        return empty
    return replace(empty, subject=found.subject, text=found.text, category=found.category, saved_at=found.saved_at)


async def forget(visit: ContactVisit, about: int) -> None:
    """There is nothing left to go on with: it was sent."""
    contact_id = visit.contact.id
    await asyncio.wrap_future(visit.site.services.writer.submit(lambda tx: tx.drafts.forget(contact_id, about)))


async def _keep(visit: ContactVisit, form: FormData, about: int, back: str) -> Response:
    if "discard" in form:
        await forget(visit, about)
        return RedirectResponse(back, 303)
    category = str(form.get("category", ""))
    draft = Draft(
        contact_id=visit.contact.id,
        about=about,
        # It is not sent yet, so it may be too long: what fits is kept.
        subject=line_of(form, "subject")[:LONGEST_SUBJECT],
        text=text_of(form)[:LONGEST_TEXT],
        category=category if category in set(Category) else "",
        saved_at=visit.site.services.clock(),
    )
    await asyncio.wrap_future(visit.site.services.writer.submit(lambda tx: tx.drafts.keep(draft)))
    if visit.is_part:
        return visit.show("portal/draft.html", block="note", saved_at=draft.saved_at)
    return RedirectResponse(back, 303)
