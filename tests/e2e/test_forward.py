"""A technician forwards a customer's mail through the real gateway, and the conversation goes on from there."""

from email.message import EmailMessage

import pytest

from tests.authz.mail.mails import key_record
from tests.e2e.gateway import HELPDESK, Gateway
from tests.e2e.letters import in_lines, letter, sign
from tests.e2e.people import TECHNICIAN, zone
from tests.servers.dns import DnsServer

pytestmark = pytest.mark.e2e

ORIGINAL = "Dobrý den,\n\nnezvoní nám telefon na recepci.\n\nJan\n"


@pytest.fixture(scope="module")
def names(dns_process: DnsServer) -> DnsServer:
    """The DNS with a key of the service desk's own domain as well."""
    dns_process.publish({**zone(), "sel._domainkey.desk.example": {"TXT": (key_record(),)}})
    return dns_process


def attached(original: bytes, note: str = "Prosím založit, volal i telefonicky.") -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = f"Technik <{TECHNICIAN}>", HELPDESK
    message["Subject"], message["Message-ID"] = "FW: telefon", "<forward@desk.example>"
    message["Date"] = "Mon, 23 Nov 2026 09:00:00 +0100"
    message.set_content(note, cte="quoted-printable")
    message.add_attachment(original, maintype="application", subtype="octet-stream", filename="x")
    # As clients attach a message: RFC 2046 §5.2.1 allows no base64 there.
    octets = message.as_bytes().partition(b"--===")
    head, boundary = octets[0], b"--===" + octets[2].partition(b"\n")[0]
    text = octets[2].split(boundary)[0].partition(b"\n")[2]
    return in_lines(
        head
        + boundary
        + b"\n"
        + text
        + boundary
        + b"\nContent-Type: message/rfc822\n\n"
        + original
        + b"\n"
        + boundary
        + b"--\n"
    )


def inline(author: str) -> bytes:
    text = (
        "Prosím založit.\n\n---------- Přeposlaná zpráva ----------\n"
        f"Od: {author}\nDatum: po 23. 11. 2026 9:00\nPředmět: Nezvoní telefon\nKomu: {TECHNICIAN}\n\n{ORIGINAL}"
    )
    return letter(f"Technik <{TECHNICIAN}>", subject="Fwd: Nezvoní telefon", text=text)


def test_an_attached_mail_becomes_the_customers_ticket_and_the_thread_goes_on(gateway: Gateway) -> None:
    original = letter(subject="Nezvoní telefon", text=ORIGINAL, to=TECHNICIAN, message_id="<original@firma.example>")
    sent = sign(attached(original), "desk.example")
    number = gateway.send(sent, reverse_path=TECHNICIAN).ticket
    ticket = gateway.get(f"tickets/{number}")
    assert (ticket["subject"], ticket["contact"]["name"]) == ("Nezvoní telefon", "Jan Novák")
    assert [(each["actor"]["kind"], each["internal"]) for each in ticket["comments"]] == [
        ("contact", False),
        ("technician", True),
    ]
    assert ticket["comments"][0]["text"].startswith("Dobrý den")
    assert ticket["events"][0]["detail"]["forwarded_by"] == "technician"
    answer = letter(
        subject="Re: Nezvoní telefon", text="Už to jde.", headers={"In-Reply-To": "<original@firma.example>"}
    )
    assert gateway.send(sign(answer), reverse_path="jan@firma.example").ticket == number


def test_an_inline_forward_of_a_contacts_mail_is_the_contacts(gateway: Gateway) -> None:
    forwarded = sign(inline("Petra Malá <petra@firma.example>"), "desk.example")
    number = gateway.send(forwarded, reverse_path=TECHNICIAN).ticket
    assert gateway.get(f"tickets/{number}")["contact"]["name"] == "Petra Malá"
    (line,) = [each for each in gateway.all("ledger", identity=TECHNICIAN) if each["ticket"] == number]
    assert line["evidence"][0]["proof"] == "forwarded"


def test_an_author_nobody_knows_waits_for_a_choice(gateway: Gateway) -> None:
    forwarded = sign(inline("Nový Člověk <novy@firma.example>"), "desk.example")
    reply = gateway.send(forwarded, reverse_path=TECHNICIAN)
    assert reply.text.startswith("2.0.0 Held")
    held = next(each for each in gateway.all("quarantine") if each["reason"] == "forward-unknown")
    contact = next(each for each in gateway.all("contacts") if each["name"] == "Petra Malá")["id"]
    released = gateway.ask("POST", f"quarantine/{held['id']}/release", json={"contact_id": contact}).json()
    assert gateway.get(f"tickets/{released['ticket']}")["contact"]["name"] == "Petra Malá"


def test_a_forged_technicians_forward_is_nobodys(gateway: Gateway) -> None:
    forged = sign(inline("Jan Novák <jan@firma.example>"), "stranger.example")
    reply = gateway.send(forged, reverse_path="x@stranger.example")
    assert reply.code == 550
