"""Saved views of the queue: kept by name, each user's own, in the user's order."""

import asyncio
from urllib.parse import parse_qsl

from starlette.datastructures import FormData, QueryParams
from starlette.responses import RedirectResponse, Response

from channels.web.console.filters import read_address, read_id
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError, UnknownEntryError
from intake.console import QueueViewData
from intake.ports import Transaction


async def save(visit: StaffVisit, form: FormData) -> Response:
    """Keep the filters that are shown under a name."""
    # Read and written again: only what the queue understands is kept.
    query = read_address(QueryParams(parse_qsl(str(form.get("query", ""))[:2000]))).query
    data = QueueViewData(name=str(form.get("name", "")), query=query)
    writer = visit.site.services.writer
    try:
        await asyncio.wrap_future(writer.submit(lambda tx: tx.console.add_view(visit.user.id, data)))
    except EntryError as error:
        return visit.tell(visit.t["q_view_not_saved"], str(error), status=422)
    return RedirectResponse(f"/console?{query}", 303)


async def change(visit: StaffVisit, form: FormData) -> Response:
    """Move a view up or down, or remove it."""
    view_id, what = read_id(str(visit.request.path_params["view_id"])), str(form.get("do", ""))
    if view_id is None or what not in {"up", "down", "remove"}:
        raise PageMissingError

    def work(tx: Transaction) -> None:
        if what == "remove":
            tx.console.remove_view(visit.user.id, view_id)
        else:
            tx.console.move_view(visit.user.id, view_id, up=what == "up")

    try:
        await asyncio.wrap_future(visit.site.services.writer.submit(work))
    except UnknownEntryError:
        raise PageMissingError from None
    return RedirectResponse("/console", 303)
