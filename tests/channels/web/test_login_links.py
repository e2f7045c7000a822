"""Links by mail: for a first log-in and a forgotten password. Nobody learns from them who is on the lists."""

from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.headerregistry import Address
from typing import Any, cast

import pytest
from sqlalchemy import select, update

from authz.people.sessions import FREE_FAILURES
from channels.mail.login_letter import compose_login_letter
from intake.administration import InvalidEntryError
from intake.login.links import invite, secret_of
from intake.login.signing import Person
from intake.outgoing import OutboxItem, OutboxKind
from intake.people import AddressData, ContactData, CustomerData, Role, UserData
from intake.ports import Writer
from store import tables as t
from store.rows import read_outbox_item
from tests.channels.web.conftest import HASHED, Browser, Portal, forms_of
from tests.channels.web.test_totp import code, set_up
from tests.store.world import ADMIN, AT

JANA = "jana@acme.example"
NEW = "nové heslo do práce"


def ask(browser: Browser, address: str) -> Any:
    return browser.send("/login/forgotten", "/login/forgotten", address=address)


def items(portal: Portal) -> list[OutboxItem]:
    portal.world.do(lambda tx: None)  # what nobody waited for is done by now
    wanted = select(t.outbox).where(t.outbox.c.kind == OutboxKind.LOGIN_LINK).order_by(t.outbox.c.id)
    with portal.world.engine.connect() as connection:
        return [read_outbox_item(row) for row in connection.execute(wanted)]


def link(portal: Portal) -> str:
    """The path of the link that was mailed last."""
    secret = secret_of(portal.services.sign_in.sealer, items(portal)[-1])
    assert secret is not None
    return f"/login/link/{secret}"


def choose(browser: Browser, path: str, new: str = NEW, again: str = "") -> Any:
    return browser.send(path, path, new=new, again=again or new)


class _Busy:
    """A writer that takes work and never comes to it."""

    def submit_later(self, work: Any) -> "Future[Any]":
        return Future()


@pytest.mark.parametrize("address", [JANA, "nobody@acme.example"])
def test_the_answer_does_not_wait_for_what_would_tell_by_its_time(portal: Portal, address: str) -> None:
    portal.services = replace(portal.services, writer=cast("Writer", _Busy()))
    assert "Podívejte se do pošty" in ask(portal.browser(), address).text


def test_a_link_is_not_asked_for_anew_by_another_spelling(portal: Portal) -> None:
    for spelling in (JANA, JANA.upper(), "Jana@Acme.Example", f" {JANA}", "jana@ACME.example", "JANA@acme.example"):
        ask(portal.browser(), spelling)
    assert len(items(portal)) == FREE_FAILURES


def test_a_forgotten_password_is_replaced_once(portal: Portal) -> None:
    old = portal.browser(portal.world.jana)
    browser = portal.browser()
    assert "Podívejte se do pošty" in ask(browser, " Jana@ACME.example ").text
    path = link(portal)
    assert browser.see(path).status_code == 200  # looking changes nothing
    assert choose(browser, path).headers["location"] == "/"
    assert browser.see("/account").status_code == 200
    assert old.see("/account").status_code == 303
    assert portal.browser().log_in("Jana Nováková", NEW).status_code == 303
    assert portal.browser().log_in("Jana Nováková").status_code == 403
    assert portal.browser().see(path).status_code == 410
    assert portal.browser().http.post(path, data={"new": "x"}).status_code == 403


def test_the_answer_is_the_same_whether_the_address_is_known_or_not(portal: Portal) -> None:
    answers = [ask(portal.browser(), address) for address in (JANA, "nobody@acme.example", "not an address", "")]
    assert {(each.status_code, each.text) for each in answers} == {(200, answers[0].text)}
    assert [each.recipient for each in items(portal)] == [JANA]


def test_the_secret_lies_nowhere_in_the_clear(portal: Portal) -> None:
    ask(portal.browser(), JANA)
    secret = link(portal).rpartition("/")[2]
    with portal.world.engine.connect() as connection:
        rows = [str(connection.execute(select(table)).all()) for table in (t.outbox, t.login_steps, t.audit)]
    assert secret not in "".join(rows)


def test_a_link_does_not_work_for_ever(portal: Portal) -> None:
    browser = portal.browser()
    ask(browser, JANA)
    path = link(portal)
    portal.clock.move(minutes=31)
    assert browser.see(path).status_code == 410


