"""A customer's whole list of contacts, read page by page for a file or a plan. Only reads. Blocking."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TypeVar

from intake.contact_lists.columns import ListedContact
from intake.contact_lists.plan import ContactEntries
from intake.people import Address, Number
from intake.queries import Page, Queries, Window

T = TypeVar("T")

_AT_ONCE = 1000


def read_entries(queries: Queries, customer_id: int) -> tuple[ContactEntries, ...]:
    """Every contact of a customer, oldest first, with its own addresses and numbers."""
    addresses: defaultdict[int | None, list[Address]] = defaultdict(list)
    numbers: defaultdict[int | None, list[Number]] = defaultdict(list)
    for address in _all(lambda window: queries.addresses(window, customer_id=customer_id)):
        addresses[address.contact_id].append(address)
    for number in _all(lambda window: queries.numbers(window, customer_id=customer_id)):
        numbers[number.contact_id].append(number)
    return tuple(
        ContactEntries(contact=each, addresses=tuple(addresses[each.id]), numbers=tuple(numbers[each.id]))
        for each in _all(lambda window: queries.contacts(window, customer_id=customer_id))
    )


def read_one(queries: Queries, contact_id: int) -> ContactEntries | None:
    """One contact with its entries."""
    contact = queries.contact(contact_id)
    if contact is None:
        return None
    return ContactEntries(
        contact=contact,
        addresses=tuple(_all(lambda window: queries.addresses(window, contact_id=contact_id))),
        numbers=tuple(_all(lambda window: queries.numbers(window, contact_id=contact_id))),
    )


def read_listed(queries: Queries, customer_id: int) -> tuple[ListedContact, ...]:
    """The same as it goes into a file."""
    return tuple(
        ListedContact(
            contact=each.contact,
            addresses=tuple(address.address for address in each.addresses),
            numbers=tuple(number.number for number in each.numbers),
        )
        for each in read_entries(queries, customer_id)
    )


def _all(ask: Callable[[Window], Page[T]]) -> Iterator[T]:
    after: int | None = None
    while True:
        page = ask(Window(limit=_AT_ONCE, after=after))
        yield from page.items
        if page.next_after is None:
            return
        after = page.next_after
