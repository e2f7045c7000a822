"""A customer's directory keeps its contacts: as Entra and Okta really ask, and never another's."""

from collections.abc import Iterator
from typing import Any

import pytest

from authz.identity import Channel
from authz.people.tokens import Scope
from intake.contact_lists.unvouched import NEUTRAL
from intake.people import AddressData, ContactData
from intake.phone.pins import set_pin
from tests.intake.api.conftest import Site
from tests.store.world import ADMIN, AT

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Client:
    """A directory's side."""

    def __init__(self, site: Site, customer_id: int | None) -> None:
        self.site = site
        secret = site.token(frozenset({Scope.SCIM_WRITE}), customer_id=customer_id)
        self.headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/scim+json"}

    def call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> Any:
        sent = {**self.headers, **(headers or {})}
        return self.site.http.request(method, f"/scim/v2/{path}", headers=sent, **more)

    def create(self, user_name: str = "petr@acme.example", **more: Any) -> dict[str, Any]:
        answer = self.call("POST", "Users", json={"schemas": [USER], "userName": user_name, "active": True} | more)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def patch(self, user_id: str, *operations: dict[str, Any], **more: Any) -> Any:
        return self.call("PATCH", f"Users/{user_id}", json={"schemas": [PATCH], "Operations": list(operations)}, **more)


@pytest.fixture
def directory(site: Site) -> Iterator[Client]:
    return Client(site, site.world.acme.id)


def may_use_the_web(site: Site, contact_id: str) -> int:
    headers = {"Authorization": f"Bearer {site.token(frozenset({Scope.TICKETS_READ}), int(contact_id))}"}
    return int(site.http.get("/api/v1/tickets", headers=headers).status_code)


def test_entra_creates_finds_and_deactivates_a_user(site: Site, directory: Client) -> None:
    asked = directory.call("GET", "Users", params={"filter": 'userName eq "petr@acme.example"'})
    assert (asked.status_code, asked.json()["totalResults"]) == (200, 0)
    made = directory.create(
        externalId="0a21f0f2",
        displayName="Petr Svoboda",
        emails=[{"primary": True, "type": "work", "value": "petr.svoboda@acme.example"}],
        phoneNumbers=[{"type": "mobile", "value": "+420 601 234 567"}, {"type": "work", "value": "1234"}],
        name={"formatted": "Petr Svoboda", "familyName": "Svoboda", "givenName": "Petr"},
        title="Účetní",
        **{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "IT"}},
    )
    assert (made["displayName"], made["externalId"], made["active"]) == ("Petr Svoboda", "0a21f0f2", True)
    assert [each["value"] for each in made["phoneNumbers"]] == ["+420601234567"]
    found = directory.call("GET", "Users", params={"filter": 'userName eq "PETR@acme.example"'}).json()
    assert [each["id"] for each in found["Resources"]] == [made["id"]]
    assert may_use_the_web(site, made["id"]) == 200
    off = directory.patch(made["id"], {"op": "Replace", "path": "active", "value": "False"})
    assert (off.status_code, off.json()["active"]) == (200, False)
    assert may_use_the_web(site, made["id"]) == 403, "out everywhere at once"


def test_okta_deactivates_without_a_path_and_replaces_whole_users(site: Site, directory: Client) -> None:
    made = directory.create()
    off = directory.patch(made["id"], {"op": "replace", "value": {"active": False}})
    assert off.json()["active"] is False
    assert may_use_the_web(site, made["id"]) == 403
    whole = {
        "schemas": [USER],
        "userName": "petr@acme.example",
        "active": True,
        "name": {"givenName": "Petr", "familyName": "Nový"},
    }
    back = directory.call("PUT", f"Users/{made['id']}", json=whole)
    assert (back.status_code, back.json()["displayName"], back.json()["active"]) == (200, "Petr Nový", True)
    assert may_use_the_web(site, made["id"]) == 200