def test_asking_again_and_again_sends_no_more(portal: Portal) -> None:
    for _ in range(FREE_FAILURES + 3):
        assert "Podívejte se do pošty" in ask(portal.browser(), JANA).text
    assert len(items(portal)) == FREE_FAILURES


def test_a_link_does_not_go_past_the_second_step(portal: Portal) -> None:
    key, _ = set_up(portal)
    browser = portal.browser()
    ask(browser, JANA)
    answer = choose(browser, link(portal))
    assert answer.headers["location"] == "/login/code"
    assert browser.see("/account").status_code == 303
    assert browser.send("/login/code", "/login/code", code=code(portal, key)).headers["location"] == "/"


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [
        ("krátké", "krátké", "alespoň 10 znaků"),
        (NEW, NEW + "!", "neshodují"),
        ("<b>" * 20_000, "<b>" * 20_000, "nejvýše 256"),
    ],
)
def test_a_bad_password_leaves_the_link_working(portal: Portal, new: str, again: str, said: str) -> None:
    browser = portal.browser()
    ask(browser, JANA)
    path = link(portal)
    answer = choose(browser, path, new, again)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert choose(browser, path).status_code == 303


def test_the_form_must_come_from_the_same_browser(portal: Portal) -> None:
    ask(portal.browser(), JANA)
    path = link(portal)
    other = portal.browser()
    other.see(path)
    answer = other.http.post(path, data={"new": NEW, "again": NEW, "csrf": "x" * 43}, follow_redirects=False)
    assert answer.status_code == 403
    assert portal.browser().see(path).status_code == 200


def test_the_first_login_comes_from_an_invitation(portal: Portal) -> None:
    world = portal.world
    world.do(lambda tx: tx.people.set_contact_login(world.jana.id, None, None, by=ADMIN, at=AT))
    person = Person(contact_id=world.jana.id)
    sent_to = portal.run(invite(world.writer, portal.services.sign_in, person, by=ADMIN, at=AT))
    assert sent_to == JANA
    portal.clock.move(days=6)
    browser = portal.browser()
    assert choose(browser, link(portal)).status_code == 303
    assert portal.browser().log_in(JANA, NEW).status_code == 303


@pytest.mark.parametrize("gone", ["deactivated", "address"])
def test_a_link_of_somebody_who_left_opens_nothing(portal: Portal, gone: str) -> None:
    world = portal.world
    browser = portal.browser()
    ask(browser, JANA)
    path = link(portal)
    if gone == "deactivated":
        data = ContactData(customer_id=world.acme.id, name="Jana Nováková", active=False)
        world.do(lambda tx: tx.people.change_contact(world.jana.id, data, by=ADMIN, at=AT))
    else:
        with world.engine.begin() as connection:
            connection.execute(update(t.addresses).values(valid_until=AT))
    if gone == "deactivated":  # the link went with the contact: there is nothing left to fill in
        assert browser.see(path).status_code == 410
    else:
        assert choose(browser, path).status_code in {403, 410}
    assert browser.see("/account").status_code == 303
    with world.engine.connect() as connection:
        kept = connection.execute(select(t.contacts.c.password_hash).where(t.contacts.c.id == world.jana.id))
        assert kept.scalar_one() == HASHED


def test_a_user_of_the_service_desk_gets_one_too(portal: Portal) -> None:
    data = UserData(login="technik@desk.example", name="Tomáš", role=Role.TECHNICIAN)
    portal.world.do(lambda tx: tx.people.add_user(data, password_hash=None, by=ADMIN, at=AT))
    browser = portal.browser()
    ask(browser, "Technik@desk.example")
    assert choose(browser, link(portal)).status_code == 303
    off = replace(data, active=False)
    portal.world.do(lambda tx: tx.people.change_user(1, off, by=ADMIN, at=AT))
    ask(portal.browser(), "technik@desk.example")
    assert len(items(portal)) == 1


def test_a_contact_without_an_address_cannot_be_invited(portal: Portal) -> None:
    with portal.world.engine.begin() as connection:
        connection.execute(update(t.addresses).values(valid_until=AT))
    work = invite(
        portal.world.writer, portal.services.sign_in, Person(contact_id=portal.world.jana.id), by=ADMIN, at=AT
    )
    with pytest.raises(InvalidEntryError):
        portal.run(work)


