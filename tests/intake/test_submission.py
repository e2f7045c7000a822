"""Contacts hand mail in with their log-in over TLS: STARTTLS or from the first octet, never without."""

import asyncio
import smtplib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, update

from authz.people.passwords import hash_password
from config.load import SettingsError
from config.settings import Settings
from intake.app import App, build, now
from intake.login.signin import prove_login
from intake.people import AddressData, ContactData, CustomerData
from intake.ports import Transaction
from intake.serve import Role, serve, smtp_listeners
from store import tables as t
from tests.servers.certificate import Certificate, localhost_certificate
from tests.servers.process import free_port
from tests.store.world import ADMIN

DESK = "helpdesk@desk.example"
MAIL = "From: {author}\r\nTo: helpdesk@desk.example\r\nSubject: Fronta\r\nMessage-ID: <{author}>\r\n\r\nNejde.\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return localhost_certificate(tmp_path_factory.mktemp("tls"))


def make_app(folder: Path, certificate: Certificate, **smtp: object) -> App:
    """An application with one contact, Jan, who has a log-in, and a DNS that never answers."""
    own = {"port": free_port(), "tls_certificate": certificate.certificate, "tls_key": certificate.key}
    settings = Settings.model_validate(
        {
            "service": {"data_dir": folder},
            "mail": {"addresses": [DESK]},
            "smtp": own | smtp,
            "dns": {"nameservers": ["127.0.0.1:1"], "timeout_seconds": 0.2},
        }
    )
    app = build(settings)

    def fill(tx: Transaction) -> None:
        at = now()
        firma = tx.people.add_customer(CustomerData(name="Firma"), by=ADMIN, at=at).id
        for name in ("jan", "eva"):
            contact = tx.people.add_contact(ContactData(customer_id=firma, name=name), by=ADMIN, at=at).id
            address = AddressData(customer_id=firma, contact_id=contact, address=f"{name}@firma.cz")
            tx.people.add_address(address, by=ADMIN, at=at)
            if name == "jan":
                tx.people.set_contact_login(contact, "Jan", hash_password("tajné heslo"), by=ADMIN, at=at)

    app.writer.submit(fill).result()
    return app


@asynccontextmanager
async def serving(app: App) -> AsyncIterator[None]:
    stop, ready = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(serve(app, [Role.SMTP], stop, ready))
    await ready.wait()
    try:
        yield
    finally:
        stop.set()
        await task
        app.close()


def submit(
    client: smtplib.SMTP, *, author: str = "jan@firma.cz", password: str = "tajné heslo", login: str = "jan"
) -> tuple[int, str]:
    client.ehlo()
    code, text = client.docmd("AUTH", "PLAIN " + _plain(login, password))
    if code == 235:
        client.mail("jan@elsewhere.example")
        client.rcpt(DESK)
        code, text = client.data(MAIL.format(author=author).encode())
    return code, text.decode()


def _plain(login: str, password: str) -> str:
    return smtplib.encode_base64(f"\0{login}\0{password}".encode(), eol="")


def by_starttls(app: App, certificate: Certificate) -> smtplib.SMTP:
    client = smtplib.SMTP("localhost", app.settings.smtp.port, timeout=20)
    client.starttls(context=ssl.create_default_context(cafile=str(certificate.certificate)))
    return client


def by_tls(app: App, certificate: Certificate) -> smtplib.SMTP:
    trust = ssl.create_default_context(cafile=str(certificate.certificate))
    return smtplib.SMTP_SSL("localhost", app.settings.smtp.tls_port or 0, timeout=20, context=trust)


@pytest.mark.parametrize("connect", [by_starttls, by_tls])
async def test_a_contacts_log_in_proves_the_author_whatever_the_dns_says(
    tmp_path: Path, certificate: Certificate, connect: Callable[[App, Certificate], smtplib.SMTP]
) -> None:
    app = make_app(tmp_path, certificate, tls_port=free_port())
    async with serving(app):
        client = await asyncio.to_thread(connect, app, certificate)
        assert await asyncio.to_thread(submit, client) == (250, "2.0.0 Ticket 1")
        assert "Ticket" not in await asyncio.to_thread(submit_again, client, "eva@firma.cz")
        client.close()
        with app.engine.connect() as connection:
            jans, evas = connection.execute(select(t.ledger).order_by(t.ledger.c.id)).all()
    assert (jans.evidence[0]["proof"], jans.evidence[0]["binds"]) == ("submission", True)
    assert (evas.verdict, evas.reason, evas.evidence[0]["binds"]) == ("hold", "author-unverified", False)


def submit_again(client: smtplib.SMTP, author: str) -> str:
    client.mail("jan@elsewhere.example")
    client.rcpt(DESK)
    return client.data(MAIL.format(author=author).encode())[1].decode()


async def test_no_log_in_is_offered_without_tls(tmp_path: Path, certificate: Certificate) -> None:
    app = make_app(tmp_path, certificate)
    async with serving(app):
        client = await asyncio.to_thread(smtplib.SMTP, "localhost", app.settings.smtp.port, timeout=20)
        code, _ = await asyncio.to_thread(submit, client)
        assert not client.has_extn("auth")
        client.close()
    assert code in {530, 538}


async def test_guessing_locks_the_log_in_on_the_site_and_here_alike(tmp_path: Path, certificate: Certificate) -> None:
    app = make_app(tmp_path, certificate)
    try:
        assert await prove_login(app.writer, "JAN", "tajné heslo", now()) == "jan"
        for _ in range(20):
            assert await prove_login(app.writer, "jan", "wrong", now()) is None
        assert await prove_login(app.writer, "jan", "tajné heslo", now()) is None
        assert await prove_login(app.writer, "nobody", "tajné heslo", now()) is None
    finally:
        app.close()


async def test_a_contact_who_may_not_mail_cannot_log_in_here(tmp_path: Path, certificate: Certificate) -> None:
    app = make_app(tmp_path, certificate)
    try:
        with app.engine.begin() as connection:
            connection.execute(update(t.contacts).values(may_mail=False))
        assert await prove_login(app.writer, "jan", "tajné heslo", now()) is None
    finally:
        app.close()


async def test_a_tls_port_needs_a_certificate(tmp_path: Path, certificate: Certificate) -> None:
    app = make_app(tmp_path, certificate, tls_port=465, tls_certificate=None, tls_key=None)
    try:
        with pytest.raises(SettingsError, match="tls_certificate"):
            smtp_listeners(app)
    finally:
        app.close()
