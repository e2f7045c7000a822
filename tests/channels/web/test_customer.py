"""A customer's own admin keeps the lists: people, proofs, a second pair of eyes, files, the quarantine, dry runs."""

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from authz.decision import Reason, Verdict
from authz.identity import Channel
from intake.contact_lists.number_codes import key_code
from intake.ledger import Held, HeldState, LedgerEntry
from intake.letters.asked import AskedLimits
from intake.people import AddressData, Contact, ContactData, NumberRangeData
from intake.ports import PreparedBlob
from store import tables as t
from tests.channels.web.conftest import HASHED, Browser, Portal
from tests.store.world import ADMIN, AT


def rows(portal: Portal, table: Any) -> list[Any]:
    with portal.world.engine.connect() as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


def admin(portal: Portal, contact: Contact) -> Browser:
    """A browser of that contact, made an admin of the own customer."""
    data = ContactData(customer_id=contact.customer_id, name=contact.name, is_admin=True)
    portal.world.do(lambda tx: tx.people.change_contact(contact.id, data, by=ADMIN, at=AT))
    return portal.browser(contact)


def second(portal: Portal) -> Browser:
    def work(tx: Any) -> Contact:
        data = ContactData(customer_id=portal.world.acme.id, name="Petr Svoboda", is_admin=True)
        added = tx.people.add_contact(data, by=ADMIN, at=AT)
        made: Contact = tx.people.set_contact_login(added.id, data.name, HASHED, by=ADMIN, at=AT)
        return made

    return portal.browser(portal.world.do(work))


def press(browser: Browser, page: str, action: str, **values: Any) -> Any:
    """Send a form of a page; its own hidden values go with it."""
    text = browser.see(page).text
    assert f'action="{action}"' in text, f"{page} has no form to {action}"
    csrf = re.findall(r'name="csrf" value="([^"]+)"', text)[0]
    files = values.pop("files", None)
    return browser.http.post(action, data={"csrf": csrf} | values, files=files, follow_redirects=False)


def add_address(browser: Browser, person: int, address: str) -> Any:
    own = f"/customer/people/{person}"
    return press(browser, own, f"{own}/addresses", address=address)


def link(portal: Portal) -> str:
    """The link of the last mail, without the host."""
    return rows(portal, t.outbox)[-1].payload["url"].removeprefix(portal.services.public_url)


def test_the_pages_are_for_admins_only(portal: Portal) -> None:
    plain = portal.browser(portal.world.jana)
    assert "Naši lidé" not in plain.see("/").text
    for path in ("/customer/people", "/customer/changes", "/customer/quarantine", "/customer/check"):
        assert plain.see(path).status_code == 404
    assert "Naši lidé" in admin(portal, portal.world.jana).see("/").text


def test_people_are_found_by_name_address_and_number(portal: Portal) -> None:
    browser = admin(portal, portal.world.jana)
    for text, found in (("", True), ("nováková", True), ("JANA@acme", True), ("601 123", False), ("globex", False)):
        page = browser.see("/customer/people", params={"q": text}).text
        assert (f'/customer/people/{portal.world.jana.id}"' in page) is found, text
        assert "Karel" not in page


def test_a_new_address_is_confirmed_by_whoever_reads_its_mail(portal: Portal) -> None:
    browser = admin(portal, portal.world.jana)
    answer = add_address(browser, portal.world.jana.id, "nova@acme.example")
    waiting = answer.headers["location"]
    assert "Čeká na kód z e-mailu" in browser.see(waiting).text
    stranger = portal.browser()
    path = link(portal)
    for _ in range(3):
        assert "Potvrzení e-mailové adresy" in stranger.see(path, headers={"accept-language": "cs"}).text
    assert "nova@acme.example" not in [row.address for row in rows(portal, t.addresses)], "looking does nothing"
    wrong = path[:-1] + ("2" if path[-1] != "2" else "3")
    assert stranger.http.post(wrong).status_code == 404
    assert stranger.http.post(path).status_code == 200
    assert "nova@acme.example" in [row.address for row in rows(portal, t.addresses)]
    assert stranger.http.post(path).status_code == 404
    assert stranger.see(path).headers["referrer-policy"] == "no-referrer"


