"""Log-ins over the API: users, invitations, lost second factors, customers' providers. No secret comes back out."""

from typing import Any

import pytest
from sqlalchemy import select

from authz.people.sessions import new_session
from authz.people.tokens import Scope
from intake.letters.asked import DEFAULT_LIMITS
from intake.login.signing import Person, TotpKey
from intake.outgoing import OutboxKind
from store import tables as t
from tests.intake.api.conftest import Site
from tests.servers.oidc import oidc_server
from tests.store.world import AT

PROVIDER = {
    "slug": "acme",
    "name": "Acme",
    "issuer": "https://login.acme.example",
    "client_id": "intake",
    "client_secret": "a very secret secret",
    "domains": ["acme.example", "ACME.cz"],
}


def add_user(site: Site, **more: Any) -> Any:
    sent = {"login": "Petr@desk.example", "name": "Petr", "role": "service-manager"} | more
    return site.call("desk", "POST", "users", json=sent)


def test_a_user_is_added_changed_and_listed(site: Site) -> None:
    added = add_user(site, password="dlouhé heslo pro Petra")
    assert added.status_code == 201, added.text
    user = added.json()
    assert (user["login"], user["role"], user["active"]) == ("petr@desk.example", "service-manager", True)
    path = added.headers["location"]
    changed = site.call("desk", "PATCH", path, json={"role": "admin"}).json()
    assert (changed["role"], changed["name"]) == ("admin", "Petr")
    listed = site.call("desk", "GET", "users").json()["items"]
    assert [each["role"] for each in listed] == ["admin"]
    assert "password" not in str(listed)


def test_a_provider_is_tried_out(site: Site) -> None:
    with oidc_server() as server:
        sent = PROVIDER | {"customer_id": site.world.acme.id, "issuer": server.issuer}
        made = site.call("desk", "POST", "oidc-providers", json=sent).json()
        path = f"oidc-providers/{made['id']}/check"
        assert site.call("desk", "POST", path).json() == {"works": True, "problem": None}
        server.metadata = {"jwks_uri": "http://elsewhere.example/keys"}
        told = site.call("desk", "POST", path).json()
        assert (told["works"], told["problem"]) == (False, "the provider's jwks_uri is no https address")
    assert site.call("desk", "POST", "oidc-providers/999999/check").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"password": "krátké"}, {"password": "petr@desk.example"}, {"role": "king"}, {"login": ""}, {"name": "x" * 2000}],
)
def test_a_wrong_user_is_refused(site: Site, wrong: dict[str, str]) -> None:
    assert add_user(site, **wrong).status_code == 422


def test_a_log_in_is_taken_once(site: Site) -> None:
    assert add_user(site).status_code == 201
    assert add_user(site).status_code == 409


def test_a_new_password_or_a_deactivation_ends_the_sessions(site: Site) -> None:
    user = add_user(site).json()
    for change in ("password", "active"):
        site.world.do(lambda tx: tx.people.add_session(new_session(AT), contact_id=None, user_id=user["id"]))
        if change == "password":
            sent = {"password": "nové heslo pro Petra"}
            assert site.call("desk", "PUT", f"users/{user['id']}/password", json=sent).status_code == 204
        else:
            assert site.call("desk", "PATCH", f"users/{user['id']}", json={"active": False}).status_code == 200
        with site.world.engine.connect() as connection:
            assert connection.execute(select(t.sessions)).all() == []


HANDS_OUT_LOGINS = [
    ("POST", "users", {"login": "x@desk.example", "name": "X", "role": "admin", "password": "dlouhé heslo pro X"}),
    ("PATCH", "users/{user}", {"role": "admin"}),
    ("PUT", "users/{user}/password", {"password": "dlouhé heslo pro X"}),
    ("DELETE", "users/{user}/second-factors", None),
]


@pytest.mark.parametrize(("method", "path", "sent"), HANDS_OUT_LOGINS)
def test_whoever_may_not_hand_out_tokens_gets_in_as_nobody_who_may(
    site: Site, method: str, path: str, sent: dict[str, str] | None
) -> None:
    user = add_user(site, role="technician", password="dlouhé heslo pro Petra").json()
    person = Person(user_id=user["id"])
    site.world.do(lambda tx: tx.signing.keep_totp(person, TotpKey(sealed="x", last_step=0, created_at=AT)))

    def kept() -> list[Any]:
        with site.world.engine.connect() as connection:
            return [connection.execute(select(each)).all() for each in (t.users, t.totp_keys)]

    before = kept()
    for lacking in (Scope.TOKENS_WRITE, Scope.PEOPLE_WRITE):
        secret = site.token(frozenset(Scope) - {lacking, Scope.SCIM_WRITE})
        site.headers["some"] = {"Authorization": f"Bearer {secret}"}
        refused = site.call("some", method, path.format(user=user["id"]), json=sent)
        assert refused.status_code == 403
        assert lacking in refused.headers["www-authenticate"]
    assert kept() == before


