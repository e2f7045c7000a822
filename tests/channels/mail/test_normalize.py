"""What a mail's fields mean to the service."""

from dataclasses import replace

import pytest

from channels.mail.normalize import make_submission, read_category, read_ticket_mark
from channels.mail.parse import parse_mail
from intake.submission import AutomaticKind
from intake.terms import Category

OWN = frozenset({"helpdesk@desk.example"})
TOKEN = "abcdefghijklmnopqrstuvwxyz234567abcdefg"
MAIL = b"""\
Received: from a by b; Sun, 22 Nov 2026 09:00:01 +0100
From: Jan <jan@firma.cz>
To: helpdesk@desk.example
Subject: Re: [#123] [B] telefon
Date: Sun, 22 Nov 2026 09:00:00 +0100
Message-ID: <3@firma.cz>
In-Reply-To: <2@desk.example>
References: <1@firma.cz> <2@desk.example>

Nejde.
"""


@pytest.mark.parametrize(
    ("subject", "category"),
    [
        ("[A] telefon", Category.A),  # RULE category-a
        ("telefon [b]", Category.B),  # RULE category-b
        ("Re: [#12] [ C ] telefon", Category.C),  # RULE category-c
        ("[Z] nová linka", Category.CHANGE),  # RULE category-change
        ("[A] [a] telefon", Category.A),
        ("[A] nebo [B]", None),
        ("[D] telefon", None),
        ("A telefon", None),
        ("", None),
    ],
)
def test_a_mark_in_the_subject_states_the_category(subject: str, category: Category | None) -> None:
    assert read_category(subject) is category


@pytest.mark.parametrize(
    ("subject", "number"), [("Re: [#123] telefon", 123), ("[#1] [#2]", 1), ("#123", None), ("[# 7 ]", 7), ("[#]", None)]
)
def test_a_ticket_mark_is_a_hint(subject: str, number: int | None) -> None:
    assert read_ticket_mark(subject) == number


def test_a_submission_says_what_the_mail_says() -> None:
    submission = make_submission(parse_mail(MAIL), own_addresses=OWN)
    assert submission.subject == "Re: [#123] [B] telefon"
    assert (submission.category, submission.ticket_hint) == (Category.B, 123)
    assert (submission.text, submission.reply) == ("Nejde.", "Nejde.")
    assert submission.author_name == "Jan"
    assert submission.message_id == "<3@firma.cz>"
    assert submission.references == ("<2@desk.example>", "<1@firma.cz>")
    assert submission.automatic.may_answer


@pytest.mark.parametrize(
    ("to", "recipients", "token"),
    [
        (f"helpdesk+{TOKEN}@desk.example", (), TOKEN),
        (f"Helpdesk+{TOKEN.upper()}@Desk.Example", (), TOKEN),  # local parts are folded on the way
        ("helpdesk@desk.example", (f"helpdesk+{TOKEN}@desk.example",), TOKEN),
        (f"helpdesk+{'x' * 39}@desk.example", (f"helpdesk+{TOKEN}@desk.example",), TOKEN),
        (f"helpdesk+{TOKEN}@other.example", (), None),
        ("helpdesk+short@desk.example", (), None),
        ("helpdesk@desk.example", (), None),
    ],
)
def test_the_reply_address_carries_its_token(to: str, recipients: tuple[str, ...], token: str | None) -> None:
    mail = parse_mail(MAIL.replace(b"helpdesk@desk.example", to.encode()))
    assert make_submission(mail, own_addresses=OWN, recipients=recipients).reply_token == token


def test_two_deliveries_of_one_message_have_one_digest() -> None:
    first = make_submission(parse_mail(MAIL))
    again = make_submission(parse_mail(b"Received: from c by d; later\n" + MAIL.replace(b"\n", b"\r\n")))
    assert first.content_digest == again.content_digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Nejde.", b"Jde."),
        (b"jan@firma.cz", b"eva@firma.cz"),
        (b"<3@firma.cz>", b"<4@firma.cz>"),
        (b"telefon", b"fax"),
        (b"09:00:00 +0100", b"09:00:00 +0200"),
    ],
)
def test_another_content_has_another_digest(old: bytes, new: bytes) -> None:
    assert (
        make_submission(parse_mail(MAIL)).content_digest
        != make_submission(parse_mail(MAIL.replace(old, new))).content_digest
    )


def test_attachments_count_in_the_digest() -> None:
    def with_file(content: bytes) -> str | None:
        octets = (
            b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nsee\n--x\nContent-Type: a/b\n\n"
            + content
            + b"\n--x--\n"
        )
        return make_submission(parse_mail(octets)).content_digest

    assert with_file(b"one") != with_file(b"two")


def test_the_envelope_knows_that_nobody_waits_for_an_answer() -> None:
    submission = make_submission(parse_mail(MAIL), own_addresses=OWN, reverse_path="")
    assert submission.automatic.kind is AutomaticKind.AUTO_GENERATED
    assert not submission.automatic.may_answer


def test_a_mail_without_anything_is_a_submission() -> None:
    submission = make_submission(replace(parse_mail(b""), author=None))
    assert (submission.subject, submission.text, submission.author_name) == ("", "", None)
