"""A whole message: its fields, and that nothing stops the parser."""

import signal
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail import parse
from channels.mail.inbound import Mailbox
from channels.mail.limits import LIMITS
from channels.mail.parse import extract_part, parse_mail
from intake.submission import AutomaticKind

MESSAGE = """\
From: =?utf-8?Q?Jan_Nov=C3=A1k?= <jan@firma.cz>
To: helpdesk@desk.example
Cc: "Černá, Eva" <eva@firma.cz>
Reply-To: jan.soukromy@firma.cz
Subject: =?utf-8?B?TmVmdW5ndWplIHRlbGVmb24=?=
Date: Sun, 22 Nov 2026 09:00:00 +0100
Message-ID: <1@firma.cz>
In-Reply-To: <0@desk.example>
References: <root@firma.cz>
 <0@desk.example>
X-Note: =?utf-8?Q?=C5=BElu=C5=A5?=
X-Note: second

Ano, pořád.

Dne 21. 11. 2026 v 10:00 Helpdesk <helpdesk@desk.example> napsal(a):
> Trvá to ještě?
""".encode()


def test_the_fields_of_a_message() -> None:
    mail = parse_mail(MESSAGE, own_addresses=frozenset({"helpdesk@desk.example"}))
    assert mail.author == Mailbox(address="jan@firma.cz", name="Jan Novák")
    assert mail.to == (Mailbox(address="helpdesk@desk.example"),)
    assert mail.cc == (Mailbox(address="eva@firma.cz", name="Černá, Eva"),)
    assert mail.reply_to == (Mailbox(address="jan.soukromy@firma.cz"),)
    assert mail.subject == "Nefunguje telefon"
    assert mail.date == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert mail.message_id == "<1@firma.cz>"
    assert mail.in_reply_to == ("<0@desk.example>",)
    assert mail.references == ("<root@firma.cz>", "<0@desk.example>")
    assert mail.headers["x-note"] == ("žluť", "second")
    assert mail.reply == "Ano, pořád."
    assert "Trvá to ještě?" in mail.elided
    assert "Trvá to ještě?" in mail.text
    assert mail.automatic.may_answer
    assert mail.bounce is None


def test_two_authors_are_none() -> None:
    mail = parse_mail(b"From: a@b.cz\nFrom: c@d.cz\nSubject: x\n\ny")
    assert (mail.author, mail.author_problem, mail.subject) == (None, "author-ambiguous", "x")


def test_of_repeated_fields_the_last_counts_because_additions_stand_above() -> None:
    mail = parse_mail(b"Subject: added\nDate: Sun, 22 Nov 2026 09:00:00 +0000\nSubject: signed\n\nx")
    assert (mail.subject, mail.defects) == ("signed", ("repeated-subject",))


def test_a_subject_is_one_line_without_controls() -> None:
    assert parse_mail(b"Subject: =?utf-8?Q?a=0D=0ABcc:_x=00?=\n\n").subject == "a Bcc: x"


def test_a_report_and_an_automatic_reply_are_told() -> None:
    reply = parse_mail(b"From: a@b.cz\nAuto-Submitted: auto-replied\n\nI am away.")
    assert reply.automatic.kind is AutomaticKind.AUTO_REPLY
    report = parse_mail(
        b"From: MAILER-DAEMON@x.cz\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n\n"
        b"failed\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
        b"Final-Recipient: rfc822; gone@y.cz\nAction: failed\nStatus: 5.1.1\n--x--\n"
    )
    assert report.automatic.kind is AutomaticKind.BOUNCE
    assert report.bounce is not None
    assert report.bounce.recipient == "gone@y.cz"


def test_no_text_can_be_refused_by_a_database() -> None:
    mail = parse_mail(
        b"From: a@b.cz (\0)\nSubject: \0 \xed\xa0\x80\nX: \0\nContent-Type: multipart/mixed; boundary=x\n\n"
        b"--x\n\n\0a\n--x\n"
        b'Content-Type: text/html\n\n\0<p title="\0">&#0;&#xD800;b\n--x\n'
        b'Content-Type: a/b; name="\0.txt"\nContent-ID: <\0>\n\n--x--\n'
    )
    shown = [mail.subject, mail.text, mail.reply, mail.html or "", *mail.headers["x"]]
    shown += [f"{found.filename} {found.content_id}" for found in mail.attachments]
    for text in shown:
        assert "\0" not in text
        text.encode("utf-8")


def test_a_message_above_the_cap_is_not_opened() -> None:
    mail = parse_mail(b"From: a@b.cz\n\n" + b" " * LIMITS.message)
    assert (mail.author, mail.defects) == (None, ("unparsable", "message-too-large"))


def test_what_should_not_happen_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(octets: bytes) -> None:
        raise RecursionError

    monkeypatch.setattr(parse, "read_structure", fail)
    mail = parse_mail(MESSAGE)
    assert mail.author is None
    assert mail.author_problem is not None
    assert mail.defects == ("unparsable", "RecursionError")


