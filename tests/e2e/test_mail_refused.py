"""Mail that proves nothing: refused to the peer that still holds it, or held for a person; each with its reason."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.gateway import Gateway
from tests.e2e.letters import letter, sign, some_file, wait_for_acknowledgement
from tests.servers.smtpsink import SmtpSink

pytestmark = pytest.mark.e2e

Mail = Callable[[], bytes]
CLAIMED = b"From: Jan =?utf-8?q?Nov=C3=A1k?= <jan@firma.example>\r\n"


def _two_from_fields() -> bytes:
    return b"From: Mallory <m@stranger.example>\r\n" + sign(letter())


def _added_below(name: bytes) -> bytes:
    """A field the signature does not cover, put where a reader may take it for the covered one."""
    head, _, body = sign(letter()).partition(b"\r\n\r\n")
    return head + b"\r\n" + name + b"\r\n\r\n" + body


def _group() -> bytes:
    return sign(_written_by(b"From: Vsichni: jan@firma.example, petra@firma.example;\r\n"))


def _written_by(field: bytes) -> bytes:
    mail = letter()
    assert CLAIMED in mail
    return mail.replace(CLAIMED, field)


def _altered(old: bytes, new: bytes) -> bytes:
    mail = sign(letter())
    assert old in mail
    return mail.replace(old, new)


def _claims_results() -> bytes:
    results = b"Authentication-Results: mx.desk.example; dkim=pass header.d=firma.example; spf=pass\r\n"
    return (
        results + b"ARC-Authentication-Results: i=1; mx.desk.example; dkim=pass header.d=firma.example\r\n" + letter()
    )


HELD: dict[str, tuple[str, Mail]] = {
    "unsigned": ("author-unverified", letter),
    "signed by somebody else": ("author-unverified", lambda: sign(letter(), "stranger.example")),
    "altered body": ("author-unverified", lambda: _altered(b"recepci", b"serveru")),
    "altered subject": ("author-unverified", lambda: _altered(b"Subject: ", b"Subject: [A] ")),
    "a second subject": ("author-unverified", lambda: _added_below(b"Subject: [A] Zaplatte")),
    "a second To": ("author-unverified", lambda: _added_below(b"To: nobody@desk.example")),
    "a key too short": ("author-unverified", lambda: sign(letter(), selector="short")),
    "a key taken back": ("author-unverified", lambda: sign(letter(), selector="gone")),
    "a key that never was": ("author-unverified", lambda: sign(letter(), selector="never")),
    "results written by the sender": ("author-unverified", _claims_results),
    "two From fields": ("author-ambiguous", _two_from_fields),
    "a From field added below": ("author-ambiguous", lambda: _added_below(b"From: m@stranger.example")),
    "a group for an author": ("author-ambiguous", _group),
    "two authors": (
        "author-ambiguous",
        lambda: sign(letter("Jan <jan@firma.example>, Petra <petra@firma.example>")),
    ),
    "no From field": ("author-ambiguous", lambda: _written_by(b"")),
}

REFUSED: dict[str, tuple[str, Mail]] = {
    "an unknown author of a known domain": ("author-unknown", lambda: sign(letter("Kdo <who@firma.example>"))),
    "a stranger in good order": ("author-unknown", lambda: sign(letter("m@stranger.example"), "stranger.example")),
    "a stranger with a good name": (
        "author-unknown",
        lambda: sign(letter('"jan@firma.example" <m@stranger.example>'), "stranger.example"),
    ),
    "a stranger who asks for answers elsewhere": (
        "author-unknown",
        lambda: sign(
            letter("m@stranger.example", headers={"Reply-To": "jan@firma.example", "Sender": "jan@firma.example"}),
            "stranger.example",
        ),
    ),
    "a contact who left": ("contact-inactive", lambda: sign(letter("left@firma.example"))),
    "a contact of a customer who left": ("customer-inactive", lambda: sign(letter("nobody@firma.example"))),
    "a contact whose time is over": ("no-longer-valid", lambda: sign(letter("expired@firma.example"))),
    "a contact whose time has not come": ("not-yet-valid", lambda: sign(letter("future@firma.example"))),
    "a contact who may only call": ("channel-not-allowed", lambda: sign(letter("phone-only@firma.example"))),
    "a mail in circles": (
        "mail-loop",
        lambda: b"Received: from a by b; Sun, 22 Nov 2026 09:00:00 +0000\r\n" * 51 + sign(letter()),
    ),
}


@pytest.mark.parametrize("kind", HELD)
def test_a_mail_that_proves_nothing_is_held_with_its_reason(gateway: Gateway, kind: str) -> None:
    reason, make = HELD[kind]
    # The stranger's host may send for the stranger: that proves nothing about the author either.
    reply = gateway.send(make(), reverse_path="m@stranger.example")
    assert reply.code == 250
    assert "Held for review" in reply.text
    held = gateway.get(f"quarantine/{reply.text.split()[-1]}")
    assert (held["reason"], held["state"], held["ticket"]) == (reason, "held", None)


@pytest.mark.parametrize("kind", REFUSED)
def test_a_mail_of_nobody_we_serve_is_refused_in_the_dialog(gateway: Gateway, kind: str) -> None:
    reason, make = REFUSED[kind]
    mail = make()
    reply = gateway.send(mail, reverse_path="m@stranger.example")
    assert reply.code == 550
    assert reply.text.startswith(f"5.7.1 {reason}: ")
    (entry, *_) = gateway.get("ledger", reason=reason)["items"]
    assert (entry["verdict"], entry["ticket"], entry["reverse_path"]) == ("reject", None, "m@stranger.example")


def test_a_host_the_domain_does_not_name_proves_nothing(gateway: Gateway) -> None:
    mail = letter("jan.novak@plain.example")
    reply = gateway.send(mail, reverse_path="jan.novak@plain.example", source="127.0.0.9")
    assert "Held for review" in reply.text
    held = gateway.get(f"quarantine/{reply.text.split()[-1]}")
    assert {check["proof"]: check["outcome"] for check in held["evidence"]}["spf"] == "fail"


def test_a_forged_copy_does_not_keep_the_genuine_mail_from_becoming_a_ticket(gateway: Gateway) -> None:
    mail = letter("jan.novak@plain.example")
    forged = gateway.send(mail, reverse_path="jan.novak@plain.example", source="127.0.0.9")
    assert "Held for review" in forged.text
    genuine = gateway.send(mail, reverse_path="jan.novak@plain.example")
    again = gateway.send(mail, reverse_path="jan.novak@plain.example")
    late_copy = gateway.send(mail, reverse_path="jan.novak@plain.example", source="127.0.0.9")
    assert genuine.ticket == again.ticket == late_copy.ticket
    held = gateway.get(f"quarantine/{forged.text.split()[-1]}")
    assert (held["state"], held["ticket"]) == ("released", genuine.ticket)
    assert len(gateway.get(f"tickets/{genuine.ticket}")["comments"]) == 1


def test_nothing_is_sent_to_an_author_who_proved_nothing(gateway: Gateway, smarthost: SmtpSink) -> None:
    asked = set()
    for _, make in (*HELD.values(), *REFUSED.values()):
        mail = make()
        gateway.send(mail, reverse_path="m@stranger.example")
        asked |= set(re.findall(rb"^Message-ID: (\S+)", mail, re.MULTILINE))
    number = gateway.send(sign(letter("petra@firma.example")), reverse_path="petra@firma.example").ticket
    wait_for_acknowledgement(smarthost, number)
    answered = {str(message.parsed()["In-Reply-To"]).encode() for message in smarthost.received}
    assert len(asked) == len(HELD) + len(REFUSED)
    assert not asked & answered


# --- the person's decision ---


def _hold(gateway: Gateway, **more: Any) -> tuple[int, bytes, bytes]:
    """Hold an unsigned mail; returns its number, its octets and its file."""
    content = some_file()
    mail = letter(files={"výpis.pdf": content}, **more)
    reply = gateway.send(mail, reverse_path="jan@firma.example")
    return int(reply.text.split()[-1]), mail, content


def _assert_ticket_it_would_have_made(gateway: Gateway, number: int, content: bytes) -> None:
    ticket = gateway.get(f"tickets/{number}")
    assert (ticket["status"], ticket["channel"], ticket["contact"]["name"]) == ("new", "mail", "Jan Novák")
    assert "nezvoní telefony" in ticket["comments"][0]["text"]
    (file,) = ticket["attachments"]
    assert gateway.ask("GET", f"tickets/{number}/attachments/{file['id']}").content == content


def test_a_release_by_the_api_makes_the_ticket_the_mail_would_have_made(gateway: Gateway) -> None:
    held, mail, content = _hold(gateway)
    assert gateway.ask("GET", f"quarantine/{held}/raw").content == mail
    answer = gateway.ask("POST", f"quarantine/{held}/release", json={"note": "zavolal"})
    assert answer.status_code == 200, answer.text
    _assert_ticket_it_would_have_made(gateway, answer.json()["ticket"], content)
    assert gateway.ask("POST", f"quarantine/{held}/release", json={}).status_code == 409
    again = gateway.send(mail, reverse_path="jan@firma.example")
    assert again.ticket == answer.json()["ticket"]


def test_a_release_by_the_command_line_makes_it_too(gateway: Gateway) -> None:
    held, _, content = _hold(gateway)
    said = gateway.command("quarantine", "release", str(held), "--note", "zavolal")
    _assert_ticket_it_would_have_made(gateway, int(said.split()[-1]), content)


def test_a_released_reply_joins_its_ticket(gateway: Gateway, smarthost: SmtpSink) -> None:
    first = sign(letter(subject="Vlákno", message_id="<thread@firma.example>"))
    number = gateway.send(first, reverse_path="jan@firma.example").ticket
    held, _, _ = _hold(gateway, subject="Re: Vlákno", headers={"In-Reply-To": "<thread@firma.example>"})
    answer = gateway.ask("POST", f"quarantine/{held}/release", json={})
    assert answer.json()["ticket"] == number


def test_a_rejected_mail_stays_on_record_and_makes_no_ticket(gateway: Gateway) -> None:
    held, _, _ = _hold(gateway)
    assert gateway.ask("POST", f"quarantine/{held}/reject", json={"note": "podvod"}).status_code == 204
    assert gateway.get(f"quarantine/{held}")["state"] == "rejected"
    assert gateway.get(f"ledger/{held}")["ticket"] is None
