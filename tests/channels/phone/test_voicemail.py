"""The PBX's voicemail mails."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind
from authz.phone.number import CallerKind, read_number
from authz.policy import MAIL_RULES
from channels.mail.gateway import MailRereader, claim_of
from channels.mail.normalize import make_submission
from channels.mail.parse import parse_mail
from channels.phone.voicemail import VoicemailNotice, read_voicemail_notice, released_voicemail, take_voicemail
from intake.ledger import LedgerEntry
from intake.ports import Receipt
from intake.quarantine import Quarantine, QuarantineError, Release
from intake.receive import Inbound, Receiver
from intake.submission import RawInbound, Submission
from store.blobs import BlobStore
from tests.channels.phone.calling import KNOWN, PBX, RANG, STRANGER
from tests.channels.phone.desk import SIGNER, Desk, set_up
from tests.store.world import ADMIN, world

SUBJECT = "[PBX]: New message 3 in mailbox 100"


def test_caller_and_box_are_read() -> None:
    headers = {"x-asterisk-callerid": ("+420777123456",), "x-asterisk-calleridname": ("Jan Novák",)}
    assert read_voicemail_notice(headers, SUBJECT) == VoicemailNotice(
        presented="+420777123456", caller_name="Jan Novák", box="100", message=3
    )


def test_the_subject_alone_names_no_caller() -> None:
    notice = read_voicemail_notice({}, f"Fwd: {SUBJECT}")
    assert notice is not None
    assert (notice.presented, notice.box) == (None, "100")
    assert read_number(notice.presented).kind is CallerKind.WITHHELD


def test_two_callers_are_none() -> None:
    notice = read_voicemail_notice({"x-asterisk-callerid": ("+420777123456", "+420602000001")}, "")
    assert notice is not None
    assert notice.presented is None


@pytest.mark.parametrize("subject", ["", "New message", "[PBX]: New message x in mailbox 100"])
def test_other_mail_is_no_notice(subject: str) -> None:
    assert read_voicemail_notice({}, subject) is None


# --- from the PBX's mail to the caller's ticket ---

PBX_ADDRESS = "asterisk@pbx.example"


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    with world(database_url) as small:
        yield set_up(small)


def mail(caller: str, *, author: str = PBX_ADDRESS, key: str = "1") -> Inbound:
    """A voicemail mail with its recording, as the mail channel reads it; its author is proved by DKIM."""
    octets = (
        f"From: PBX <{author}>\r\nTo: helpdesk@desk.example\r\nSubject: {SUBJECT}\r\n"
        f"X-Asterisk-CallerID: {caller}\r\nX-Asterisk-CallerIDName: Reditel\r\nMessage-ID: <{key}@pbx.example>\r\n"
        "Auto-Submitted: auto-generated\r\nIn-Reply-To: <1@desk.example>\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNew message 3.\r\n"
        '--b\r\nContent-Type: audio/x-wav; name="msg0003.wav"\r\nContent-Disposition: attachment\r\n\r\n'
        "RIFF\r\n--b--\r\n"
    ).encode()
    read = parse_mail(octets)
    raw = RawInbound(
        channel=Channel.MAIL, account="helpdesk@desk.example", source_key=key, received_at=RANG, octets=octets
    )
    inbound = Inbound(
        raw=raw,
        claim=claim_of(read),
        evidence=Evidence((Check(proof=Proof.DKIM, outcome=Outcome.PASS, binds=True, detail="signed"),)),
        submission=make_submission(read, own_addresses=frozenset()),
        rules=MAIL_RULES,
    )
    return take_voicemail(inbound, read.headers, {PBX_ADDRESS: PBX})


def receive(desk: Desk, folder: Path, inbound: Inbound) -> Receipt:
    receiver = Receiver(desk.writer, BlobStore(desk.engine, folder), SIGNER)
    return asyncio.run(receiver.receive(inbound))


def test_an_authorized_callers_voicemail_is_a_ticket_with_the_recording(desk: Desk, tmp_path: Path) -> None:
    receipt = receive(desk, tmp_path, mail(KNOWN))
    (page,) = desk.tickets()
    ticket = page.line.ticket
    assert (ticket.number, ticket.contact_id, ticket.channel) == (receipt.ticket_number, desk.contact_id, "phone")
    assert KNOWN in ticket.subject
    assert [(file.filename, file.content_type) for file in page.attachments] == [("msg0003.wav", "audio/x-wav")]
    assert receive(desk, tmp_path, mail(KNOWN)).duplicate


@pytest.mark.parametrize(("caller", "reason"), [(STRANGER, "caller-unknown"), ("anonymous", "caller-withheld")])
def test_a_voicemail_of_somebody_else_waits_for_a_person(desk: Desk, tmp_path: Path, caller: str, reason: str) -> None:
    receipt = receive(desk, tmp_path, mail(caller))
    assert (receipt.verdict, receipt.reason, desk.tickets()) == ("hold", reason, [])


def test_nobody_else_can_write_a_voicemail_for_a_caller(desk: Desk, tmp_path: Path) -> None:
    """The headers are in a genuine mail of a contact of another customer, who names our caller in them."""
    receive(desk, tmp_path, mail(KNOWN, author="karel@globex.example"))
    assert KNOWN not in [page.line.ticket.subject for page in desk.tickets()]
    assert desk.contact_id not in [page.line.ticket.contact_id for page in desk.tickets()]


def test_an_unproved_mail_of_the_pbx_is_a_mail_like_any_other() -> None:
    claim = Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value=PBX_ADDRESS, shown=PBX_ADDRESS)
    proved = mail(KNOWN, author="somebody@else.example")
    forged = Inbound(raw=proved.raw, claim=claim, evidence=Evidence(), submission=proved.submission, rules=proved.rules)
    headers = {"x-asterisk-callerid": (KNOWN,)}
    take = partial(take_voicemail, headers=headers, senders={PBX_ADDRESS: PBX})
    assert take(forged) is forged


# --- released from quarantine ---


def release(desk: Desk, folder: Path, held_id: int, **more: Any) -> Receipt:
    """A person's word for the held voicemail, by the parts the application has."""

    def reshape(entry: LedgerEntry, octets: bytes, submission: Submission) -> Submission:
        return released_voicemail(entry, submission, parse_mail(octets).headers)

    quarantine = Quarantine(
        desk.writer, BlobStore(desk.engine, folder), MailRereader(frozenset()), SIGNER, reshape=reshape
    )
    return asyncio.run(quarantine.release(Release(held_id=held_id, by=ADMIN, at=RANG, **more)))


