"""Who may send requests in these tests, what proves it in the DNS, and the token of the service desk's program.

Each name tells what it is for: a contact is found by the part before the @ of its address.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlalchemy import Update, update

from authz.identity import Channel
from authz.people.passwords import hash_password
from authz.people.tokens import Scope, new_token
from intake.people import (
    AddressData,
    ApiTokenData,
    ContactData,
    CustomerData,
    NumberData,
    NumberRangeData,
    Role,
    UserData,
)
from intake.ports import Transaction
from intake.tickets.model import Actor, ActorKind
from store.engine import open_engine
from store.migrate import migrate
from store.outbox import StoreOutbox
from store.tables import leases, outbox
from store.writer import GroupWriter
from tests.authz.mail.mails import ed25519_key, key_record, rsa_key

DESK = Actor(kind=ActorKind.ADMIN, name="Alena", channel=Channel.WEB)

# Signs with RSA; its mail comes from hosts that SPF does not know.
FIRMA = "firma.example"
# Signs with ed25519.
MODERN = "modern.example"
# Does not sign; loopback's first address may send for it.
PLAIN = "plain.example"
# Somebody else's domain with everything in order, and no contact of ours.
STRANGER = "stranger.example"
# Signs, but nobody has looked its key up before a test does.
LATE = ("late1.example", "late2.example", "late3.example", "late4.example")

SPF = b"v=spf1 ip4:127.0.0.1 -all"

# Who logs in on the site: contacts of two customers, the first one's own admin, and by role the service desk's people.
PASSWORD = "koně a vozy na dvoře"
JAN, ADELA, EVA = f"jan@{FIRMA}", f"adela@{FIRMA}", f"eva@{MODERN}"
TECHNICIAN, MANAGER, ADMIN = (f"{role}@desk.example" for role in ("technician", "service-manager", "admin"))

JAN_NUMBER = "+420777123456"
EVA_NUMBER = "+420602000001"
DDI = ("+420211151600", "+420211151699")


@lru_cache(maxsize=1)
def zone() -> Mapping[str, Mapping[str, tuple[bytes, ...]]]:
    """What the DNS says about these domains."""
    ed25519 = b"v=DKIM1; k=ed25519; p=" + ed25519_key()[1]
    short = b"v=DKIM1; k=rsa; p=" + rsa_key(1024)[1]
    return {
        f"sel._domainkey.{FIRMA}": {"TXT": (key_record(),)},
        f"short._domainkey.{FIRMA}": {"TXT": (short,)},
        f"gone._domainkey.{FIRMA}": {"TXT": (b"v=DKIM1; k=rsa; p=",)},
        FIRMA: {"TXT": (b"v=spf1 -all",)},
        f"sel._domainkey.{MODERN}": {"TXT": (ed25519,)},
        PLAIN: {"TXT": (SPF,)},
        f"sel._domainkey.{STRANGER}": {"TXT": (key_record(),)},
        STRANGER: {"TXT": (SPF,)},
        **{f"sel._domainkey.{domain}": {"TXT": (ed25519,)} for domain in LATE},
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """What a test needs to know of a filled database. firma, modern: ids of the customers. token: of the API."""

    firma: int
    modern: int
    token: str


def seed(database_url: str) -> Seeded:
    """Bring a fresh database to the current schema and fill it."""
    engine = open_engine(database_url)
    migrate(engine)
    writer = GroupWriter(engine)
    try:
        return writer.submit(_fill).result(30)
    finally:
        writer.stop()
        engine.dispose()


def _fill(tx: Transaction) -> Seeded:
    at = datetime.now(UTC)
    past, future = at - timedelta(days=1), at + timedelta(days=1)
    firma = _customer(tx, "Firma s.r.o.")
    jan = _contact(tx, firma, "Jan Novák", f"jan@{FIRMA}", f"jan.novak@{PLAIN}")
    _contact(tx, firma, "Petra Malá", f"petra@{FIRMA}", f"petra@{PLAIN}")
    _contact(tx, firma, "Bývalý Kolega", f"left@{FIRMA}", active=False)
    _contact(tx, firma, "Jen Telefon", f"phone-only@{FIRMA}", channels=frozenset({Channel.PHONE}))
    _contact(tx, firma, "Po Smlouvě", f"expired@{FIRMA}", valid_until=past)
    _contact(tx, firma, "Ještě Ne", f"future@{FIRMA}", valid_from=future)
    adela = _contact(tx, firma, "Adéla Správná", ADELA, is_admin=True)
    for domain in LATE:
        _contact(tx, firma, "Pozdní Host", f"host@{domain}")
    tx.people.add_number(NumberData(customer_id=firma, contact_id=jan, number=JAN_NUMBER), by=DESK, at=at)
    block = NumberRangeData(customer_id=firma, first=DDI[0], last=DDI[1], label="ústředna")
    tx.people.add_number_range(block, by=DESK, at=at)

    modern = _customer(tx, "Modern Ltd", language="en")
    eva = _contact(tx, modern, "Eva Small", f"eva@{MODERN}")
    tx.people.add_number(NumberData(customer_id=modern, contact_id=eva, number=EVA_NUMBER), by=DESK, at=at)

    gone = _customer(tx, "Zaniklá a.s.", active=False)
    _contact(tx, gone, "Nikdo", f"nobody@{FIRMA}")

    kept = hash_password(PASSWORD)
    for contact, login in ((jan, JAN), (adela, ADELA), (eva, EVA)):
        tx.people.set_contact_login(contact, login, kept, by=DESK, at=at)
    for login, role in ((TECHNICIAN, Role.TECHNICIAN), (MANAGER, Role.SERVICE_MANAGER), (ADMIN, Role.ADMIN)):
        user = UserData(login=login, name=login.partition("@")[0], role=role)
        tx.people.add_user(user, password_hash=kept, by=DESK, at=at)

    token = new_token()
    data = ApiTokenData(name="desk", scopes=frozenset(Scope))
    tx.people.add_token(data, kept=token.kept, by=DESK, at=at)
    return Seeded(firma=firma, modern=modern, token=token.secret)


def _customer(tx: Transaction, name: str, *, active: bool = True, language: str = "cs") -> int:
    data = CustomerData(name=name, active=active, language=language)
    return tx.people.add_customer(data, by=DESK, at=datetime.now(UTC)).id


def _contact(
    tx: Transaction,
    customer: int,
    name: str,
    *addresses: str,
    active: bool = True,
    is_admin: bool = False,
    channels: frozenset[Channel] = frozenset(Channel),
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> int:
    at = datetime.now(UTC)
    data = ContactData(
        customer_id=customer,
        name=name,
        active=active,
        channels=channels,
        is_admin=is_admin,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    contact = tx.people.add_contact(data, by=DESK, at=at).id
    for address in addresses:
        entry = AddressData(customer_id=customer, contact_id=contact, address=address)
        tx.people.add_address(entry, by=DESK, at=at)
    return contact


def count_waiting_mail(database_url: str) -> int:
    """How many mails of ours were not sent yet."""
    engine = open_engine(database_url)
    waiting = StoreOutbox(engine).count_pending()
    engine.dispose()
    return waiting


def try_outgoing_mail_now(database_url: str) -> None:
    """Let the pause pass that a mail which was not sent waits for."""
    _execute(database_url, update(outbox).values(next_attempt_at=datetime.now(UTC)))


def let_leases_expire(database_url: str) -> None:
    """Let the time pass in which nobody else does what a dead process did."""
    _execute(database_url, update(leases).values(expires_at=datetime.now(UTC)))


def _execute(database_url: str, statement: Update) -> None:
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(statement)
    engine.dispose()
