"""`intake serve --demo`: example customers, and one request through each channel, with real proofs.

Owns the example data (all names are made up, under .example) and what is printed. It lives in a folder of its own, so
that it never mixes with real data.
"""

import asyncio
import base64
import json
import secrets
import smtplib
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr

from authz.identity import Channel
from authz.mail.dns import StaticDns
from authz.mail.overlay import OverlayDns
from authz.people.passwords import hash_password
from authz.people.tokens import Scope, new_token
from channels.mail.dkim_sign import DkimSigner, SignerKey
from config.settings import DatabaseSettings, PhoneEndpointSettings, Settings
from intake.app import App, now
from intake.login.signing import Person
from intake.people import (
    AddressData,
    ApiTokenData,
    ContactData,
    ContractData,
    CustomerData,
    NumberData,
    NumberRangeData,
    Role,
    UserData,
)
from intake.ports import Transaction
from intake.queries import Window
from intake.sla.agreed import written_terms
from intake.sla.contract import EXAMPLE_TERMS
from intake.terms import Category
from intake.tickets.model import Actor, ActorKind

_DOMAIN = "lipa.example"
_AUTHOR = f"jana.dvorakova@{_DOMAIN}"
_CONTACT = f"petr.svoboda@{_DOMAIN}"
_USERS = (
    ("technik", "Tomáš Technik", Role.TECHNICIAN),
    ("manazerka", "Marie Manažerka", Role.SERVICE_MANAGER),
    ("spravce", "Alena Správcová", Role.ADMIN),
)
_LOGINS = (_CONTACT, _AUTHOR, *(login for login, _, _ in _USERS))
_SELECTOR = "demo"
_CALLER = "+420601123456"
_CUSTOMERS = ("Lípa s.r.o.", "Jasan a.s.")
_LOADER = Actor(kind=ActorKind.SYSTEM, name="demo", channel=Channel.WEB)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoKeys:
    """The secrets of one demo run; made anew at each start and printed where a person needs them."""

    signing_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    phone_token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    password: str = field(default_factory=lambda: secrets.token_urlsafe(9))


def demo_settings(settings: Settings, keys: DemoKeys) -> Settings:
    """The settings of a demo: data in a folder of its own, a PBX endpoint, outgoing mail into a folder."""
    folder = settings.service.data_dir / "demo"
    token = SecretStr(keys.phone_token)
    return settings.model_copy(
        update={
            "service": settings.service.model_copy(
                # Passkeys belong to a name, not to a number.
                update={
                    "data_dir": folder,
                    # Nobody has it: shows where customers find the number to call.
                    "phone_numbers": settings.service.phone_numbers or ("+420 555 010 010",),
                    "public_url": settings.service.public_url or f"http://localhost:{settings.http.port}",
                }
            ),
            # Nothing of a real configuration is touched: not its data, its mailboxes, nor its smarthosts.
            "database": DatabaseSettings(),
            "mailboxes": (),
            "smarthosts": (),
            "mail": settings.mail.model_copy(update={"outgoing_folder": folder / "outgoing"}),
            "phone_endpoints": (
                PhoneEndpointSettings(name="demo", dialect="native", token=token),
                PhoneEndpointSettings(name="demo-zammad", dialect="zammad", token=token),
            ),
        }
    )


def demo_app(app: App, keys: DemoKeys) -> App:
    """The application with the demo's signing key in its DNS, so that a signed mail can be verified for real."""
    public = keys.signing_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    record = b"v=DKIM1; k=ed25519; p=" + base64.b64encode(public)
    zone = StaticDns({f"{_SELECTOR}._domainkey.{_DOMAIN}": {"TXT": (record,)}})
    return replace(
        app,
        resolver=OverlayDns(zone, app.resolver),
        cached_resolver=OverlayDns(zone, app.cached_resolver),
    )