def test_a_released_voicemail_is_the_callers_request_too(desk: Desk, tmp_path: Path) -> None:
    held = receive(desk, tmp_path, mail(STRANGER))
    release(desk, tmp_path, held.ledger_id, customer_id=desk.customer_id, contact_id=desk.contact_id)
    (page,) = desk.tickets()
    ticket = page.line.ticket
    assert (ticket.subject, ticket.channel, ticket.contact_id) == (
        f"Hlasová zpráva: Reditel {STRANGER}",
        "phone",
        desk.contact_id,
    )
    assert [file.content_type for file in page.attachments] == ["audio/x-wav"]


def test_its_number_can_be_authorized_with_the_release(desk: Desk, tmp_path: Path) -> None:
    held = receive(desk, tmp_path, mail(STRANGER))
    release(desk, tmp_path, held.ledger_id, customer_id=desk.customer_id, contact_id=desk.contact_id, authorize=True)
    assert receive(desk, tmp_path, mail(STRANGER, key="2")).verdict == "accept"


def test_a_hidden_callers_number_cannot_be_authorized(desk: Desk, tmp_path: Path) -> None:
    held = receive(desk, tmp_path, mail("anonymous"))
    with pytest.raises(QuarantineError):
        release(desk, tmp_path, held.ledger_id, customer_id=desk.customer_id, authorize=True)
    assert desk.tickets() == []
