"""Delivery reports: the standard form, the others, and people who only write about them."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.bodies import sort_leaves
from channels.mail.bounce import read_bounce
from channels.mail.content import read_content
from channels.mail.header_values import read_header_values
from channels.mail.inbound import Bounce
from channels.mail.mime import read_structure
from tests.score import bounces


def read(message: str) -> Bounce | None:
    structure = read_structure(message.encode())
    headers = read_header_values(structure.root.fields, None).headers
    return read_bounce(structure, headers, read_content(structure, sort_leaves(structure.root)).text)


def report(
    status: str, *, sender: str = "MAILER-DAEMON@mx.example", kind: str = "report; report-type=delivery-status"
) -> str:
    return f"""From: {sender}
To: helpdesk@sluzba.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/{kind}; boundary=x

--x
Content-Type: text/plain

Your mail could not be delivered.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Wed, 5 Jun 2024 10:12:00 +0200

{status}
--x
Content-Type: message/rfc822

Message-ID: <ticket-123@sluzba.example>
To: jan@firma.example
Subject: x

Text
--x--
"""


def test_a_standard_report_tells_everything() -> None:
    status = """Final-Recipient: rfc822; novak@firma.example
Original-Recipient: rfc822;jan@firma.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User
 unknown
"""
    assert read(report(status)) == Bounce(
        recipient="jan@firma.example",
        action="failed",
        status="5.1.1",
        diagnostic="550 5.1.1 User unknown",
        original_message_id="<ticket-123@sluzba.example>",
        permanent=True,
    )


def test_of_several_recipients_the_worst_is_told() -> None:
    status = """Final-Recipient: rfc822; a@firma.example
Action: delivered
Status: 2.0.0

Final-Recipient: rfc822; b@firma.example
Action: Failed (gave up)
Status: 4.4.7

Final-Recipient: rfc822; c@firma.example
Action: delayed
Status: 4.4.1
"""
    found = read(report(status))
    assert found is not None
    assert (found.recipient, found.action, found.status, found.permanent) == (
        "b@firma.example",
        "failed",
        "4.4.7",
        False,
    )


def test_a_delay_is_not_permanent() -> None:
    found = read(report("Final-Recipient: rfc822; a@firma.example\nAction: delayed\nStatus: 4.4.1\n"))
    assert found is not None
    assert (found.action, found.permanent) == ("delayed", False)


def test_an_original_recipient_is_decoded_from_xtext() -> None:
    found = read(report("Original-Recipient: rfc822;jan+2Bx@firma.example\nAction: failed\nStatus: 5.0.0\n"))
    assert found is not None
    assert found.recipient == "jan+x@firma.example"


def test_a_person_who_attaches_a_report_has_not_bounced() -> None:
    status = "Final-Recipient: rfc822; a@firma.example\nAction: failed\nStatus: 5.1.1\n"
    assert read(report(status, sender="Jan <jan@firma.example>", kind="mixed")) is None


def test_a_report_without_a_recipient_is_read_from_its_words() -> None:
    message = report("X-Queue: 1\n").replace(
        "could not be delivered.", "could not be delivered:\n\n<jan@firma.example>: 550 no such user"
    )
    found = read(message)
    assert found is not None
    assert (found.recipient, found.status) == ("jan@firma.example", "5.0.0")


def test_a_complaint_is_about_a_delivered_message() -> None:
    message = (
        report("")
        .replace("delivery-status", "feedback-report")
        .replace("Reporting-MTA: dns; mx.example", "Feedback-Type: abuse\nOriginal-Rcpt-To: jan@firma.example")
    )
    found = read(message.replace("MAILER-DAEMON@mx.example", "fbl@provider.example"))
    assert found is not None
    assert (found.action, found.recipient, found.permanent) == ("delivered", "jan@firma.example", False)


def plain(*, sender: str, subject: str, body: str, extra: str = "") -> str:
    return f"From: {sender}\nTo: helpdesk@sluzba.example\nSubject: {subject}\n{extra}\n{body}\n"


QMAIL = """Hi. This is the qmail-send program.