@pytest.mark.parametrize("language", ["cs", "en"])
@pytest.mark.parametrize("kind", ["invitation", "forgotten"])
def test_the_letter_says_until_when(language: str, kind: str) -> None:
    payload = {"language": language, "kind": kind, "expires_at": (AT + timedelta(minutes=30)).isoformat()}
    item = OutboxItem(
        id=7, kind=OutboxKind.LOGIN_LINK, ticket_id=None, recipient=JANA, message_id="", created_at=AT, payload=payload
    )
    sender = Address(display_name="Podpora", addr_spec="helpdesk@intake.example")
    octets = compose_login_letter(
        item, "https://helpdesk.example/login/link/abc", sender=sender, message_id="<x@y.example>", zone="Europe/Prague"
    )
    read = message_from_bytes(octets, policy=policy.default)
    text = read.get_content().replace("\r\n", "\n")
    assert "https://helpdesk.example/login/link/abc\n" in text
    assert "10:30" in text
    assert read["Auto-Submitted"] == "auto-generated"


def test_a_customers_own_admin_invites_a_colleague_and_nobody_else(portal: Portal) -> None:
    world = portal.world
    data = ContactData(customer_id=world.acme.id, name="Jana Nováková", is_admin=True)
    world.do(lambda tx: tx.people.change_contact(world.jana.id, data, by=ADMIN, at=AT))
    browser = portal.browser(world.jana)
    page = f"/customer/people/{world.jana.id}"
    assert browser.send(page, f"{page}/invite").headers["location"].startswith(page)
    assert [each.recipient for each in items(portal)] == [JANA]
    csrf = forms_of(browser.see(page).text)[f"{page}/invite"]
    other = browser.http.post(f"/customer/people/{world.karel.id}/invite", data=csrf, follow_redirects=False)
    assert other.status_code == 404
    assert len(items(portal)) == 1


@pytest.mark.parametrize("listed", ["user", "contact"])
def test_a_link_goes_to_the_listed_address_and_not_to_one_that_folds_to_it(portal: Portal, listed: str) -> None:
    world = portal.world
    if listed == "user":
        data = UserData(login="tech@strasse.example", name="Tomáš", role=Role.TECHNICIAN)
        world.do(lambda tx: tx.people.add_user(data, password_hash=HASHED, by=ADMIN, at=AT))
    else:
        entry = AddressData(customer_id=world.acme.id, contact_id=world.jana.id, address="tech@strasse.example")
        world.do(lambda tx: tx.people.add_address(entry, by=ADMIN, at=AT))
    ask(portal.browser(), "tech@straße.example")
    assert items(portal) == []
    ask(portal.browser(), "Tech@STRASSE.example")
    assert [each.recipient for each in items(portal)] == ["tech@strasse.example"]


def test_a_log_in_with_letters_of_its_own_stays_that_address(portal: Portal) -> None:
    data = UserData(login="Tech@Straße.example", name="Tomáš", role=Role.TECHNICIAN)
    made = portal.world.do(lambda tx: tx.people.add_user(data, password_hash=HASHED, by=ADMIN, at=AT))
    assert made.login == "tech@straße.example"
    ask(portal.browser(), "tech@strasse.example")
    assert items(portal) == []
    ask(portal.browser(), "tech@straße.example")
    assert [each.recipient for each in items(portal)] == ["tech@straße.example"]


def test_a_log_in_is_found_whatever_way_its_letters_are_composed(portal: Portal) -> None:
    assert portal.browser().log_in("jana nova\u0301kova\u0301").status_code == 303


@pytest.mark.parametrize("gone", ["contact", "customer"])
def test_deactivation_ends_what_was_begun(portal: Portal, gone: str) -> None:
    world = portal.world
    ask(portal.browser(), JANA)
    if gone == "contact":
        data = ContactData(customer_id=world.acme.id, name="Jana Nováková", active=False)
        world.do(lambda tx: tx.people.change_contact(world.jana.id, data, by=ADMIN, at=AT))
    else:
        closed = CustomerData(name="Acme", active=False)
        world.do(lambda tx: tx.people.change_customer(world.acme.id, closed, by=ADMIN, at=AT))
    with world.engine.connect() as connection:
        left = connection.execute(select(t.login_steps).where(t.login_steps.c.contact_id == world.jana.id))
        assert left.all() == []