@pytest.mark.parametrize(
    ("operation", "member", "value"),
    [
        ({"op": "Replace", "path": "displayName", "value": "Nové"}, "displayName", "Nové"),
        (
            {"op": "Add", "path": 'emails[type eq "work"].value', "value": "n@acme.example"},
            "emails",
            ["n@acme.example"],
        ),
        ({"op": "Replace", "path": "emails", "value": [{"value": "m@acme.example"}]}, "emails", ["m@acme.example"]),
        (
            {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "602 111 222"},
            "phoneNumbers",
            ["+420602111222"],
        ),
        ({"op": "Replace", "value": {"displayName": "Bez cesty", "active": "true"}}, "displayName", "Bez cesty"),
        ({"op": "Remove", "path": "phoneNumbers"}, "phoneNumbers", None),
        ({"op": "replace", "path": "preferredLanguage", "value": "en-US"}, "preferredLanguage", "en"),
        ({"op": "Add", "path": "title", "value": "Ředitel"}, "title", None),
    ],
)
def test_a_patch_changes_what_it_names(directory: Client, operation: dict[str, Any], member: str, value: Any) -> None:
    made = directory.create()
    answer = directory.patch(made["id"], operation)
    assert answer.status_code == 200, answer.text
    told = answer.json().get(member)
    assert ([each["value"] for each in told] if isinstance(told, list) else told) == value


def test_what_is_provisioned_is_authorized_by_mail_and_what_is_deleted_is_not(site: Site, directory: Client) -> None:
    made = directory.create(emails=[{"value": "petr@acme.example"}])
    listed = site.call("desk", "GET", "addresses", params={"contact_id": made["id"]}).json()["items"]
    assert [each["address"] for each in listed] == ["petr@acme.example"]
    assert directory.call("DELETE", f"Users/{made['id']}").status_code == 204
    assert directory.call("GET", f"Users/{made['id']}").status_code == 404
    assert site.call("desk", "GET", "addresses", params={"contact_id": made["id"]}).json()["items"] == []
    assert site.call("desk", "GET", f"contacts/{made['id']}").json()["active"] is False
    again = directory.create()
    assert again["id"] == made["id"], "the same person, with the same history"
    assert again["active"] is True


def test_contacts_that_were_there_before_are_found_by_their_address_and_taken_over(
    site: Site, directory: Client
) -> None:
    jana = str(site.world.jana.id)
    found = directory.call("GET", "Users", params={"filter": 'userName eq "jana@acme.example"'}).json()
    assert [each["id"] for each in found["Resources"]] == [jana]
    twice = directory.call("POST", "Users", json={"schemas": [USER], "userName": "jana@acme.example"})
    assert (twice.status_code, twice.json()["scimType"]) == (409, "uniqueness")
    taken = directory.patch(jana, {"op": "Add", "path": "externalId", "value": "x1"})
    assert taken.json()["externalId"] == "x1"
    by_id = directory.call("GET", "Users", params={"filter": 'externalId eq "x1"'}).json()
    assert [each["id"] for each in by_id["Resources"]] == [jana]


def test_another_customers_people_are_not_there(site: Site, directory: Client) -> None:
    karel = site.world.karel.id
    for method, more in (("GET", {}), ("PUT", {"userName": "k@x.example"}), ("DELETE", {})):
        answer = directory.call(method, f"Users/{karel}", json={"schemas": [USER]} | more)
        assert answer.status_code == 404
    assert directory.patch(str(karel), {"op": "replace", "value": {"active": False}}).status_code == 404
    everybody = directory.call("GET", "Users").json()["Resources"]
    assert [each["id"] for each in everybody] == [str(site.world.jana.id)]
    taken = directory.call("POST", "Users", json={"schemas": [USER], "userName": "karel@globex.example"})
    assert (taken.status_code, taken.json()["scimType"]) == (409, "uniqueness")
    assert "Globex" not in taken.text
    assert site.call("karel", "GET", "tickets").status_code == 200


def test_only_a_customers_token_opens_the_directory_and_opens_nothing_else(site: Site, directory: Client) -> None:
    assert site.http.get("/scim/v2/Users").status_code == 401
    assert site.call("desk", "GET", "/scim/v2/Users").status_code == 403
    assert site.call("jana", "GET", "/scim/v2/Users").status_code == 403
    assert site.http.get("/api/v1/contacts", headers=directory.headers).status_code == 403
    wrong = {"name": "x", "scopes": ["scim:write", "people:read"], "customer_id": site.world.acme.id}
    assert site.call("desk", "POST", "tokens", json=wrong).status_code == 422
    right = site.call("desk", "POST", "tokens", json=wrong | {"scopes": ["scim:write"]})
    assert right.status_code == 201
    data = {"name": "Acme", "active": False}
    assert site.call("desk", "PATCH", f"customers/{site.world.acme.id}", json=data).status_code == 200
    assert directory.call("GET", "Users").status_code == 403, "a customer that is out keeps no list"