@pytest.fixture
def hang_guard() -> Iterator[None]:
    """Ends a test that hangs. Not a measurement: the cases take well below a second."""

    def stop(number: int, frame: object) -> None:
        pytest.fail("the parser did not finish")

    previous = signal.signal(signal.SIGALRM, stop)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)


FROM = b"From: a@b.cz\r\n"
HTML = FROM + b"Content-Type: text/html\r\n\r\n"


@pytest.mark.usefixtures("hang_guard")
@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"From: " + b"," * 50_000 + b"\r\n\r\nx", id="commas in From"),
        pytest.param(b"From: " + b"(" * 5_000 + b"a@b.cz" + b")" * 5_000 + b"\r\n\r\nx", id="nested comments"),
        pytest.param(FROM + b"To: " + b"(" * 60_000 + b"\r\n\r\nx", id="open comments"),
        pytest.param(FROM + b"Message-ID: <[[[[\r\n\r\nx", id="brackets in Message-ID"),
        pytest.param(
            FROM
            + b"Content-Type: text/plain;"
            + b"".join(b" p%d=x;" % number for number in range(5_000))
            + b"\r\n\r\nx",
            id="parameters",
        ),
        pytest.param(FROM + b"Content-Type: a/b;" + b";" * 60_000 + b"\r\n\r\nx", id="semicolons"),
        pytest.param(
            FROM
            + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1_500)),
            id="nested multiparts",
        ),
        pytest.param(
            FROM + b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--ab\n" * 1_000_000, id="almost delimiters"
        ),
        pytest.param(b" " * 10_000_000, id="spaces"),
        pytest.param(FROM + b"Subject: " + b" \r\n" * 1_000_000 + b"\r\nx", id="folded spaces"),
        pytest.param(FROM + b"Subject: " + b"=?a?q?x" * 9_000 + b"\r\n\r\nx", id="open words"),
        pytest.param(b"A: b\r\n" * 300_000 + b"\r\nx", id="fields"),
        pytest.param(b"x\r\n" * 500_000 + b"A: b\r\n\r\n", id="malformed lines"),
        pytest.param(HTML + b"<div>" * 100_000, id="nested div"),
        pytest.param(HTML + b"<blockquote>x" * 50_000, id="nested quotations"),
        pytest.param(HTML + b"<table>x</table>" * 50_000, id="text between tables"),
        pytest.param(HTML + b"<a <a " * 100_000, id="open tags"),
        pytest.param(HTML + b"<!--" * 200_000, id="open comments in HTML"),
        pytest.param(HTML + b"<a " + b'="<a"' * 200_000 + b">", id="open tags in quoted values"),
        pytest.param(HTML + b"&" * 1_000_000, id="ampersands in HTML"),
        pytest.param(HTML + b"<ol><li>" * 100_000, id="lists in lists"),
        pytest.param(FROM + b"Content-Transfer-Encoding: base64\n\n" + b"AA==\n" * 500_000, id="padded base64"),
        pytest.param(FROM + b"\n" + b"begin 644 x\n#0V%T\nend\n" * 100_000, id="uuencoded files"),
        pytest.param(FROM + b"\n" + b"> a\n" * 200_000, id="quoted lines"),
        pytest.param(FROM + b"References: " + b"<a@b> " * 50_000 + b"\n\nx", id="references"),
    ],
)
def test_hostile_input_is_read_soon(octets: bytes) -> None:
    mail = parse_mail(octets)
    assert "unparsable" not in mail.defects


PIECES = st.sampled_from(
    [b"From: a@b.cz\n", b"Subject: ", b"=?utf-8?Q?x?=", b"Content-Type: multipart/mixed; boundary=b\n", b"\n", b"--b\n",
     b"--b--\n", b"Content-Type: text/html\n", b"<p>x", b"<blockquote>", b"Content-Transfer-Encoding: base64\n",
     b"Content-Type: message/rfc822\n", b"Content-Type: application/ms-tnef\n", b"\x78\x9f\x3e\x22\0\0",
     b"begin 644 x\n",
     b"Content-Disposition: attachment; filename*0*=utf-8''x\n", b"\xc5\xbe", b"\xff", b"\0", b"\r", b" ", b"> x\n",
     b"Date: x\n", b"Content-Type: text/plain; charset=iso-2022-jp; format=flowed\n", b"\x1b$B", b"text \n"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40))
def test_any_message_is_read_and_each_attachment_found_again(pieces: list[bytes]) -> None:
    octets = b"".join(pieces)
    mail = parse_mail(octets)
    assert "unparsable" not in mail.defects
    for attachment in mail.attachments:
        if attachment.part is not None:
            assert len(extract_part(octets, attachment.part)) == attachment.size
        else:
            assert attachment.content is not None


@given(st.binary(max_size=400))
def test_any_octets_are_read(octets: bytes) -> None:
    assert "unparsable" not in parse_mail(octets).defects
