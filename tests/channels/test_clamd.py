"""ClamAV in earnest: its daemon finds the EICAR string, says when it cannot look, and may be down."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import Engine

from authz.decision import Reason, Verdict
from authz.policy import MAIL_RULES
from channels.clamd import Clamd
from intake.files.scanning import ScanState, WhenDown
from intake.ports import Receipt
from intake.receive import Inbound, Receiver
from intake.submission import Attachment, RawInbound
from store import tables as t
from store.blobs import BlobStore
from store.writer import GroupWriter
from tests.intake.test_receive import FAIL, JAN, NOW, PASS, Desk, PlainSigner, mail
from tests.servers.clamd import EICAR, SIGNATURE, ClamdServer, clamd

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def daemon() -> Iterator[ClamdServer]:
    with clamd() as server:
        yield server


def with_attachment(content: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "jan@firma.cz", "Invoice"
    message.set_content("See the attachment.")
    message.add_attachment(content, maintype="application", subtype="pdf", filename="invoice.pdf")
    return message.as_bytes()


async def test_it_answers_by_socket_and_by_port(daemon: ClamdServer) -> None:
    assert await Clamd(socket=daemon.socket).ping() is None
    assert await Clamd(port=daemon.port).ping() is None


async def test_the_test_string_is_found_inside_a_mail_and_a_clean_mail_is_clean(daemon: ClamdServer) -> None:
    scanner = Clamd(socket=daemon.socket)
    infected = with_attachment(EICAR)
    assert EICAR not in infected
    assert base64.b64encode(EICAR)[:20] in infected
    found = await scanner.scan((infected,))
    assert (found.state, found.detail.removesuffix(".UNOFFICIAL")) == (ScanState.INFECTED, SIGNATURE)
    assert (await scanner.scan((with_attachment(b"%PDF-1.7"),))).state is ScanState.CLEAN
    assert (await scanner.scan((b"clean", EICAR))).state is ScanState.INFECTED
    assert (await scanner.scan((b"",))).state is ScanState.CLEAN


async def test_what_is_too_large_for_it_was_not_looked_at(daemon: ClamdServer) -> None:
    found = await Clamd(port=daemon.port).scan((b"x" * 3_000_000,))
    assert found.state is ScanState.UNAVAILABLE


async def test_nobody_there_is_no_finding(tmp_path: Path) -> None:
    found = await Clamd(socket=tmp_path / "none.sock").scan((b"x",))
    assert (found.state, bool(found.detail)) == (ScanState.UNAVAILABLE, True)


@pytest.fixture
def desk(engine: Engine, writer: GroupWriter, tmp_path: Path) -> Desk:
    return Desk(engine, writer, tmp_path / "blobs")


async def take(
    desk: Desk, writer: GroupWriter, tmp_path: Path, scanner: Clamd, octets: bytes, **more: object
) -> Receipt:
    receiver = Receiver(writer, BlobStore(desk.engine, tmp_path / "blobs"), PlainSigner(), scanner=scanner)
    raw = RawInbound(
        channel=JAN.channel, account="helpdesk@intake.test", source_key="one", received_at=NOW, octets=octets
    )
    inbound = Inbound(raw=raw, claim=JAN, evidence=PASS, submission=mail(), rules=MAIL_RULES)
    return await receiver.receive(replace(inbound, **more))


async def test_an_infected_mail_is_held_with_the_finding_on_record(
    daemon: ClamdServer, desk: Desk, writer: GroupWriter, tmp_path: Path
) -> None:
    receipt = await take(desk, writer, tmp_path, Clamd(socket=daemon.socket), with_attachment(EICAR))
    assert (receipt.verdict, receipt.reason) == (Verdict.HOLD, Reason.INFECTED)
    assert desk.count(t.tickets) == 0
    (entry,) = desk.rows(t.ledger)
    assert SIGNATURE in entry.detail
    assert {name: entry.evidence[-1][name] for name in ("proof", "outcome", "binds")} == {
        "proof": "scan",
        "outcome": "fail",
        "binds": False,
    }


async def test_an_infected_mail_of_nobody_is_refused_like_any_other(
    daemon: ClamdServer, desk: Desk, writer: GroupWriter, tmp_path: Path
) -> None:
    nobody = replace(JAN, value="nobody@else.cz")
    scanner = Clamd(socket=daemon.socket)
    receipt = await take(desk, writer, tmp_path, scanner, with_attachment(EICAR), claim=nobody)
    assert (receipt.verdict, receipt.reason) == (Verdict.REJECT, Reason.AUTHOR_UNKNOWN)


async def test_a_clean_scan_proves_nothing_about_the_author(
    daemon: ClamdServer, desk: Desk, writer: GroupWriter, tmp_path: Path
) -> None:
    scanner = Clamd(socket=daemon.socket)
    receipt = await take(desk, writer, tmp_path, scanner, with_attachment(b"%PDF-1.7"), evidence=FAIL)
    assert (receipt.verdict, receipt.reason) == (Verdict.HOLD, Reason.AUTHOR_UNVERIFIED)


async def test_an_uploaded_file_is_looked_at_too(
    daemon: ClamdServer, desk: Desk, writer: GroupWriter, tmp_path: Path
) -> None:
    file = Attachment(filename="a.txt", content_type="text/plain", size=68, sha256="0" * 64, content=EICAR)
    scanner = Clamd(socket=daemon.socket)
    contact = replace(JAN, channel="web", kind="contact", value=str(desk.jan))
    raw = RawInbound(channel=contact.channel, account="web", source_key="web", received_at=NOW, octets=b"{}")
    upload = mail(attachments=(file,))
    receipt = await take(desk, writer, tmp_path, scanner, b"", claim=contact, raw=raw, submission=upload)
    assert (receipt.verdict, receipt.reason) == (Verdict.HOLD, Reason.INFECTED)


@pytest.mark.parametrize(
    ("when_down", "verdict"),
    [(WhenDown.RETRY, Verdict.RETRY), (WhenDown.HOLD, Verdict.HOLD), (WhenDown.ACCEPT, Verdict.ACCEPT)],
)
async def test_while_it_is_down_the_operators_choice_counts(
    desk: Desk, writer: GroupWriter, tmp_path: Path, when_down: WhenDown, verdict: Verdict
) -> None:
    scanner = Clamd(socket=tmp_path / "none.sock", when_down=when_down)
    receipt = await take(desk, writer, tmp_path, scanner, with_attachment(b"%PDF-1.7"))
    assert receipt.verdict is verdict
    (entry,) = desk.rows(t.ledger)
    assert "not looked at" in entry.evidence[-1]["detail"]
