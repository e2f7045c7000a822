"""The passages replies are put together from: the list, a new one, a change."""

import asyncio
from functools import partial

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from channels.web.console.filters import read_id
from channels.web.console.steps import line_of, text_of
from channels.web.refusals import say_refusal
from channels.web.texts import LANGUAGES
from channels.web.visitors import StaffVisit
from intake.administration import EntryError
from intake.console import Snippet, SnippetData
from intake.ports import Transaction

_NEW = SnippetData(name="", language=LANGUAGES[0], text="")


async def show(visit: StaffVisit) -> Response:
    """All passages, and the form of a new one or of the one that is chosen."""
    chosen = read_id(visit.request.query_params.get("edit", ""))
    return await _page(visit, chosen, None)


async def save(visit: StaffVisit, form: FormData) -> Response:
    """Add a passage, or change the one that is named."""
    snippet_id = read_id(str(form.get("id", "")))
    data = SnippetData(
        name=line_of(form, "name"),
        language=str(form.get("language", "")),
        text=text_of(form, "text"),
        active=snippet_id is None or form.get("active") == "yes",
    )
    work = partial(_keep, visit, snippet_id, data)
    try:
        await asyncio.wrap_future(visit.site.services.writer.submit(work))
    except EntryError as error:
        return await _page(visit, snippet_id, data, problem=say_refusal(error, visit.language))
    return RedirectResponse("/console/snippets?notice=saved", 303)


def _keep(visit: StaffVisit, snippet_id: int | None, data: SnippetData, tx: Transaction) -> Snippet:
    at = visit.site.services.clock()
    if snippet_id is None:
        return tx.console.add_snippet(data, by=visit.actor, at=at)
    return tx.console.change_snippet(snippet_id, data, by=visit.actor, at=at)


async def _page(visit: StaffVisit, chosen: int | None, typed: SnippetData | None, *, problem: str = "") -> Response:
    found = await asyncio.to_thread(visit.site.services.queries.snippets, active=False)
    stored = next((each for each in found if each.id == chosen), None)
    return visit.show(
        "console/snippets.html",
        status=422 if problem else 200,
        snippets=found,
        chosen=stored.id if stored is not None else None,
        filled=typed or stored or _NEW,
        problem=problem,
        notice=visit.t["saved"] if visit.request.query_params.get("notice") == "saved" else "",
    )
