"""What admins and the service manager do on the site: people, contracts, the quarantine, what happened, statements."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from channels.web.refusals import in_czech, say_refusal
from intake.administration import InvalidEntryError, TakenEntryError
from intake.people import ContactData, ContractData, NumberData, NumberRangeData, Role, UserData
from store import tables as t
from tests.channels.web.conftest import HASHED, PASSWORD, Browser, Portal, forms_of
from tests.channels.web.test_customer import admin, press
from tests.store.world import ADMIN, AT

PRICED = {"monthly_price": "25000", "targets": {"A": {"fix_minutes": 240}}}


def user(portal: Portal, role: Role = Role.ADMIN) -> Browser:
    data = UserData(login=f"{role}@desk.example", name=f"Pan {role}", role=role)
    portal.world.do(lambda tx: tx.people.add_user(data, password_hash=HASHED, by=ADMIN, at=AT))
    browser = portal.browser()
    assert browser.log_in(data.login).status_code == 303
    return browser


def rows(portal: Portal, table: Any) -> list[Any]:
    with portal.world.engine.connect() as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


def test_a_customer_is_added_with_a_contact_and_what_it_is_recognized_by(portal: Portal) -> None:
    browser = user(portal)
    answer = browser.send("/desk/customers/new", "/desk/customers/new", name="Habr a.s.", language="cs", active="yes")
    place = answer.headers["location"].partition("?")[0]
    assert "Habr a.s." in browser.see(place).text
    answer = browser.send(
        f"{place}/contacts/new", f"{place}/contacts/new", name="Olga Habrová", channels=["mail", "phone"], active="yes"
    )
    contact = answer.headers["location"].partition("?")[0]
    assert browser.send(contact, f"{contact}/addresses", address="olga@habr.example").status_code == 303
    number = {"number": "601 222 333", "label": "mobil", "valid_until": "2027-01-31"}
    assert browser.send(contact, f"{contact}/numbers", **number).status_code == 303
    page = browser.see(contact).text
    for text in ("olga@habr.example", "+420601222333", "mobil", "31. 1. 2027"):
        assert text in page, text
    (kept,) = rows(portal, t.numbers)[-1:]
    assert kept.valid_until == datetime(2027, 1, 31, 23, tzinfo=UTC), "the day is valid to its end, in Prague"
    first = {"first": "+420 555 100 000", "last": "+420 555 100 099"}
    assert browser.send(f"{place}/ranges/new", f"{place}/ranges/new", **first).status_code == 303
    assert "+420555100000" in browser.see(place).text


def test_what_is_removed_is_gone_from_the_list_and_kept_in_the_audit_trail(portal: Portal) -> None:
    browser = user(portal)
    jana = f"/desk/contacts/{portal.world.jana.id}"
    (action,) = set(re.findall(r"/desk/addresses/\d+/remove", browser.see(jana).text))
    assert browser.send(jana, action).status_code == 303
    assert "jana@acme.example" not in browser.see(jana).text
    page = browser.see("/desk/audit?entity=address").text
    assert "jana@acme.example" in page
    assert "Pan admin" in page


def test_a_deactivated_contact_is_out_at_once(portal: Portal) -> None:
    theirs, browser = portal.browser(portal.world.jana), user(portal)
    jana = f"/desk/contacts/{portal.world.jana.id}"
    assert browser.send(jana, jana, name="Jana Nováková", channels=["web"]).status_code == 303
    answer = theirs.see("/")
    assert answer.status_code == 403 or answer.headers["location"].startswith("/login")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"name": " "}, "Jméno: vyplňte prosím."),
        ({"name": "x" * 201}, "Jméno: nejvýše 200 znaků."),
        ({"name": "a\u202eb"}, "Jméno: odstraňte znaky"),
        ({"name": "a", "valid_from": "zítra"}, "Zadejte den"),
        ({"name": "a", "valid_from": "2027-01-02", "valid_until": "2027-01-01"}, "Konec platnosti"),
        ({"name": "a", "valid_until": "9999-12-31"}, "Zadejte den"),
        ({"name": "a", "language": "xx"}, "Vyberte češtinu"),
        ({"name": "Acme"}, "už má jiný záznam|už existuje"),
    ],
)
def test_a_bad_value_comes_back_with_advice_and_stores_nothing(
    portal: Portal, values: dict[str, str], says: str
) -> None:
    browser = user(portal)
    before = len(rows(portal, t.customers))
    answer = browser.send("/desk/customers/new", "/desk/customers/new", **({"language": "cs"} | values))
    assert answer.status_code == 422
    assert re.search(says, answer.text), answer.text
    assert len(rows(portal, t.customers)) == before


def agreed(portal: Portal, **more: Any) -> dict[str, Any]:
    """A contract that begins in a year, as its form is filled in."""
    begins = (portal.clock() + timedelta(days=400)).date().isoformat()
    usual = {"name": "Plus", "valid_from": begins, "week": "round-the-clock", "default_category": "B"}
    return usual | {"holidays": "usual", "currency": "EUR"} | more


def test_a_contract_is_agreed_in_fields_and_its_year_is_shown(portal: Portal) -> None:
    browser = user(portal, Role.SERVICE_MANAGER)
    own = f"/desk/customers/{portal.world.acme.id}"
    sent = agreed(
        portal,
        **{"A-response": "15 min", "A-fix": "4", "B-fix": "1:30", "C-fix": "0,5", "rate-consultation": "900"},
        guaranteed_percent="99,95",
        monthly_price="25 000",
        included=["ucs-fault", "mistake"],
        extra_days="24. 12. 2028 Štědrý den\r\n2028-12-31 Silvestr",
    )
    answer = browser.send(f"{own}/contracts/new", f"{own}/contracts/new", **sent)
    assert answer.status_code == 303, answer.text
    kept = rows(portal, t.contracts)[-1]
    assert (kept.name, kept.default_category) == ("Plus", "B")
    assert kept.terms["targets"]["A"] == {"response_minutes": 15, "fix_minutes": 240}
    assert [kept.terms["targets"][each]["fix_minutes"] for each in "BC"] == [90, 30]
    assert (kept.terms["currency"], kept.terms["rates"]) == ("EUR", {"consultation": "900"})
    assert kept.terms["options"]["included"] == ["mistake", "ucs-fault"]
    page = browser.see(answer.headers["location"]).text
    for said in ("25\xa0000,00\xa0€", "99,95\xa0%", "1 h 30 min", "Štědrý den", "24. 12. 2028"):
        assert said in page, said
    year = browser.see(f"{own}/calendar?year=2028").text
    assert year.count("<table") == 12
    assert "00:00–00:00" in year


def test_all_that_is_wrong_with_a_contract_is_told_at_once_beside_its_fields(portal: Portal) -> None:
    browser = user(portal, Role.SERVICE_MANAGER)
    own = f"/desk/customers/{portal.world.acme.id}/contracts/new"
    before = len(rows(portal, t.contracts))
    wrong = {
        "name": " ",
        "valid_from": "zítra",
        "week": "own",
        "hours-monday": "25:00-26:00",
        "hours-tuesday": "ráno",
        "A-fix": "hned",
        "B-fix": "999999999 min",
        "monthly_price": "1e400",
        "hourly_rate": "-1",
        "rate-mistake": "x" * 5000,
        "guaranteed_percent": "101",
        "currency": "<b>",
        "zone": "Praha",
        "extra_days": "Štědrý den",
        "removed_days": "31. 2. 2027",
        "warn_at_percent": "půl",
        "reopen_days": "-1",
        "acceptance_open_days": "0",
    }
    answer = browser.send(own, own, **wrong)
    assert answer.status_code == 422
    shown = set(re.findall(r'id="([\w-]+)-problem"', answer.text))
    # The name of a zone is looked at when the rest can be read.
    assert shown == set(wrong) - {"week", "zone"}
    answer = browser.send(own, own, **agreed(portal, zone="Praha"))
    assert (answer.status_code, "zkontrolujte" in answer.text) == (422, True)
    answer = browser.send(own, own, **agreed(portal, **{"week": "own", "hours-monday": "25:00-26:00"}))
    assert answer.status_code == 422
    assert len(rows(portal, t.contracts)) == before


def test_a_contract_in_force_ends_from_its_form_though_its_terms_were_written_otherwise(portal: Portal) -> None:
    browser = user(portal, Role.SERVICE_MANAGER)
    terms = {"targets": {"A": {"fix_minutes": 240}}, "warn_at_percent": ["80.0"]}
    data = ContractData(customer_id=portal.world.acme.id, name="Stará", valid_from=AT, terms=terms)
    contract = portal.world.do(lambda tx: tx.people.add_contract(data, by=ADMIN, at=AT))
    place = f"/desk/contracts/{contract.id}"
    end = (portal.clock() + timedelta(days=30)).date().isoformat()
    filled = filled_in(browser.see(place).text, place)
    answer = browser.send(place, place, **(filled | {"valid_until": end}))
    assert answer.status_code == 303, answer.text
    kept = rows(portal, t.contracts)[-1]
    assert (kept.terms, kept.valid_until is not None) == (terms, True)
    answer = browser.send(place, place, **(filled | {"valid_until": end, "A-fix": "8"}))
    assert (answer.status_code, "Smlouva už platí" in answer.text) == (422, True)


def filled_in(page: str, action: str) -> dict[str, Any]:
    """What a browser would send of the form as it is shown."""
    form = page[page.index(f'action="{action}"') :]
    sent: dict[str, Any] = dict(re.findall(r'<input id="[\w-]+" name="([\w-]+)"[^>]*? value="([^"]*)"', form))
    for name, inner in re.findall(r'<select id="[\w-]+" name="(\w+)">(.*?)</select>', form, re.DOTALL):
        sent[name] = re.findall(r'value="([^"]*)" selected', inner)[0]
    for name, value in re.findall(r'type="checkbox" name="(\w+)" value="([\w-]+)" checked', form):
        sent.setdefault(name, []).append(value)
    return sent


def test_a_token_is_shown_once_and_revoked(portal: Portal) -> None:
    browser = user(portal)
    answer = browser.send("/desk/tokens", "/desk/tokens", name="Dohled", scopes=["tickets:read"])
    (secret,) = re.findall(r"intk_[\w-]+", answer.text)
    assert secret not in browser.see("/desk/tokens").text
    (action,) = re.findall(r"/desk/tokens/\d+/revoke", browser.see("/desk/tokens").text)
    assert browser.send("/desk/tokens", action).status_code == 303
    assert rows(portal, t.api_tokens)[-1].active is False


def test_a_user_gets_a_role_and_cannot_take_the_last_rights_away_from_oneself(portal: Portal) -> None:
    browser = user(portal)
    data = {"name": "Nová", "login": "nova@desk.example", "role": "technician", "language": "en", "active": "yes"}
    assert browser.send("/desk/users/new", "/desk/users/new", password=PASSWORD, **data).status_code == 303
    assert browser.send("/desk/users/new", "/desk/users/new", password="krátké", **data).status_code == 422
    assert portal.browser().log_in("nova@desk.example").status_code == 303
    (own,) = [each for each in rows(portal, t.users) if each.login == "admin@desk.example"]
    mine = {"name": "Pan admin", "login": own.login, "role": "technician", "language": "cs", "active": "yes"}
    assert browser.send(f"/desk/users/{own.id}", f"/desk/users/{own.id}", **mine).status_code == 422


def test_what_happened_is_found_by_who_wrote_and_by_ticket(portal: Portal) -> None:
    number = portal.ticket(portal.browser(portal.world.jana), subject="Nezvoní")
    browser = user(portal, Role.TECHNICIAN)
    for what in ("", f"%23{number}", str(number)):
        page = browser.see(f"/desk/happened?what={what}").text
        assert "Nezvoní" in page
    (line,) = set(re.findall(r"/desk/happened/\d+", page))
    page = browser.see(line).text
    for text in ("Přihlášení", "Požadavek byl přijat.", f"/console/tickets/{number}"):
        assert text in page or "Log-in on the site" in page
    assert "Nic takového nepřišlo" in browser.see("/desk/happened?what=nikdo@nikde.example").text
    assert browser.see("/desk/happened?channel=x&verdict=y&after=z").status_code == 200


def test_a_month_is_closed_and_then_only_amended(portal: Portal) -> None:
    browser = user(portal, Role.SERVICE_MANAGER)
    own = f"/desk/customers/{portal.world.acme.id}/statements"
    assert browser.send(own, own, month="2026-10").status_code == 422, "nobody closes a month by a slip"
    answer = browser.send(own, own, month="2026-10", sure="yes")
    assert (answer.status_code, "v měsíci 2026-10 neměl(a) smlouvu" in answer.text) == (422, True)
    data = ContractData(
        customer_id=portal.world.acme.id, name="Smlouva", valid_from=datetime(2026, 1, 1, tzinfo=UTC), terms=PRICED
    )
    portal.world.do(lambda tx: tx.people.add_contract(data, by=ADMIN, at=data.valid_from))
    assert browser.send(own, own, month="2026-10", sure="yes").status_code == 303
    page = browser.see(own).text
    for said in ("uzavřený", "říjen 2026", "25\xa0000,00\xa0Kč"):
        assert said in page, said
    answer = browser.send(own, own, month="2026-10", note="nic", sure="yes")
    assert (answer.status_code, "Není co opravit" in answer.text) == (422, True)
    shown = browser.see(f"{own}/2026-10")
    for part in ("<nav", "Měsíční vyúčtování, Acme, říjen 2026", f"{own}/2026-10.print", "25\u202f000,00"):
        assert part in shown.text, part
    printed = browser.see(f"{own}/2026-10.print")
    assert ("<nav" in printed.text, "unsafe" in printed.headers["content-security-policy"]) == (False, False)
    assert browser.see(f"{own}/2026-10.pdf").status_code == 404
    assert browser.see(f"{own}/2026-10.csv").headers["content-type"].startswith("text/csv")


def test_maintenance_is_agreed_in_local_time(portal: Portal) -> None:
    browser = user(portal, Role.SERVICE_MANAGER)
    own = f"/desk/customers/{portal.world.acme.id}/maintenance"
    sent = {"starts_at": "2027-07-01T22:00", "ends_at": "2027-07-02T02:00", "note": "Výměna"}
    assert browser.send(own, own, **sent).status_code == 303
    assert rows(portal, t.maintenance_windows)[-1].starts_at == datetime(2027, 7, 1, 20, tzinfo=UTC)
    assert browser.send(own, own, **(sent | {"ends_at": "2027-07-01T21:00"})).status_code == 422
    assert browser.send(own, own, **(sent | {"ends_at": "x"})).status_code == 422


def test_every_refusal_of_the_lists_is_told_in_czech() -> None:
    told = [
        TakenEntryError("Somebody logs in as a already; choose another log-in.", field="login"),
        InvalidEntryError("Anybody can have an address at seznam.cz; list the people's own addresses instead."),
        InvalidEntryError("'x' is not a plain mail address; write it like jan@firma.cz, without a name."),
        InvalidEntryError("'12' is not a full phone number (too short); write it like +420 555 123 456."),
        TakenEntryError("The number +420555 is listed for customer 7 in that time; end that entry first."),
    ]
    for error in told:
        assert in_czech(error), error.message
    assert "7" not in say_refusal(told[-1], "cs", to_customer=True)


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.SERVICE_MANAGER])
def test_who_may_not_change_people_finds_no_form_and_no_page_for_it(portal: Portal, role: Role) -> None:
    browser = user(portal, role)
    own = f"/desk/contacts/{portal.world.jana.id}"
    assert "/addresses" not in browser.see(own).text
    for path in ("/desk/users", "/desk/tokens", "/desk/customers/new", "/desk/quarantine"):
        assert browser.see(path).status_code == 404, path


def test_a_rule_is_added_tried_and_removed(portal: Portal) -> None:
    browser = user(portal)
    sent = {"kind": "subject", "pattern": "havari*", "category": "A", "priority": "yes"}
    assert browser.send("/desk/rules", "/desk/rules", **sent).status_code == 303
    assert "A – kritická" in browser.see("/desk/rules?subject=HAVÁRIE+serveru").text.partition("<form")[2]
    assert browser.send("/desk/rules", "/desk/rules", kind="x", pattern="a").status_code == 422
    assert browser.send("/desk/rules", "/desk/rules", kind="contact", pattern="nikdo", category="A").status_code == 422
    (action,) = re.findall(r"/desk/rules/\d+/remove", browser.see("/desk/rules").text)
    assert browser.send("/desk/rules", action).status_code == 303
    assert "havari*" not in browser.see("/desk/audit?entity=x").text
    assert not re.findall(r"/desk/rules/\d+/remove", browser.see("/desk/rules").text)


def test_a_wording_is_tried_changed_and_taken_back(portal: Portal) -> None:
    browser = user(portal)
    own = "/desk/wordings/acknowledgement/cs"
    words = {"subject": "[#{number}] {subject}", "text": "Ahoj {name},\n\nmáme to pod číslem {number}."}
    page = browser.send(own, own, step="preview", **words).text
    assert "máme to pod číslem 1" in page
    assert "obvyklé znění" in browser.see(own).text, "a preview keeps nothing"
    assert browser.send(own, own, step="save", **words).status_code == 303
    assert "máme to pod číslem" in browser.see(own).text
    for bad in ({"text": "{secret}"}, {"text": "{"}, {"subject": "Bez čísla"}, {"text": ""}, {"text": "x" * 30_000}):
        assert browser.send(own, own, step="save", **(words | bad)).status_code == 422
    old = browser.http.post(own, data=words | {"csrf": csrf_of(browser), "version": "0", "step": "save"})
    assert (old.status_code, "Mezitím" in old.text) == (422, True)
    assert browser.send(own, own, step="usual", **words).status_code == 303
    assert "máme to pod číslem" not in browser.see(own).text
    assert browser.see("/desk/wordings/nonsense/cs").status_code == 404
    assert "Potvrzení přijetí" in browser.see("/desk/wordings").text


def test_a_set_of_wordings_is_written_beside_the_usual_one_and_a_rule_chooses_it(portal: Portal) -> None:
    browser = user(portal)
    own = "/desk/wordings/acknowledgement/cs?name=vip"
    led = browser.see("/desk/wordings?set=vip&kind=acknowledgement&language=cs")
    assert (led.status_code, led.headers.get("location", own)) in {(303, own), (200, own)}
    words = {"subject": "[#{number}] {subject}", "text": "Hned, {name}.\n\nČíslo {number}."}
    assert browser.send(own, own, step="save", **words).status_code == 303
    assert "Číslo {number}." in browser.see(own).text
    assert "Číslo {number}." not in browser.see("/desk/wordings/acknowledgement/cs").text
    assert "vip" in browser.see("/desk/wordings").text
    assert browser.see("/desk/wordings?set=a/b&kind=acknowledgement&language=cs").status_code == 404
    rule = {"kind": "subject", "pattern": "spěchá", "template": "vip"}
    assert browser.send("/desk/rules", "/desk/rules", **rule).status_code == 303
    assert "Sada textů: vip" in browser.see("/desk/rules?subject=Sp%C4%9Bch%C3%A1+to").text


def test_since_when_and_until_when_an_entry_counts_is_changed(portal: Portal) -> None:
    browser, world = user(portal), portal.world

    def prepare(tx: Any) -> tuple[int, int]:
        number = NumberData(customer_id=world.acme.id, contact_id=world.jana.id, number="+420601222333", label="mobil")
        block = NumberRangeData(customer_id=world.acme.id, first="+420555000000", last="+420555000099")
        return tx.people.add_number(number, by=ADMIN, at=AT).id, tx.people.add_number_range(block, by=ADMIN, at=AT).id

    number_id, range_id = portal.world.do(prepare)
    address_id = next(row.id for row in rows(portal, t.addresses) if row.contact_id == world.jana.id)
    contact = browser.see(f"/desk/contacts/{world.jana.id}").text
    places = (f"/desk/addresses/{address_id}", f"/desk/numbers/{number_id}", f"/desk/ranges/{range_id}")
    assert all(f'href="{place}"' in contact for place in places[:2])
    assert f'href="{places[2]}"' in browser.see(f"/desk/customers/{world.acme.id}").text
    for place, table, entry_id in zip(
        places, (t.addresses, t.numbers, t.number_ranges), (address_id, number_id, range_id), strict=True
    ):
        sent = {"valid_from": "2026-12-01", "valid_until": "2027-01-31", "label": "nový"}
        assert browser.send(place, place, **sent).status_code == 303
        kept = next(row for row in rows(portal, table) if row.id == entry_id)
        assert kept.valid_until == datetime(2027, 1, 31, 23, tzinfo=UTC)
        assert kept.valid_from == datetime(2026, 11, 30, 23, tzinfo=UTC)
        wrong = browser.send(place, place, valid_from="2027-01-02", valid_until="2027-01-01")
        assert (wrong.status_code, "Konec platnosti" in wrong.text) == (422, True)
        assert browser.send(place, place, valid_until="31.12.").status_code == 422
    assert browser.see("/desk/numbers/999999").status_code == 404


def csrf_of(browser: Browser) -> str:
    return forms_of(browser.see("/desk/users").text)["/logout"]["csrf"]


def test_a_webhook_is_added_and_its_secret_is_shown_once(portal: Portal) -> None:
    browser = user(portal)
    sent = {"url": "https://hooks.example/intake", "types": ["ticket.created"], "active": "yes"}
    (secret,) = set(re.findall(r"whsec_[\w+/=]+", browser.send("/desk/webhooks", "/desk/webhooks", **sent).text))
    (place,) = re.findall(r"/desk/webhooks/\d+", browser.see("/desk/webhooks").text)
    page = browser.see(place).text
    assert (secret in page, "hooks.example" in page) == (False, True)
    assert browser.send("/desk/webhooks", "/desk/webhooks", url="javascript:alert(1)").status_code == 422
    assert browser.send(place, f"{place}/replay").status_code == 303
    assert "whsec_" in browser.send(place, f"{place}/secret").text
    assert browser.send(place, f"{place}/remove").status_code == 303
    assert browser.see(place).status_code == 404


def test_a_contact_is_invited_by_mail(portal: Portal) -> None:
    browser = user(portal)
    jana = f"/desk/contacts/{portal.world.jana.id}"
    assert browser.send(jana, f"{jana}/invite").status_code == 303
    (mail,) = rows(portal, t.outbox)
    assert mail.recipient == "jana@acme.example"
    assert browser.send(jana, f"{jana}/login/remove").status_code == 303
    assert portal.browser().log_in("Jana Nováková").status_code == 403


def test_a_contact_gets_a_pin_that_is_shown_once(portal: Portal) -> None:
    browser = user(portal)
    jana = f"/desk/contacts/{portal.world.jana.id}"
    (pin,) = re.findall(r"<code>(\d+)</code>", browser.send(jana, f"{jana}/pin").text)
    assert pin not in browser.see(jana).text
    assert browser.send(jana, f"{jana}/pin", pin="1111").status_code == 422
    assert browser.send(jana, f"{jana}/pin", pin="x").status_code == 422
    assert browser.send(jana, f"{jana}/pin", pin=pin).status_code == 303
    assert pin not in str([row._asdict() for row in rows(portal, t.audit)])


def test_what_a_customers_admin_asked_for_is_confirmed_or_rejected(portal: Portal) -> None:
    browser, theirs = user(portal), admin(portal, portal.world.jana)
    for first in ("+420211151600", "+420211151700"):
        press(theirs, "/customer/company", "/customer/ranges", first=first, last=f"{first[:-2]}99")
    page = browser.see("/desk/changes").text
    places = sorted(set(re.findall(r"/desk/changes/\d+", page)))
    assert ("+420211151600" in page, len(places)) == (True, 2)
    assert "čeká na nás" in page
    assert browser.send(places[0], f"{places[0]}/confirm").status_code == 303
    assert browser.send(places[1], f"{places[1]}/reject", note="Není váš.").status_code == 303
    (kept,) = rows(portal, t.number_ranges)
    assert kept.first == 420211151600
    assert places[0] not in browser.see("/desk/changes").text
    assert "Není váš." in browser.see(places[1]).text
    csrf = csrf_of(browser)
    for step in ("confirm", "reject"):
        answer = browser.http.post(f"{places[0]}/{step}", data={"csrf": csrf}, follow_redirects=False)
        assert answer.status_code == 422


def test_a_customer_or_contact_is_chosen_by_name_and_asked_about_where_several_are_meant(portal: Portal) -> None:
    """No number of ours is ever typed, with or without script."""
    browser = user(portal)
    jana, acme = portal.world.jana, portal.world.acme
    data = ContactData(customer_id=acme.id, name=jana.name)
    namesake = portal.world.do(lambda tx: tx.people.add_contact(data, by=ADMIN, at=AT))
    place, scope = "/desk/tokens", ["tickets:read"]
    answer = browser.send(place, place, name="Dohled", scopes=scope, contact_id="Nikdo Takový")
    assert (answer.status_code, "Nikoho takového neznáme: Nikdo Takový." in answer.text) == (422, True)
    answer = browser.send(place, place, name="Dohled", scopes=scope, contact_id=f"{jana.name}, {acme.name}")
    assert (answer.status_code, "Takových je víc" in answer.text) == (422, True)
    assert f'<option value="{namesake.id}">' in answer.text
    assert "(jana@acme.example)" in answer.text, "what tells the two apart"
    again = {"contact_id": jana.name, "contact_id-pick": str(namesake.id)}
    assert browser.send(place, place, name="Dohled", scopes=scope, **again).status_code == 200
    assert rows(portal, t.api_tokens)[-1].contact_id == namesake.id
    assert browser.send(place, place, name="Dohled", scopes=scope, contact_id="jana@acme").status_code == 200
    assert rows(portal, t.api_tokens)[-1].contact_id == jana.id
    suggested = browser.see(f"/desk/suggest/contact?name=who&who={jana.name.split()[0]}").text
    assert f"{jana.name}, {acme.name}" in suggested
    assert acme.name in browser.see(f"/desk/suggest/customer?name=x&x={acme.name[:3]}").text
    assert browser.see("/desk/suggest/token?name=x&x=a").status_code == 404


def test_a_rule_for_a_contact_is_made_by_name_and_says_who_it_is(portal: Portal) -> None:
    browser, jana = user(portal), portal.world.jana
    rule = {"kind": "contact", "pattern": "jana@acme.example", "category": "A", "customer_id": portal.world.acme.name}
    assert browser.send("/desk/rules", "/desk/rules", **rule).status_code == 303
    (kept,) = rows(portal, t.category_rules)
    assert (kept.pattern, kept.customer_id) == (str(jana.id), portal.world.acme.id)
    assert f"Kontakt: {jana.name}, {portal.world.acme.name}" in browser.see("/desk/rules").text
