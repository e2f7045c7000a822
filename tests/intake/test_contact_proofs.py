"""A reply address and a log-in prove one contact: their owner gets in, whoever got hold of them gains nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from authz.decision import Reason, Verdict
from authz.evidence import Evidence
from authz.identity import Claim
from authz.policy import MAIL_RULES, Rules
from intake.ports import Receipt
from intake.receive import Inbound
from intake.submission import RawInbound
from store import tables as t
from store.writer import GroupWriter
from tests.intake.test_receive import FAIL, JAN, NOW, TEMPORARY, Desk, mail

PETR = replace(JAN, value="petr@other.cz", shown="petr@other.cz")
EVA = replace(JAN, value="eva@firma.cz", shown="eva@firma.cz")


class AnsweredDesk(Desk):
    """A desk where Jan has one ticket, Jan's colleague Eva is listed too, and Jan has a log-in."""

    ticket_id = 0

    async def fill(self) -> None:
        await self.take(mail())
        (ticket,) = self.rows(t.tickets)
        self.ticket_id = ticket.id  # type: ignore[attr-defined]
        with self.engine.begin() as connection:
            eva = self._add(connection, t.contacts, customer_id=self.firma, name="Eva", created_at=NOW)
            for contact, key in ((eva, "eva@firma.cz"), (None, "@firma.cz")):
                self._add(
                    connection, t.addresses, customer_id=self.firma, contact_id=contact, address=key, address_key=key
                )
            connection.execute(t.contacts.update().where(t.contacts.c.id == self.jan).values(login="jan"))

    async def answer(
        self,
        claim: Claim = JAN,
        *,
        evidence: Evidence = FAIL,
        login: str | None = None,
        token: bool = True,
        rules: Rules = MAIL_RULES,
    ) -> Receipt:
        self._count += 1
        raw = RawInbound(
            channel=claim.channel,
            account="helpdesk@intake.test",
            source_key=f"key-{self._count}",
            received_at=NOW,
            octets=b"octets",
        )
        submission = mail("Re: Phones", "More.", reply_token=str(self.ticket_id) if token else None)
        return await self.receiver.receive(
            Inbound(raw=raw, claim=claim, evidence=evidence, submission=submission, rules=rules, login=login)
        )


@pytest.fixture
def desk(engine: Engine, writer: GroupWriter, tmp_path: Path) -> Iterator[AnsweredDesk]:
    return AnsweredDesk(engine, writer, tmp_path / "blobs")


@pytest.mark.parametrize("evidence", [FAIL, TEMPORARY, Evidence()])
async def test_a_contact_whose_provider_breaks_dkim_can_answer_the_acknowledgement(
    desk: AnsweredDesk, evidence: Evidence
) -> None:
    await desk.fill()
    receipt = await desk.answer(evidence=evidence)
    assert (receipt.verdict, receipt.ticket_number) == (Verdict.ACCEPT, 1)
    entry = desk.rows(t.ledger)[-1]
    assert entry.evidence[0]["proof"] == "reply-address"  # type: ignore[attr-defined]
    assert entry.evidence[0]["binds"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("claim", [PETR, EVA, replace(JAN, value="other@firma.cz")], ids=lambda claim: str(claim.value))
async def test_a_reply_address_is_worth_nothing_with_somebody_elses_from(desk: AnsweredDesk, claim: Claim) -> None:
    """Another customer's contact, a colleague, and an address that only the company's whole domain covers."""
    await desk.fill()
    receipt = await desk.answer(claim)
    assert (receipt.verdict, receipt.reason) == (Verdict.HOLD, Reason.AUTHOR_UNVERIFIED)
    assert desk.count(t.comments) == 1
    assert "not the author's" in desk.rows(t.ledger)[-1].detail  # type: ignore[attr-defined]


async def test_a_reply_address_is_worth_nothing_for_a_stranger(desk: AnsweredDesk) -> None:
    await desk.fill()
    receipt = await desk.answer(replace(JAN, value="evil@bad.example"))
    assert (receipt.verdict, receipt.reason) == (Verdict.REJECT, Reason.AUTHOR_UNKNOWN)


async def test_a_reply_address_of_a_ticket_that_is_not_there_proves_nothing(desk: AnsweredDesk) -> None:
    await desk.fill()
    desk.ticket_id += 1
    assert (await desk.answer()).verdict is Verdict.HOLD


async def test_the_operator_may_take_reply_addresses_for_no_proof(desk: AnsweredDesk) -> None:
    await desk.fill()
    rules = replace(MAIL_RULES, reply_address_proves=False)
    assert (await desk.answer(rules=rules)).verdict is Verdict.HOLD


async def test_a_deactivated_contact_cannot_answer_either(desk: AnsweredDesk) -> None:
    await desk.fill()
    with desk.engine.begin() as connection:
        connection.execute(t.contacts.update().where(t.contacts.c.id == desk.jan).values(active=False))
    assert (await desk.answer()).reason is Reason.CONTACT_INACTIVE


async def test_a_log_in_proves_its_contacts_addresses_and_no_others(desk: AnsweredDesk) -> None:
    await desk.fill()
    assert (await desk.answer(login="jan", token=False)).verdict is Verdict.ACCEPT
    for claim, login in ((EVA, "jan"), (PETR, "jan"), (JAN, "somebody")):
        assert (await desk.answer(claim, login=login, token=False)).verdict is Verdict.HOLD
