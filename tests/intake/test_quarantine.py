"""A person decides about what is held: this once, or for all mail to come from that address."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from authz.decision import Verdict
from authz.policy import MAIL_RULES
from intake.ports import Receipt
from intake.quarantine import QuarantineError, Release
from intake.receive import Inbound
from intake.submission import RawInbound
from store import tables as t
from store.writer import GroupWriter
from tests.intake.test_receive import ADMIN, FAIL, JAN, NOW, PASS, Desk, mail

HOLDING = replace(MAIL_RULES, unknown=Verdict.HOLD)
NEW = replace(JAN, value="jan@home.example", shown="jan@home.example")


@pytest.fixture
def desk(engine: Engine, writer: GroupWriter, tmp_path: Path) -> Iterator[Desk]:
    return Desk(engine, writer, tmp_path / "blobs")


async def hold(desk: Desk, claim: object = NEW) -> Receipt:
    raw = RawInbound(channel=JAN.channel, account="a", source_key="k", received_at=NOW, octets=b"octets")
    inbound = Inbound(raw=raw, claim=claim, evidence=PASS, submission=mail(), rules=HOLDING)  # type: ignore[arg-type]
    receipt = await desk.receiver.receive(inbound)
    assert receipt.verdict is Verdict.HOLD
    return receipt


def release(held: Receipt, **more: object) -> Release:
    return replace(Release(held_id=held.ledger_id, by=ADMIN, at=NOW, authorize=True), **more)  # type: ignore[arg-type]


async def test_release_and_authorize_lets_the_next_mail_in(desk: Desk) -> None:
    held = await hold(desk)
    released = await desk.quarantine.release(release(held, contact_id=desk.jan))
    assert released.ticket_number == 1
    receipt = await desk.take(mail(text="Another."), claim=NEW)
    assert (receipt.verdict, receipt.ticket_number) == (Verdict.ACCEPT, 2)
    assert {(line.entity, line.action) for line in desk.rows(t.audit)} == {  # type: ignore[attr-defined]
        ("address", "added"),
        ("quarantine", "released"),
    }


async def test_an_authorized_address_still_has_to_be_proved(desk: Desk) -> None:
    await desk.quarantine.release(release(await hold(desk), contact_id=desk.jan))
    assert (await desk.take(mail(text="Another."), claim=NEW, evidence=FAIL)).verdict is Verdict.HOLD


async def test_release_once_authorizes_nothing(desk: Desk) -> None:
    await desk.quarantine.release(release(await hold(desk), contact_id=desk.jan, authorize=False))
    assert (await desk.take(mail(text="Another."), claim=NEW)).verdict is Verdict.REJECT


async def test_an_address_belongs_to_a_contact_somebody_names(desk: Desk) -> None:
    held = await hold(desk)
    with pytest.raises(QuarantineError, match="which contact"):
        await desk.quarantine.release(release(held, customer_id=desk.firma))
    assert (desk.count(t.tickets), desk.count(t.audit)) == (0, 0)


async def test_an_address_of_another_customer_is_not_taken_over(desk: Desk) -> None:
    """Nothing of the release is done then."""
    held = await desk.take(mail(), claim=replace(JAN, value="petr@other.cz"), evidence=FAIL)
    with pytest.raises(QuarantineError):
        await desk.quarantine.release(release(held, contact_id=desk.jan))
    assert (desk.count(t.tickets), desk.count(t.audit)) == (0, 0)


async def test_what_is_listed_already_lacks_only_proof(desk: Desk) -> None:
    held = await desk.take(mail(), evidence=FAIL)
    with pytest.raises(QuarantineError, match="authorized already"):
        await desk.quarantine.release(release(held))


async def test_what_names_nobody_cannot_be_authorized(desk: Desk) -> None:
    nobody = replace(JAN, value=None, shown="jan@firma.cz, eva@firma.cz", problem="author-ambiguous")
    held = await hold(desk, nobody)
    with pytest.raises(QuarantineError, match="no single mail address"):
        await desk.quarantine.release(release(held, contact_id=desk.jan))
