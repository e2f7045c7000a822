"""Ranges of numbers by which a customer's calls are recognized: adding one, taking one off the list."""

from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.desk.customers import find_customer
from channels.web.entered import Entered, carry_out, path_id
from channels.web.parts import Field, Form, ask, done
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError
from intake.people import NumberRangeData
from intake.ports import Transaction


async def new_range(visit: StaffVisit) -> Response:
    """The form of a new range of numbers."""
    customer = await find_customer(visit, path_id(visit))
    return ask(visit, f"{customer.name}: {visit.t['desk_add_range']}", _range_form(customer.id))


async def add_range(visit: StaffVisit, form: FormData) -> Response:
    """Authorize a block of numbers of a customer."""
    customer = await find_customer(visit, path_id(visit))

    def work(tx: Transaction) -> None:
        entered = Entered(form, visit.site.services.zone)
        data = NumberRangeData(
            customer_id=customer.id,
            first=entered.line("first"),
            last=entered.line("last"),
            label=entered.line("label"),
            valid_until=entered.end_of("valid_until"),
        )
        tx.people.add_number_range(data, by=visit.actor, at=visit.site.services.clock())

    refusal = await carry_out(visit, work)
    if isinstance(refusal, EntryError):
        title = f"{customer.name}: {visit.t['desk_add_range']}"
        return ask(visit, title, _range_form(customer.id).refused(visit, refusal, form))
    return done(_of(customer.id), "added")


async def remove_range(visit: StaffVisit, form: FormData) -> Response:
    """Take a block of numbers off the list; the audit trail keeps it."""
    range_id, at = path_id(visit), visit.site.services.clock()

    def work(tx: Transaction) -> int:
        found = tx.people.number_range(range_id)
        tx.people.remove_number_range(range_id, by=visit.actor, at=at)
        return found.customer_id

    customer_id = await carry_out(visit, work)
    if isinstance(customer_id, EntryError):
        raise PageMissingError
    return done(_of(customer_id), "removed")


def _range_form(customer_id: int) -> Form:
    fields = (
        Field(name="first", label="desk_first_number", required=True, help="desk_number_help"),
        Field(name="last", label="desk_last_number", required=True),
        Field(name="label", label="desk_label"),
        Field(name="valid_until", label="desk_valid_until", kind="date"),
    )
    return Form(action=f"{_of(customer_id)}/ranges/new", fields=fields, submit="desk_add")


def _of(customer_id: int) -> str:
    return f"/desk/customers/{customer_id}"