def test_how_much_is_sent_to_one_address_is_limited_whatever_the_button(portal: Portal) -> None:
    browser, jana = admin(portal, portal.world.jana), portal.world.jana.id
    assert add_address(browser, jana, "nova@acme.example").status_code == 303
    change = f"/customer/changes/{rows(portal, t.list_changes)[-1].id}"
    for _ in range(4):
        assert press(browser, change, f"{change}/send").status_code == 303
    portal.clock.move(minutes=30)
    refused = press(browser, change, f"{change}/send")
    assert refused.status_code == 422
    assert "Na adresu nova@acme.example šlo za poslední den e-mailů už dost" in refused.text
    assert "další bude možný 24. 11. 2026 v 10:00 (CET)" in refused.text
    assert press(browser, change, f"{change}/refuse").status_code == 303
    # The same mailbox by another name.
    assert "e-mailů už dost" in add_address(browser, jana, "Nova+1@ACME.example").text
    assert len(rows(portal, t.outbox)) == 5
    invite = f"/customer/people/{jana}"
    assert [press(browser, invite, f"{invite}/invite").status_code for _ in range(6)] == [303] * 5 + [422]
    portal.clock.move(hours=24)
    browser = admin(portal, portal.world.jana)
    assert add_address(browser, jana, "nova@acme.example").status_code == 303


def test_how_much_one_customer_sends_is_limited_over_all_its_people(portal: Portal) -> None:
    limits = AskedLimits(mails_per_customer=3)
    portal.services = replace(portal.services, sign_in=replace(portal.services.sign_in, asked=limits))
    browser, jana = admin(portal, portal.world.jana), portal.world.jana.id
    for each in range(3):
        assert add_address(browser, jana, f"nova{each}@acme.example").status_code == 303
    invite = f"/customer/people/{jana}"
    sheet = "Jméno;E-maily\nEva Nová;eva@acme.example\n".encode()
    preview = press(browser, "/customer/import", "/customer/import", files={"file": ("lidé.csv", sheet)})
    hidden = dict(re.findall(r'name="(csrf|plan)" value="([^"]+)"', preview.text))
    for refused in (
        add_address(browser, jana, "nova4@acme.example"),
        press(browser, invite, f"{invite}/invite"),
        browser.http.post("/customer/import/apply", data=hidden),
    ):
        assert "příliš mnoho e-mailů; další bude možný" in refused.text
    assert [len(rows(portal, each)) for each in (t.list_changes, t.outbox)] == [3, 3]
    other = admin(portal, portal.world.karel)
    assert add_address(other, portal.world.karel.id, "nova@globex.example").status_code == 303


def test_the_code_can_be_typed_and_a_wrong_one_is_told(portal: Portal) -> None:
    browser = admin(portal, portal.world.jana)
    waiting = add_address(browser, portal.world.jana.id, "nova@acme.example").headers["location"]
    answer = press(browser, waiting, f"{waiting}/code", code="0000 0000 0000")
    assert "Kód nesouhlasí." in browser.see(answer.headers["location"]).text
    answer = press(browser, waiting, f"{waiting}/send")
    assert "dřívější už neplatí" in browser.see(answer.headers["location"]).text
    code = rows(portal, t.outbox)[-1].payload["code"]
    answer = press(browser, waiting, f"{waiting}/code", code=code.lower())
    assert "Hotovo, změna platí." in browser.see(answer.headers["location"]).text


