"""Inviting a colleague to the site: a customer's own admin has a link for the first log-in mailed."""

from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.customer.people import find_person, show_refused
from channels.web.parts import done
from channels.web.visitors import ContactVisit
from intake.administration import EntryError
from intake.login.links import invite
from intake.login.signing import Person


async def invite_person(visit: ContactVisit, form: FormData) -> Response:
    """Mail the person a link to choose a password; it goes to the first address on the list."""
    contact, services = await find_person(visit), visit.site.services
    try:
        await invite(
            services.writer, services.sign_in, Person(contact_id=contact.id), by=visit.actor, at=services.clock()
        )
    except EntryError as error:
        return await show_refused(visit, contact, ("invite", error, form))
    return done(f"/customer/people/{contact.id}", "desk_invited")
