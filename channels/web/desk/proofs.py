"""What a contact is known by besides addresses and numbers: the log-in on the site, the PIN on the phone."""

from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.desk.contacts import contact_page, find_contact
from channels.web.entered import Entered, carry_out
from channels.web.parts import done
from channels.web.visitors import StaffVisit
from intake.administration import EntryError
from intake.login.links import invite
from intake.login.signing import Person
from intake.phone.pins import set_pin


async def invite_contact(visit: StaffVisit, form: FormData) -> Response:
    """Mail the contact a link for the first log-in, or for a new password."""
    contact, services = await find_contact(visit), visit.site.services
    person = Person(contact_id=contact.id)
    try:
        await invite(services.writer, services.sign_in, person, by=visit.actor, at=services.clock())
    except EntryError as error:
        return await contact_page(visit, contact, refused=("login", error, form))
    return done(f"/desk/contacts/{contact.id}", "desk_invited")


async def remove_login(visit: StaffVisit, form: FormData) -> Response:
    """Take a contact's log-in away; the contact's sessions end."""
    contact, at = await find_contact(visit), visit.site.services.clock()
    await carry_out(visit, lambda tx: tx.people.set_contact_login(contact.id, None, None, by=visit.actor, at=at))
    return done(f"/desk/contacts/{contact.id}", "removed")


async def give_pin(visit: StaffVisit, form: FormData) -> Response:
    """Give a contact a PIN for the phone. One that was made up is on this one page only."""
    contact, services = await find_contact(visit), visit.site.services
    chosen, at = Entered(form, services.zone).line("pin") or None, services.clock()
    made = await carry_out(visit, lambda tx: set_pin(tx, services.pins, contact.id, chosen, by=visit.actor, at=at))
    if isinstance(made, EntryError):
        return await contact_page(visit, contact, refused=("pin", made, FormData()))
    here = f"/desk/contacts/{contact.id}"
    if made is None:
        return done(here)
    return visit.show("desk/token.html", title=visit.t["desk_pin"], secret=made, back=here, back_text="back_there")
