"""Attachments: names, digests, what is inside containers, and reading one again from the stored message."""

import base64
import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tnefparse import TNEF

from channels.mail.attachments import clean_filename
from channels.mail.parse import extract_part, parse_mail
from channels.mail.tnef import TnefError, read_tnef
from tests.channels.mail.test_parse_structure import multipart

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)


def attached(headers: str, content: bytes) -> bytes:
    return headers.encode() + b"\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(content)


def test_each_attachment_is_described_and_can_be_read_again() -> None:
    logo_part = attached("Content-Type: image/png\nContent-ID: <logo@x>", PNG)
    octets = multipart(
        "x",
        b"Content-Type: text/plain\n\nhello",
        multipart("r", b"Content-Type: text/html\n\n<img src=cid:logo@x>", logo_part, kind="related"),
        attached("Content-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf", b"%PDF-1"),
    )  # fmt: skip
    logo, pdf = parse_mail(octets).attachments
    assert (logo.filename, logo.content_type, logo.inline, logo.content_id) == (
        "image-1.png",
        "image/png",
        True,
        "logo@x",
    )
    assert (pdf.filename, pdf.size, pdf.inline) == ("a.pdf", 6, False)
    assert pdf.sha256 == hashlib.sha256(b"%PDF-1").hexdigest()
    assert (pdf.part, pdf.content) == (3, None)
    assert extract_part(octets, 3) == b"%PDF-1"
    assert extract_part(octets, logo.part or 0) == PNG
    for missing in (4, -1):
        with pytest.raises(IndexError):
            extract_part(octets, missing)


def test_a_picture_nobody_refers_to_is_an_attachment() -> None:
    octets = multipart(
        "x",
        b"Content-Type: text/html\n\n<p>x",
        attached("Content-Type: image/png\nContent-ID: <a@x>", PNG),
        kind="related",
    )
    assert [found.inline for found in parse_mail(octets).attachments] == [False]


@pytest.mark.parametrize("encoding", ["", "Content-Transfer-Encoding: base64\n"])
def test_a_nested_message_is_kept_octet_by_octet(encoding: str) -> None:
    inner = b"From: a@b.cz\nSubject:  odd   spacing\n\nhello"
    body = base64.encodebytes(inner) if encoding else inner
    octets = multipart("x", b"\nsee", b"Content-Type: message/rfc822\n" + encoding.encode() + b"\n" + body)
    (found,) = parse_mail(octets).attachments
    assert (found.filename, found.content_type) == ("message-1.eml", "message/rfc822")
    assert extract_part(octets, 1) == inner


def test_a_delivery_status_is_an_attachment() -> None:
    octets = multipart("x", b"\nsee", b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n")
    assert [found.filename for found in parse_mail(octets).attachments] == ["delivery-status-1.txt"]


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("C:\\Users\\jan\\report.doc", "report.doc"),
        ("../../etc/passwd", "passwd"),
        ("..", ""),
        ("a\r\nb\0.txt", "ab.txt"),
        ("invoice\u202etxt.exe", "invoicetxt.exe"),
        ("'quoted.pdf'", "quoted.pdf"),
        ("x" * 300 + ".pdf", "x" * 180 + ".pdf"),
        ("příloha č. 1.pdf", "příloha č. 1.pdf"),
    ],
)
def test_a_file_name_is_only_a_name(name: str, cleaned: str) -> None:
    assert clean_filename(name) == cleaned


@pytest.mark.parametrize(
    ("content_type", "name"),
    [
        ("image/jpeg", "image-1.jpg"),
        ("application/pdf", "file-1.pdf"),
        ("text/calendar", "text-1.ics"),
        ("x/y", "file-1.bin"),
    ],
)
def test_a_missing_name_is_made_from_the_type(content_type: str, name: str) -> None:
    octets = multipart("x", b"\nsee", f"Content-Type: {content_type}\nContent-Disposition: attachment\n\nx".encode())
    assert [found.filename for found in parse_mail(octets).attachments] == [name]


def test_a_program_labelled_as_a_picture_is_told() -> None:
    mail = parse_mail(multipart("x", b"\nsee", attached("Content-Type: image/png; name=a.png", b"MZ\x90\0")))
    assert "attachment-mislabelled" in mail.defects


def attribute(level: int, name: int, data: bytes, kind: int = 6) -> bytes:
    return struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def mapi(*properties: tuple[int, int, bytes]) -> bytes:
    out = struct.pack("<I", len(properties))
    for kind, name, value in properties:
        out += struct.pack("<HH", kind, name)
        out += value if kind == 3 else struct.pack("<II", 1, len(value)) + value + bytes(-len(value) % 4)
    return out


