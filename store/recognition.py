"""What people are recognized by: addresses, numbers and ranges, in the spelling claims are looked up by.

An entry that would make a claim ambiguous between two customers is refused: both would be locked out by it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, or_, select

from authz.mail.address import address_key, domain_key
from authz.people.shared_domains import is_shared_domain
from authz.phone.number import read_number
from intake.administration import InvalidEntryError, TakenEntryError
from intake.people import Address, AddressData, Number, NumberData, NumberRange, NumberRangeData, Validity
from intake.tickets.model import Actor
from store.entries import Entries, Values
from store.people_rows import (
    clean_text,
    overlaps,
    read_address,
    read_number_entry,
    read_number_range,
    validity_values,
)
from store.tables import addresses, contacts, customers, number_ranges, numbers

_LONGEST_RANGE = 100_000


class StoreRecognition(Entries):
    """See `intake.administration.ListsAdmin`."""

    def address(self, address_id: int) -> Address:
        return read_address(self._row(addresses, "address", address_id))

    def add_address(self, data: AddressData, *, by: Actor, at: datetime) -> Address:
        return read_address(self._add(addresses, "address", self._address_values(data, None), by=by, at=at))

    def change_address(self, address_id: int, data: AddressData, *, by: Actor, at: datetime) -> Address:
        before = self._row(addresses, "address", address_id)
        _stays_with(before, data.customer_id)
        values = self._address_values(data, address_id)
        return read_address(self._change(addresses, "address", before, values, by=by, at=at))

    def remove_address(self, address_id: int, *, by: Actor, at: datetime) -> None:
        self._remove(addresses, "address", address_id, by=by, at=at)

    def number(self, number_id: int) -> Number:
        return read_number_entry(self._row(numbers, "number", number_id))

    def add_number(self, data: NumberData, *, by: Actor, at: datetime) -> Number:
        return read_number_entry(self._add(numbers, "number", self._number_values(data, None), by=by, at=at))

    def change_number(self, number_id: int, data: NumberData, *, by: Actor, at: datetime) -> Number:
        before = self._row(numbers, "number", number_id)
        _stays_with(before, data.customer_id)
        values = self._number_values(data, number_id)
        return read_number_entry(self._change(numbers, "number", before, values, by=by, at=at))

    def remove_number(self, number_id: int, *, by: Actor, at: datetime) -> None:
        self._remove(numbers, "number", number_id, by=by, at=at)

    def number_range(self, range_id: int) -> NumberRange:
        return read_number_range(self._row(number_ranges, "number range", range_id))

    def add_number_range(self, data: NumberRangeData, *, by: Actor, at: datetime) -> NumberRange:
        values = self._range_values(data, None)
        return read_number_range(self._add(number_ranges, "number range", values, by=by, at=at))

    def change_number_range(self, range_id: int, data: NumberRangeData, *, by: Actor, at: datetime) -> NumberRange:
        before = self._row(number_ranges, "number range", range_id)
        _stays_with(before, data.customer_id)
        values = self._range_values(data, range_id)
        return read_number_range(self._change(number_ranges, "number range", before, values, by=by, at=at))

    def remove_number_range(self, range_id: int, *, by: Actor, at: datetime) -> None:
        self._remove(number_ranges, "number range", range_id, by=by, at=at)

    def _address_values(self, data: AddressData, own_id: int | None) -> Values:
        self._check_owner(data.customer_id, data.contact_id)
        written = data.address.strip()
        key = _domain_entry_key(written, data.contact_id) if written.startswith("*@") else address_key(written)
        if key is None:
            message = f"{written[:80]!r} is not a plain mail address; write it like jan@firma.cz, without a name."
            raise InvalidEntryError(message, field="address")
        same = addresses.c.address_key == key
        self._check_free(addresses, same, data, own_id, f"The address {written}")
        return {
            "customer_id": data.customer_id,
            "contact_id": data.contact_id,
            "address": written,
            "address_key": key,
            **validity_values(data),
        }

    def _number_values(self, data: NumberData, own_id: int | None) -> Values:
        self._check_owner(data.customer_id, data.contact_id)
        e164 = _e164("number", data.number)
        same = numbers.c.e164 == e164
        self._check_free(numbers, same, data, own_id, f"The number {e164}")
        return {
            "customer_id": data.customer_id,
            "contact_id": data.contact_id,
            "e164": e164,
            "label": clean_text("label", data.label, 100, may_be_empty=True),
            **validity_values(data),
        }

    def _range_values(self, data: NumberRangeData, own_id: int | None) -> Values:
        self._check_owner(data.customer_id, None)
        first, last = _e164("first", data.first)[1:], _e164("last", data.last)[1:]
        if len(first) != len(last):
            raise InvalidEntryError("Both ends of a range must have the same number of digits.", field="last")
        if not int(first) <= int(last) < int(first) + _LONGEST_RANGE:
            message = f"A range goes from a lower to a higher number and holds at most {_LONGEST_RANGE} of them."
            raise InvalidEntryError(message, field="last")
        validity = validity_values(data)
        shared = (
            (number_ranges.c.digits == len(first))
            & (number_ranges.c.first <= int(last))
            & (number_ranges.c.last >= int(first))
        )
        # Whatever their validity: the look-up takes the nearest range below a number for the only one.
        query = select(number_ranges).where(shared, number_ranges.c.id.is_distinct_from(own_id)).limit(1)
        other = self._connection.execute(query).first()
        if other is not None:
            message = (
                f"The range +{other.first} to +{other.last} of customer {other.customer_id} has numbers of"
                f" +{first} to +{last}; change or remove that range first."
            )
            raise TakenEntryError(message)
        return {
            "customer_id": data.customer_id,
            "digits": len(first),
            "first": int(first),
            "last": int(last),
            "label": clean_text("label", data.label, 100, may_be_empty=True),
            **validity,
        }

    def _check_owner(self, customer_id: int, contact_id: int | None) -> None:
        self._row(customers, "customer", customer_id)
        if contact_id is not None and self._row(contacts, "contact", contact_id).customer_id != customer_id:
            message = f"Contact {contact_id} does not belong to customer {customer_id}."
            raise InvalidEntryError(message, field="contact_id")

    def _check_free(
        self, table: Table, same: ColumnElement[bool], data: AddressData | NumberData, own_id: int | None, what: str
    ) -> None:
        validity_values(data)
        # NULLs are all different to a unique constraint, so entries without a contact are compared here.
        mine = (table.c.customer_id == data.customer_id) & table.c.contact_id.is_not_distinct_from(data.contact_id)
        query = select(table).where(same, or_(table.c.customer_id != data.customer_id, mine))
        found = self._connection.execute(query).all()
        if any(row.customer_id == data.customer_id and row.id != own_id for row in found):
            raise TakenEntryError(f"{what} is listed there already; change that entry.")
        _refuse_overlap((row for row in found if row.customer_id != data.customer_id), data, own_id, what)


def _refuse_overlap(rows: Iterable[Row[Any]], validity: Validity, own_id: int | None, what: str) -> None:
    for row in rows:
        shared = overlaps(validity.valid_from, validity.valid_until, row.valid_from, row.valid_until)
        if shared and row.id != own_id:
            message = f"{what} is listed for customer {row.customer_id} in that time; end that entry first."
            raise TakenEntryError(message)


def _domain_entry_key(written: str, contact_id: int | None) -> str | None:
    domain = domain_key(written.removeprefix("*@"))
    if domain is None:
        return None
    if contact_id is not None:
        message = "A whole domain belongs to a customer, not to one contact; leave the contact out."
        raise InvalidEntryError(message, field="contact_id")
    if is_shared_domain(domain):
        message = f"Anybody can have an address at {domain}; list the people's own addresses instead."
        raise InvalidEntryError(message, field="address")
    return f"@{domain}"


def _e164(field: str, written: str) -> str:
    caller = read_number(written)
    if caller.e164 is None:
        why = f" ({caller.notes[-1]})" if caller.notes else ""
        message = f"{caller.shown!r} is not a full phone number{why}; write it like +420 555 123 456."
        raise InvalidEntryError(message, field=field)
    return caller.e164


def _stays_with(before: Row[Any], customer_id: int) -> None:
    if before.customer_id != customer_id:
        message = "An entry cannot move to another customer; remove it here and add it there."
        raise InvalidEntryError(message, field="customer_id")