def test_users_come_in_pages_and_as_wanted(directory: Client) -> None:
    for number in range(5):
        directory.create(f"user{number}@acme.example")
    first = directory.call("GET", "Users", params={"startIndex": 1, "count": 4}).json()
    second = directory.call("GET", "Users", params={"startIndex": 5, "count": 4}).json()
    assert (first["totalResults"], first["itemsPerPage"], second["startIndex"], second["itemsPerPage"]) == (6, 4, 5, 2)
    assert len({each["id"] for each in first["Resources"] + second["Resources"]}) == 6
    assert directory.call("GET", "Users", params={"count": 0}).json()["Resources"] == []
    few = directory.call("GET", "Users", params={"attributes": "userName", "count": 1}).json()["Resources"][0]
    assert set(few) == {"schemas", "id", "userName"}
    started = {"filter": 'userName sw "user" and active eq true'}
    assert directory.call("GET", "Users", params=started).json()["totalResults"] == 5


def test_an_entity_tag_guards_against_a_lost_change(directory: Client) -> None:
    made = directory.create()
    read = directory.call("GET", f"Users/{made['id']}")
    tag = read.headers["etag"]
    assert tag == made["meta"]["version"] == read.json()["meta"]["version"]
    assert directory.call("GET", f"Users/{made['id']}", headers={"If-None-Match": tag}).status_code == 304
    change = {"op": "replace", "path": "displayName", "value": "Jiný"}
    assert directory.patch(made["id"], change, headers={"If-Match": tag}).status_code == 200
    assert directory.patch(made["id"], change, headers={"If-Match": tag}).status_code == 412


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("POST", "Users", b"{", 400),
        ("POST", "Users", b"[]", 400),
        ("POST", "Users", b'{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]}', 400),
        ("POST", "Users", b'{"schemas": ["x"], "userName": "a"}', 400),
        ("GET", "Users?filter=userName%20foo", None, 400),
        ("GET", "Users?filter=%22%28", None, 400),
        ("GET", "Users?startIndex=x", None, 400),
        ("GET", "Users/4711", None, 404),
        ("GET", "Users/x%0Ay", None, 404),
        ("GET", "Bulk", None, 404),
        ("PATCH", "Users/1", b'{"Operations": []}', 400),
        ("PATCH", "Users/1", b'{"schemas": ["x"], "Operations": [{"op": "jump"}]}', 400),
    ],
)
def test_what_cannot_be_is_refused_in_scims_words(
    directory: Client, method: str, path: str, sent: bytes | None, status: int
) -> None:
    answer = directory.call(method, path, content=sent)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/scim+json"
    told = answer.json()
    assert told["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert told["status"] == str(status)


def test_the_service_says_what_it_is(directory: Client) -> None:
    config = directory.call("GET", "ServiceProviderConfig").json()
    assert (config["patch"]["supported"], config["bulk"]["supported"], config["etag"]["supported"]) == (
        True,
        False,
        True,
    )
    assert directory.call("GET", "Schemas").json()["Resources"][0]["id"] == USER
    assert directory.call("GET", f"Schemas/{USER}").json()["id"] == USER
    types = directory.call("GET", "ResourceTypes").json()["Resources"]
    assert [each["endpoint"] for each in types] == ["/Users", "/Groups"]
    assert directory.call("GET", "ResourceTypes/User").json()["id"] == "User"


@pytest.mark.parametrize("address", ["boss@globex.example", "karel@other.example"])
def test_a_directory_lists_nobody_of_another_customer_and_learns_nothing_of_it(
    site: Site, directory: Client, address: str
) -> None:
    globex = site.world.globex.id
    for written in ("*@globex.example", "karel@other.example"):
        entry = AddressData(customer_id=globex, contact_id=None, address=written)
        site.world.do(lambda tx, entry=entry: tx.people.add_address(entry, by=ADMIN, at=AT))
    whole = {"schemas": [USER], "userName": "eva", "emails": [{"value": address}]}
    taken = directory.call("POST", "Users", json=whole)
    assert (taken.status_code, taken.json()["detail"]) == (409, NEUTRAL)


def test_a_replacement_that_says_nothing_of_it_brings_nobody_back(directory: Client) -> None:
    made = directory.create(active=False)
    whole = {"schemas": [USER], "userName": "petr@acme.example", "displayName": "Petr Nový"}
    back = directory.call("PUT", f"Users/{made['id']}", json=whole).json()
    assert (back["displayName"], back["active"]) == ("Petr Nový", False)


def hidden_ways_in(site: Site, contact_id: int) -> tuple[object, ...]:
    def work(tx: Any) -> tuple[object, ...]:
        contact = tx.people.contact(contact_id)
        return contact.login, contact.is_admin, contact.channels, tx.phone_proofs.pin(contact_id)

    found: tuple[object, ...] = site.world.do(work)
    return found


def test_who_is_created_again_is_judged_like_somebody_new(site: Site, directory: Client) -> None:
    made = directory.create(emails=[{"value": "petr@acme.example"}])
    contact_id = int(made["id"])
    data = ContactData(
        customer_id=site.world.acme.id, name="Petr", is_admin=True, channels=frozenset({Channel.WEB}), active=True
    )
    site.world.do(lambda tx: tx.people.change_contact(contact_id, data, by=ADMIN, at=AT))
    site.world.do(lambda tx: tx.people.set_contact_login(contact_id, "petr", "hash", by=ADMIN, at=AT))
    keys = site.services.pins
    site.world.do(lambda tx: set_pin(tx, keys, contact_id, None, by=ADMIN, at=AT))
    assert directory.call("DELETE", f"Users/{contact_id}").status_code == 204
    again = {"schemas": [USER], "userName": "petr@acme.example"}
    back = directory.call("POST", "Users", json=again)
    assert (back.status_code, back.json()["id"], back.json()["active"]) == (201, made["id"], True)
    assert [each["value"] for each in back.json()["emails"]] == ["petr@acme.example"]
    assert hidden_ways_in(site, contact_id) == (None, False, frozenset(Channel), None)


def test_who_is_created_again_takes_nothing_of_another_customer(site: Site, directory: Client) -> None:
    made = directory.create("petr@move.example")
    assert directory.call("DELETE", f"Users/{made['id']}").status_code == 204
    entry = AddressData(customer_id=site.world.globex.id, contact_id=None, address="*@move.example")
    site.world.do(lambda tx: tx.people.add_address(entry, by=ADMIN, at=AT))
    back = directory.call("POST", "Users", json={"schemas": [USER], "userName": "petr@move.example"})
    assert (back.status_code, back.json()["detail"]) == (409, NEUTRAL)
    assert may_use_the_web(site, made["id"]) == 403


def test_roles_are_groups_that_are_read(site: Site, directory: Client) -> None:
    jana, petr = site.world.jana, directory.create()
    data = ContactData(customer_id=site.world.acme.id, name=jana.name, is_admin=True)
    site.world.do(lambda tx: tx.people.change_contact(jana.id, data, by=ADMIN, at=AT))
    groups = directory.call("GET", "Groups").json()
    assert {each["id"]: [who["display"] for who in each["members"]] for each in groups["Resources"]} == {
        "contacts": [jana.name, petr["displayName"]],
        "customer-admins": [jana.name],
    }
    admins = directory.call("GET", "Groups/customer-admins").json()
    assert admins["members"][0] == {
        "value": str(jana.id),
        "$ref": f"http://localhost/scim/v2/Users/{jana.id}",
        "type": "User",
        "display": jana.name,
    }
    named = directory.call("GET", "Groups", params={"filter": 'displayName eq "Contacts"'}).json()
    assert [each["id"] for each in named["Resources"]] == ["contacts"]
    light = directory.call("GET", "Groups", params={"excludedAttributes": "members"}).json()
    assert all("members" not in each for each in light["Resources"])
    mine = directory.call("GET", f"Users/{jana.id}").json()["groups"]
    assert [each["value"] for each in mine] == ["contacts", "customer-admins"]
    directory.patch(petr["id"], {"op": "replace", "path": "active", "value": False})
    left = directory.call("GET", "Groups/contacts").json()
    assert [who["display"] for who in left["members"]] == [jana.name]


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "Groups"), ("PUT", "Groups/contacts"), ("PATCH", "Groups/contacts"), ("DELETE", "Groups/contacts")],
)
def test_no_directory_gives_a_role(site: Site, directory: Client, method: str, path: str) -> None:
    refused = directory.call(method, path, json={"displayName": "x"})
    assert (refused.status_code, refused.json()["status"]) == (501, "501")
    stranger = site.http.request(method, f"/scim/v2/{path}")
    assert stranger.status_code == 401
    assert directory.call("GET", "Groups/owners").status_code == 404