async def run_demo(app: App, keys: DemoKeys) -> None:
    """Load the examples, send one request by each channel, print what to look at next."""
    secret = await asyncio.to_thread(_load, app, keys)
    mail = await asyncio.to_thread(_send_mail, app, keys)
    call = await asyncio.to_thread(_announce_call, app, keys)
    web = await asyncio.to_thread(_post_ticket, app, secret)
    sys.stdout.write(_summary(app, keys, secret, mail=mail, call=call, web=web))
    sys.stdout.flush()


def _load(app: App, keys: DemoKeys) -> str:
    """Add the examples where they are missing, and fresh log-ins; returns the secret of Jana's API token."""
    kept = hash_password(keys.password)
    token = new_token()
    known = {customer.name for customer in app.queries.customers(Window(limit=200)).items}

    def work(tx: Transaction) -> None:
        if not known.issuperset(_CUSTOMERS):
            _add_examples(tx)
        at = now()
        people = {login: _person(tx, login) for login in _LOGINS}
        for person in people.values():
            tx.signing.set_password(person, kept, by=_LOADER, at=at)
            tx.signing.end_sessions(person)
        scopes = frozenset({Scope.TICKETS_READ, Scope.TICKETS_WRITE})
        data = ApiTokenData(
            name="demo", scopes=scopes, contact_id=people[_AUTHOR].contact_id, expires_at=at + timedelta(days=1)
        )
        tx.people.add_token(data, kept=token.kept, by=_LOADER, at=at)

    app.writer.submit(work).result()
    return token.secret


def _person(tx: Transaction, login: str) -> Person:
    account = tx.people.login_account(login)
    if account is None:
        raise AssertionError(f"the demo has somebody who logs in as {login}")
    return Person(contact_id=account.contact_id, user_id=account.user_id)


def _add_examples(tx: Transaction) -> None:
    at = now()
    people = tx.people
    lipa = people.add_customer(CustomerData(name=_CUSTOMERS[0]), by=_LOADER, at=at).id
    jana = people.add_contact(ContactData(customer_id=lipa, name="Jana Dvořáková", is_admin=True), by=_LOADER, at=at).id
    petr = people.add_contact(ContactData(customer_id=lipa, name="Petr Svoboda"), by=_LOADER, at=at).id
    for contact, address in ((jana, _AUTHOR), (jana, f"jana@{_DOMAIN}"), (petr, f"petr.svoboda@{_DOMAIN}")):
        data = AddressData(customer_id=lipa, contact_id=contact, address=address)
        people.add_address(data, by=_LOADER, at=at)
    people.add_number(NumberData(customer_id=lipa, contact_id=jana, number=_CALLER, label="mobil"), by=_LOADER, at=at)
    block = NumberRangeData(customer_id=lipa, first="+420211151600", last="+420211151699", label="ústředna")
    people.add_number_range(block, by=_LOADER, at=at)
    contract = ContractData(
        customer_id=lipa,
        name="Servisní smlouva (příklad)",
        valid_from=at - timedelta(days=365),
        framework=True,
        default_category=Category.C,
        terms=written_terms(EXAMPLE_TERMS),
    )
    people.add_contract(contract, by=_LOADER, at=at)
    people.set_contact_login(jana, _AUTHOR, None, by=_LOADER, at=at)
    people.set_contact_login(petr, _CONTACT, None, by=_LOADER, at=at)

    jasan = people.add_customer(CustomerData(name=_CUSTOMERS[1], language="en"), by=_LOADER, at=at).id
    eva = people.add_contact(ContactData(customer_id=jasan, name="Eva Malá"), by=_LOADER, at=at).id
    evas = AddressData(customer_id=jasan, contact_id=eva, address="eva.mala@jasan.example")
    people.add_address(evas, by=_LOADER, at=at)
    for login, name, role in _USERS:
        people.add_user(UserData(login=login, name=name, role=role), password_hash=None, by=_LOADER, at=at)


