"""Every page and form with an id in its address, found by walking the routes, tried with another customer's browser.

Each is a plain "no such page": nothing is told, and nothing is changed.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.routing import Route

from authz.decision import Reason, Verdict
from authz.identity import Channel
from channels.web.app import site_routes
from channels.web.cookies import Cookies
from channels.web.pages import Pages
from channels.web.visitors import Site
from intake.contact_lists.list_changes import ListAction, ListEntity, ProposedChange, Wait
from intake.contact_lists.listed_entries import plain
from intake.ledger import Held, HeldState, LedgerEntry
from intake.people import Contact, ContactData, NumberData, NumberRangeData
from store import tables as t
from tests.channels.web.conftest import HASHED, Browser, Portal
from tests.store.world import ADMIN, AT

# For whom the pages are that are not a customer's: their doors are walked in test_doors.
OTHERS = ("/console", "/desk", "/answer", "/confirm", "/login", "/sso", "/invite")
SECRETS = ("Globex", "Karel", "globex", "Tajn", "+420777000111", "zadost-o-neco")


def admin_of(portal: Portal, contact: Contact) -> Browser:
    data = ContactData(customer_id=contact.customer_id, name=contact.name, is_admin=True)
    portal.world.do(lambda tx: tx.people.change_contact(contact.id, data, by=ADMIN, at=AT))
    return portal.browser(contact)


def belongings(portal: Portal) -> dict[str, Any]:
    """Something of Globex's for every id that stands in an address, by its name there."""
    globex, karel = portal.world.globex, portal.world.karel
    browser = portal.browser(karel)
    number = portal.ticket(
        browser, subject="Tajná závada", files=[("files", ("Tajné.png", b"\x89PNG\r\n\x1a\n" + b"0"))]
    )

    def work(tx: Any) -> dict[str, int]:
        entry = NumberData(customer_id=globex.id, contact_id=karel.id, number="+420777000111")
        block = NumberRangeData(customer_id=globex.id, first="+420211151600", last="+420211151699")
        wanted = ProposedChange(
            customer_id=globex.id, entity=ListEntity.NUMBER, action=ListAction.ADD, data=plain(entry)
        )
        change = tx.list_changes.add_change(wanted, waits=frozenset({Wait.SECOND}), code=None, by=ADMIN, at=AT)
        held_id = tx.new_id()
        tx.add_ledger_entry(
            LedgerEntry(
                id=held_id, channel=Channel.MAIL, account="helpdesk@intake.example", received_at=AT,
                verdict=Verdict.HOLD, reason=Reason.AUTHOR_UNVERIFIED, detail="", size=1,
                identity="karel@globex.example", subject="zadost-o-neco", customer_id=globex.id, contact_id=karel.id,
            )
        )  # fmt: skip
        tx.add_held(Held(id=held_id, state=HeldState.HELD, held_at=AT))
        return {
            "number_id": tx.people.add_number(entry, by=ADMIN, at=AT).id,
            "range_id": tx.people.add_number_range(block, by=ADMIN, at=AT).id,
            "change_id": change.id,
            "held_id": held_id,
        }

    with portal.world.engine.connect() as connection:
        file_id = connection.execute(select(t.attachments.c.id)).scalar_one()
        address_id = connection.execute(
            select(t.addresses.c.id).where(t.addresses.c.customer_id == globex.id)
        ).scalar_one()
    return portal.world.do(work) | {
        "number": number,
        "file_id": file_id,
        "address_id": address_id,
        "contact_id": karel.id,
        "month": "2026-10",
        "code": "0" * 12,
    }


def routes(portal: Portal) -> Iterator[tuple[str, str]]:
    """The methods and patterns of every address with an id in it that a contact may ask for."""
    site = Site(services=portal.services, pages=Pages(portal.services), cookies=Cookies(secure=False))
    for route in site_routes(site):
        if isinstance(route, Route) and "{" in route.path and not route.path.startswith(OTHERS):
            for method in sorted((route.methods or set()) - {"HEAD"}):
                yield method, route.path


def counted(portal: Portal) -> dict[str, int]:
    """How many rows each table has; the sessions of the visitors aside."""
    with portal.world.engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (t.tickets, t.comments, t.ticket_events, t.ledger, t.contacts, t.addresses, t.numbers, t.audit)
        }


@pytest.mark.parametrize("admin", [False, True])
def test_nothing_of_another_customer_is_found_or_changed_by_its_id(portal: Portal, admin: bool) -> None:
    ids = belongings(portal)
    portal.world.do(lambda tx: tx.people.set_contact_login(portal.world.karel.id, "karel", HASHED, by=ADMIN, at=AT))
    jana = admin_of(portal, portal.world.jana) if admin else portal.browser(portal.world.jana)
    csrf = re.findall(r'name="csrf" value="([^"]+)"', jana.see("/").text)[0]
    sent = {
        "csrf": csrf, "text": "x", "answer": "accept", "order_number": "1", "decision": "once", "name": "x",
        "address": "x@acme.example", "number": "+420601123456", "code": "0", "version": "1",
        "contact_id": str(portal.world.jana.id),
    }  # fmt: skip
    before = counted(portal)
    tried = list(routes(portal))
    assert len(tried) > 20
    for method, pattern in tried:
        names = re.findall(r"\{(\w+)(?::\w+)?\}", pattern)
        unknown = set(names) - set(ids)
        assert not unknown, f"{pattern}: say in `belongings` what of another customer {unknown} names"
        path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: str(ids[found[1]]), pattern)
        answer = jana.http.request(method, path, data=sent if method == "POST" else None, follow_redirects=False)
        assert answer.status_code == 404, f"{method} {path}: {answer.status_code}"
        assert not [secret for secret in SECRETS if secret in answer.text], path
    assert counted(portal) == before


def test_its_own_customer_finds_all_of_it(portal: Portal) -> None:
    ids = belongings(portal)
    karel = admin_of(portal, portal.world.karel)
    for method, pattern in routes(portal):
        if method == "GET" and "month" not in pattern:
            path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: str(ids[found[1]]), pattern)
            assert karel.see(path).status_code == 200, path