def test_a_number_is_proved_by_a_call_from_it(portal: Portal) -> None:
    browser, own = admin(portal, portal.world.jana), f"/customer/people/{portal.world.jana.id}"
    waiting = press(browser, own, f"{own}/numbers", number="601 123 456", label="mobil").headers["location"]
    shown = press(browser, waiting, f"{waiting}/call").text
    code = re.findall(r'<strong class="mono">(\d+)</strong>', shown)[0]
    assert code not in browser.see(waiting).text, "it is shown once"
    answer = press(browser, waiting, f"{waiting}/called")
    assert "O takovém hovoru zatím nevíme." in browser.see(answer.headers["location"]).text
    portal.world.do(lambda tx: key_code(tx, portal.services.pins, "+420601123456", code, at=AT))
    answer = press(browser, waiting, f"{waiting}/called")
    assert "Hotovo, změna platí." in browser.see(answer.headers["location"]).text
    assert "+420601123456" in browser.see(own).text


def test_a_person_is_added_changed_and_shut_out(portal: Portal) -> None:
    browser = admin(portal, portal.world.jana)
    sent = {"name": "Eva Malá", "channels": ["mail", "web"], "active": "yes", "address": "eva@acme.example"}
    answer = press(browser, "/customer/people/new", "/customer/people/new", **sent)
    assert answer.headers["location"].startswith("/customer/changes")
    eva = next(row for row in rows(portal, t.contacts) if row.name == "Eva Malá")
    assert (eva.may_mail, eva.may_phone, eva.customer_id) == (True, False, portal.world.acme.id)
    portal.browser().http.post(link(portal))
    own = f"/customer/people/{eva.id}"
    assert "eva@acme.example" in browser.see(own).text
    answer = press(browser, own, own, name="Eva Velká", channels=["mail"], valid_until="2026-12-31")
    assert answer.headers["location"] == f"{own}?notice=saved"
    changed = next(row for row in rows(portal, t.contacts) if row.id == eva.id)
    assert (changed.name, changed.active, changed.valid_until.isoformat()) == (
        "Eva Velká", False, "2026-12-31T23:00:00+00:00",
    )  # fmt: skip
    entry = next(row for row in rows(portal, t.addresses) if row.contact_id == eva.id)
    press(browser, own, f"/customer/addresses/{entry.id}/remove")
    assert "eva@acme.example" not in browser.see(own).text
    told = [(row.entity, row.action) for row in rows(portal, t.audit) if row.actor_name == "Jana Nováková"]
    for line in (("contact", "added"), ("contact", "changed"), ("address", "added"), ("address", "removed")):
        assert line in told


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"name": " "}, "Jméno: vyplňte prosím."),
        ({"name": "x" * 201}, "Jméno: nejvýše 200 znaků."),
        ({"name": "a\u202eb"}, "odstraňte znaky, které nejde zobrazit"),
        ({"name": "Eva", "valid_until": "31.12."}, "Zadejte den"),
        ({"name": "Eva", "language": "xx"}, "Vyberte češtinu nebo angličtinu."),
    ],
)
def test_what_cannot_be_taken_comes_back_with_advice(portal: Portal, sent: dict[str, str], says: str) -> None:
    browser, before = admin(portal, portal.world.jana), len(rows(portal, t.contacts))
    answer = press(browser, "/customer/people/new", "/customer/people/new", **sent)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert len(rows(portal, t.contacts)) == before


@pytest.mark.parametrize("address", ["x", "<script>@acme.example", "karel@globex.example", "a@b@c", "*@gmail.com", ""])
def test_an_address_that_cannot_be_listed_is_refused_and_nothing_is_sent(portal: Portal, address: str) -> None:
    browser = admin(portal, portal.world.jana)
    answer = add_address(browser, portal.world.jana.id, address)
    assert answer.status_code == 422
    assert (rows(portal, t.outbox), rows(portal, t.list_changes)) == ([], [])
    assert "Globex" not in answer.text
    assert "<script>@" not in answer.text


