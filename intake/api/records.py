"""What came in and what was changed: the ledger ("what happened to my mail?"), the audit trail."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from authz.decision import Reason, Verdict
from authz.identity import Channel
from authz.mail.address import address_key
from intake.api.access import AuditReader, LedgerReader
from intake.api.lists import EntryId, Listed, WantedId, WantedWindow, listed
from intake.api.problems import Problem, documented
from intake.api.services import Services
from intake.api.ticket_schemas import ShownActor, shown_actor
from intake.queries import AuditLine, LedgerFilter, LedgerLine

router = APIRouter(prefix="/api/v1", tags=["records"])

Text = Annotated[str | None, Query(max_length=998)]


class ShownEntry(BaseModel):
    """One input and what became of it. ticket: its number. duplicate_of: the entry that took the same in before."""

    id: int
    channel: Channel
    account: str
    received_at: datetime
    verdict: Verdict
    reason: Reason
    detail: str
    identity: str | None
    subject: str | None
    message_id: str | None
    reverse_path: str | None
    peer: str | None
    size: int
    evidence: list[dict[str, Any]]
    customer_id: int | None
    contact_id: int | None
    ticket: int | None
    duplicate_of: int | None
    trace_id: str


class ShownAudit(BaseModel):
    """A change of something that is not a ticket."""

    id: int
    at: datetime
    actor: ShownActor
    entity: str
    entity_id: str
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@router.get("/ledger", responses=documented())
def search_ledger(
    *,
    services: Services,
    caller: LedgerReader,
    window: WantedWindow,
    message_id: Text = None,
    identity: Annotated[str | None, Query(max_length=320, description="an address, a number, a contact's id")] = None,
    channel: Channel | None = None,
    verdict: Verdict | None = None,
    reason: Reason | None = None,
    received_from: AwareDatetime | None = None,
    received_until: AwareDatetime | None = None,
    customer_id: WantedId = None,
    ticket: WantedId = None,
) -> Listed[ShownEntry]:
    """What happened to my mail (call, request)? Newest first. A Message-ID may come without its angle brackets."""
    wanted = LedgerFilter(
        message_id=_with_brackets(message_id),
        identity=None if identity is None else address_key(identity) or identity,
        channel=channel,
        verdict=verdict,
        reason=reason,
        received_from=received_from,
        received_until=received_until,
        customer_id=customer_id,
        ticket_number=ticket,
    )
    return listed(services.queries.ledger(wanted, window), _show_entry)


@router.get("/ledger/{entry_id}", responses=documented("not-found"))
def read_ledger_entry(services: Services, caller: LedgerReader, entry_id: EntryId) -> ShownEntry:
    """One input, with the checks that were made and the decision."""
    line = services.queries.ledger_entry(entry_id)
    if line is None:
        raise Problem("not-found", f"There is no ledger entry {entry_id}.")
    return _show_entry(line)


@router.get("/audit", responses=documented())
def list_audit(
    *,
    services: Services,
    caller: AuditReader,
    window: WantedWindow,
    entity: Annotated[str | None, Query(max_length=24, description="customer, contact, address …")] = None,
    entity_id: Annotated[str | None, Query(max_length=64)] = None,
) -> Listed[ShownAudit]:
    """Who changed what in the lists, the log-ins and the quarantine, newest first."""
    return listed(services.queries.audit(entity, entity_id, window), _show_audit)


def _with_brackets(message_id: str | None) -> str | None:
    if message_id is None or message_id.startswith("<"):
        return message_id
    return f"<{message_id}>"


def _show_entry(line: LedgerLine) -> ShownEntry:
    entry = line.entry
    shown = {name: getattr(entry, name) for name in ShownEntry.model_fields if name != "ticket"}
    return ShownEntry(**shown, ticket=line.ticket_number)


def _show_audit(line: AuditLine) -> ShownAudit:
    shown = {name: getattr(line, name) for name in ShownAudit.model_fields if name != "actor"}
    return ShownAudit(**shown, actor=shown_actor(line.actor))
