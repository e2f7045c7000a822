"""Which parts are the text, and what the text is."""

import pytest

from channels.mail.flowed import unflow
from channels.mail.parse import parse_mail
from tests.channels.mail.test_decode_transfer import uuencode
from tests.channels.mail.test_parse_structure import multipart

PLAIN = b"Content-Type: text/plain\n\n"
HTML = b"Content-Type: text/html\n\n"


def test_an_alternative_reads_as_its_plain_text_and_shows_its_html() -> None:
    mail = parse_mail(multipart("x", PLAIN + b"plain", HTML + b"<p>rich</p>", kind="alternative"))
    assert (mail.text, mail.html, mail.attachments) == ("plain", "<p>rich</p>", ())


def test_a_blank_plain_part_beside_html_is_no_text() -> None:
    mail = parse_mail(multipart("x", PLAIN + b" \n", HTML + b"<p>rich</p>", kind="alternative"))
    assert mail.text == "rich"


def test_html_alone_is_read() -> None:
    mail = parse_mail(HTML + b"<p>one</p><p>two</p>")
    assert (mail.text, mail.html) == ("one\n\ntwo", "<p>one</p><p>two</p>")


def test_several_texts_are_joined_also_around_a_picture() -> None:
    mail = parse_mail(multipart("x", PLAIN + b"one", b"Content-Type: image/png\n\nPNG", PLAIN + b"two"))
    assert (mail.text, len(mail.attachments)) == ("one\ntwo", 1)


def test_texts_of_both_kinds_are_joined() -> None:
    mail = parse_mail(multipart("x", HTML + b"<p>rich</p>", PLAIN + b"a <list> footer"))
    assert mail.text == "rich\na <list> footer"
    assert mail.html is not None
    assert "a &lt;list&gt; footer" in mail.html


def test_html_within_related_within_alternative() -> None:
    related = multipart(
        "r", HTML + b'<img src="cid:a">', b"Content-Type: image/png\nContent-ID: <a>\n\nx", kind="related"
    )
    mail = parse_mail(multipart("x", PLAIN + b"plain", related, kind="alternative"))
    assert mail.text == "plain"
    assert mail.html == '<img src="cid:a">'
    assert [(found.inline, found.content_id) for found in mail.attachments] == [(True, "a")]


@pytest.mark.parametrize(
    "extra",
    [
        b"Content-Disposition: attachment\n",
        b"Content-Disposition: inline; filename=log.txt\n",
    ],
)
def test_a_text_file_is_an_attachment(extra: bytes) -> None:
    mail = parse_mail(multipart("x", PLAIN + b"see log", b"Content-Type: text/plain\n" + extra + b"\nlog line"))
    assert mail.text == "see log"
    assert [found.size for found in mail.attachments] == [8]


def test_a_single_part_may_be_an_attachment() -> None:
    mail = parse_mail(b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0=")
    assert mail.text == ""
    assert [(found.filename, found.size, found.part) for found in mail.attachments] == [("a.pdf", 5, 0)]


def test_the_charset_of_html_without_a_label_is_its_own() -> None:
    mail = parse_mail(HTML + '<meta charset="windows-1250"><p>žluťoučký</p>'.encode("cp1250"))
    assert mail.text == "žluťoučký"


def test_undeclared_header_text_is_in_the_charset_of_the_body() -> None:
    mail = parse_mail("Subject: dotaz k účtu\nContent-Type: text/plain; charset=iso-8859-2\n\nx".encode("iso8859-2"))
    assert mail.subject == "dotaz k účtu"
    assert "header-8bit" in mail.defects


def test_the_charset_of_the_body_is_taken_from_the_part_that_is_the_text() -> None:
    octets = multipart("x", "Content-Type: text/plain; charset=iso-8859-5\n\nпривет".encode("iso8859-5"))
    assert parse_mail("Subject: ЖЩ\n".encode("iso8859-5") + octets).subject == "ЖЩ"


def test_utf_7_is_shown_undecoded() -> None:
    mail = parse_mail(b"Content-Type: text/plain; charset=utf-7\n\nFr+APY-sche")
    assert (mail.text, mail.defects) == ("Fr+APY-sche", ("utf-7-refused",))


def test_line_ends_and_controls_are_cleaned() -> None:
    assert parse_mail(b"A: b\r\n\r\none\r\ntwo\r\r\nthree\0\x07\rfour\r\n").text == "one\ntwo\nthree\nfour"


def test_a_uuencoded_file_in_the_text_becomes_an_attachment() -> None:
    mail = parse_mail(b"Subject: x\n\nsee below\n" + uuencode("a.bin", b"content") + b"bye\n")
    assert mail.text == "see below\nbye"
    assert [(found.filename, found.content, found.part) for found in mail.attachments] == [("a.bin", b"content", None)]


def test_flowed_text_through_the_whole_parser() -> None:
    mail = parse_mail(b"Content-Type: text/plain; format=flowed\n\none \ntwo\n\n> quoted \n> more\n-- \nJan\n")
    assert mail.text == "one two\n\n> quoted more\n-- \nJan"


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("a \nb", "a b"),
        (" stuffed\n >no quote", "stuffed\n>no quote"),
        (">> deep \n> less", ">> deep\n> less"),
        ("a \n-- \nb", "a\n-- \nb"),
        ("a \n\nb", "a\n\nb"),
    ],
)
def test_flowed_lines(text: str, joined: str) -> None:
    assert unflow(text, delete_space=False) == joined


def test_delsp_joins_without_a_space() -> None:
    assert unflow("日本 \n語", delete_space=True) == "日本語"


def test_an_invitation_alone_is_readable() -> None:
    calendar = (
        "Content-Type: text/calendar; charset=utf-8; method=REQUEST\n\nBEGIN:VCALENDAR\nBEGIN:VTIMEZONE\n"
        "DTSTART:19700101T000000\nEND:VTIMEZONE\nBEGIN:VEVENT\nSUMMARY:Schůzka\\, druhá\n"
        'DTSTART;TZID="Europe/Prague":20261122T100000\nDTEND:20261122T100000Z\n'
        'ORGANIZER;CN="Novák, Jan":mailto:j@x.cz\n'
        "LOCATION:Pra\n ha\nDESCRIPTION:a\\nb\nBEGIN:VALARM\nDESCRIPTION:no\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    mail = parse_mail(calendar.encode())
    assert mail.text == (
        "Schůzka, druhá\n2026-11-22 10:00 (Europe/Prague) – 2026-11-22 10:00 UTC\nPraha\nNovák, Jan <j@x.cz>\n\na\nb"
    )
    assert [found.content_type for found in mail.attachments] == ["text/calendar"]
