"""Logging in through a customer's own provider: for its own contacts, and by nothing that was forged or seen before."""

import base64
import hmac
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select, update

from channels.web.account.oidc_http import OidcHttp
from intake.login.entering import SignedIn
from intake.login.oidc import finish_oidc, provider_problem, secret_context
from intake.login.signing import NOWHERE, OidcProvider, OidcProviderData
from intake.people import ContactData
from store import tables as t
from tests.channels.web.conftest import Browser, Portal
from tests.servers.oidc import OidcServer, oidc_server
from tests.store.world import ADMIN, AT

JANA = {"sub": "jana-at-acme", "email": "Jana@acme.example", "name": "Jana Nováková"}


@pytest.fixture
def server(portal: Portal) -> Iterator[OidcServer]:
    """Acme's provider, at which Jana logs in."""
    with oidc_server(claims=dict(JANA), clock=lambda: portal.clock().timestamp()) as made:
        yield made


def provide(portal: Portal, server: OidcServer, **more: Any) -> OidcProvider:
    """List the provider for Acme."""
    values: dict[str, Any] = {
        "customer_id": portal.world.acme.id,
        "slug": "acme",
        "name": "Acme",
        "issuer": server.issuer,
        "client_id": server.client[0],
        "domains": ("acme.example",),
    }
    data = OidcProviderData(**(values | more))
    sealed = portal.services.sign_in.sealer.seal(server.client[1], secret_context(data.slug))
    made: OidcProvider = portal.world.do(lambda tx: tx.signing.add_provider(data, sealed, by=ADMIN, at=AT))
    return made


def go(browser: Browser, slug: str = "acme") -> str:
    """Begin a log-in and come back from the provider: the path the browser is sent to."""
    begun = browser.see(f"/login/oidc/{slug}")
    assert begun.status_code == 303, begun.text
    answer = httpx2.get(begun.headers["location"], trust_env=False)
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.headers["location"])
    return f"{parts.path}?{parts.query}"


def is_in(browser: Browser) -> bool:
    return bool(browser.see("/account").status_code == 200)


def test_a_contact_logs_in_through_the_company(portal: Portal, server: OidcServer) -> None:
    provide(portal, server)
    browser = portal.browser()
    chosen = browser.see("/login/company?address=jana@ACME.example").text
    assert 'href="/login/oidc/acme"' in chosen
    answer = browser.see(go(browser))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Jana Nováková" in browser.see("/account").text
    (asked,) = server.asked
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://localhost/login/oidc/callback"


def test_the_subject_stays_known_when_the_address_changes(portal: Portal, server: OidcServer) -> None:
    provide(portal, server)
    assert portal.browser().see("/login").status_code == 200
    first = portal.browser()
    assert first.see(go(first)).status_code == 303
    server.claims["email"] = "jana.novakova@acme.example"
    second = portal.browser()
    second.see(go(second))
    assert is_in(second)


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another client"},
        {"aud": ["intake", "another client"]},
        {"aud": ["intake"], "azp": "another client"},
        {"aud": None},
        {"nonce": "of another log-in"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"iat": 2**40},
        {"nbf": 2**40},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": "karel@globex.example"},  # another customer's contact
        {"email": "nobody@acme.example"},
        {"email": ["jana@acme.example"]},
    ],
)
def test_a_token_that_does_not_fit_opens_nothing(portal: Portal, server: OidcServer, lie: dict[str, Any]) -> None:
    provide(portal, server)
    server.claims |= lie
    browser = portal.browser()
    assert browser.see(go(browser)).status_code == 403
    assert not is_in(browser)


def unsigned(claims: dict[str, Any]) -> str:
    parts = [json.dumps({"alg": "none"}), json.dumps(claims)]
    return ".".join(base64.urlsafe_b64encode(each.encode()).rstrip(b"=").decode() for each in parts) + "."


def test_a_token_without_a_signature_opens_nothing(portal: Portal, server: OidcServer) -> None:
    provide(portal, server)
    server.signing = unsigned
    browser = portal.browser()
    assert browser.see(go(browser)).status_code == 403


def test_a_token_signed_by_another_key_opens_nothing(portal: Portal, server: OidcServer) -> None:
    provide(portal, server)
    other = RSAKey.generate_key(2048, {"kid": str(server.key.kid)})
    server.signing = lambda claims: jwt.encode({"alg": "RS256", "kid": other.kid}, claims, other)
    browser = portal.browser()
    assert browser.see(go(browser)).status_code == 403


