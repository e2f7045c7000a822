"""A technician's forward: the customer's ticket, both on record, and no proof made of the forwarded text."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from authz.decision import Reason, Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Claim
from authz.policy import MAIL_RULES
from intake.ports import Receipt
from intake.quarantine import Quarantine, QuarantineError, Release
from intake.receive import Inbound
from intake.submission import Attachment, Forward, RawInbound
from store import tables as t
from store.blobs import BlobStore
from store.queries import StoreQueries
from store.writer import GroupWriter
from tests.intake.test_receive import ADMIN, FAIL, JAN, NOW, PASS, Desk, PlainReader, PlainSigner, mail

TOMAS = replace(JAN, value="tomas@desk.cz", shown="tomas@desk.cz")
LOGIN_ONLY = Evidence((Check(proof=Proof.SUBMISSION, outcome=Outcome.PASS, binds=True, detail="by log-in"),))


def forward(author: str | None = "jan@firma.cz", note: str = "Please open a ticket.", **more: object) -> Forward:
    original = mail("Phones are down", message_id="<original@firma.cz>", references=("<original@firma.cz>",), **more)
    return Forward(author=author, author_name="Jan", how="attached", note=note, submission=original)


class ForwardReader(PlainReader):
    """Reads the same forward out of any octets."""

    def forward(self, octets: bytes) -> Forward | None:
        return forward("new@firma.cz")


@pytest.fixture
def desk(engine: Engine, writer: GroupWriter, tmp_path: Path) -> Iterator[Desk]:
    """Tomáš works for the service desk and writes from tomas@desk.cz."""
    made = Desk(engine, writer, tmp_path / "blobs")
    with engine.begin() as connection:
        made._add(connection, t.users, login="tomas@desk.cz", name="Tomáš Technik", role="technician", created_at=NOW)
    made.quarantine = Quarantine(writer, BlobStore(engine, tmp_path / "blobs"), ForwardReader(), PlainSigner())
    return made


async def take(
    desk: Desk, passed_on: Forward | None, *, claim: Claim = TOMAS, evidence: Evidence = PASS, key: str = "forward"
) -> Receipt:
    raw = RawInbound(
        channel=claim.channel, account="helpdesk@intake.test", source_key=key, received_at=NOW, octets=key.encode()
    )
    return await desk.receiver.receive(
        Inbound(
            raw=raw,
            claim=claim,
            evidence=evidence,
            submission=mail("Fwd: Phones are down", "See below.", message_id=f"<{key}@desk.cz>"),
            rules=MAIL_RULES,
            forward=passed_on,
        )
    )


async def test_it_becomes_the_customers_ticket_with_both_on_record(desk: Desk) -> None:
    receipt = await take(desk, forward())
    assert (receipt.verdict, receipt.ticket_number) == (Verdict.ACCEPT, 1)
    page = StoreQueries(desk.engine).ticket_page(1, NOW)
    assert page is not None
    assert (page.line.ticket.customer_id, page.line.ticket.contact_id) == (desk.firma, desk.jan)
    assert page.line.ticket.subject == "Phones are down"
    assert [(each.actor.kind, each.text, each.internal) for each in page.comments] == [
        ("contact", "None of them rings.", False),
        ("technician", "Please open a ticket.", True),
    ]
    assert page.events[0].detail["forwarded_by"] == "Tomáš Technik"
    assert "Please open a ticket." not in str(page.for_customer())
    (entry,) = desk.rows(t.ledger)
    assert (entry.identity, entry.contact_id) == ("tomas@desk.cz", desk.jan)
    assert entry.evidence[0]["proof"] == "forwarded"
    assert "nothing else proves" in entry.evidence[0]["detail"]


async def test_nothing_is_sent_on_a_forward(desk: Desk) -> None:
    await take(desk, forward())
    assert desk.count(t.outbox) == 0


async def test_the_customers_answer_in_the_forwarded_thread_joins(desk: Desk) -> None:
    await take(desk, forward())
    answer = mail("Re: Phones are down", "Any news?", references=("<original@firma.cz>",))
    assert (await desk.take(answer)).ticket_number == 1


async def test_a_forward_of_what_came_in_already_joins_that_ticket(desk: Desk) -> None:
    await desk.take(mail("Phones are down", message_id="<original@firma.cz>"))
    assert (await take(desk, forward())).ticket_number == 1
    assert desk.count(t.tickets) == 1


@pytest.mark.parametrize("evidence", [FAIL, Evidence(), LOGIN_ONLY])
async def test_an_unproved_technicians_forward_is_nobodys(desk: Desk, evidence: Evidence) -> None:
    receipt = await take(desk, forward(), evidence=evidence)
    assert (receipt.verdict, receipt.reason) == (Verdict.REJECT, Reason.AUTHOR_UNKNOWN)
    assert desk.count(t.tickets) == 0


async def test_a_former_technicians_forward_is_nobodys(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        connection.execute(update(t.users).values(active=False))
    assert (await take(desk, forward())).verdict is Verdict.REJECT


async def test_a_customers_forward_of_another_customers_mail_is_the_customers_own_request(desk: Desk) -> None:
    petr = replace(JAN, value="petr@other.cz", shown="petr@other.cz")
    assert (await take(desk, forward(), claim=petr)).ticket_number == 1
    assert [ticket.customer_id for ticket in desk.rows(t.tickets)] == [desk.other]


@pytest.mark.parametrize("author", ["new@firma.cz", None])
async def test_an_author_nobody_knows_waits_for_a_choice(desk: Desk, author: str | None) -> None:
    receipt = await take(desk, forward(author))
    assert (receipt.verdict, receipt.reason) == (Verdict.HOLD, Reason.FORWARD_UNKNOWN)


async def test_the_choice_makes_it_that_contacts_ticket_and_may_list_the_address(desk: Desk) -> None:
    held = await take(desk, forward("new@firma.cz"))
    release = Release(held_id=held.ledger_id, by=ADMIN, at=NOW, contact_id=desk.jan, authorize=True)
    with pytest.raises(QuarantineError):
        await desk.quarantine.release(replace(release, contact_id=None, authorize=False))
    receipt = await desk.quarantine.release(release)
    page = StoreQueries(desk.engine).ticket_page(receipt.ticket_number or 0, NOW)
    assert page is not None
    assert (page.line.ticket.contact_id, page.events[0].detail["forwarded_by"]) == (desk.jan, "Tomáš Technik")
    assert page.comments[0].text == "None of them rings."
    assert "new@firma.cz" in {row.address_key for row in desk.rows(t.addresses)}
    assert "tomas@desk.cz" not in {row.address_key for row in desk.rows(t.addresses)}


async def test_an_inactive_contacts_forwarded_mail_waits(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        connection.execute(update(t.contacts).values(active=False))
    receipt = await take(desk, forward())
    assert (receipt.verdict, receipt.reason) == (Verdict.HOLD, Reason.CONTACT_INACTIVE)


async def test_a_technician_who_is_a_contact_too_may_ask_for_something_of_their_own(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        connection.execute(update(t.users).values(login="jan@firma.cz"))
    receipt = await take(desk, forward(None), claim=JAN)
    assert receipt.ticket_number == 1
    assert [ticket.subject for ticket in desk.rows(t.tickets)] == ["Fwd: Phones are down"]


async def test_the_originals_files_are_in_the_ticket(desk: Desk) -> None:
    file = Attachment(filename="plan.pdf", content_type="application/pdf", size=4, sha256="c" * 64, content=b"plan")
    await take(desk, forward(attachments=(file,)))
    (kept,) = desk.rows(t.attachments)
    assert (kept.filename, kept.part) == ("plan.pdf", None)
    assert [blob.data for blob in desk.rows(t.blobs) if blob.digest == kept.blob] == [b"plan"]


async def test_the_same_forward_again_is_the_same_ticket(desk: Desk) -> None:
    await take(desk, forward())
    again = await take(desk, forward())
    assert (again.duplicate, again.ticket_number) == (True, 1)


async def test_an_address_that_only_folds_to_a_technicians_is_a_strangers(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        desk._add(connection, t.users, login="tech@strasse.cz", name="Tech", role="technician", created_at=NOW)
    stranger = replace(JAN, value="tech@xn--strae-oqa.cz", shown="tech@straße.cz")
    receipt = await take(desk, forward(), claim=stranger)
    assert receipt.verdict is not Verdict.ACCEPT
    assert desk.count(t.tickets) == 0
