"""What whoever takes a call should see at once: who it is, what is agreed, what is open, who called before.

Put together of what the queries know; blocking. Owns how much of it is shown. RULE channel-phone
"""

from dataclasses import dataclass
from datetime import datetime

from authz.identity import Listing
from intake.queries import CallFilter, CallLine, Queries, TicketFilter, TicketLine, Window

_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PopPerson:
    """A contact the number belongs to."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PopCustomer:
    """A customer the number belongs to. people: none for a company's range. contract: its name, when one is in force.

    active: whether customer and listing may call at all now.
    """

    id: int
    name: str
    active: bool
    people: tuple[PopPerson, ...]
    contract: str | None
    framework: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenPop:
    """Everything about one caller. number: E.164, None when none was shown. call: the one that is being taken."""

    number: str | None
    call: CallLine | None
    customers: tuple[PopCustomer, ...]
    open_tickets: tuple[TicketLine, ...]
    last_calls: tuple[CallLine, ...]


def pop_call(queries: Queries, call_id: int, at: datetime) -> ScreenPop | None:
    """What to show about a call; None for one that does not exist. at: aware UTC now."""
    page = queries.call(call_id)
    if page is None:
        return None
    line = page.line
    found = pop_number(queries, line.caller_e164, at)
    customers = found.customers
    if line.customer_id is not None and line.customer_id not in {each.id for each in customers}:
        # Somebody who proved who it is from another telephone.
        customer = queries.customer(line.customer_id)
        known = () if customer is None else (_customer(queries, customer.id, customer.name, customer.active, (), at),)
        customers = (*known, *customers)
    tickets = _open_tickets(queries, line.customer_id or (customers[0].id if len(customers) == 1 else None))
    others = tuple(each for each in found.last_calls if each.id != call_id)
    return ScreenPop(
        number=found.number, call=line, customers=customers, open_tickets=tickets, last_calls=others[:_MOST]
    )


def pop_number(queries: Queries, number: str | None, at: datetime) -> ScreenPop:
    """What to show about a number (E.164), whether or not it calls right now; nothing about a withheld one."""
    if number is None:
        return ScreenPop(number=None, call=None, customers=(), open_tickets=(), last_calls=())
    listings = queries.listings_of(number)
    ids = tuple(dict.fromkeys(each.customer_id for each in listings))
    customers = tuple(_listed(queries, [each for each in listings if each.customer_id == one], at) for one in ids)
    calls = queries.calls(CallFilter(caller=number), Window(limit=_MOST + 1)).items
    return ScreenPop(
        number=number,
        call=None,
        customers=customers,
        open_tickets=_open_tickets(queries, ids[0] if len(ids) == 1 else None),
        last_calls=tuple(calls),
    )


def _listed(queries: Queries, listings: list[Listing], at: datetime) -> PopCustomer:
    first = listings[0]
    active = any(_may_call(each, at) for each in listings)
    people = tuple(
        PopPerson(id=each.contact_id, name=each.contact_name or "")
        for each in listings
        if each.contact_id is not None and each.contact_active
    )
    return _customer(queries, first.customer_id, first.customer_name, active, people, at)


def _may_call(listing: Listing, at: datetime) -> bool:
    begun = listing.valid_from is None or listing.valid_from <= at
    lasts = listing.valid_until is None or at < listing.valid_until
    return listing.customer_active and listing.contact_active and begun and lasts


def _customer(  # noqa: PLR0917 - the facts of one customer
    queries: Queries, customer_id: int, name: str, active: bool, people: tuple[PopPerson, ...], at: datetime
) -> PopCustomer:
    terms = queries.customer_contract(customer_id).terms_at(at)
    return PopCustomer(
        id=customer_id,
        name=name,
        active=active,
        people=people,
        contract=None if terms is None else terms.name,
        framework=terms is not None and terms.framework,
    )


def _open_tickets(queries: Queries, customer_id: int | None) -> tuple[TicketLine, ...]:
    if customer_id is None:
        return ()
    return tuple(queries.tickets(TicketFilter(customer_id=customer_id, open=True), Window(limit=_MOST)).items)
