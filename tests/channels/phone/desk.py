"""A desk that hears of calls: the recorder on a real database, with one customer, its people and its lists."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Engine, select

from channels.mail.signer import MailSigner
from channels.phone.call_tickets import Moment
from channels.phone.event import CallEvent
from channels.phone.filing import FilingRules
from channels.phone.judgement import EndpointRules
from channels.phone.recorder import keep_call, record_event
from intake.people import NumberData, NumberRangeData
from intake.phone.calls import CallRecord
from intake.ports import Transaction
from intake.queries import CallFilter, CallLine, TicketFilter, TicketPage, Window
from store.queries import StoreQueries
from store.tables import calls, ledger
from store.writer import GroupWriter
from tests.channels.phone.calling import KNOWN, PBX, RANG
from tests.store.world import ADMIN, World

SIGNER = MailSigner([b"a key for tests only"], "helpdesk@desk.example")
KARELS = "+420602000001"
SWITCHBOARD = ("+420211151600", "+420211151699")
# Late answers are not waited for, and every call is a ticket of its own.
EAGER = FilingRules(settle=timedelta(0), join_within=timedelta(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Hears events at once unless told otherwise, by the rules it is given."""

    engine: Engine
    writer: GroupWriter
    customer_id: int
    contact_id: int

    @property
    def queries(self) -> StoreQueries:
        return StoreQueries(self.engine)

    def hear(self, *events: CallEvent, rules: EndpointRules = PBX, at: datetime | None = None) -> CallRecord:
        """Record the events in this order; returns the call as the last one left it."""
        record: CallRecord | None = None
        for event in events:
            moment = Moment(SIGNER, at or event.at)
            record = (
                self.writer.submit(lambda tx, event=event, moment=moment: record_event(tx, event, None, rules, moment))
                .result(10)
                .record
            )
        assert record is not None
        return record

    def look(self, at: datetime, rules: EndpointRules | None = PBX) -> int:
        """What the call keeper does at that time; returns how many calls were due. rules: None has no endpoints."""
        known = {} if rules is None else {rules.name: rules}
        due = self.writer.submit(lambda tx: tx.calls.due(at, 100)).result(10)
        for each in due:
            self.writer.submit(lambda tx, each=each: keep_call(tx, each, known, Moment(SIGNER, at))).result(10)
        return len(due)

    def call(self, call_id: str = "1") -> CallLine:
        """The one call with this id."""
        (line,) = [each for each in self.calls() if each.call_id == call_id]
        return line

    def calls(self) -> Iterable[CallLine]:
        return self.queries.calls(CallFilter(), Window(limit=200)).items

    def tickets(self) -> list[TicketPage]:
        """All tickets, oldest first."""
        lines = self.queries.tickets(TicketFilter(), Window(limit=200)).items
        pages = [self.queries.ticket_page(line.ticket.number, RANG) for line in lines]
        return sorted((page for page in pages if page), key=lambda page: page.line.ticket.number)

    def said(self) -> list[tuple[str, str, str | None]]:
        """Verdict, reason and identity of every ledger entry."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(ledger).order_by(ledger.c.id)).all()
        return [(row.verdict, row.reason, row.identity) for row in rows]

    def looked_at(self, call_id: str = "1") -> datetime | None:
        """When the call keeper looks at the call again."""
        with self.engine.connect() as connection:
            at: datetime | None = connection.execute(
                select(calls.c.look_at).where(calls.c.call_id == call_id)
            ).scalar_one()
        return at


def set_up(small: World) -> Desk:
    """Jana of Acme has the number KNOWN, Acme a switchboard, and Karel of Globex the number KARELS."""

    def fill(tx: Transaction) -> None:
        for contact, number in ((small.jana, KNOWN), (small.karel, KARELS)):
            entry = NumberData(customer_id=contact.customer_id, contact_id=contact.id, number=number)
            tx.people.add_number(entry, by=ADMIN, at=RANG)
        block = NumberRangeData(customer_id=small.acme.id, first=SWITCHBOARD[0], last=SWITCHBOARD[1])
        tx.people.add_number_range(block, by=ADMIN, at=RANG)

    small.do(fill)
    return Desk(engine=small.engine, writer=small.writer, customer_id=small.acme.id, contact_id=small.jana.id)


def filing(**rules: object) -> EndpointRules:
    """The endpoint with other rules about tickets, eager unless they say otherwise."""
    return replace(PBX, filing=replace(EAGER, **rules))  # type: ignore[arg-type]
