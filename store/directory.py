"""Looking up who is on the lists: one indexed query per kind of identity, usable or not.

Only finds rows; whether one of them lets somebody in is for `authz.policy` to say.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, select

from authz.identity import Channel, Claim, IdentityKind, Listing, Match
from store.prepared import Prepared, Record
from store.tables import addresses, contacts, customers, number_ranges, numbers

_CONTACT = (
    contacts.c.name.label("contact_name"),
    contacts.c.active.label("contact_active"),
    contacts.c.may_mail,
    contacts.c.may_phone,
    contacts.c.may_web,
    contacts.c.valid_from.label("contact_from"),
    contacts.c.valid_until.label("contact_until"),
)
_CUSTOMER = (
    customers.c.name.label("customer_name"),
    customers.c.active.label("customer_active"),
    customers.c.ask_pin,
    customers.c.valid_from.label("customer_from"),
    customers.c.valid_until.label("customer_until"),
)


def _listed(table: Table) -> Select[Any]:
    return (
        select(table.c.customer_id, table.c.contact_id, table.c.valid_from, table.c.valid_until, *_CONTACT, *_CUSTOMER)
        .join(customers, customers.c.id == table.c.customer_id)
        .outerjoin(contacts, contacts.c.id == table.c.contact_id)
    )


_BY_ADDRESS = Prepared(
    _listed(addresses)
    .add_columns(addresses.c.address_key.label("key"))
    .where(addresses.c.address_key.in_([bindparam("address"), bindparam("domain")]))
)
_BY_NUMBER = Prepared(_listed(numbers).where(numbers.c.e164 == bindparam("e164")))
_BY_RANGE = Prepared(
    select(
        number_ranges.c.customer_id,
        number_ranges.c.last,
        number_ranges.c.valid_from,
        number_ranges.c.valid_until,
        *_CUSTOMER,
    )
    .join(customers, customers.c.id == number_ranges.c.customer_id)
    .where(
        number_ranges.c.digits == bindparam("digits"),
        number_ranges.c.first <= bindparam("value"),
    )
    # Ranges never overlap (adding one is refused), so the nearest one below is the only one that can hold the number.
    .order_by(number_ranges.c.first.desc())
    .limit(1)
)
_BY_CONTACT = Prepared(
    select(
        contacts.c.customer_id,
        contacts.c.id.label("contact_id"),
        contacts.c.valid_from,
        contacts.c.valid_until,
        *_CONTACT,
        *_CUSTOMER,
    )
    .join(customers, customers.c.id == contacts.c.customer_id)
    .where(contacts.c.id == bindparam("contact"))
)


def find_listings(connection: Connection, claim: Claim) -> tuple[Listing, ...]:
    """Every listing that matches the claim's value, in no particular order. Nothing for a claim without a value."""
    if claim.value is None:
        return ()
    match claim.kind:
        case IdentityKind.ADDRESS:
            domain = "@" + claim.value.rpartition("@")[2]
            rows = _BY_ADDRESS.all(connection, {"address": claim.value, "domain": domain})
            return tuple(_listing(row, Match.DOMAIN if row.key.startswith("@") else Match.EXACT) for row in rows)
        case IdentityKind.NUMBER:
            exact = [_listing(row, Match.EXACT) for row in _BY_NUMBER.all(connection, {"e164": claim.value})]
            return tuple(exact) if exact else find_ranges(connection, claim.value)
        case IdentityKind.CONTACT:
            rows = _BY_CONTACT.all(connection, {"contact": int(claim.value)})
            return tuple(_listing(row, Match.EXACT) for row in rows)


def find_ranges(connection: Connection, number: str) -> tuple[Listing, ...]:
    """The ranges a number is in, whether or not it is listed by itself. number: E.164."""
    digits = number.removeprefix("+")
    rows = _BY_RANGE.all(connection, {"digits": len(digits), "value": int(digits)})
    return tuple(_company(row) for row in rows if row.last >= int(digits))


def _listing(row: Record, match: Match) -> Listing:
    if row.contact_id is None:
        return _company(row, match)
    rights = ((Channel.MAIL, row.may_mail), (Channel.PHONE, row.may_phone), (Channel.WEB, row.may_web))
    return Listing(
        customer_id=row.customer_id,
        customer_name=row.customer_name,
        customer_active=bool(row.customer_active),
        contact_id=row.contact_id,
        contact_name=row.contact_name,
        contact_active=bool(row.contact_active),
        match=match,
        channels=frozenset(channel for channel, allowed in rights if allowed),
        valid_from=_latest((row.valid_from, row.contact_from, row.customer_from)),
        valid_until=_earliest((row.valid_until, row.contact_until, row.customer_until)),
        ask_pin=bool(row.ask_pin),
    )


def _company(row: Record, match: Match = Match.RANGE) -> Listing:
    """A listing without a person: a company's range, domain or switchboard."""
    return Listing(
        customer_id=row.customer_id,
        customer_name=row.customer_name,
        customer_active=bool(row.customer_active),
        contact_id=None,
        contact_name=None,
        contact_active=True,
        match=match,
        channels=frozenset((Channel.MAIL, Channel.PHONE)),
        valid_from=_latest((row.valid_from, row.customer_from)),
        valid_until=_earliest((row.valid_until, row.customer_until)),
        ask_pin=bool(row.ask_pin),
    )


def _latest(instants: Iterable[datetime | None]) -> datetime | None:
    return max((instant for instant in instants if instant is not None), default=None)


def _earliest(instants: Iterable[datetime | None]) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)