def test_the_public_key_is_no_shared_secret(portal: Portal, server: OidcServer) -> None:
    provide(portal, server)

    def forged(claims: dict[str, Any]) -> str:
        parts = [json.dumps({"alg": "HS256", "kid": server.key.kid}).encode(), json.dumps(claims).encode()]
        told = b".".join(base64.urlsafe_b64encode(each).rstrip(b"=") for each in parts)
        mac = hmac.digest(server.key.as_pem(private=False), told, "sha256")
        return (told + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()

    server.signing = forged
    browser = portal.browser()
    assert browser.see(go(browser)).status_code == 403


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "." * 50_000, "\N{SNOWMAN}"])
def test_rubbish_for_a_token_opens_nothing(portal: Portal, server: OidcServer, token: str) -> None:
    provide(portal, server)
    server.signing = lambda claims: token
    browser = portal.browser()
    assert browser.see(go(browser)).status_code == 403


def test_new_keys_of_the_provider_are_fetched(portal: Portal, server: OidcServer) -> None:
    seconds = [0.0]
    portal.services = replace(portal.services, oidc=OidcHttp(clock=lambda: seconds[0]))
    provide(portal, server)
    first = portal.browser()
    assert first.see(go(first)).status_code == 303
    server.rotate()
    second = portal.browser()
    assert second.see(go(second)).status_code == 403  # asked a moment ago
    seconds[0] += 61
    assert second.see(go(second)).status_code == 303


def test_an_answer_is_taken_once_and_by_the_browser_that_asked(portal: Portal, server: OidcServer) -> None:
    provide(portal, server)
    browser, thief = portal.browser(), portal.browser()
    back = go(browser)
    assert thief.see(back).status_code == 403
    go(thief)
    assert thief.see(back).status_code == 403
    assert browser.see(back).status_code == 303
    assert browser.see(back).status_code == 403
    assert not is_in(thief)


def test_a_state_is_gone_once_it_was_answered(portal: Portal, server: OidcServer) -> None:
    provide(portal, server)
    browser, services = portal.browser(), portal.services
    answer = {key: each[0] for key, each in parse_qs(urlsplit(go(browser)).query).items()}
    for expected in (SignedIn, type(None)):
        finished = finish_oidc(
            services.writer, services.sign_in, services.oidc, answer, at=portal.clock.now, origin=NOWHERE
        )
        assert isinstance(portal.run(finished), expected)


def test_an_answer_with_another_state_or_issuer_is_not_taken(portal: Portal, server: OidcServer) -> None:
    provide(portal, server)
    for change in (
        {"state": "x" * 43},
        {"state": ""},
        {"iss": "https://elsewhere.example"},
        {"code": ""},
        {"code": "y"},
    ):
        browser = portal.browser()
        path, _, query = go(browser).partition("?")
        answer = {key: each[0] for key, each in parse_qs(query).items()} | change
        assert browser.http.get(path, params=answer, follow_redirects=False).status_code == 403
        assert not is_in(browser)


def test_an_answer_that_comes_too_late_is_not_taken(portal: Portal, server: OidcServer) -> None:
    provide(portal, server)
    browser = portal.browser()
    back = go(browser)
    portal.clock.move(minutes=11)
    assert browser.see(back).status_code == 403


def test_whoever_left_meanwhile_stays_out(portal: Portal, server: OidcServer) -> None:
    provide(portal, server)
    jana = portal.world.jana
    browser = portal.browser()
    browser.see(go(browser))
    assert is_in(browser)
    back = go(other := portal.browser())
    data = ContactData(customer_id=jana.customer_id, name=jana.name, active=False)
    portal.world.do(lambda tx: tx.people.change_contact(jana.id, data, by=ADMIN, at=AT))
    assert other.see(back).status_code == 403
    assert not is_in(other)
    assert not is_in(browser)


def test_a_provider_that_was_turned_off_half_way_lets_nobody_in(portal: Portal, server: OidcServer) -> None:
    made = provide(portal, server)
    browser = portal.browser()
    back = go(browser)
    with portal.world.engine.begin() as connection:
        connection.execute(update(t.oidc_providers).values(active=False))
    assert browser.see(back).status_code == 403
    assert browser.see(f"/login/oidc/{made.slug}").status_code == 404
    assert "nejde" in browser.see("/login/company?address=jana@acme.example").text