def test_with_four_eyes_a_second_admin_approves_and_nobody_ones_own(portal: Portal) -> None:
    jana = admin(portal, portal.world.jana)
    press(jana, "/customer/company", "/customer/four-eyes", four_eyes="yes")
    sent = {"name": "Eva Malá", "channels": ["mail"], "active": "yes"}
    waiting = press(jana, "/customer/people/new", "/customer/people/new", **sent).headers["location"]
    page = jana.see(waiting).text
    assert "Jste jediný správce své firmy" in page
    assert f"{waiting}/approve" not in page
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    assert jana.http.post(f"{waiting}/approve", data={"csrf": csrf}).status_code == 422
    petr = second(portal)
    assert "musí schválit jiný správce" in jana.see(waiting).text
    assert "Eva Malá" in petr.see("/customer/changes").text
    answer = press(petr, waiting, f"{waiting}/approve")
    assert "Hotovo, změna platí." in petr.see(answer.headers["location"]).text
    assert "Eva Malá" in petr.see("/customer/people").text
    ending = press(petr, "/customer/company", "/customer/four-eyes").headers["location"]
    press(jana, ending, f"{ending}/refuse", note="Necháme.")
    assert "Necháme." in petr.see(ending).text
    assert portal.services.portal.four_eyes(portal.world.acme.id)


def test_a_domain_and_a_range_wait_for_the_service_desk(portal: Portal) -> None:
    browser = admin(portal, portal.world.jana)
    for action, sent in (
        ("/customer/domains", {"domain": "acme-sluzby.example"}),
        ("/customer/ranges", {"first": "+420211151600", "last": "+420211151699"}),
    ):
        waiting = press(browser, "/customer/company", action, **sent).headers["location"]
        assert "Čeká na náš service desk" in browser.see(waiting).text
    assert rows(portal, t.number_ranges) == []


def test_a_czech_sheet_is_previewed_and_then_done_with_its_proofs(portal: Portal) -> None:
    browser = admin(portal, portal.world.jana)
    sheet = "Jméno;E-maily;Telefony\r\nJana Nováková;jana@acme.example;\r\nŽofie Říhová;zofie@acme.example;\r\n"
    files = {"file": ("lidé.csv", sheet.encode("cp1250"), "text/csv")}
    page = press(browser, "/customer/import", "/customer/import", files=files).text
    for text in ("Žofie Říhová", "přidat", "zofie@acme.example", "Změn: 1. Beze změny: 1."):
        assert text in page, text
    assert "Žofie" not in browser.see("/customer/people").text, "a preview changes nothing"
    hidden = dict(re.findall(r'name="(csrf|plan)" value="([^"]+)"', page))
    stale = browser.http.post("/customer/import/apply", data=hidden | {"plan": "x"})
    assert (stale.status_code, "Seznam se mezitím změnil" in stale.text) == (422, True)
    answer = browser.http.post("/customer/import/apply", data=hidden, follow_redirects=False)
    assert answer.headers["location"] == "/customer/changes"
    assert "Žofie Říhová" in browser.see("/customer/people").text
    assert rows(portal, t.outbox)[-1].recipient == "zofie@acme.example"
    assert "zofie@acme.example" not in [row.address for row in rows(portal, t.addresses)]
    exported = browser.see("/customer/people.csv")
    assert exported.content.startswith("\ufeff".encode())
    assert "Žofie Říhová" in exported.text
    assert "Karel" not in exported.text


@pytest.mark.parametrize("octets", [b"", b"\0\xff", b"a;b\n1;2", "Jméno;E-maily\nX;karel@globex.example\n".encode()])
def test_a_sheet_that_cannot_be_taken_is_refused_with_its_lines(portal: Portal, octets: bytes) -> None:
    browser = admin(portal, portal.world.jana)
    answer = press(browser, "/customer/import", "/customer/import", files={"file": ("a.csv", octets, "text/csv")})
    assert answer.status_code == 422
    assert "/customer/import/apply" not in answer.text
    assert len(rows(portal, t.contacts)) == 2


