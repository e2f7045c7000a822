"""A customer's own admin is told once a day what waits under the names of its people; nobody else's."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from authz.evidence import Evidence
from authz.identity import Channel, Claim, IdentityKind
from authz.policy import MAIL_RULES
from config.settings import Settings
from intake.app import App, build
from intake.letters.alerts import alert_of_ending_secrets, write_alert
from intake.letters.customer_digest import write_customer_digests
from intake.mailboxes.ending_secrets import ending_secrets
from intake.people import ContactData
from intake.receive import Inbound
from intake.submission import RawInbound
from store import tables as t
from tests.store.world import ADMIN, World, world

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Site:
    """The people of the small world, and an application on their database."""

    people: World
    app: App

    def hold(self, address: str, at: datetime = NOON - timedelta(hours=1)) -> None:
        """A mail that claims to be from a listed address and proves nothing."""
        raw = RawInbound(
            channel=Channel.MAIL, account="a", source_key=f"{address}{at}", received_at=at, octets=address.encode()
        )
        claim = Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value=address, shown=address)
        submission = replace(self.app.rereader.read(b"Subject: x\r\n\r\n"), subject="Fronta", message_id=None)
        inbound = Inbound(raw=raw, claim=claim, evidence=Evidence(), submission=submission, rules=MAIL_RULES)
        asyncio.run(self.app.receiver.receive(inbound))

    def digest(self, at: datetime = NOON) -> list[Any]:
        write_customer_digests(self.app, at)
        return self.outbox()

    def outbox(self) -> list[Any]:
        with self.app.engine.connect() as connection:
            return list(connection.execute(select(t.outbox).order_by(t.outbox.c.id)))

    def make_admin(self, **changed: Any) -> None:
        data = ContactData(
            customer_id=self.people.acme.id, name="Jana Nováková", **({"is_admin": True, "language": "en"} | changed)
        )
        self.people.do(lambda tx: tx.people.change_contact(self.people.jana.id, data, by=ADMIN, at=NOON))


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    settings = {
        "service": {"data_dir": tmp_path},
        "database": {"url": database_url},
        "mail": {"alerts_to": ["provoz@desk.example"]},
        "smarthosts": [
            {
                "host": "smtp.m365.example",
                "login": "x",
                "oauth": {"token_url": "https://login.example/t", "client_id": "x"} | {"secret_expires": "2026-12-01"},
            }
        ],
    }
    with world(database_url) as people:
        app = build(Settings.model_validate(settings))
        yield Site(people, app)
        app.close()


def test_the_customers_own_admin_is_told_of_its_people_alone(site: Site) -> None:
    site.make_admin()
    site.hold("jana@acme.example")
    site.hold("karel@globex.example")
    (told,) = site.digest()
    assert (told.kind, told.recipient) == ("customer-digest", "jana@acme.example")
    assert told.payload["language"] == "en"
    assert [line["identity"] for line in told.payload["lines"]] == ["jana@acme.example"]


def test_it_comes_once_a_day_and_only_when_there_is_something_new(site: Site) -> None:
    site.make_admin()
    assert site.digest() == []
    site.hold("jana@acme.example")
    assert [len(site.digest(NOON + timedelta(hours=hours))) for hours in (0, 1, 6)] == [1, 1, 1]
    assert len(site.digest(NOON + timedelta(days=1))) == 1, "nothing new"
    site.hold("jana@acme.example", at=NOON + timedelta(hours=20))
    assert len(site.digest(NOON + timedelta(days=1))) == 2
    assert site.outbox()[1].payload["waiting"] == 2


def test_it_waits_for_its_hour(site: Site) -> None:
    site.make_admin()
    site.hold("jana@acme.example", at=NOON.replace(hour=4))
    assert site.digest(NOON.replace(hour=5, minute=59)) == []
    assert len(site.digest(NOON.replace(hour=6))) == 1  # seven o'clock in Prague


@pytest.mark.parametrize(
    "changed",
    [
        {"is_admin": False},
        {"active": False},
        {"channels": frozenset({Channel.WEB})},
        {"valid_until": NOON - timedelta(hours=2)},
    ],
)
def test_who_is_no_admin_or_may_not_be_written_to_is_told_nothing(site: Site, changed: dict[str, Any]) -> None:
    site.hold("jana@acme.example")
    site.make_admin(**changed)
    assert site.digest() == []


def test_what_was_decided_about_waits_no_longer(site: Site) -> None:
    site.make_admin()
    site.hold("jana@acme.example")
    with site.app.engine.connect() as connection:
        (held,) = connection.execute(select(t.quarantine.c.id)).scalars()
    asyncio.run(site.app.quarantine.reject(held, by=ADMIN, at=NOON, note=None))
    assert site.digest() == []


def test_an_alert_is_one_mail_a_day_for_each_trouble(site: Site) -> None:
    failing, silent = frozenset({"cannot be read"}), frozenset({"without a mail"})

    def alert(kinds: frozenset[str], at: datetime, name: str = "m365") -> int:
        return write_alert(site.app, name, ("cannot be read since 9:00",), kinds, at)

    assert [alert(failing, NOON), alert(failing, NOON + timedelta(hours=1))] == [1, 0]
    assert alert(failing | silent, NOON) == 1
    assert alert(failing, NOON, "gmail") == 1
    assert alert(failing, NOON + timedelta(days=1)) == 1
    assert {(row.kind, row.recipient) for row in site.outbox()} == {("alert", "provoz@desk.example")}


def test_a_smarthosts_secret_is_told_of_before_it_ends(site: Site) -> None:
    assert alert_of_ending_secrets(site.app, NOON - timedelta(days=30)) == 0
    assert [alert_of_ending_secrets(site.app, NOON), alert_of_ending_secrets(site.app, NOON)] == [1, 0]
    (told,) = site.outbox()
    assert told.payload["name"] == "smarthost smtp.m365.example"
    assert "ends on 2026-12-01, in 9 days" in told.payload["lines"][0]["text"]
    assert [name for name, _ in ending_secrets(site.app.settings, NOON.date())] == ["smarthost smtp.m365.example"]
