"""A ticket that came by mail and a technician who works it, on the real store; its mail as it would be sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from typing import Any

from sqlalchemy import select

from authz.decision import Reason, Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind
from authz.policy import MAIL_RULES
from channels.mail.letters import LetterComposer
from channels.mail.signer import MailSigner
from intake.desk import Order, Result, Step, move
from intake.letters.values import LetterOptions
from intake.outbox import OutgoingMail
from intake.outgoing import OutboxItem
from intake.people import ContractData
from intake.ports import PreparedBlob, Receipt
from intake.receive import Inbound, PreparedRequest, receive_in
from intake.sla.agreed import written_terms
from intake.sla.contract import EXAMPLE_TERMS
from intake.submission import HUMAN, Automatic, DeliveryReport, RawInbound, Submission
from intake.terms import Evaluation, Status
from intake.tickets.model import Actor, ActorKind, Ticket
from store import rows
from store.tables import outbox
from tests.store.world import ADMIN, World, world

HELPDESK = "helpdesk@desk.example"
SIGNER = MailSigner([b"a secret of thirty-two octets....."], HELPDESK)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PROVED = Evidence((Check(proof=Proof.DKIM, outcome=Outcome.PASS, binds=True, detail=""),))
PETR = Actor(kind=ActorKind.TECHNICIAN, name="Petr", channel=Channel.WEB)
JANA = "jana@acme.example"


@dataclass
class MailDesk:
    """A service desk. now: its clock."""

    world: World
    now: datetime = NOON
    composer: LetterComposer = field(
        default_factory=lambda: LetterComposer(
            SIGNER, LetterOptions(name="Podpora", address=HELPDESK, public_url="https://podpora.example")
        )
    )
    count: int = 0

    def receive(
        self,
        text: str = "Od rána.",
        *,
        author: str = JANA,
        reverse_path: str | None = None,
        automatic: Automatic = HUMAN,
        report: DeliveryReport | None = None,
        token: str | None = None,
        **more: Any,
    ) -> Receipt:
        """A proved mail of that author."""
        self.count += 1
        self.now += timedelta(minutes=1)
        submission = Submission(
            channel=Channel.MAIL,
            subject=more.pop("subject", "Nezvoní telefony"),
            text=text,
            reply=text,
            message_id=more.pop("message_id", f"<m{self.count}@acme.example>"),
            references=more.pop("references", ()),
            reply_token=token,
            copied=more.pop("copied", ()),
            automatic=automatic,
            report=report,
            content_digest=more.pop("content_digest", f"{self.count}"),
        )
        octets = f"{self.count} {text}".encode()
        inbound = Inbound(
            raw=RawInbound(
                channel=Channel.MAIL,
                account=HELPDESK,
                source_key=f"key {self.count}",
                received_at=self.now,
                octets=octets,
                reverse_path=author if reverse_path is None else reverse_path,
            ),
            claim=Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value=author, shown=author),
            evidence=more.pop("evidence", PROVED),
            submission=submission,
            rules=MAIL_RULES,
            **more,
        )
        prepared = PreparedRequest(inbound, PreparedBlob.of(octets), ())
        return self.world.do(partial(receive_in, prepared=prepared, signer=SIGNER))

    def open(self, **more: Any) -> int:
        """A new ticket of Jana's; returns its number."""
        receipt = self.receive(**more)
        assert (receipt.verdict, receipt.reason) == (Verdict.ACCEPT, Reason.AUTHORIZED)
        assert receipt.ticket_number is not None
        return receipt.ticket_number

    def move(self, number: int, status: Status, *, by: Actor = PETR, **more: Any) -> Result:
        """Move a ticket."""
        self.now += timedelta(minutes=1)
        step = Step(status=status, **more)
        return self.world.do(lambda tx: move(tx, Order(number=number, actor=by, at=self.now), step))

    def agree(self) -> None:
        """Let the example contract be in force with the customer for a year."""
        data = ContractData(
            customer_id=self.world.acme.id,
            name="Example",
            valid_from=NOON - timedelta(days=400),
            terms=written_terms(EXAMPLE_TERMS),
        )
        self.world.do(lambda tx: tx.people.add_contract(data, by=ADMIN, at=NOON))

    def solve(self, number: int, solution: str = "Vyměněna karta.") -> Ticket:
        """Move it to To verify, with all that closing needs."""
        flags = frozenset({Evaluation.FAULT_ELSEWHERE})
        moved = self.move(number, Status.TO_VERIFY, solution=solution, evaluation=flags)
        assert isinstance(moved, Ticket)
        return moved

    def ticket(self, number: int) -> Ticket:
        """As it is now."""
        found = self.world.do(lambda tx: tx.ticket_by_number(number))
        assert found is not None
        return found

    def items(self, kind: str | None = None) -> list[OutboxItem]:
        """The rows of the outbox, oldest first."""
        with self.world.engine.connect() as connection:
            found = connection.execute(select(outbox).order_by(outbox.c.id)).all()
        return [item for item in map(rows.read_outbox_item, found) if kind in {None, item.kind.value}]

    def mail(self, item: OutboxItem) -> tuple[OutgoingMail, EmailMessage]:
        """The row as it would be sent, and read again."""
        composed = self.composer.compose(item)
        message = message_from_bytes(composed.octets, policy=default)
        assert isinstance(message, EmailMessage)
        return composed, message

    def last(self, kind: str) -> EmailMessage:
        """The latest mail of that kind."""
        return self.mail(self.items(kind)[-1])[1]


@contextmanager
def mail_desk(database_url: str) -> Iterator[MailDesk]:
    """A desk on a fresh database."""
    with world(database_url) as made:
        yield MailDesk(world=made)


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    """One of the two forms of a mail."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())