def test_a_new_colleague_becomes_a_contact_only_where_the_customer_wants_it(portal: Portal, server: OidcServer) -> None:
    made = provide(portal, server)
    server.claims |= {"sub": "nova", "email": "nova@acme.example", "name": "Nová <b>Kolegyně</b>\u0000"}
    browser = portal.browser()
    assert browser.see(go(browser)).status_code == 403
    with portal.world.engine.begin() as connection:
        connection.execute(
            update(t.oidc_providers).where(t.oidc_providers.c.id == made.id).values(create_contacts=True)
        )
    browser.see(go(browser))
    page = browser.see("/account").text
    assert "Nová &lt;b&gt;Kolegyně&lt;/b&gt;" in page
    with portal.world.engine.connect() as connection:
        added = connection.execute(select(t.contacts).where(t.contacts.c.name.startswith("Nová"))).one()
    assert (added.customer_id, added.is_admin) == (portal.world.acme.id, False)


def test_an_address_whose_entry_has_ended_is_not_renewed(portal: Portal, server: OidcServer) -> None:
    provide(portal, server, create_contacts=True)
    with portal.world.engine.begin() as connection:
        connection.execute(update(t.addresses).values(valid_until=AT))
    browser = portal.browser()
    assert browser.see(go(browser)).status_code == 403
    with portal.world.engine.connect() as connection:
        assert len(connection.execute(select(t.contacts)).all()) == 2


@pytest.mark.parametrize("address", ["stranger@elsewhere.example", "karel@globex.example"])
def test_nobody_from_another_domain_becomes_a_contact(portal: Portal, server: OidcServer, address: str) -> None:
    provide(portal, server, create_contacts=True)
    server.claims |= {"sub": "other", "email": address}
    browser = portal.browser()
    assert browser.see(go(browser)).status_code == 403


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    ],
)
def test_a_provider_that_misdescribes_itself_is_not_used(
    portal: Portal, server: OidcServer, metadata: dict[str, Any]
) -> None:
    server.metadata = metadata
    provide(portal, server)
    assert portal.browser().see("/login/oidc/acme").status_code == 502


def test_a_provider_that_leads_inside_is_not_asked(
    portal: Portal, server: OidcServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(server.issuer.rpartition(":")[2])
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: inside if host == "id.acme.example" else real(host, *a, **k)
    )
    provider = provide(portal, server, issuer=f"https://id.acme.example:{port}")
    told = provider_problem(OidcHttp(), provider)
    assert told is not None
    assert "127.0.0.1, which is not a public address" in told
    # The operator's word lets it be asked, by TLS as ever.
    allowed = provider_problem(OidcHttp(allowed=(ip_network("127.0.0.0/8"),)), provider)
    assert allowed is not None
    assert "public" not in allowed


@pytest.mark.parametrize("written", ["bücher.example", "BÜCHER.example", "xn--bcher-kva.EXAMPLE"])
def test_a_domain_is_one_however_it_is_spelt(portal: Portal, server: OidcServer, written: str) -> None:
    made = provide(portal, server, domains=(written,), create_contacts=True)
    assert made.domains == ("xn--bcher-kva.example",)
    for typed in ("jana@bücher.example", "jana@xn--bcher-kva.example"):
        shown = portal.browser().see(f"/login/company?address={typed}").text
        assert 'href="/login/oidc/acme"' in shown
    server.claims |= {"sub": "eva", "email": "eva@Bücher.example", "name": "Eva"}
    browser = portal.browser()
    assert browser.see(go(browser)).status_code == 303


def test_a_client_secret_is_sent_in_the_form_where_the_provider_wants_that(portal: Portal, server: OidcServer) -> None:
    server.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    provide(portal, server)
    browser = portal.browser()
    assert browser.see(go(browser)).status_code == 303


def test_the_secret_of_our_client_is_sealed_and_not_in_the_audit_trail(portal: Portal, server: OidcServer) -> None:
    provide(portal, server)
    with portal.world.engine.connect() as connection:
        rows = str([connection.execute(select(table)).all() for table in (t.oidc_providers, t.audit)])
    assert server.client[1] not in rows
    assert "'sealed_secret': 'set'" in rows


def test_a_provider_that_does_not_answer_is_left_alone_for_a_moment(portal: Portal, server: OidcServer) -> None:
    seconds = [100.0]
    portal.services = replace(portal.services, oidc=OidcHttp(clock=lambda: seconds[0]))
    provide(portal, server)
    server.metadata = {"issuer": "https://elsewhere.example"}
    assert portal.browser().see("/login/oidc/acme").status_code == 502
    server.metadata = {}
    assert portal.browser().see("/login/oidc/acme").status_code == 502
    seconds[0] += 21
    assert portal.browser().see("/login/oidc/acme").status_code == 303
