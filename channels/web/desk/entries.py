"""One listed address, number or range: since when and until when it counts, for admins of the desk."""

from collections.abc import Awaitable, Callable

from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.entered import carry_out, path_id
from channels.web.parts import Form, Link, ask, done
from channels.web.validity import Entry, entry_words, read_validity, validity_form
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError
from intake.people import AddressData, NumberData, NumberRange, NumberRangeData
from intake.ports import Transaction

Find = Callable[[Transaction, int], Entry]
Show = Callable[[StaffVisit], Awaitable[Response]]
Take = Callable[[StaffVisit, FormData], Awaitable[Response]]


def entry_page(kind: str) -> Show:
    """The page of one entry. kind: addresses, numbers or ranges."""

    async def show_entry(visit: StaffVisit) -> Response:
        entry = await _find(visit, kind)
        return ask(visit, entry_words(entry), _form(visit, kind, entry), links=_links(entry))

    return show_entry


def entry_form(kind: str) -> Take:
    """Its form: what it changes binds at once on every channel."""

    async def change_entry(visit: StaffVisit, form: FormData) -> Response:
        entry, at = await _find(visit, kind), visit.site.services.clock()

        def work(tx: Transaction) -> None:
            people, by = tx.people, visit.actor
            match read_validity(visit, form, entry):
                case AddressData() as address:
                    people.change_address(entry.id, address, by=by, at=at)
                case NumberData() as number:
                    people.change_number(entry.id, number, by=by, at=at)
                case NumberRangeData() as block:
                    people.change_number_range(entry.id, block, by=by, at=at)

        refusal = await carry_out(visit, work)
        if isinstance(refusal, EntryError):
            asked = _form(visit, kind, entry).refused(visit, refusal, form)
            return ask(visit, entry_words(entry), asked, links=_links(entry))
        return done(_home(entry))

    return change_entry


_FIND: dict[str, Find] = {
    "addresses": lambda tx, entry_id: tx.people.address(entry_id),
    "numbers": lambda tx, entry_id: tx.people.number(entry_id),
    "ranges": lambda tx, entry_id: tx.people.number_range(entry_id),
}


KINDS = tuple(_FIND)


async def _find(visit: StaffVisit, kind: str) -> Entry:
    entry_id = path_id(visit)
    found = await carry_out(visit, lambda tx: _FIND[kind](tx, entry_id))
    if isinstance(found, EntryError):
        raise PageMissingError
    return found


def _form(visit: StaffVisit, kind: str, entry: Entry) -> Form:
    return validity_form(visit, f"/desk/{kind}/{entry.id}", entry, "desk")


def _home(entry: Entry) -> str:
    contact_id = None if isinstance(entry, NumberRange) else entry.contact_id
    return f"/desk/customers/{entry.customer_id}" if contact_id is None else f"/desk/contacts/{contact_id}"


def _links(entry: Entry) -> tuple[Link, ...]:
    return (Link(href=_home(entry), text="back_there"),)
