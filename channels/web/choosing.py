"""Choosing a customer or a contact by name: typed, with suggestions meanwhile, and asked about where several are meant.

Without script the form itself is the search: it comes back with those who may be meant. Nobody types a number of ours.
"""

import asyncio
from collections.abc import Callable

from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.entered import Entered, whole_number
from channels.web.services import WebServices
from channels.web.visitors import PageMissingError, StaffVisit, Visit
from intake.administration import InvalidEntryError
from intake.queries import Window

MOST_SUGGESTED = 20
_PICK = "-pick"

Options = tuple[tuple[str, str], ...]


class UnclearError(InvalidEntryError):
    """Nobody or several are meant by a name.

    message: in the visitor's language. options: id and words of those who may be meant.
    """

    def __init__(self, message: str, *, field: str, options: Options) -> None:
        super().__init__(message, field=field)
        self.options = options


async def choose_customer(visit: StaffVisit, form: FormData, name: str) -> int | None:
    """The customer a field names, None when it is empty. Raises UnclearError."""
    return await _choose(visit, form, name, find_customers)


async def choose_contact(visit: StaffVisit, form: FormData, name: str) -> int | None:
    """The contact a field names, None when it is empty. Raises UnclearError."""
    return await _choose(visit, form, name, find_contacts)


async def customer_words(visit: Visit, customer_id: int | None) -> str:
    """What a customer's field says; "" for none."""
    found = None if customer_id is None else await asyncio.to_thread(visit.site.services.queries.customer, customer_id)
    return "" if found is None else found.name


async def contact_words(visit: Visit, contact_id: int | None) -> str:
    """What a contact's field says; "" for none."""
    queries = visit.site.services.queries
    found = None if contact_id is None else await asyncio.to_thread(queries.contact, contact_id)
    return "" if found is None else f"{found.name}, {await customer_words(visit, found.customer_id)}"


async def suggest(visit: StaffVisit) -> Response:
    """The suggestions for a field, as htmx asks for them while somebody types."""
    find = {"customer": find_customers, "contact": find_contacts}.get(visit.request.path_params["kind"])
    if find is None:
        raise PageMissingError
    params = visit.request.query_params
    text = " ".join(params.get(params.get("name", ""), "").replace("\0", "").split())[:200]
    found = await asyncio.to_thread(find, visit.site.services, text) if text else ()
    return visit.show("desk/suggested.html", found=[words for _, words in found])


def find_customers(services: WebServices, text: str) -> Options:
    """Customers with this in their name. Blocking."""
    found = services.queries.customers(Window(limit=MOST_SUGGESTED), name=text).items
    return tuple((str(each.id), each.name) for each in found)


def find_contacts(services: WebServices, text: str) -> Options:
    """Contacts with this in their name, their customer's, an address or a number; also "name, customer". Blocking."""
    name, comma, customer = text.partition(",")
    found = services.queries.find_contacts(text, MOST_SUGGESTED)
    if not found and comma and name.strip():
        theirs = services.queries.find_contacts(name.strip(), 10 * MOST_SUGGESTED)
        found = tuple(each for each in theirs if customer.strip().casefold() in each.customer_name.casefold())
    named = [(each.contact.id, f"{each.contact.name}, {each.customer_name}") for each in found[:MOST_SUGGESTED]]
    words = [each for _, each in named]
    return tuple((str(each), _told_apart(services, each, say) if words.count(say) > 1 else say) for each, say in named)


async def _choose(
    visit: StaffVisit, form: FormData, name: str, find: Callable[[WebServices, str], Options]
) -> int | None:
    entered = Entered(form, visit.site.services.zone)
    picked, text = whole_number(entered.line(name + _PICK)), entered.line(name)[:200]
    if picked is not None:
        return picked
    if not text:
        return None
    found = await asyncio.to_thread(find, visit.site.services, text)
    exact = [each for each in found if each[1].casefold() == text.casefold()] or found
    if len(exact) == 1:
        return int(exact[0][0])
    key = "choose_nobody" if not found else "choose_several"
    raise UnclearError(visit.t[key].format(text=text), field=name, options=found)


def _told_apart(services: WebServices, contact_id: int, words: str) -> str:
    """Of two with one name, an address or a number says which."""
    window = Window(limit=1)
    addresses = services.queries.addresses(window, contact_id=contact_id).items
    numbers = () if addresses else services.queries.numbers(window, contact_id=contact_id).items
    known = [*(each.address for each in addresses), *(each.number for each in numbers)]
    return f"{words} ({known[0] if known else '–'})"
