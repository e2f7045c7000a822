"""A core for adapters under test: takes what it is given and answers as it was told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from authz.decision import PUBLIC_TEXT, Reason, Verdict
from authz.mail.handover import Handover
from channels.mail.imap_options import Cursor
from intake.ports import Receipt


def receipt(
    verdict: Verdict = Verdict.ACCEPT,
    reason: Reason = Reason.AUTHORIZED,
    *,
    ledger_id: int = 7,
    ticket_number: int | None = 123,
    duplicate: bool = False,
) -> Receipt:
    return Receipt(
        verdict=verdict,
        reason=reason,
        public_text=PUBLIC_TEXT[reason],
        ledger_id=ledger_id,
        ticket_number=ticket_number,
        duplicate=duplicate,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    octets: bytes
    account: str
    source_key: str
    handover: Handover
    recipients: tuple[str, ...]
    received_at: datetime


@dataclass(slots=True)
class Taker:
    """answer: the receipt, an exception to raise, or a function of the mail that gives one of the two."""

    answer: Receipt | Exception | Callable[[Taken], Receipt | Exception] = field(default_factory=receipt)
    delay_seconds: float = 0
    taken: list[Taken] = field(default_factory=list)
    finished: int = 0

    async def take(
        self,
        octets: bytes,
        *,
        account: str,
        source_key: str,
        handover: Handover,
        recipients: tuple[str, ...],
        received_at: datetime,
    ) -> Receipt:
        mail = Taken(
            octets=octets,
            account=account,
            source_key=source_key,
            handover=handover,
            recipients=recipients,
            received_at=received_at,
        )
        self.taken.append(mail)
        await asyncio.sleep(self.delay_seconds)
        answer = self.answer(mail) if callable(self.answer) else self.answer
        self.finished += 1
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass(slots=True)
class MailboxTaker(Taker):
    """Also keeps what was refused by its header: (header, size)."""

    oversized: list[tuple[bytes, int]] = field(default_factory=list)

    async def refuse_oversized(
        self, header: bytes, *, size: int, account: str, source_key: str, received_at: datetime
    ) -> Receipt:
        self.oversized.append((header, size))
        return receipt(Verdict.REJECT, Reason.UNPARSABLE, ticket_number=None)


@dataclass(slots=True)
class Cursors:
    """Cursors in memory."""

    kept: dict[tuple[str, str], Cursor] = field(default_factory=dict)

    def get(self, account: str, folder: str) -> Cursor | None:
        return self.kept.get((account, folder))

    def set(self, account: str, folder: str, cursor: Cursor) -> None:
        self.kept[account, folder] = cursor
