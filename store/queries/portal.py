"""What the customer's pages ask for. See `intake.portal_queries.PortalQueries`."""

from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, exists, or_, select

from authz.identity import Channel
from authz.people.shared_domains import is_shared_domain
from intake.contact_lists.list_changes import ChangeState, ListChange
from intake.drafts import Draft
from intake.ledger import HeldState
from intake.portal_queries import KnownBy, PersonLine
from intake.queries import HeldLine, Page, Window, cut_page
from store.drafts import read_draft
from store.folded import is_named
from store.list_changes import read_list_change
from store.people_rows import read_address, read_contact, read_number_entry, read_number_range
from store.queries.inputs import HELD, read_held_line
from store.queries.reading import Reading
from store.tables import (
    addresses,
    contacts,
    drafts,
    ledger,
    list_changes,
    list_rules,
    number_ranges,
    numbers,
    quarantine,
)

_MOST = 500


class PortalQueries(Reading):
    """See `intake.portal_queries.PortalQueries`."""

    def draft(self, contact_id: int, about: int) -> Draft | None:
        query = select(drafts).where(drafts.c.contact_id == contact_id, drafts.c.about == about)
        return self._one(query, read_draft)

    def people(self, customer_id: int, window: Window, *, text: str = "") -> Page[PersonLine]:
        query = select(contacts).where(contacts.c.customer_id == customer_id)
        if text:
            query = query.where(_mentions(text))
        if window.after is not None:
            query = query.where(contacts.c.id > window.after)
        with self._engine.connect() as connection:
            found = connection.execute(query.order_by(contacts.c.id).limit(window.limit + 1)).all()
            ids = [row.id for row in found]
            by_address = _texts(connection, addresses.c.contact_id, addresses.c.address, ids)
            by_number = _texts(connection, numbers.c.contact_id, numbers.c.e164, ids)
        lines = [
            PersonLine(contact=read_contact(row), addresses=tuple(by_address[row.id]), numbers=tuple(by_number[row.id]))
            for row in found
        ]
        return cut_page(lines, ids, window.limit)

    def known_by(self, customer_id: int, contact_id: int | None) -> KnownBy:
        def of(table: Table) -> Select[Any]:
            owned: ColumnElement[bool] = table.c.contact_id.is_(None)
            if contact_id is not None:
                owned = or_(owned, table.c.contact_id == contact_id)
            return select(table).where(table.c.customer_id == customer_id, owned).order_by(table.c.id).limit(_MOST)

        blocks = select(number_ranges).where(number_ranges.c.customer_id == customer_id)
        with self._engine.connect() as connection:
            return KnownBy(
                addresses=tuple(map(read_address, connection.execute(of(addresses)))),
                numbers=tuple(map(read_number_entry, connection.execute(of(numbers)))),
                ranges=tuple(
                    map(read_number_range, connection.execute(blocks.order_by(number_ranges.c.id).limit(_MOST)))
                ),
            )

    def list_changes(self, customer_id: int | None, state: ChangeState | None, window: Window) -> Page[ListChange]:
        query = select(list_changes)
        if customer_id is not None:
            query = query.where(list_changes.c.customer_id == customer_id)
        if state is not None:
            query = query.where(list_changes.c.state == state)
        return self._newest_first(query, list_changes.c.id, window, read_list_change)

    def list_change(self, change_id: int) -> ListChange | None:
        return self._one(select(list_changes).where(list_changes.c.id == change_id), read_list_change)

    def four_eyes(self, customer_id: int) -> bool:
        with self._engine.connect() as connection:
            query = select(list_rules.c.four_eyes).where(list_rules.c.customer_id == customer_id)
            return bool(connection.execute(query).scalar())

    def held_for(self, customer_id: int, window: Window) -> Page[HeldLine]:
        with self._engine.connect() as connection:
            domains = _claimed_domains(connection, customer_id)
        mine: ColumnElement[bool] = ledger.c.customer_id == customer_id
        if domains:
            claimed = or_(*(ledger.c.identity.endswith("@" + domain, autoescape=True) for domain in domains))
            unknown = and_(ledger.c.customer_id.is_(None), ledger.c.channel == Channel.MAIL, claimed)
            mine = or_(mine, unknown)
        query = HELD.where(quarantine.c.state == HeldState.HELD, mine)
        return self._newest_first(query, quarantine.c.id, window, read_held_line)


def _mentions(text: str) -> ColumnElement[bool]:
    digits = "".join(char for char in text if char.isdigit())
    own_address = exists().where(
        addresses.c.contact_id == contacts.c.id, addresses.c.address.icontains(text, autoescape=True)
    )
    ways = [is_named(text, contacts.c.name), own_address]
    if len(digits) > 2:
        ways.append(exists().where(numbers.c.contact_id == contacts.c.id, numbers.c.e164.contains(digits)))
    return or_(*ways)


def _texts(
    connection: Connection, owner: ColumnElement[Any], shown: ColumnElement[str], ids: list[int]
) -> defaultdict[int, list[str]]:
    texts: defaultdict[int, list[str]] = defaultdict(list)
    if ids:
        for contact_id, text in connection.execute(select(owner, shown).where(owner.in_(ids)).order_by(shown)):
            texts[contact_id].append(text)
    return texts


def _claimed_domains(connection: Connection, customer_id: int) -> list[str]:
    """The domains that unknown mail in quarantine claims and in which this customer and no other has addresses."""
    unknown = (
        select(ledger.c.identity)
        .join(quarantine, quarantine.c.id == ledger.c.id)
        .where(
            quarantine.c.state == HeldState.HELD,
            ledger.c.customer_id.is_(None),
            ledger.c.channel == Channel.MAIL,
            ledger.c.identity.is_not(None),
        )
    )
    claimed = {identity.rpartition("@")[2] for identity in connection.execute(unknown).scalars()}
    if not claimed:
        return []
    keys = connection.execute(select(addresses.c.address_key).where(addresses.c.customer_id == customer_id)).scalars()
    own = claimed & {key.rpartition("@")[2] for key in keys}
    return [
        domain
        for domain in sorted(own)
        if not is_shared_domain(domain) and not _is_shared_with_others(connection, customer_id, domain)
    ]


def _is_shared_with_others(connection: Connection, customer_id: int, domain: str) -> bool:
    elsewhere = (
        select(addresses.c.id)
        .where(addresses.c.customer_id != customer_id, addresses.c.address_key.endswith("@" + domain, autoescape=True))
        .limit(1)
    )
    return connection.execute(elsewhere).first() is not None