def _send_mail(app: App, keys: DemoKeys) -> str:
    """A mail as the contact's own server would sign and send it; returns our SMTP answer."""
    smtp, address = app.settings.smtp, app.settings.mail.addresses[0]
    message = EmailMessage()
    message["From"] = f"Jana Dvořáková <{_AUTHOR}>"
    message["To"] = address
    message["Subject"] = "[B] Nefunguje tiskárna v účtárně"
    message["Date"] = format_datetime(now())
    message["Message-ID"] = make_msgid(domain=_DOMAIN)
    message.set_content("Dobrý den,\n\ntiskárna v účtárně netiskne od rána.\n\nJana Dvořáková\n")
    message.add_attachment("chyba 0x11\n", filename="výpis.txt")
    octets = message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    key = SignerKey(domain=_DOMAIN, selector=_SELECTOR, private=keys.signing_key)
    signed = DkimSigner([key]).sign(octets, author=_AUTHOR, at=now())
    with smtplib.SMTP(smtp.host, smtp.port, timeout=30) as client:
        client.ehlo()
        client.mail(_AUTHOR)
        client.rcpt(address)
        code, text = client.data(signed)
    return f"{code} {text.decode(errors='replace')}"


def _announce_call(app: App, keys: DemoKeys) -> str:
    """A call as a PBX announces it; returns our answer."""
    event = {"event": "new", "call_id": secrets.token_hex(6), "from": _CALLER, "to": "+420211151600"}
    return _post(app, "/hooks/phone/demo", event, keys.phone_token)


def _post_ticket(app: App, secret: str) -> str:
    """A request made by a program with the contact's token; returns our answer."""
    request = {"subject": "Prosím o přidání linky", "text": "Potřebujeme linku 35 pro recepci.", "category": "change"}
    return _post(app, "/api/v1/tickets", request, secret)


def _post(app: App, path: str, body: dict[str, Any], token: str) -> str:
    http = app.settings.http
    request = urllib.request.Request(  # noqa: S310 - our own address
        f"http://{http.host}:{http.port}{path}",
        data=json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": secrets.token_hex(8),
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own address
            return f"{answer.status} {answer.read(400).decode(errors='replace')}"
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read(400).decode(errors='replace')}"


def _logins(keys: DemoKeys) -> str:
    whose = ("a contact", "a customer's admin", "a technician", "the service manager", "an admin")
    lines = zip(whose, _LOGINS, strict=True)
    return "\n".join(f"  {who:<22}{login:<30}{keys.password}" for who, login in lines)


def _summary(app: App, keys: DemoKeys, secret: str, *, mail: str, call: str, web: str) -> str:
    http, smtp = app.settings.http, app.settings.smtp
    here = f"http://{http.host}:{http.port}"
    hook = f"curl -H 'Authorization: Bearer {keys.phone_token}' {here}/hooks/phone/demo"
    known = _CALLER.replace("+", "%2B")
    return f"""
Intake is running with example data in {app.settings.service.data_dir}.

  by mail   {mail}
  by phone  {call}
  by web    {web}

Open {app.settings.public_url}/ and log in:
{_logins(keys)}

Try next:
  a mail from a stranger, refused in the dialog
    swaks --server {smtp.host}:{smtp.port} --from you@elsewhere.example --to {app.settings.mail.addresses[0]}
  Jana's address without her domain's proof, held in quarantine
    swaks --server {smtp.host}:{smtp.port} --from {_AUTHOR} --to {app.settings.mail.addresses[0]}
  a call from a known and an unknown number
    {hook} -d 'event=new&call_id=1&direction=in&from={known}&to=100'
    {hook} -d 'event=new&call_id=2&direction=in&from=%2B420999888777&to=100'
  the tickets
    curl -H 'Authorization: Bearer {secret}' {here}/api/v1/tickets
  the acknowledgements that were sent
    ls {app.settings.mail.outgoing_folder}
  the API's description
    {here}/api/v1/openapi.json

Stop with Ctrl-C.
"""