def test_would_this_sender_pass(portal: Portal) -> None:
    browser = admin(portal, portal.world.jana)
    for who, says in (
        ("jana@acme.example", "Ano, prošel by."),
        ("nikdo@acme.example", "Ne pod vaší firmou"),
        ("karel@globex.example", "Ne pod vaší firmou"),
        ("+420 601 999 888", "Ne pod vaší firmou"),
        ("112", "Tohle není úplné telefonní číslo."),
        ("a@b@c", "Tohle není e-mailová adresa."),
        ("<script>", "Tohle není úplné telefonní číslo."),
    ):
        page = browser.see("/customer/check", params={"who": who}).text
        assert says in page, who
        assert "Globex" not in page
        assert "Karel" not in page
        assert "<script>" not in page


def held(portal: Portal, identity: str, **more: Any) -> int:
    """A mail that waits in quarantine."""

    def work(tx: Any) -> int:
        octets = f"From: {identity}\r\nSubject: Prosba\r\n\r\n<script>alert(1)</script> Nejde mi telefon.\r\n".encode()
        blob = PreparedBlob.of(octets)
        tx.add_blob(blob)
        known: dict[str, Any] = {"reason": Reason.AUTHOR_UNVERIFIED, "subject": "Prosba"}
        entry = LedgerEntry(
            id=tx.new_id(), channel=Channel.MAIL, account="helpdesk@intake.example", received_at=AT, detail="",
            verdict=Verdict.HOLD, size=len(octets), identity=identity, blob=blob.digest,
            source_key=f"key {identity}", **known | more,
        )  # fmt: skip
        tx.add_ledger_entry(entry)
        tx.add_held(Held(id=entry.id, state=HeldState.HELD, held_at=AT))
        return entry.id

    return portal.world.do(work)


def test_only_what_waits_under_ones_own_name_is_seen(portal: Portal) -> None:
    acme, globex = portal.world.acme.id, portal.world.globex.id
    known = held(portal, "jana@acme.example", customer_id=acme, contact_id=portal.world.jana.id)
    claimed = held(portal, "novacek@acme.example", reason=Reason.AUTHOR_UNKNOWN)
    theirs = [
        held(portal, "karel@globex.example", customer_id=globex),
        held(portal, "nobody@globex.example"),
        held(portal, "x@notacme.example"),
        held(portal, "x@acme.example.evil.example"),
    ]
    browser = admin(portal, portal.world.jana)
    page = browser.see("/customer/quarantine").text
    shown = [number for number in (known, claimed, *theirs) if f"/customer/quarantine/{number}" in page]
    assert shown == [known, claimed]
    for number in theirs:
        assert browser.see(f"/customer/quarantine/{number}").status_code == 404
    text = browser.see(f"/customer/quarantine/{claimed}").text
    assert ("Nejde mi telefon." in text, "<script>alert" in text) == (True, False)


def test_a_domain_that_two_customers_use_or_strangers_share_is_nobodys(portal: Portal) -> None:
    def work(tx: Any) -> None:
        for customer, contact, address in (
            (portal.world.acme.id, portal.world.jana.id, "jana@gmail.com"),
            (portal.world.acme.id, portal.world.jana.id, "jana@both.example"),
            (portal.world.globex.id, portal.world.karel.id, "karel@both.example"),
        ):
            data = AddressData(customer_id=customer, contact_id=contact, address=address)
            tx.people.add_address(data, by=ADMIN, at=AT)

    portal.world.do(work)
    numbers = [held(portal, "x@gmail.com"), held(portal, "x@both.example")]
    page = admin(portal, portal.world.jana).see("/customer/quarantine").text
    assert not [number for number in numbers if f"/customer/quarantine/{number}" in page]


