"""The record of everything that came in, and of what is held for a person to decide. Data only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from authz.decision import Reason, Verdict
from authz.evidence import Check, Evidence, Outcome, Proof
from authz.identity import Channel, Claim, IdentityKind


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One input and what became of it; the answer to "what happened to my mail?".

    source_key, content_key: the two guards against doubles, set only when the request was taken in (accepted or
        held): a refused one may come again and is judged anew.
    identity: who it claimed to be from. blob: digest of the raw octets, when they were kept. size: octets received.
    evidence: the checks made, as JSON-ready rows.
    """

    id: int
    channel: Channel
    account: str
    received_at: datetime
    verdict: Verdict
    reason: Reason
    detail: str
    size: int
    source_key: str | None = None
    content_key: str | None = None
    peer: str | None = None
    reverse_path: str | None = None
    identity: str | None = None
    subject: str | None = None
    message_id: str | None = None
    evidence: list[dict[str, Any]] = field(default_factory=list)
    blob: str | None = None
    customer_id: int | None = None
    contact_id: int | None = None
    ticket_id: int | None = None
    duplicate_of: int | None = None
    trace_id: str = ""


def evidence_rows(evidence: Evidence) -> list[dict[str, Any]]:
    """The checks as the ledger keeps them."""
    return [
        {"proof": check.proof, "outcome": check.outcome, "binds": check.binds, "detail": check.detail}
        for check in evidence.checks
    ]


def read_evidence(stored: Iterable[Mapping[str, Any]]) -> tuple[Check, ...]:
    """The checks out of the ledger's rows."""
    return tuple(
        Check(proof=Proof(row["proof"]), outcome=Outcome(row["outcome"]), binds=row["binds"], detail=row["detail"])
        for row in stored
    )


def claim_of_entry(entry: LedgerEntry) -> Claim:
    """Who the request claimed to be from, as far as the ledger knows."""
    shown = entry.identity or ""
    kind = {Channel.MAIL: IdentityKind.ADDRESS, Channel.PHONE: IdentityKind.NUMBER}.get(
        entry.channel, IdentityKind.CONTACT
    )
    return Claim(channel=entry.channel, kind=kind, value=entry.identity, shown=shown)


class HeldState(StrEnum):
    """The life of a held request: a person releases or rejects it, or its retention ends."""

    HELD = "held"
    RELEASED = "released"
    REJECTED = "rejected"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A request in quarantine. id: that of its ledger entry, which has the reason and the evidence."""

    id: int
    state: HeldState
    held_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    note: str | None = None
    ticket_id: int | None = None
