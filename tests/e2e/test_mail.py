"""Mail by SMTP: what is proved becomes a ticket before 250 is said, and its author hears of it."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.gateway import HELPDESK, Gateway, say
from tests.e2e.letters import letter, sign, some_file, wait_for_acknowledgement
from tests.servers.process import require
from tests.servers.smtpsink import SmtpSink

pytestmark = pytest.mark.e2e

SIGNED = pytest.mark.parametrize(
    ("author", "domain"),
    [("Jan Novák <jan@firma.example>", "firma.example"), ("Eva Small <eva@modern.example>", "modern.example")],
    ids=["rsa", "ed25519"],
)


def _address(author: str) -> str:
    return author.partition("<")[2].rstrip(">")


def _assert_ticket_with_file(gateway: Gateway, number: int, content: bytes, *, subject: str) -> None:
    """The ticket is there with the very octets of its file."""
    ticket = gateway.get(f"tickets/{number}")
    assert (ticket["subject"], ticket["status"], ticket["channel"]) == (subject, "new", "mail")
    (file,) = ticket["attachments"]
    assert file["filename"] == "výpis.pdf"
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    downloaded = gateway.ask("GET", f"tickets/{number}/attachments/{file['id']}")
    assert downloaded.content == content


@SIGNED
def test_a_signed_mail_is_a_ticket_with_its_file_before_250_is_said(gateway: Gateway, author: str, domain: str) -> None:
    content = some_file()
    mail = sign(letter(author, subject=f"Nejde fax {domain}", files={"výpis.pdf": content}), domain)
    reply = gateway.send(mail, reverse_path="bounces@sender.example")
    _assert_ticket_with_file(gateway, reply.ticket, content, subject=f"Nejde fax {domain}")


@SIGNED
def test_swaks_delivers_the_same(gateway: Gateway, author: str, domain: str, tmp_path: Path) -> None:
    content = some_file()
    mail = sign(letter(author, subject=f"Swaks {domain}", files={"výpis.pdf": content}), domain)
    file = tmp_path / "mail.eml"
    file.write_bytes(mail.replace(b"\r\n", b"\n"))
    done = subprocess.run(
        [
            require("swaks", package="swaks"),
            *("--server", gateway.host, "--port", str(gateway.smtp_port), "--ehlo", "client.example"),
            *("--from", _address(author), "--to", HELPDESK, "--data", f"@{file}"),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    found = re.search(r"250 2\.0\.0 Ticket (\d+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    _assert_ticket_with_file(gateway, int(found[1]), content, subject=f"Swaks {domain}")


def test_the_author_gets_an_acknowledgement_that_starts_no_loop(gateway: Gateway, smarthost: SmtpSink) -> None:
    mail = sign(letter(subject="[B] Nejde tisk", message_id="<ack-me@firma.example>"))
    number = gateway.send(mail, reverse_path="jan@firma.example").ticket
    message = wait_for_acknowledgement(smarthost, number)
    assert message.recipients == ("jan@firma.example",)
    assert message.reverse_path == ""  # RFC 3834 §3.3
    parsed = message.parsed()
    assert parsed["Auto-Submitted"] == "auto-replied"
    assert parsed["X-Auto-Response-Suppress"] == "All"
    assert parsed["Precedence"] == "bulk"
    assert parsed["In-Reply-To"] == "<ack-me@firma.example>"
    assert "<ack-me@firma.example>" in parsed["References"]
    assert parsed["From"].addresses[0].addr_spec == HELPDESK
    assert re.fullmatch(r"helpdesk\+[A-Za-z0-9_-]+@desk\.example", parsed["Reply-To"].addresses[0].addr_spec)
    assert f"[#{number}]" in parsed["Subject"]
    assert re.search(rf"\b{number}\b.*\bB\b", message.parsed().as_string(), re.DOTALL)


def test_the_same_mail_again_is_250_and_no_second_ticket(gateway: Gateway) -> None:
    mail = sign(letter(subject="Jen jednou"))
    first = gateway.send(mail, reverse_path="jan@firma.example")
    again = gateway.send(mail, reverse_path="jan@firma.example")
    elsewhere = gateway.send(mail, reverse_path="other@firma.example", source="127.0.0.5")
    assert first.ticket == again.ticket == elsewhere.ticket
    assert "received before" in again.text
    assert len(gateway.all("tickets", subject="Jen jednou")) == 1
    assert len(gateway.get(f"tickets/{first.ticket}")["comments"]) == 1


def test_a_mail_is_proved_by_the_host_it_comes_from_alone(gateway: Gateway) -> None:
    mail = letter("Jan Novák <jan.novak@plain.example>", subject="Jen SPF")
    reply = gateway.send(mail, reverse_path="jan.novak@plain.example")
    assert gateway.get(f"tickets/{reply.ticket}")["contact"]["name"] == "Jan Novák"


def test_several_mails_in_one_connection_are_several_tickets(gateway: Gateway) -> None:
    with gateway.smtp() as client:
        replies = [say(client, sign(letter()), reverse_path="jan@firma.example") for _ in range(5)]
    assert len({reply.ticket for reply in replies}) == 5


def test_a_mail_of_20_mb_is_a_ticket_with_its_file(gateway: Gateway) -> None:
    content = some_file(14_500_000)
    mail = sign(letter(subject="Velký soubor", files={"výpis.pdf": content}))
    assert len(mail) > 19_500_000
    reply = gateway.send(mail, reverse_path="jan@firma.example")
    _assert_ticket_with_file(gateway, reply.ticket, content, subject="Velký soubor")


def test_a_mail_beyond_the_announced_size_is_refused_before_it_is_sent(gateway: Gateway) -> None:
    with gateway.smtp() as client:
        limit = int(client.esmtp_features["size"])
        assert limit == 25 * 2**20
        code, text = client.mail("jan@firma.example", [f"SIZE={26 * 2**20}"])
        assert (code, text.split()[0]) == (552, b"5.3.4")
        assert client.mail("jan@firma.example", [f"SIZE={limit}"])[0] == 250


def test_a_mail_that_lied_about_its_size_is_refused_at_its_end(gateway: Gateway) -> None:
    with gateway.smtp() as client:
        client.mail("jan@firma.example")
        client.rcpt(HELPDESK)
        code, text = client.data(letter(text="x" * 70 + "\n") + (b"y" * 998 + b"\r\n") * (26 * 1024))
        assert (code, text.split()[0]) == (552, b"5.3.4")
        assert say(client, sign(letter()), reverse_path="jan@firma.example").code == 250


@pytest.mark.parametrize("recipient", ["victim@elsewhere.example", "helpdesk@desk.example.elsewhere.example"])
def test_mail_for_others_is_not_relayed(gateway: Gateway, recipient: str) -> None:
    reply = gateway.send(sign(letter()), reverse_path="jan@firma.example", recipients=[recipient])
    assert (reply.code, reply.text.split()[0]) == (550, "5.7.1")
    mixed = gateway.send(sign(letter()), reverse_path="jan@firma.example", recipients=[HELPDESK, recipient])
    assert mixed.code == 550