def test_people_are_invited(site: Site) -> None:
    user = add_user(site).json()
    assert site.call("desk", "POST", f"users/{user['id']}/invitation").json() == {"address": "petr@desk.example"}
    contact = site.call("desk", "POST", f"contacts/{site.world.jana.id}/invitation")
    assert contact.json() == {"address": "jana@acme.example"}
    assert site.call("desk", "POST", "contacts/4711/invitation").status_code == 404
    with site.world.engine.connect() as connection:
        kinds = connection.execute(select(t.outbox.c.kind)).scalars().all()
    assert kinds == [OutboxKind.LOGIN_LINK] * 2


def test_nobody_is_buried_in_invitations(site: Site) -> None:
    path = f"contacts/{site.world.jana.id}/invitation"
    for _ in range(DEFAULT_LIMITS.mails_per_address):
        assert site.call("desk", "POST", path).status_code == 200
    site.clock.move(hours=23)
    refused = site.call("desk", "POST", path)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3600")
    assert refused.json()["type"].endswith("/too-often")
    assert "jana@acme.example" in refused.json()["detail"]
    with site.world.engine.connect() as connection:
        assert len(connection.execute(select(t.outbox)).all()) == DEFAULT_LIMITS.mails_per_address
    site.clock.move(hours=1)
    assert site.call("desk", "POST", path).status_code == 200


def test_a_lost_phone_is_forgotten_and_the_sessions_end(site: Site) -> None:
    jana = Person(contact_id=site.world.jana.id)
    path = f"contacts/{jana.id}/second-factors"
    assert site.call("desk", "DELETE", path).json() == {"reset": False}
    site.world.do(lambda tx: tx.signing.keep_totp(jana, TotpKey(sealed="x", last_step=0, created_at=AT)))
    site.world.do(lambda tx: tx.people.add_session(new_session(AT), contact_id=jana.id, user_id=None))
    assert site.call("desk", "DELETE", path).json() == {"reset": True}
    assert site.call("desk", "DELETE", f"contacts/{jana.id}/sessions").json() == {"count": 0}
    assert site.call("desk", "DELETE", "users/4711/sessions").status_code == 404
    with site.world.engine.connect() as connection:
        lines = select(t.audit.c.action).where(t.audit.c.entity == "contact").order_by(t.audit.c.id)
        actions = connection.execute(lines).scalars().all()
    assert actions[-3:] == ["second-factors-reset", "sessions-ended", "sessions-ended"]


def test_a_provider_is_added_changed_and_removed(site: Site) -> None:
    added = site.call("desk", "POST", "oidc-providers", json=PROVIDER | {"customer_id": site.world.acme.id})
    assert added.status_code == 201, added.text
    made = added.json()
    assert (made["domains"], made["create_contacts"]) == (["acme.cz", "acme.example"], False)
    path = f"oidc-providers/{made['id']}"
    changed = site.call("desk", "PATCH", path, json={"client_secret": "another secret", "domains": []}).json()
    assert (changed["domains"], changed["issuer"]) == ([], PROVIDER["issuer"])
    listed = site.call("desk", "GET", "oidc-providers", params={"customer_id": site.world.acme.id})
    assert [each["slug"] for each in listed.json()] == ["acme"]
    assert site.call("desk", "GET", "oidc-providers", params={"customer_id": site.world.globex.id}).json() == []
    assert "secret" not in added.text + listed.text
    assert site.call("desk", "DELETE", path).status_code == 204
    assert site.call("desk", "PATCH", path, json={"name": "x"}).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "Ä"},
        {"slug": "-a"},
        {"issuer": "http://login.acme.example"},
        {"issuer": "https://login acme"},
        {"domains": ["no domain"]},
        {"domains": ["x" * 100]},
        {"client_secret": ""},
        {"name": ""},
    ],
)
def test_a_wrong_provider_is_refused(site: Site, wrong: dict[str, Any]) -> None:
    sent = PROVIDER | {"customer_id": site.world.acme.id} | wrong
    assert site.call("desk", "POST", "oidc-providers", json=sent).status_code == 422


def test_a_domain_and_a_slug_belong_to_one_provider(site: Site) -> None:
    sent = PROVIDER | {"customer_id": site.world.acme.id}
    assert site.call("desk", "POST", "oidc-providers", json=sent).status_code == 201
    for change in ({"slug": "globex"}, {"domains": []}):
        other = sent | {"customer_id": site.world.globex.id} | change
        assert site.call("desk", "POST", "oidc-providers", json=other).status_code == 409


def test_only_who_keeps_the_lists_may(site: Site) -> None:
    reader = {"Authorization": "Bearer " + site.token(frozenset({Scope.PEOPLE_READ}))}
    for method, path in (
        ("POST", "users"),
        ("POST", "contacts/1/invitation"),
        ("DELETE", "users/1/second-factors"),
        ("POST", "oidc-providers"),
        ("DELETE", "oidc-providers/1"),
    ):
        assert site.call("nobody", method, path, headers=reader, json={}).status_code == 403
        assert site.call("jana", method, path, json={}).status_code == 403
        assert site.call("nobody", method, path, json={}).status_code == 401
    assert site.call("jana", "GET", "oidc-providers").status_code == 403