def test_a_request_is_let_in_once_or_with_its_address_or_not_at_all(portal: Portal) -> None:
    browser, jana = admin(portal, portal.world.jana), str(portal.world.jana.id)
    once, always, never = (held(portal, f"{name}@acme.example") for name in ("a", "b", "c"))
    own = f"/customer/quarantine/{once}"
    nobody = press(browser, own, f"{own}/release", decision="once", contact_id=str(portal.world.karel.id))
    assert (nobody.status_code, "Vyberte, čí je to požadavek." in nobody.text) == (422, True)
    answer = press(browser, own, f"{own}/release", decision="once", contact_id=jana)
    assert "Nejde mi telefon." in browser.see(answer.headers["location"]).text
    assert browser.see(own).status_code == 404
    own = f"/customer/quarantine/{always}"
    answer = press(browser, own, f"{own}/release", decision="authorize", contact_id=jana)
    assert "Přidat adresu b@acme.example" in browser.see(answer.headers["location"]).text
    assert rows(portal, t.outbox)[-1].recipient == "b@acme.example", "the address is proved like any other"
    own = f"/customer/quarantine/{never}"
    press(browser, own, f"{own}/reject", note="Neznáme ho.")
    assert [row.state for row in rows(portal, t.quarantine)] == ["released", "released", "rejected"]
    assert [row.customer_id for row in rows(portal, t.tickets)] == [portal.world.acme.id] * 2
    assert {row.decided_by for row in rows(portal, t.quarantine)} == {"Jana Nováková"}


def test_since_when_and_until_when_an_entry_counts_is_proposed(portal: Portal) -> None:
    world, browser = portal.world, admin(portal, portal.world.jana)
    colleague = second(portal)
    own = next(row.id for row in rows(portal, t.addresses) if row.contact_id == world.jana.id)
    theirs = next(row.id for row in rows(portal, t.addresses) if row.contact_id == world.karel.id)
    place = f"/customer/addresses/{own}"
    assert f'href="{place}"' in browser.see(f"/customer/people/{world.jana.id}").text
    done = press(browser, place, place, valid_until="2027-01-31")
    assert (done.status_code, done.headers["location"]) == (303, f"/customer/people/{world.jana.id}?notice=saved")
    until = next(row for row in rows(portal, t.addresses) if row.id == own).valid_until
    assert until.isoformat() == "2027-01-31T23:00:00+00:00"
    assert browser.see(f"/customer/addresses/{theirs}").status_code == 404
    assert press(browser, place, place, valid_until="31.12.").status_code == 422
    portal.world.do(lambda tx: tx.list_changes.set_four_eyes(world.acme.id, True, by=ADMIN, at=AT))
    asked = press(browser, place, place, valid_from="2026-12-01", valid_until="")
    waiting = asked.headers["location"]
    assert waiting.startswith("/customer/changes/")
    page = colleague.see(waiting).text
    assert "31. 1. 2027" in page
    assert press(colleague, waiting, f"{waiting}/approve").status_code == 303
    kept = next(row for row in rows(portal, t.addresses) if row.id == own)
    assert (kept.valid_until, kept.valid_from.isoformat()) == (None, "2026-11-30T23:00:00+00:00")


def test_a_range_waits_for_the_service_desk_when_it_is_to_count_longer(portal: Portal) -> None:
    world, browser = portal.world, admin(portal, portal.world.jana)
    block = NumberRangeData(
        customer_id=world.acme.id, first="+420555000000", last="+420555000099", valid_until=portal.clock.now
    )
    entry = portal.world.do(lambda tx: tx.people.add_number_range(block, by=ADMIN, at=AT))
    place = f"/customer/ranges/{entry.id}"
    assert f'href="{place}"' in browser.see("/customer/company").text
    asked = press(browser, place, place, valid_until="", label="ústředna")
    assert asked.headers["location"].startswith("/customer/changes/")
    (waiting,) = rows(portal, t.list_changes)
    assert waiting.state == "waiting"
