"""Files: what they are, which are withheld, and that what is withheld is given to nobody until it is given out."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from authz.decision import Reason, Verdict
from authz.policy import MAIL_RULES
from intake.files.downloads import WithheldError, download_headers, image_headers, read_octets
from intake.files.policy import FilePolicy, is_of_kind, kind_problem
from intake.files.shown_html import show_images
from intake.files.types import detect_type, real_type
from intake.files.values import give_out
from intake.house import House
from intake.ports import Receipt
from intake.receive import Inbound, Receiver
from intake.submission import Attachment, RawInbound
from intake.tickets.model import StoredAttachment
from store import tables as t
from store.blobs import BlobStore
from store.queries import StoreQueries
from store.writer import GroupWriter
from tests.intake.test_receive import ADMIN, JAN, NOW, PASS, Desk, PlainReader, PlainSigner, mail

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
PROGRAM = b"MZ\x90\0" + bytes(80)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("label", "octets", "real"),
    [
        ("image/png", PNG, None),
        ("image/x-png", PNG, None),
        ("image/jpeg", PNG, "image/png"),
        ("application/pdf", PROGRAM, "application/vnd.microsoft.portable-executable"),
        ("application/octet-stream", PNG, "image/png"),
        (DOCX, zipped("word/document.xml"), None),
        ("application/octet-stream", zipped("word/document.xml"), DOCX),
        ("application/pdf", zipped("x.exe"), "application/zip"),
        ("text/plain", b"MZDA za prosinec bude vyplacena podle tabulky, kterou posilam v priloze.", None),
        ("text/plain", b"BMW X5 nejde nastartovat, prosim o odtazeni do servisu, dekuji pekne Jan.", None),
        ("text/plain", b"plain words", None),
        ("application/zip", b"PK\x03\x04 broken", None),
        ("text/plain", b"", None),
    ],
)
def test_a_file_is_known_by_its_octets_where_its_label_says_something_else(
    label: str, octets: bytes, real: str | None
) -> None:
    assert real_type(label, octets) == real


@given(st.binary(max_size=200), st.sampled_from([b"", b"PK\x03\x04", b"MZ", b"RIFF"]))
def test_no_octets_make_the_look_fail(octets: bytes, head: bytes) -> None:
    detect_type(head + octets)


def file(name: str, kind: str = "application/octet-stream", **more: object) -> Attachment:
    values = {"size": 3, "sha256": "a" * 64, "content": b"abc"} | more
    return Attachment(filename=name, content_type=kind, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (file("setup.EXE"), "executable"),
        (file("faktura.pdf.scr"), "executable"),
        (file("a.png", "image/png", detected_type="application/x-executable"), "executable"),
        (file("a.xlsm"), "macro"),
        (file("a.dat", detected_type="application/vnd.rar"), "archive"),
        (file("a.png", "image/png", detected_type="application/pdf"), "mislabelled"),
        (file("a.ISO"), ".iso"),
        (file("a.svg", "image/svg+xml"), "image/*"),
        (file("a.zip", "application/zip"), "application/zip"),
    ],
)
def test_a_kind_is_known_by_content_label_or_name(found: Attachment, kind: str) -> None:
    assert is_of_kind(found, kind)
    assert not is_of_kind(file("plan.pdf", "application/pdf"), kind)


def test_a_mute_label_is_not_mislabelled() -> None:
    assert not is_of_kind(file("a.pdf", detected_type="application/pdf"), "mislabelled")


def test_a_kind_there_is_not_is_told() -> None:
    assert kind_problem("exe") is not None
    assert kind_problem(".exe") is kind_problem("image/*") is kind_problem("executable") is None


@pytest.fixture
def desk(engine: Engine, writer: GroupWriter, tmp_path: Path) -> Desk:
    return Desk(engine, writer, tmp_path / "blobs")


async def take(desk: Desk, writer: GroupWriter, folder: Path, policy: FilePolicy, *files: Attachment) -> Receipt:
    receiver = Receiver(writer, BlobStore(desk.engine, folder), PlainSigner(), house=House(files=policy))
    raw = RawInbound(
        channel=JAN.channel, account="helpdesk@intake.test", source_key="one", received_at=NOW, octets=b"raw"
    )
    submission = mail(attachments=files)
    return await receiver.receive(Inbound(raw=raw, claim=JAN, evidence=PASS, submission=submission, rules=MAIL_RULES))


async def test_a_program_is_kept_but_given_to_nobody_until_somebody_gives_it_out(
    desk: Desk, writer: GroupWriter, tmp_path: Path
) -> None:
    blobs = BlobStore(desk.engine, tmp_path)
    received = await take(desk, writer, tmp_path, FilePolicy(), file("setup.exe"), file("plan.pdf"))
    assert received.verdict is Verdict.ACCEPT
    queries = StoreQueries(desk.engine)
    page = queries.ticket_page(1, NOW)
    assert page is not None
    setup, plan = page.attachments
    assert (setup.withheld, plan.withheld) == ("executable", None)
    assert page.events[1].detail["withheld"] == "setup.exe"
    assert read_octets(plan, blobs, PlainReader()) == b"abc"
    with pytest.raises(WithheldError):
        read_octets(setup, blobs, PlainReader())

    assert writer.submit(lambda tx: give_out(tx, 1, setup.id, by=ADMIN, at=NOW)).result()
    assert not writer.submit(lambda tx: give_out(tx, 1, setup.id, by=ADMIN, at=NOW)).result()
    given = queries.attachment(setup.id)
    assert given is not None
    assert read_octets(given, blobs, PlainReader()) == b"abc"
    again = queries.ticket_page(1, NOW)
    assert again is not None
    assert (again.events[-1].kind, again.events[-1].actor.name) == ("file", "Eva")


async def test_a_request_with_a_file_of_a_held_kind_waits(desk: Desk, writer: GroupWriter, tmp_path: Path) -> None:
    receipt = await take(desk, writer, tmp_path, FilePolicy(hold=("macro",)), file("a.xlsm"))
    assert (receipt.verdict, receipt.reason) == (Verdict.HOLD, Reason.FILE_REFUSED)


async def test_a_request_with_a_file_of_a_refused_kind_is_not_taken(
    desk: Desk, writer: GroupWriter, tmp_path: Path
) -> None:
    receipt = await take(desk, writer, tmp_path, FilePolicy(refuse=(".iso",)), file("a.iso"))
    assert (receipt.verdict, receipt.reason) == (Verdict.REJECT, Reason.FILE_REFUSED)
    assert desk.count(t.blobs) == 0


async def test_sizes_and_numbers_have_limits(desk: Desk, writer: GroupWriter, tmp_path: Path) -> None:
    policy = FilePolicy(max_octets=2, max_files=1)
    assert policy.withheld(file("plan.pdf")) == "too-large"
    receipt = await take(desk, writer, tmp_path, policy, file("a.pdf"), file("b.pdf"))
    assert (receipt.verdict, receipt.reason) == (Verdict.HOLD, Reason.FILE_REFUSED)


def stored(content_id: str, kind: str = "image/png", **more: object) -> StoredAttachment:
    values = {"detected_type": None, "withheld": None} | more
    return StoredAttachment(
        id=7,
        ticket_id=1,
        comment_id=2,
        filename='obrázek "1".png',
        content_type=kind,
        size=3,
        sha256="a" * 64,
        inline=True,
        content_id=content_id,
        blob="b",
        part=1,
        **values,  # type: ignore[arg-type]
    )


def test_a_picture_of_the_mail_is_shown_in_its_place() -> None:
    html = '<p>A <img alt="x" src="cid:a&amp;b@c"> B <img src="cid:other"></p>'
    shown = show_images(html, [stored("a&b@c")], lambda each: f'/files/{each.id}?"')
    assert shown == '<p>A <img alt="x" src="/files/7?&quot;"> B <img></p>'


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "image/svg+xml"},
        {"kind": "text/html"},
        {"detected_type": "application/pdf"},
        {"withheld": "executable"},
    ],
)
def test_what_is_no_plain_picture_is_never_shown(more: dict[str, object]) -> None:
    picture = stored("a", **more)  # type: ignore[arg-type]
    assert show_images('<img src="cid:a">', [picture], lambda _: "/x") == "<img>"
    assert image_headers(picture) is None


def test_a_picture_under_a_mute_label_is_shown_as_what_it_is() -> None:
    headers = image_headers(stored("a", "application/octet-stream", detected_type="image/png"))
    assert headers is not None
    assert headers["Content-Type"] == "image/png"
    assert headers["Content-Disposition"].startswith("inline; ")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ('výpis "1".pdf', "v_pis _1_.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a__Set-Cookie_ x.pdf"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("evil\u202efdp.exe", "evil_fdp.exe"),
    ],
)
def test_a_download_is_saved_under_a_plain_and_an_exact_name(name: str, plain: str) -> None:
    # RFC 6266 §4
    headers = download_headers(name, "text/html", "a" * 64)
    disposition = headers["Content-Disposition"]
    assert disposition.startswith(f"attachment; filename=\"{plain}\"; filename*=UTF-8''")
    assert disposition.isascii()
    assert disposition.isprintable()
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
