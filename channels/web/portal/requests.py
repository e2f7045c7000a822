"""A new request: the form with its draft, and how it is sent."""

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from authz.decision import Verdict
from channels.web.portal import drafts
from channels.web.portal.forms import Filled, form_values, read_form, submit
from channels.web.visitors import ContactVisit
from intake.drafts import NEW_REQUEST

EMPTY = Filled(subject="", text="", category="", once="")


async def new_request(visit: ContactVisit) -> Response:
    """The request form, with what was typed before."""
    return _form(visit, await drafts.restore(visit, NEW_REQUEST, EMPTY))


async def send_request(visit: ContactVisit, form: FormData) -> Response:
    """Make a request; it becomes a ticket by the same steps as a mail."""
    filled = await read_form(visit, form, with_subject=True)
    if filled.problems:
        return _form(visit, filled, status=422)
    receipt = await submit(visit, filled, None)
    if receipt.verdict is not Verdict.ACCEPT or receipt.ticket_number is None:
        return visit.tell(receipt.public_text, status=403)
    await drafts.forget(visit, NEW_REQUEST)
    return RedirectResponse(f"/tickets/{receipt.ticket_number}?notice=made", 303)


def _form(visit: ContactVisit, filled: Filled, *, status: int = 200) -> Response:
    return visit.show(
        "portal/request.html",
        status=status,
        filled=filled,
        phone_numbers=visit.site.services.phone_numbers,
        **form_values(visit, filled),
    )
