"""What a forward passes on: whose it was and what it said, or that nobody can say."""

import base64
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.forward import looks_forwarded, read_forward
from channels.mail.parse import parse_mail
from intake.submission import Forward

OWN = frozenset({"helpdesk@desk.example"})
BELOW = "\n\nOd rána nezvoní telefon na recepci.\n\nDěkuji\nJana\n"

GMAIL = """Prosím založit.

---------- Forwarded message ---------
Od: Jana Nováková <jana@firma.example>
Date: st 5. 6. 2024 v 10:12
Subject: Nezvoní telefon
To: Tomáš Technik <tomas@desk.example>"""
OUTLOOK_CS = """Prosím založit.

________________________________
Od: Jana Nováková <jana@firma.example>
Odesláno: středa 5. června 2024 10:12
Komu: Tomáš Technik <tomas@desk.example>
Předmět: Nezvoní telefon"""
OUTLOOK_MAILTO = """Prosím založit.

-----Původní zpráva-----
Od: Jana Nováková [mailto:jana@firma.example]
Odesláno: Wednesday, June 5, 2024 10:12 AM
Komu: Tomáš Technik
Předmět: Nezvoní telefon"""
SEZNAM = """Prosím založit.

---------- Původní e-mail ----------
Od: Jana Nováková <jana@firma.example>
Komu: tomas@desk.example
Datum: 5. 6. 2024 10:12:33
Předmět: Nezvoní telefon"""
THUNDERBIRD_CS = """Prosím založit.

-------- Přeposlaná zpráva --------
Předmět: Nezvoní telefon
Datum: Wed, 5 Jun 2024 10:12:33 +0200
Od: Jana Nováková <jana@firma.example>
Komu: Tomáš Technik <tomas@desk.example>"""
APPLE_CS = """Prosím založit.

Začátek přeposlané zprávy:

> Od: Jana Nováková <jana@firma.example>
> Předmět: Nezvoní telefon
> Datum: 5. června 2024 10:12:33 SELČ
> Komu: Tomáš Technik <tomas@desk.example>"""


def written(text: str, subject: str = "Fwd: Nezvoní telefon", *attached: EmailMessage) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = "Tomáš Technik <tomas@desk.example>"
    message["To"] = "helpdesk@desk.example"
    message["Subject"] = subject
    message["Message-ID"] = "<forward@desk.example>"
    message.set_content(text)
    for each in attached:
        message.add_attachment(each)
    return message.as_bytes()


def forwarded(octets: bytes) -> Forward | None:
    mail = parse_mail(octets, own_addresses=OWN)
    found = read_forward(mail, octets, OWN)
    assert found is None or looks_forwarded(mail)
    return found


def customers_mail(**fields: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    for name, value in {
        "From": "Jana Nováková <jana@firma.example>",
        "To": "tomas@desk.example",
        "Subject": "[A] Nezvoní telefon",
        "Message-ID": "<original@firma.example>",
        **fields,
    }.items():
        message[name] = value
    message.set_content(BELOW)
    message.add_attachment(b"%PDF-1.7 plan", maintype="application", subtype="pdf", filename="plán.pdf")
    return message


@pytest.mark.parametrize(
    "above",
    [GMAIL, OUTLOOK_CS, OUTLOOK_MAILTO, SEZNAM, THUNDERBIRD_CS, APPLE_CS],
    ids=["gmail", "outlook", "outlook-mailto", "seznam", "thunderbird", "apple"],
)
def test_an_inline_forward_names_the_customer_and_what_was_said(above: str) -> None:
    below = BELOW if "> " not in above else BELOW.replace("\n", "\n> ")
    found = forwarded(written(above + below))
    assert found is not None
    assert (found.author, found.author_name) == ("jana@firma.example", "Jana Nováková")
    assert (found.how, found.note) == ("inline", "Prosím založit.")
    assert found.submission.subject == "Nezvoní telefon"
    assert "nezvoní telefon na recepci" in found.submission.reply
    assert "Prosím založit" not in found.submission.text


def test_an_attached_message_is_read_as_it_was_sent_with_its_files() -> None:
    found = forwarded(written("Prosím založit.", "FW: Nezvoní telefon", customers_mail()))
    assert found is not None
    assert (found.author, found.how, found.note) == ("jana@firma.example", "attached", "Prosím založit.")
    submission = found.submission
    assert (submission.subject, submission.category) == ("[A] Nezvoní telefon", "A")
    assert submission.message_id == submission.references[0] == "<original@firma.example>"
    (file,) = submission.attachments
    assert (file.filename, file.content, file.part) == ("plán.pdf", b"%PDF-1.7 plan", None)


def test_names_signed_by_nobody_in_an_attached_message_lead_nowhere() -> None:
    inner = customers_mail(Cc="helpdesk+0123456789abcdef0123456789abcdef@desk.example")
    found = forwarded(written("", "Fwd", inner))
    assert found is not None
    assert found.submission.reply_token is None


def test_a_customers_own_forward_within_does_not_change_who_is_the_customer() -> None:
    inner = GMAIL.replace("jana@firma.example", "vendor@else.example").replace("Jana Nováková", "Dodavatel")
    found = forwarded(written(f"{OUTLOOK_CS}\n\n{inner}{BELOW}", "FW: Nezvoní telefon"))
    assert found is not None
    assert found.author == "jana@firma.example"


@pytest.mark.parametrize(
    "author",
    [
        "jana@firma.example <evil@bad.example>",
        "Jana Nováková",
        "info@firma.example; jana@firma.example",
        "",
    ],
)
def test_a_forward_that_names_no_single_author_has_none(author: str) -> None:
    found = forwarded(written(GMAIL.replace("Jana Nováková <jana@firma.example>", author) + BELOW))
    assert found is not None
    assert found.author is None


def test_a_forward_of_two_messages_has_no_author() -> None:
    two = customers_mail(), customers_mail(From="karel@else.example")
    found = forwarded(written("Oba, prosím.", "Fwd: dva", *two))
    assert found is not None
    assert found.author is None


@pytest.mark.parametrize("subject", ["Re: Nezvoní telefon", "RE: [#12] Nezvoní telefon", "Odp: Nezvoní telefon"])
def test_an_answer_that_quotes_is_no_forward(subject: str) -> None:
    assert forwarded(written(OUTLOOK_CS + BELOW, subject)) is None


def test_an_ordinary_mail_is_no_forward() -> None:
    octets = written("Dobrý den,\nod rána nezvoní telefon.\nOd: nikoho\n", "Nezvoní telefon")
    assert forwarded(octets) is None


@given(st.text(max_size=400), st.text(alphabet="Od: Komu:\n<>@-=ab.Předmět", max_size=300))
def test_no_text_makes_the_reading_fail(subject: str, text: str) -> None:
    folded = base64.b64encode(f"{GMAIL}\n{text}{subject}".encode())
    octets = b"From: t@desk.example\nSubject: Fwd\nContent-Type: text/plain; charset=utf-8\n"
    octets += b"Content-Transfer-Encoding: base64\n\n" + folded
    assert read_forward(parse_mail(octets), octets, OWN) is not None
