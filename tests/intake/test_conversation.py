"""Which ticket an answer joins, who takes part in it, and what strangers never get to see. On both engines."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from authz.decision import Reason, Verdict
from authz.identity import Claim
from authz.policy import MAIL_RULES
from intake.conversation.participants import Part
from intake.ports import Receipt
from intake.queries import TicketPage
from intake.receive import Inbound
from intake.submission import Attachment, Automatic, AutomaticKind, RawInbound, Submission
from intake.terms import Status
from store import tables as t
from store.queries import StoreQueries
from store.writer import GroupWriter
from tests.intake.test_receive import FAIL, JAN, NOW, PASS, Desk, mail

EVA = replace(JAN, value="eva@firma.cz", shown="eva@firma.cz")
PETR = replace(JAN, value="petr@other.cz", shown="petr@other.cz")
STRANGER = replace(JAN, value="stranger@else.cz", shown="stranger@else.cz")
OUT_OF_OFFICE = Automatic(kind=AutomaticKind.AUTO_REPLY, may_answer=False, why="vacation")


@pytest.fixture
def desk(engine: Engine, writer: GroupWriter, tmp_path: Path) -> Iterator[Desk]:
    """Firma has a second contact, Eva."""
    made = Desk(engine, writer, tmp_path / "blobs")
    with engine.begin() as connection:
        eva = made._add(connection, t.contacts, customer_id=made.firma, name="Eva", created_at=NOW)
        made._add(
            connection,
            t.addresses,
            customer_id=made.firma,
            contact_id=eva,
            address="eva@firma.cz",
            address_key="eva@firma.cz",
        )
    return made


def page(desk: Desk, number: int) -> TicketPage:
    found = StoreQueries(desk.engine).ticket_page(number, NOW)
    assert found is not None
    return found


async def opened(desk: Desk, **more: object) -> Receipt:
    return await desk.take(mail(message_id="<first@firma.cz>", **more))


async def test_a_copied_colleague_takes_part_and_a_stranger_in_copy_does_not(desk: Desk) -> None:
    await opened(desk, copied=("Eva@firma.cz", "stranger@else.cz", "petr@other.cz", "not an address"))
    (eva,) = page(desk, 1).participants
    assert (eva.key, eva.part, eva.contact_id is not None) == ("eva@firma.cz", Part.COPIED, True)
    assert [event.after for event in page(desk, 1).events if event.kind == "participant"] == ["Eva@firma.cz"]


async def test_a_copied_colleagues_answer_joins_the_ticket(desk: Desk) -> None:
    await opened(desk, copied=("eva@firma.cz",))
    answer = mail("RE: Phones are down", "Mine neither.", message_id="<2@firma.cz>", references=("<first@firma.cz>",))
    assert (await desk.take(answer, claim=EVA)).ticket_number == 1
    assert [each.actor.name for each in page(desk, 1).comments] == ["Jan Novák", "Eva"]
    assert len(page(desk, 1).participants) == 1


async def test_a_colleague_who_answers_takes_part_from_then_on(desk: Desk) -> None:
    await opened(desk)
    await desk.take(mail("Re: Phones are down", references=("<first@firma.cz>",)), claim=EVA)
    assert [(each.key, each.part) for each in page(desk, 1).participants] == [("eva@firma.cz", Part.AUTHOR)]


async def test_nobody_joins_by_a_machines_mail(desk: Desk) -> None:
    await opened(desk)
    answer = mail("Re: Phones are down", references=("<first@firma.cz>",), copied=("eva@firma.cz",))
    await desk.take(replace(answer, automatic=OUT_OF_OFFICE))
    assert page(desk, 1).participants == ()


async def test_a_deactivated_colleague_does_not_join(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        connection.execute(update(t.contacts).where(t.contacts.c.name == "Eva").values(active=False))
    await opened(desk, copied=("eva@firma.cz",))
    assert page(desk, 1).participants == ()


async def test_a_participant_who_went_to_another_customer_does_not_join_any_more(desk: Desk) -> None:
    await opened(desk, copied=("eva@firma.cz",))
    with desk.engine.begin() as connection:
        moved = desk._add(connection, t.contacts, customer_id=desk.other, name="Eva", created_at=NOW)
        where = t.addresses.c.address_key == "eva@firma.cz"
        connection.execute(update(t.addresses).where(where).values(customer_id=desk.other, contact_id=moved))
    answer = mail("Re: Phones are down", references=("<first@firma.cz>",))
    assert (await desk.take(answer, claim=EVA)).ticket_number == 2


async def test_a_stranger_who_answers_into_a_thread_is_refused_and_told_nothing(desk: Desk) -> None:
    await opened(desk)
    answer = mail("Re: [#1] Phones are down", references=("<first@firma.cz>",), ticket_hint=1)
    receipt = await desk.take(answer, claim=STRANGER)
    assert (receipt.verdict, receipt.reason, receipt.ticket_number) == (Verdict.REJECT, Reason.AUTHOR_UNKNOWN, None)
    assert len(page(desk, 1).comments) == 1


async def test_a_held_strangers_answer_joins_only_when_released_for_the_tickets_customer(desk: Desk) -> None:
    await opened(desk)
    answer = mail("Re: Phones are down", references=("<first@firma.cz>",))
    receipt = await take_held(desk, answer, STRANGER)
    assert (receipt.verdict, receipt.ticket_number) == (Verdict.HOLD, None)
    assert len(page(desk, 1).comments) == 1


async def take_held(desk: Desk, submission: Submission, claim: Claim) -> Receipt:
    """As with `unknown = "hold"`."""
    raw = RawInbound(
        channel=claim.channel, account="helpdesk@intake.test", source_key="held", received_at=NOW, octets=b"held"
    )
    rules = replace(MAIL_RULES, unknown=Verdict.HOLD)
    return await desk.receiver.receive(Inbound(raw=raw, claim=claim, evidence=PASS, submission=submission, rules=rules))


async def test_another_customers_answer_opens_a_ticket_and_only_technicians_are_told_why(desk: Desk) -> None:
    await opened(desk)
    answer = mail("Re: [#1] Phones are down", references=("<first@firma.cz>",), reply_token=None, ticket_hint=1)
    assert (await desk.take(answer, claim=PETR)).ticket_number == 2
    told = page(desk, 2)
    assert "belongs to another customer" in str(told.events[0].detail["note"])
    assert all("note" not in event.detail for event in told.for_customer().events)
    assert len(page(desk, 1).comments) == 1


async def test_a_number_in_the_subject_is_enough_for_the_customers_own_ticket_only(desk: Desk) -> None:
    await opened(desk)
    tagged = mail("[#1] something quite different", ticket_hint=1)
    assert (await desk.take(tagged, claim=EVA)).ticket_number == 1
    assert page(desk, 1).events[-2].detail["by"] == "subject tag"
    assert (await desk.take(tagged, claim=PETR)).ticket_number == 2


async def test_a_proof_outweighs_a_number_in_the_subject(desk: Desk) -> None:
    await opened(desk)
    await desk.take(mail("Printer"))
    answer = mail("Re: [#2] Phones are down", references=("<first@firma.cz>",), ticket_hint=2)
    answer = replace(answer, subject="Re: Phones are down")
    assert (await desk.take(answer)).ticket_number == 1


async def test_an_unproved_answer_joins_nothing(desk: Desk) -> None:
    await opened(desk)
    receipt = await desk.take(mail("Re: Phones are down", references=("<first@firma.cz>",)), evidence=FAIL)
    assert (receipt.verdict, receipt.ticket_number) == (Verdict.HOLD, None)


@pytest.mark.parametrize(
    "copy",
    [
        "None  of them\nrings.",
        "None of them rings.\n_______________\nhelpdesk mailing list\nhttps://lists.firma.cz/helpdesk",
    ],
)
async def test_a_late_copy_by_another_way_is_the_same_request(desk: Desk, copy: str) -> None:
    await opened(desk)
    late = mail(text=copy, message_id="<first@firma.cz>")
    receipt = await desk.take(late, at=NOW + timedelta(days=5))
    assert (receipt.duplicate, receipt.ticket_number) == (True, 1)
    assert desk.count(t.tickets) == desk.count(t.comments) == 1
    assert [entry.reason for entry in desk.rows(t.ledger)] == ["authorized", "duplicate"]


async def test_an_alarm_that_says_the_same_again_is_another_alarm(desk: Desk) -> None:
    alarm = Automatic(kind=AutomaticKind.AUTO_GENERATED, may_answer=False, why="Auto-Submitted")
    for text in ("Disk is full.", "Disk  is full."):
        await desk.take(mail(text=text, message_id="<alarm@firma.cz>", automatic=alarm))
    assert desk.count(t.tickets) == 2


async def test_a_copy_that_brings_a_file_more_is_no_copy(desk: Desk) -> None:
    await opened(desk)
    file = Attachment(filename="log.txt", content_type="text/plain", size=3, sha256="a" * 64, part=1)
    receipt = await desk.take(mail(text="None of them rings. ", message_id="<first@firma.cz>", attachments=(file,)))
    assert (receipt.duplicate, receipt.ticket_number) == (False, 2)
    assert "Message-ID" in str(page(desk, 2).events[0].detail["note"])


async def test_a_strangers_use_of_a_known_message_id_is_no_copy(desk: Desk) -> None:
    await opened(desk)
    receipt = await desk.take(mail(text="None of them rings! ", message_id="<first@firma.cz>"), claim=PETR)
    assert (receipt.duplicate, receipt.ticket_number) == (False, 2)


async def test_an_answer_after_the_reopen_window_opens_a_linked_ticket(desk: Desk) -> None:
    await opened(desk)
    desk.set_status(Status.CLOSED, closed_at=NOW)
    answer = mail("Re: Phones are down", references=("<first@firma.cz>",))
    assert (await desk.take(answer, at=NOW + timedelta(days=20))).ticket_number == 2
    assert page(desk, 2).line.ticket.related_id == page(desk, 1).line.ticket.id
