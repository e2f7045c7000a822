"""The pipeline on both engines: guards, decisions, correlation, filing. A request is one ticket, whatever happens."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, Table, func, insert, select

from authz.decision import Reason, Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind
from authz.mail.answer_token import AnswerToken
from authz.policy import MAIL_RULES
from intake.ports import Receipt
from intake.quarantine import Quarantine, QuarantineError, Release
from intake.receive import Inbound, Receiver
from intake.submission import Attachment, Automatic, AutomaticKind, RawInbound, Submission
from intake.terms import Status
from intake.tickets.model import Actor, ActorKind
from store import tables as t
from store.blobs import BlobStore
from store.writer import GroupWriter

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
JAN = Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value="jan@firma.cz", shown="Jan@firma.cz")
ADMIN = Actor(kind=ActorKind.ADMIN, name="Eva", channel=Channel.WEB)
PASS = Evidence((Check(proof=Proof.DKIM, outcome=Outcome.PASS, binds=True, detail="signed by firma.cz"),))
FAIL = Evidence((Check(proof=Proof.DKIM, outcome=Outcome.FAIL, binds=True, detail="altered"),))
TEMPORARY = Evidence((Check(proof=Proof.DKIM, outcome=Outcome.TEMPERROR, binds=True, detail="no answer"),))


class PlainSigner:
    """Names tickets without cryptography; that is tested with `authz.mail.signed_address`."""

    def message_id(self, ticket_id: int, unique: int) -> str:
        return f"<{ticket_id}.{unique}@intake.test>"

    def reply_address(self, ticket_id: int) -> str:
        return f"helpdesk+{ticket_id}@intake.test"

    def replied_ticket(self, submission: Submission) -> int | None:
        return int(submission.reply_token) if submission.reply_token else None

    def mail_named(self, message_id: str) -> tuple[int, int] | None:
        found = re.fullmatch(r"<(\d+)\.(\d+)@intake\.test>", message_id)
        return (int(found[1]), int(found[2])) if found else None

    def sign_answer(self, answer: AnswerToken) -> str:
        return f"{answer.word}-{answer.number}"

    def read_answer(self, token: str) -> AnswerToken | None:
        return None

    def tickets_named(self, submission: Submission) -> tuple[int, ...]:
        return (int(submission.reply_token),) if submission.reply_token else ()


class PlainReader:
    """Reads octets that are nothing but text."""

    def read(self, octets: bytes, *, reverse_path: str | None = None) -> Submission:
        return mail(text=octets.decode())

    def part(self, octets: bytes, part: int) -> bytes:
        raise KeyError(part)


class FixedReader(PlainReader):
    """Reads the same out of any octets."""

    def __init__(self, submission: Submission) -> None:
        self._submission = submission

    def read(self, octets: bytes, *, reverse_path: str | None = None) -> Submission:
        return self._submission


def mail(subject: str = "Phones are down", text: str = "None of them rings.", **more: object) -> Submission:
    return replace(
        Submission(channel=Channel.MAIL, subject=subject, text=text, reply=text, content_digest=text), **more
    )


class Desk:
    """A receiver with one customer, Firma, and one authorized contact, Jan."""

    def __init__(self, engine: Engine, writer: GroupWriter, folder: Path) -> None:
        self.engine = engine
        blobs = BlobStore(engine, folder)
        self.receiver = Receiver(writer, blobs, PlainSigner())
        self.quarantine = Quarantine(writer, blobs, PlainReader(), PlainSigner())
        self._count = 0
        with engine.begin() as connection:
            self.firma = self._add(connection, t.customers, name="Firma", created_at=NOW)
            self.other = self._add(connection, t.customers, name="Other", created_at=NOW)
            self.jan = self._add(connection, t.contacts, customer_id=self.firma, name="Jan Novák", created_at=NOW)
            petr = self._add(connection, t.contacts, customer_id=self.other, name="Petr", created_at=NOW)
            for customer, contact, key in ((self.firma, self.jan, "jan@firma.cz"), (self.other, petr, "petr@other.cz")):
                self._add(
                    connection, t.addresses, customer_id=customer, contact_id=contact, address=key, address_key=key
                )

    def _add(self, connection: object, table: Table, **values: object) -> int:
        result = connection.execute(insert(table).values(**values))  # type: ignore[attr-defined]
        return int(result.inserted_primary_key[0])

    async def take(
        self,
        submission: Submission | None,
        *,
        claim: Claim = JAN,
        evidence: Evidence = PASS,
        key: str | None = None,
        at: datetime = NOW,
        octets: bytes = b"octets",
    ) -> Receipt:
        self._count += 1
        raw = RawInbound(
            channel=Channel.MAIL,
            account="helpdesk@intake.test",
            source_key=key or f"key-{self._count}",
            received_at=at,
            octets=octets,
        )
        return await self.receiver.receive(
            Inbound(raw=raw, claim=claim, evidence=evidence, submission=submission, rules=MAIL_RULES)
        )

    def count(self, table: Table) -> int:
        with self.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    def rows(self, table: Table) -> list[object]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key.columns)))

    def set_status(self, status: Status, **values: object) -> None:
        with self.engine.begin() as connection:
            connection.execute(t.tickets.update().values(status=status, since=NOW, **values))


@pytest.fixture
def desk(engine: Engine, writer: GroupWriter, tmp_path: Path) -> Iterator[Desk]:
    return Desk(engine, writer, tmp_path / "blobs")


async def test_an_authorized_request_becomes_one_ticket_with_everything(desk: Desk) -> None:
    files = (
        Attachment(filename="log.txt", content_type="text/plain", size=3, sha256="a" * 64, part=1),
        Attachment(filename="in.tnef", content_type="text/plain", size=2, sha256="b" * 64, content=b"hi"),
    )
    receipt = await desk.take(mail(message_id="<1@firma.cz>", attachments=files))

    assert (receipt.verdict, receipt.reason, receipt.ticket_number) == (Verdict.ACCEPT, Reason.AUTHORIZED, 1)
    (ticket,) = desk.rows(t.tickets)
    assert (ticket.subject, ticket.status, ticket.category, ticket.customer_id) == (
        "Phones are down",
        "new",
        "C",
        desk.firma,
    )
    (entry,) = desk.rows(t.ledger)
    assert (entry.ticket_id, entry.verdict, entry.identity) == (ticket.id, "accept", "jan@firma.cz")
    assert [file.part for file in desk.rows(t.attachments)] == [1, None]
    (sent,) = desk.rows(t.outbox)
    assert (sent.kind, sent.recipient, sent.payload["number"]) == ("acknowledgement", "Jan@firma.cz", 1)
    assert [event.kind for event in desk.rows(t.ticket_events)] == ["created", "comment"]
    assert {event.actor_name for event in desk.rows(t.ticket_events)} == {"Jan Novák"}


async def test_the_same_delivery_again_is_the_same_ticket(desk: Desk) -> None:
    first = await desk.take(mail(), key="same")
    again = await desk.take(mail(), key="same")
    assert (again.ticket_number, again.duplicate) == (first.ticket_number, True)
    assert (desk.count(t.tickets), desk.count(t.ledger)) == (1, 1)


async def test_the_same_message_by_another_way_is_the_same_ticket(desk: Desk) -> None:
    first = await desk.take(mail(message_id="<1@firma.cz>"))
    again = await desk.take(mail(message_id="<1@firma.cz>"))
    assert (again.ticket_number, again.duplicate) == (first.ticket_number, True)
    assert desk.count(t.tickets) == 1
    assert [entry.reason for entry in desk.rows(t.ledger)] == ["authorized", "duplicate"]


async def test_a_message_id_alone_makes_no_duplicate(desk: Desk) -> None:
    await desk.take(mail(text="one", message_id="<1@firma.cz>"))
    await desk.take(mail(text="two", message_id="<1@firma.cz>"))
    assert desk.count(t.tickets) == 2


async def test_a_forged_copy_in_quarantine_does_not_swallow_the_genuine_message(desk: Desk) -> None:
    held = await desk.take(mail(message_id="<1@firma.cz>"), evidence=FAIL)
    genuine = await desk.take(mail(message_id="<1@firma.cz>"))
    assert (held.verdict, genuine.verdict) == (Verdict.HOLD, Verdict.ACCEPT)
    assert genuine.ticket_number == 1


async def test_an_unknown_author_is_refused_and_judged_anew_when_it_comes_again(desk: Desk) -> None:
    nobody = replace(JAN, value="nobody@firma.cz")
    refused = await desk.take(mail(), claim=nobody, key="again")
    assert (refused.verdict, refused.reason) == (Verdict.REJECT, Reason.AUTHOR_UNKNOWN)
    assert desk.count(t.blobs) == 0
    with desk.engine.begin() as connection:
        desk._add(
            connection,
            t.addresses,
            customer_id=desk.firma,
            contact_id=desk.jan,
            address="nobody@firma.cz",
            address_key="nobody@firma.cz",
        )
    assert (await desk.take(mail(), claim=nobody, key="again")).ticket_number == 1
    assert [entry.verdict for entry in desk.rows(t.ledger)] == ["reject", "accept"]


async def test_a_dns_failure_asks_to_come_again_and_keeps_nothing(desk: Desk) -> None:
    receipt = await desk.take(mail(), evidence=TEMPORARY, key="later")
    assert (receipt.verdict, receipt.reason) == (Verdict.RETRY, Reason.CHECK_TEMPORARY)
    assert (await desk.take(mail(), key="later")).ticket_number == 1


async def test_a_message_nobody_can_read_waits_for_a_person(desk: Desk) -> None:
    receipt = await desk.take(None)
    assert (receipt.verdict, receipt.reason) == (Verdict.HOLD, Reason.UNPARSABLE)


@pytest.mark.parametrize("table", ["customers", "contacts"])
async def test_deactivation_binds_at_once(desk: Desk, table: str) -> None:
    await desk.take(mail())
    with desk.engine.begin() as connection:
        connection.execute(t.metadata.tables[table].update().values(active=False))
    receipt = await desk.take(mail(text="again"))
    assert receipt.verdict is Verdict.REJECT
    assert receipt.reason == f"{table.removesuffix('s')}-inactive"


async def test_a_reply_to_our_signed_address_joins_its_ticket(desk: Desk) -> None:
    await desk.take(mail())
    (ticket,) = desk.rows(t.tickets)
    receipt = await desk.take(mail("Re: something else", "More news.", reply_token=str(ticket.id)))
    assert receipt.ticket_number == 1
    assert desk.count(t.comments) == 2
    assert desk.count(t.outbox) == 1  # only a new ticket is acknowledged


async def test_a_reply_to_a_known_message_joins_when_the_subject_is_the_same(desk: Desk) -> None:
    await desk.take(mail(message_id="<1@firma.cz>"))
    joined = await desk.take(mail("RE: Phones are down", "Still.", references=("<1@firma.cz>",)))
    other = await desk.take(mail("Printer", "A new thing.", references=("<1@firma.cz>",)))
    assert (joined.ticket_number, other.ticket_number) == (1, 2)


async def test_another_customers_ticket_is_never_joined(desk: Desk) -> None:
    await desk.take(mail())
    (ticket,) = desk.rows(t.tickets)
    petr = replace(JAN, value="petr@other.cz")
    receipt = await desk.take(mail(text="mine", reply_token=str(ticket.id)), claim=petr)
    assert receipt.ticket_number == 2
    created = [event for event in desk.rows(t.ticket_events) if event.kind == "created"][-1]
    assert "another customer" in created.detail["note"]


async def test_a_human_answer_to_more_info_goes_on_an_automatic_one_does_not(desk: Desk) -> None:
    await desk.take(mail())
    (ticket,) = desk.rows(t.tickets)
    desk.set_status(Status.MORE_INFO)
    away = Automatic(kind=AutomaticKind.AUTO_REPLY, may_answer=False, why="Auto-Submitted: auto-replied")
    await desk.take(mail(text="I am away", automatic=away, reply_token=str(ticket.id)), at=NOW + timedelta(hours=1))
    assert desk.rows(t.tickets)[0].status == "more-info"
    await desk.take(mail(text="Here it is", reply_token=str(ticket.id)), at=NOW + timedelta(hours=2))
    assert desk.rows(t.tickets)[0].status == "in-progress"


async def test_a_reply_after_the_reopen_window_opens_a_linked_ticket(desk: Desk) -> None:
    await desk.take(mail())
    (ticket,) = desk.rows(t.tickets)
    desk.set_status(Status.CLOSED, closed_at=NOW)
    in_time = await desk.take(mail(text="Again", reply_token=str(ticket.id)), at=NOW + timedelta(days=13))
    assert (in_time.ticket_number, desk.rows(t.tickets)[0].status) == (1, "in-progress")
    desk.set_status(Status.CLOSED, closed_at=NOW)
    late = await desk.take(mail(text="And again", reply_token=str(ticket.id)), at=NOW + timedelta(days=15))
    assert late.ticket_number == 2
    assert desk.rows(t.tickets)[1].related_id == ticket.id


async def test_an_out_of_office_that_belongs_nowhere_opens_no_ticket_and_is_not_lost(desk: Desk) -> None:
    away = Automatic(kind=AutomaticKind.AUTO_REPLY, may_answer=False, why="Auto-Submitted: auto-replied")
    receipt = await desk.take(mail(automatic=away))
    assert (receipt.verdict, receipt.reason) == (Verdict.HOLD, Reason.AUTOMATIC)
    assert desk.count(t.quarantine) == 1


async def test_nothing_is_sent_to_machines(desk: Desk) -> None:
    alarm = Automatic(kind=AutomaticKind.AUTO_GENERATED, may_answer=False, why="Auto-Submitted: auto-generated")
    receipt = await desk.take(mail(automatic=alarm))
    assert receipt.ticket_number == 1
    assert desk.count(t.outbox) == 0


async def test_a_release_yields_the_ticket_the_mail_would_have_made(desk: Desk) -> None:
    held = await desk.take(mail(), evidence=FAIL, octets=b"None of them rings.")
    later = NOW + timedelta(hours=5)
    receipt = await desk.quarantine.release(Release(held_id=held.ledger_id, by=ADMIN, at=later))
    assert receipt.ticket_number == 1
    (ticket,) = desk.rows(t.tickets)
    assert (ticket.received_at, ticket.contact_id) == (later, desk.jan)
    (entry,) = desk.rows(t.ledger)
    assert entry.ticket_id == ticket.id
    assert desk.count(t.outbox) == 0  # nobody proved the address
    (line,) = desk.rows(t.audit)
    assert (line.actor_name, line.action, line.entity) == ("Eva", "released", "quarantine")
    with pytest.raises(QuarantineError, match="released by Eva already"):
        await desk.quarantine.release(Release(held_id=held.ledger_id, by=ADMIN, at=later))


async def test_a_release_needs_somebody_it_belongs_to(desk: Desk) -> None:
    ambiguous = Claim(
        channel=Channel.MAIL,
        kind=IdentityKind.ADDRESS,
        value=None,
        shown="a@x.cz, b@x.cz",
        problem=Reason.AUTHOR_AMBIGUOUS,
    )
    held = await desk.take(mail(), claim=ambiguous, evidence=Evidence())
    assert (held.verdict, held.reason) == (Verdict.HOLD, Reason.AUTHOR_AMBIGUOUS)
    with pytest.raises(QuarantineError, match="say whose request"):
        await desk.quarantine.release(Release(held_id=held.ledger_id, by=ADMIN, at=NOW))
    receipt = await desk.quarantine.release(
        Release(held_id=held.ledger_id, by=ADMIN, at=NOW, customer_id=desk.firma, contact_id=desk.jan)
    )
    assert receipt.ticket_number == 1


async def test_a_rejected_request_stays_rejected(desk: Desk) -> None:
    held = await desk.take(mail(), evidence=FAIL, key="held")
    await desk.quarantine.reject(held.ledger_id, by=ADMIN, at=NOW, note="spoofed")
    with pytest.raises(QuarantineError, match="rejected by Eva"):
        await desk.quarantine.reject(held.ledger_id, by=ADMIN, at=NOW)
    again = await desk.take(mail(), evidence=FAIL, key="held")
    assert again.duplicate
    assert desk.count(t.tickets) == 0


async def test_a_large_message_lies_in_a_file_before_the_row_refers_to_it(desk: Desk, tmp_path: Path) -> None:
    octets = b"x" * 300_000
    receipt = await desk.take(mail(), octets=octets)
    assert receipt.ticket_number == 1
    (blob,) = desk.rows(t.blobs)
    assert (blob.data, blob.size) == (None, len(octets))
    assert (tmp_path / "blobs" / blob.digest[:2] / blob.digest).read_bytes() == octets


async def test_a_released_copy_and_its_proved_twin_are_one_ticket(desk: Desk) -> None:
    message = mail("Re-sent", "None of them rings.", message_id="<1@firma.cz>")
    held = await desk.take(message, evidence=FAIL, octets=b"None of them rings.")
    proved = await desk.take(message)
    desk.quarantine._rereader = FixedReader(message)  # type: ignore[assignment]
    released = await desk.quarantine.release(Release(held_id=held.ledger_id, by=ADMIN, at=NOW))
    assert (released.ticket_number, released.duplicate) == (proved.ticket_number, True)
    assert desk.count(t.tickets) == 1


async def test_what_comes_proved_after_its_copy_was_released_joins_that_ticket(desk: Desk) -> None:
    message = mail("Re-sent", "None of them rings.", message_id="<1@firma.cz>")
    held = await desk.take(message, evidence=FAIL)
    desk.quarantine._rereader = FixedReader(message)  # type: ignore[assignment]
    released = await desk.quarantine.release(Release(held_id=held.ledger_id, by=ADMIN, at=NOW))
    proved = await desk.take(message)
    assert (proved.ticket_number, proved.duplicate) == (released.ticket_number, True)
    assert desk.count(t.tickets) == 1


async def test_a_release_for_a_customer_that_does_not_exist_says_so(desk: Desk) -> None:
    held = await desk.take(mail(), evidence=FAIL)
    with pytest.raises(QuarantineError, match="999"):
        await desk.quarantine.release(Release(held_id=held.ledger_id, by=ADMIN, at=NOW, customer_id=999))


async def test_an_out_of_office_that_calls_itself_generated_changes_no_status(desk: Desk) -> None:
    await desk.take(mail())
    (ticket,) = desk.rows(t.tickets)
    desk.set_status(Status.MORE_INFO)
    away = Automatic(kind=AutomaticKind.AUTO_GENERATED, may_answer=False, why="Auto-Submitted: auto-generated")
    await desk.take(mail(text="Dovolená", automatic=away, reply_token=str(ticket.id)), at=NOW + timedelta(hours=1))
    assert desk.rows(t.tickets)[0].status == "more-info"


@pytest.mark.parametrize(
    "out", [{"may_mail": False}, {"valid_until": NOW + timedelta(minutes=1)}, {"active": False}], ids=str
)
async def test_nothing_is_sent_to_somebody_who_is_out(desk: Desk, writer: GroupWriter, out: dict[str, object]) -> None:
    await desk.take(mail())
    later = NOW + timedelta(hours=1)
    assert writer.submit(lambda tx: tx.contact_card(desk.jan, later)).result(10).address == "jan@firma.cz"
    with desk.engine.begin() as connection:
        connection.execute(t.contacts.update().where(t.contacts.c.id == desk.jan).values(**out))
    assert writer.submit(lambda tx: tx.contact_card(desk.jan, later)).result(10).address is None


async def test_an_author_no_single_contact_stands_for_is_answered_at_the_proved_address(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        desk._add(
            connection,
            t.addresses,
            customer_id=desk.firma,
            contact_id=None,
            address="@firma.cz",
            address_key="@firma.cz",
        )
    newcomer = replace(JAN, value="new@firma.cz", shown="new@firma.cz")
    await desk.take(mail(), claim=newcomer)
    (ticket,) = desk.rows(t.tickets)
    assert (ticket.contact_id, ticket.reply_to) == (None, "new@firma.cz")
