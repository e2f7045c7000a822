"""Our own mail: readable in both languages, answerable, and harmless to the loops of the world."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import compat32, default
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.mail.compose import File, Letter, Sender, compose_letter
from channels.mail.digest import compose_digest
from channels.mail.parse import parse_mail
from intake.letters.names import names_for
from intake.letters.templates import fill
from intake.letters.usual_words import DEFAULTS
from intake.outgoing import OutboxKind
from intake.submission import AutomaticKind
from intake.terms import Category

REPLY_ADDRESS = "helpdesk+" + "a1" * 30 + "@example.org"


def letter(**changes: Any) -> Letter:
    defaults: dict[str, Any] = {
        "language": "cs",
        "sender_name": "Helpdesk – Příklad",
        "sender_address": "helpdesk@example.org",
        "recipient": "jan@firma.example",
        "recipient_name": "Jan Novák",
        "reply_address": REPLY_ADDRESS,
        "message_id": "<" + "x" * 90 + "@example.org>",
        "sent_at": datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
        "in_reply_to": "<" + "y" * 100 + "@firma.example>",
    }
    return Letter(**{**defaults, **changes})


def read(octets: bytes) -> EmailMessage:
    message = message_from_bytes(octets, policy=default)
    assert isinstance(message, EmailMessage)
    return message


SUBJECT = "Nejdou telefony ve všech pobočkách už od rána"


def acknowledgement(*, category: Category = Category.A, subject: str = SUBJECT, **changes: Any) -> bytes:
    made = letter(**changes)
    names = names_for(made.language)
    values = {"number": "123", "subject": subject, "category": names.categories[category]}
    words = fill(DEFAULTS[OutboxKind.ACKNOWLEDGEMENT, names.language], values)
    made = replace(made, language=names.language)
    return compose_letter(made, words, sender=Sender.ANSWERING, end=names.automatic)


def reply(*, text: str, files: tuple[File, ...] = (), **changes: Any) -> bytes:
    values = {"number": "123", "subject": SUBJECT, "author": "Petr Technik", "text": text}
    words = fill(DEFAULTS[OutboxKind.REPLY, "cs"], values)
    return compose_letter(letter(**changes), words, sender=Sender.PERSON, files=files)


def acknowledged(**changes: Any) -> EmailMessage:
    return read(acknowledgement(**changes))


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_an_acknowledgement_tells_number_category_and_how_to_reply() -> None:
    message = acknowledged()
    assert message["Subject"] == "[#123] Nejdou telefony ve všech pobočkách už od rána"
    for kind in ("plain", "html"):
        text = text_of(message, kind)
        assert "číslem 123" in text
        assert "A – Kritická" in text
        assert "odpovězte na tento e-mail" in text
    assert message["Content-Language"] == "cs"


def test_an_acknowledgement_speaks_the_language_of_the_contact() -> None:
    message = acknowledged(language="en")
    assert "we have received your request and given it the number 123" in text_of(message)
    assert "A – Critical" in text_of(message)
    assert '<html lang="en">' in text_of(message, "html")
    assert acknowledged(language="de")["Content-Language"] == "en"


def test_an_acknowledgement_starts_no_loop() -> None:
    message = acknowledged()
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Precedence"] == "bulk"


@pytest.mark.parametrize(
    "octets",
    [
        acknowledgement(),
        reply(text="Opraveno."),
        compose_digest(
            {"language": "cs", "waiting": 1, "lines": [], "url": "https://example.org/", "days": 30},
            sender=Address("Helpdesk", addr_spec="helpdesk@example.org"),
            recipient="jan@firma.example",
            message_id="<1@example.org>",
            sent_at=datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
        ),
    ],
    ids=["acknowledgement", "reply", "digest"],
)
def test_our_mail_is_not_answered_when_it_comes_back(octets: bytes) -> None:
    assert read(octets)["X-Intake-Loop"]
    # A forwarder that makes it look like a person's mail to us leaves the field in.
    back = re.sub(rb"(?:Auto-Submitted|Precedence): .*\r\n", b"", octets)
    back = back.replace(b"jan@firma.example", b"helpdesk@example.org").replace(b"X-Auto-Response-Suppress", b"X-Other")
    found = parse_mail(back, own_addresses=frozenset({"helpdesk@example.org"})).automatic
    assert (found.kind, found.may_answer) == (AutomaticKind.AUTO_GENERATED, False)
    assert parse_mail(back.replace(b"X-Intake-Loop", b"X-Other")).automatic.may_answer


def test_the_loop_field_tells_our_mails_apart() -> None:
    assert acknowledged()["X-Intake-Loop"] == acknowledged()["X-Intake-Loop"]
    assert acknowledged()["X-Intake-Loop"] != acknowledged(message_id="<other@example.org>")["X-Intake-Loop"]


def test_an_answer_finds_back_to_the_ticket() -> None:
    message = acknowledged(references=("<first@firma.example>",))
    assert message["Reply-To"].addresses[0].addr_spec == REPLY_ADDRESS
    assert message["Message-ID"] == letter().message_id
    assert message["In-Reply-To"] == letter().in_reply_to
    assert message["References"].split() == ["<first@firma.example>", letter().in_reply_to]


def test_a_long_thread_keeps_its_first_and_its_latest_references() -> None:
    references = tuple(f"<{number}@firma.example>" for number in range(100))
    kept = acknowledged(references=references)["References"].split()
    assert kept[0] == "<0@firma.example>"
    assert kept[-1] == letter().in_reply_to
    assert kept[-2] == "<99@firma.example>"
    assert len(kept) == 20


def test_ids_are_never_broken_into_encoded_words() -> None:
    octets = acknowledgement()
    assert f"Message-ID: {letter().message_id}\r\n".encode() in octets
    assert f"In-Reply-To: {letter().in_reply_to}\r\n".encode() in octets


def test_the_same_mail_is_the_same_octets_each_time() -> None:
    assert acknowledgement() == acknowledgement()


def test_a_technicians_reply_does_not_call_itself_automatic() -> None:
    message = read(reply(text="Opraveno.\nDíky <b>za</b> trpělivost."))
    assert message["Auto-Submitted"] is None
    assert message["Precedence"] is None
    assert "Petr Technik píše k požadavku č. 123:" in text_of(message)
    assert "Díky <b>za</b> trpělivost." in text_of(message)
    assert "Díky &lt;b&gt;za&lt;/b&gt; trpělivost." in text_of(message, "html")


def test_an_address_outside_ascii_is_written_as_it_is() -> None:
    octets = acknowledgement(recipient="jan.novák@příklad.example")
    assert "<jan.novák@xn--pklad-zsa96e.example>".encode() in octets


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient": "jan"},
        {"recipient": "jan@"},
        {"recipient": "jan@firma.example\r\nBcc: evil@bad.example"},
        {"recipient": "jan\r\nBcc: evil@bad.example@firma.example"},
        {"message_id": "no id"},
        {"message_id": "<a@b>\r\nBcc: evil@bad.example"},
        {"reply_address": "helpdesk+x@exa mple.org"},
    ],
)
def test_what_cannot_stand_in_a_header_is_an_error(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"not a|invalid"):
        acknowledged(**changes)


def test_a_strangers_message_id_that_is_none_is_left_out() -> None:
    message = acknowledged(in_reply_to="<a@b>\r\nBcc: evil@bad.example", references=("junk",))
    assert message["In-Reply-To"] is None
    assert message["References"] is None
    assert message["Bcc"] is None


@settings(max_examples=40)
@given(subject=st.text(max_size=300), name=st.text(max_size=80))
def test_nothing_in_a_subject_or_name_can_add_a_header(subject: str, name: str) -> None:
    octets = acknowledgement(subject=subject, recipient_name=name)
    head = octets.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith(b" ")]
    assert names == [
        *(b"From", b"To", b"Reply-To", b"Subject", b"Date", b"Message-ID", b"X-Intake-Loop"),
        *(b"In-Reply-To", b"References"),
        *(b"Auto-Submitted", b"X-Auto-Response-Suppress", b"Precedence", b"MIME-Version", b"Content-Type"),
        b"Content-Language",
    ]
    assert head.isascii()
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))


words = st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12), min_size=1, max_size=15)


@settings(max_examples=40)
@given(subject=words, name=words)
def test_subject_and_name_arrive_as_they_were(subject: list[str], name: list[str]) -> None:
    changes = {"subject": " ".join(subject)[:200].strip(), "recipient_name": " ".join(name)[:200].strip()}
    octets = acknowledgement(**changes)
    message = read(octets)
    assert message["Subject"].endswith(" ".join(subject)[:200].strip())
    # Read the old way: the modern parser puts a space between two encoded words of a name. RFC 2047 §6.2
    raw = message_from_bytes(octets, policy=compat32)["To"]
    assert str(make_header(decode_header(raw.partition("<")[0]))).strip().strip('"') == " ".join(name)[:200].strip()
    assert message["To"].addresses[0].addr_spec == "jan@firma.example"
