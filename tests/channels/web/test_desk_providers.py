"""Admins set up customers' own log-ins: the secret goes in and never comes out, and what is wrong is said."""

import re
from typing import Any

from intake.people import Role
from tests.channels.web.conftest import Browser, Portal
from tests.channels.web.test_desk import user
from tests.servers.oidc import oidc_server

LIST = "/desk/providers"
SENT = {
    "customer_id": "Acme",
    "slug": "acme",
    "name": "Účet Acme",
    "issuer": "https://login.acme.example",
    "client_id": "intake",
    "client_secret": "a secret nobody sees",
    "domains": "acme.example\nbücher.example",
    "active": "yes",
}


def add(browser: Browser, **more: Any) -> str:
    """Add a provider: its page's address."""
    answer = browser.send(f"{LIST}/new", f"{LIST}/new", **(SENT | more))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"].partition("?")[0])


def test_a_provider_is_added_changed_and_removed(portal: Portal) -> None:
    browser = user(portal)
    place = add(browser)
    page = browser.see(place).text
    assert SENT["client_secret"] not in page
    assert "http://localhost/login/oidc/callback" in page
    assert "xn--bcher-kva.example" in page
    assert "Účet Acme" in browser.see(LIST).text
    (before,) = portal.services.accounts.providers()
    sent = {"name": "Acme", "issuer": SENT["issuer"], "client_id": "other", "domains": "acme.example"}
    assert browser.send(place, place, **sent).status_code == 303
    (after,) = portal.services.accounts.providers()
    assert (after.client_id, after.domains, after.active) == ("other", ("acme.example",), False)
    assert after.sealed_secret == before.sealed_secret, "left empty it stays"
    assert browser.send(place, place, **sent, client_secret="another").status_code == 303
    assert portal.services.accounts.providers()[0].sealed_secret != before.sealed_secret
    assert browser.send(place, f"{place}/remove").status_code == 303
    assert browser.see(place).status_code == 404


def test_what_is_wrong_is_said_and_the_secret_is_not_repeated(portal: Portal) -> None:
    browser = user(portal)
    for wrong, said in (
        ({"issuer": "http://login.acme.example"}, "Vydavatel je adresa"),
        ({"domains": "no_domain"}, "no_domain"),
        ({"slug": "Š"}, "Zkratku napište"),
        ({"customer_id": ""}, "Vyberte zákazníka"),
        ({"client_secret": "x" * 501}, "nejvýše 500"),
        ({"domains": " ".join(f"a{place}.example" for place in range(101))}, "nejvýše 100"),
    ):
        refused = browser.send(f"{LIST}/new", f"{LIST}/new", **(SENT | wrong))
        assert refused.status_code == 422
        assert said in refused.text
        assert SENT["client_secret"] not in refused.text
    assert not portal.services.accounts.providers()
    place = add(browser)
    taken = browser.send(f"{LIST}/new", f"{LIST}/new", **(SENT | {"slug": "other"}))
    assert (taken.status_code, "patří jinému přihlašování" in taken.text) == (422, True)
    assert browser.send(place, place, **(SENT | {"issuer": "x"})).status_code == 422


def test_the_connection_is_tried(portal: Portal) -> None:
    browser = user(portal)
    with oidc_server() as server:
        place = add(browser, issuer=server.issuer)
        assert "odpovídá, jak má" in browser.send(place, f"{place}/check").text
        server.metadata = {"issuer": "https://elsewhere.example"}
        told = browser.send(place, f"{place}/check").text
        assert re.search(r"Přihlášení teď nebude fungovat.*elsewhere\.example", told, re.DOTALL)


def test_only_admins_set_it_up(portal: Portal) -> None:
    technician = user(portal, Role.TECHNICIAN)
    assert technician.see(LIST).status_code in {403, 404}
