"""Tickets and contracts in the small world, made by the same steps as in the service."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from authz.identity import Channel
from channels.mail.signer import MailSigner
from intake import desk
from intake.filing import Request, file_request
from intake.people import Contract, ContractData
from intake.ports import PreparedBlob, Transaction
from intake.sla.agreed import written_terms
from intake.sla.contract import EXAMPLE_TERMS
from intake.submission import RawInbound, Submission
from intake.terms import Category, Evaluation, Status
from intake.tickets.correlate import NewTicket
from intake.tickets.model import Actor, ActorKind, Ticket
from tests.store.world import ADMIN, World

SIGNER = MailSigner([b"a secret of thirty-two octets....."], "helpdesk@intake.example")
TEREZA = Actor(kind=ActorKind.TECHNICIAN, name="Tereza", channel=Channel.WEB)
PRAGUE = ZoneInfo("Europe/Prague")


def prague(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment on a Prague wall clock, in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=PRAGUE).astimezone(UTC)


def agree(world: World, at: datetime, *, since: datetime | None = None, **changed: Any) -> Contract:
    """Give Acme the example contract. changed: terms that differ, as written."""
    terms = written_terms(EXAMPLE_TERMS) | changed
    data = ContractData(
        customer_id=world.acme.id, name="Example", valid_from=since or datetime(2020, 1, 1, tzinfo=UTC), terms=terms
    )
    return world.do(lambda tx: tx.people.add_contract(data, by=ADMIN, at=at))


def open_ticket(world: World, at: datetime, category: Category = Category.B, subject: str = "Telefony") -> Ticket:
    """File a request of Jana's."""
    request = Request(
        raw=RawInbound(channel=Channel.WEB, account="test", source_key="", received_at=at, octets=b"x"),
        submission=Submission(channel=Channel.WEB, subject=subject, text="x", reply="x", category=category),
        customer_id=world.acme.id,
        contact_id=world.jana.id,
        author="jana@acme.example",
        author_verified=False,
        clock_at=at,
        raw_blob=PreparedBlob.of(b"x"),
    )
    return world.do(lambda tx: file_request(tx, request, NewTicket(), SIGNER, tx.new_id()))


def change(
    world: World, ticket: Ticket, at: datetime, command: Callable[[Transaction, desk.Order], desk.Result]
) -> Ticket:
    """Let Tereza do something to a ticket."""
    order = desk.Order(number=ticket.number, actor=TEREZA, at=at)
    result = world.do(lambda tx: command(tx, order))
    assert isinstance(result, Ticket), result
    return result


def move(world: World, ticket: Ticket, at: datetime, status: Status) -> Ticket:
    """Let Tereza move a ticket; a solution and a flag come with it."""
    solved = status in {Status.CLOSED, Status.TO_VERIFY}
    step = desk.Step(
        status=status,
        solution="Hotovo." if solved else "",
        evaluation=frozenset({Evaluation.UCS_FAULT}) if solved else frozenset(),
        accepted_by="Jana",
    )
    return change(world, ticket, at, lambda tx, order: desk.move(tx, order, step))
