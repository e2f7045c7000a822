"""What the core needs from the outside, as Protocols, and the values that cross."""

from dataclasses import dataclass

from authz.decision import Reason, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a channel tells its peer. It exists only after the commit (or a refusal that stored nothing but its row).

    ledger_id: the row that answers "what happened to my mail?". ticket_number: when a ticket was made or joined.
    duplicate: the same request was received before; a normal result.
    """

    verdict: Verdict
    reason: Reason
    public_text: str
    ledger_id: int
    ticket_number: int | None = None
    duplicate: bool = False
