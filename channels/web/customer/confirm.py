"""The page behind the link in a mailed code: works without a log-in. Looking at it does nothing, only its form acts.

The link itself is the secret, so it is not told to any other page.
"""

import asyncio
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from channels.web.doors import language_of_stranger, show_stranger
from channels.web.entered import whole_number
from channels.web.texts import TEXTS
from channels.web.visitors import Site
from intake.administration import EntryError
from intake.contact_lists.customer_admin import prove_address
from intake.contact_lists.list_changes import ChangeState, ListEntity, Wait


class Confirmation:
    """The two sides of the link."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """Ask whether the address is to be listed. Nothing is told that the link did not say."""
        return _secretive(show_stranger(self._site, request, "customer/confirm.html"))

    async def act(self, request: Request) -> Response:
        """Take the code."""
        services, texts = self._site.services, TEXTS[language_of_stranger(self._site, request)]
        change_id = whole_number(request.path_params["change_id"])
        change = None if change_id is None else await asyncio.to_thread(services.portal.list_change, change_id)
        if change is None or change.entity is not ListEntity.ADDRESS or Wait.PROOF not in change.waits:
            return self._tell(request, texts["confirm_gone"], status=404)
        code = request.path_params["code"][:40]
        work = partial(prove_address, change_id=change.id, code=code, by=None, at=services.clock())
        try:
            settled = await asyncio.wrap_future(services.writer.submit(work))
        except EntryError:
            settled = None
        if settled is None:
            return self._tell(request, texts["confirm_gone"], status=404)
        done = settled.state is ChangeState.APPLIED
        return self._tell(request, texts["confirm_done" if done else "confirm_half"], status=200)

    def _tell(self, request: Request, title: str, *, status: int) -> Response:
        page = show_stranger(self._site, request, "message.html", status=status, title=title, text="", path="/")
        return _secretive(page)


def _secretive(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