<jan@firma.example>:
Sorry, no mailbox here by that name. (#5.1.1)"""
EXIM_DELAY = """The address to which the message has not yet been delivered is:

  jan@firma.example"""
EXCHANGE = "Your message did not reach the following recipient:\n\njan@firma.example"
EXCHANGE_CS = "Zprávu nebylo možné doručit těmto příjemcům:\n\njan@firma.example"
BARRACUDA = "Your message to: jan@firma.example\nwas blocked. The email you sent has NOT BEEN DELIVERED.\n"
MAILBOX_FULL = "Could not be delivered to: <jan@firma.example>\nAs their mailbox is full."
NULL_PATH = "Return-Path: <>\n"
AUTO_REPLIED = "Return-Path: <>\nAuto-Submitted: auto-replied\n"


@pytest.mark.parametrize(
    ("sender", "subject", "extra", "body", "action"),
    [
        ("MAILER-DAEMON@mx.example", "failure notice", "", QMAIL, "failed"),
        ("Mail Delivery System <Mailer-Daemon@mx.example>", "Warning: message delayed", "", EXIM_DELAY, "delayed"),
        ("postmaster@firma.example", "Undeliverable: Re: [#123]", "", EXCHANGE, "failed"),
        ("postmaster@firma.example", "Nedoručitelné: Re: [#123]", "", EXCHANGE_CS, "failed"),
        ("no-reply@firma.example", "Mail", NULL_PATH, MAILBOX_FULL, "failed"),
        (f"Microsoft Outlook <MicrosoftExchange{'0' * 32}@x.example>", "Undeliverable: x", "", EXCHANGE, "failed"),
        ("noreply@firma.example", "Message you sent blocked by our filter", NULL_PATH, BARRACUDA, "failed"),
        ("robot@firma.example", "x", "X-Failed-Recipients: jan@firma.example\n", "x", "failed"),
    ],
)
def test_reports_without_the_standard_part_are_known_by_their_signs(
    sender: str, subject: str, extra: str, body: str, action: str
) -> None:
    found = read(plain(sender=sender, subject=subject, extra=extra, body=body))
    assert found is not None
    assert (found.recipient, found.action) == ("jan@firma.example", action)


@pytest.mark.parametrize(
    ("sender", "subject", "extra", "body"),
    [
        (
            "jan@firma.example",
            "Undeliverable mail",
            "",
            "Mail to eva@firma.example could not be delivered: 550 5.1.1 x",
        ),
        ("postmaster@firma.example", "Prosba", "", "Dobrý den, prosím o zřízení schránky."),
        ("postmaster@firma.example", "Re: Undeliverable: test", "", "Jan's mailbox is full again, sorry."),
        ("jan@firma.example", "Mimo kancelář", AUTO_REPLIED, "Vrátím se v pondělí."),
        ("jan@firma.example", "Out of office", AUTO_REPLIED, "My mailbox is full of work, sorry."),
    ],
)
def test_people_and_their_automatic_answers_are_no_bounces(sender: str, subject: str, extra: str, body: str) -> None:
    assert read(plain(sender=sender, subject=subject, extra=extra, body=body)) is None


def test_our_own_address_is_not_the_one_that_failed() -> None:
    body = "Your message from helpdesk@sluzba.example could not be delivered to:\n\njan@firma.example"
    found = read(plain(sender="MAILER-DAEMON@mx.example", subject="failure notice", body=body))
    assert found is not None
    assert found.recipient == "jan@firma.example"


PIECES = st.sampled_from(
    [
        "From: MAILER-DAEMON@x\n", "From: a@sns.amazonaws.com\n", "Return-Path: <>\n", "Subject: failure notice\n",
        "Content-Type: multipart/report; boundary=x\n", "Content-Type: message/delivery-status\n", "\n", "--x\n",
        "--x--\n",
        "Final-Recipient: rfc822;", "Action: ", "Status: 5.", " ", ";", "+ZZ", "{", '{"Message": "{}"}', "\x00", "@",
        '{"notificationType":"Bounce","bounce":[]}', "Message-ID: <", "Content-Transfer-Encoding: base64\n",
    ]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=20), max_size=30).map("".join))
def test_no_message_makes_it_raise(message: str) -> None:
    read(message.encode("utf-8", "replace").decode())


@pytest.mark.skipif("INTAKE_CORPUS" not in os.environ, reason="INTAKE_CORPUS is not set")
def test_the_corpus_scores_stay_above_their_floor() -> None:
    rows = bounces.score(Path(os.environ["INTAKE_CORPUS"]))
    assert not [row for row in rows if row.good < row.floor]
