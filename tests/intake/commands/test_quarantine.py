"""`intake quarantine`: everything a person can decide about a held request, and a preview that does nothing."""

import asyncio
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from authz.decision import Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind
from authz.policy import MAIL_RULES
from channels.mail.gateway import MailRereader
from channels.mail.signer import MailSigner
from intake.people import ContactData
from intake.queries import Window
from intake.receive import Inbound, Receiver
from intake.submission import RawInbound
from store.blobs import BlobStore
from store.queries import StoreQueries
from tests.intake.commands.conftest import Run
from tests.store.world import ADMIN, AT, World

NUMBERS = count()
# Clears the screen, renames the window, writes from right to left, and rings.
NASTY = "Fronta \x1b[2J\x1b]0;owned\x07 \u202e\u2066 zvoní\r"


def hold(desk: World, folder: Path, address: str = "jana@acme.example") -> str:
    """A mail nobody could prove; returns its number in the quarantine."""
    octets = f"Subject: =?utf-8?q?x?=\r\n\r\nSpadla fronta {next(NUMBERS)}. {NASTY}\r\n".encode()
    submission = MailRereader(frozenset()).read(octets)
    check = Check(proof=Proof.DKIM, outcome=Outcome.FAIL, binds=True, detail=f"the body was changed {NASTY}")
    inbound = Inbound(
        raw=RawInbound(channel=Channel.MAIL, account="a", source_key=f"{next(NUMBERS)}", received_at=AT, octets=octets),
        claim=Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value=address, shown=address),
        evidence=Evidence((check,)),
        submission=submission,
        rules=replace(MAIL_RULES, unknown=Verdict.HOLD),
    )
    signer = MailSigner([b"a secret of thirty-two octets....."], "helpdesk@intake.example")
    receiver = Receiver(desk.writer, BlobStore(desk.engine, folder / "blobs"), signer)
    return str(asyncio.run(receiver.receive(inbound)).ledger_id)


def audited(desk: World, held: str) -> list[str]:
    lines = StoreQueries(desk.engine).audit("quarantine", held, Window()).items
    return [line.action for line in lines if "(command line)" in line.actor.name]


def test_what_is_held_is_listed_and_shown_with_its_evidence(desk: World, run: Run, tmp_path: Path) -> None:
    number = hold(desk, tmp_path)
    assert number in run("quarantine", "list")
    said = run("quarantine", "show", number)
    assert "author-unverified" in said
    assert "the body was changed" in said
    assert "to get in" in said
    assert "Spadla fronta" in said


def test_the_preview_does_nothing_to_the_terminal(desk: World, run: Run, tmp_path: Path) -> None:
    number = hold(desk, tmp_path)
    said = run("quarantine", "show", number) + run("quarantine", "list") + run("ledger", "show", number)
    assert not {char for char in said if not char.isprintable()} - {"\n", "\t"}
    assert "\\x1b[2J" in said


def test_a_request_is_released_once_and_its_address_stays_as_it_was(desk: World, run: Run, tmp_path: Path) -> None:
    number = hold(desk, tmp_path)
    assert "released as ticket" in run("quarantine", "release", number, "--note", "zavolala")
    assert audited(desk, number) == ["released"]
    assert number not in run("quarantine", "list")
    for again in ("release", "reject"):
        assert "was released by" in run("quarantine", again, number, code=1)


def test_a_release_may_authorize_the_address(desk: World, run: Run, tmp_path: Path) -> None:
    other = ContactData(customer_id=desk.acme.id, name="Nová Osoba")
    contact = desk.do(lambda tx: tx.people.add_contact(other, by=ADMIN, at=AT))
    held = hold(desk, tmp_path, "nova@acme.example")
    run("quarantine", "release", held, "--contact", str(contact.id), "--authorize")
    page = StoreQueries(desk.engine).addresses(Window(), contact_id=contact.id)
    assert [each.address for each in page.items] == ["nova@acme.example"]
    assert "released" in audited(desk, held)


def test_a_request_is_rejected_and_makes_no_ticket(desk: World, run: Run, tmp_path: Path) -> None:
    number = hold(desk, tmp_path)
    assert f"rejected {number}" in run("quarantine", "reject", number)
    assert audited(desk, number) == ["rejected"]
    assert "rejected by" in run("quarantine", "show", number)
    assert run("quarantine", "reject", number, code=1)


@pytest.mark.parametrize("command", ["show", "release", "reject"])
def test_what_is_not_there_is_said(run: Run, command: str) -> None:
    assert "4711" in run("quarantine", command, "4711", code=1)