def winmail() -> bytes:
    """A container such as Outlook makes: a body in UTF-16, one file with a short and a long name, one without."""
    body = (0x1F, 0x1000, "Příloha je uvnitř.\r\n\0".encode("utf-16-le"))
    return b"".join(
        (
            struct.pack("<IH", 0x223E9F78, 1),
            attribute(1, 0x9006, struct.pack("<I", 0x10000), 8),
            attribute(1, 0x9007, struct.pack("<II", 1250, 0)),
            attribute(1, 0x9003, mapi(body, (3, 0x3FDE, b"\xe9\xfd\0\0"))),
            attribute(2, 0x9002, bytes(14)),
            attribute(2, 0x8010, b"PRILOH~1.PDF\0", 1),
            attribute(2, 0x800F, b"%PDF-1.4"),
            attribute(2, 0x9005, mapi((0x1E, 0x3707, "příloha.pdf\0".encode("cp1250")))),
            attribute(2, 0x9002, bytes(14)),
            attribute(2, 0x8010, b"note.txt\0", 1),
            attribute(2, 0x800F, b"hello"),
        )
    )  # fmt: skip


def test_our_container_is_one_to_another_reader_too() -> None:
    other = TNEF(winmail())
    assert [(found.long_filename().rstrip("\0"), found.data) for found in other.attachments] == [
        ("příloha.pdf", b"%PDF-1.4"),
        ("note.txt", b"hello"),
    ]


def test_winmail_dat_is_opened() -> None:
    octets = multipart(
        "x",
        b"Content-Type: text/plain\n\n",
        attached("Content-Type: application/ms-tnef; name=winmail.dat", winmail()),
    )
    mail = parse_mail(octets)
    assert mail.text == "Příloha je uvnitř."
    assert [(found.filename, found.content_type, found.content, found.part) for found in mail.attachments] == [
        ("příloha.pdf", "application/pdf", b"%PDF-1.4", None),
        ("note.txt", "text/plain", b"hello", None),
    ]


def test_an_undeclared_name_is_in_the_charset_of_its_part() -> None:
    value = "Content-Type: text/plain; charset=iso-8859-2; name=šíř.txt\nContent-Disposition: attachment".encode(
        "iso8859-2"
    )
    mail = parse_mail(multipart("x", b"\nhi", value + b"\n\nx"))
    assert [found.filename for found in mail.attachments] == ["šíř.txt"]


def test_the_html_of_a_container_is_the_mail_when_it_has_no_other() -> None:
    html = (0x102, 0x1013, "<p>žluťoučký</p>".encode("cp1250"))
    named = struct.pack("<HH", 3, 0x8001) + bytes(16) + struct.pack("<II", 0, 0x8503) + bytes(4)
    text_named = struct.pack("<HH", 3, 0x8002) + bytes(16) + struct.pack("<II", 1, 6) + b"a\0b\0\0\0\0\0" + bytes(4)
    properties = mapi(html)
    listed = struct.pack("<I", 3) + named + text_named + properties[4:]
    container = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x9007, struct.pack("<II", 1250, 0))
    mail = parse_mail(attached("Content-Type: application/ms-tnef", container + attribute(1, 0x9003, listed)))
    assert (mail.text, mail.html, mail.attachments) == ("žluťoučký", "<p>žluťoučký</p>", ())


def test_a_file_may_be_named_and_held_by_its_properties_alone() -> None:
    properties = mapi((0x1E, 0x3704, b"SHORT.TXT\0"), (0x102, 0x3701, b"content"))
    octets = struct.pack("<IH", 0x223E9F78, 1) + attribute(2, 0x9002, bytes(14)) + attribute(2, 0x9005, properties)
    assert read_tnef(octets).files == [("SHORT.TXT", b"content")]


def test_a_container_under_a_wrong_label_is_opened() -> None:
    mail = parse_mail(multipart("x", b"\nhi", attached("Content-Type: application/octet-stream", winmail())))
    assert [found.filename for found in mail.attachments] == ["příloha.pdf", "note.txt"]


def test_a_broken_container_stays_an_attachment() -> None:
    mail = parse_mail(multipart("x", b"\nhi", attached("Content-Type: application/ms-tnef; name=winmail.dat", b"junk")))
    assert [found.filename for found in mail.attachments] == ["winmail.dat"]
    assert "tnef-unreadable" in mail.defects


def test_a_container_cut_off_gives_what_it_has() -> None:
    assert [name for name, _ in read_tnef(winmail()[:-20]).files] == ["příloha.pdf"]


def test_a_container_that_counts_too_high_ends() -> None:
    lying = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x9003, struct.pack("<I", 0xFFFFFFFF) + bytes(8))
    assert read_tnef(lying).files == []


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 255))
def test_any_container_is_read_or_refused(tail: bytes, place: int, octet: int) -> None:
    damaged = bytearray(winmail())
    damaged[place % len(damaged)] = octet
    for octets in (bytes(damaged), winmail()[: place % 300] + tail):
        try:
            read_tnef(octets)
        except TnefError:
            assert octets[:4] != winmail()[:4] or len(octets) < 6
