"""Which automatic mail is not sent: to ourselves, of a kind that is switched off, or too much of it to one address.

Owns the counting that lets two machines which answer each other fall silent. It counts what was written, sent or not:
while the other side goes on nothing goes out, and when it is quiet for long enough mail goes out again.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from authz.mail.address import address_key
from intake.outbox import Stopped
from intake.outgoing import COUNTED, NOTICES, OutboxItem, OutboxKind

_DAY = timedelta(days=1)

# How many other mails of these kinds were written to the same recipient since then.
CountWritten = Callable[[OutboxItem, Collection[OutboxKind], datetime], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticLimits:
    """The settings slice. own_addresses: ours, as look-up keys. notices: the kinds a contact is sent."""

    own_addresses: frozenset[str]
    notices: frozenset[OutboxKind] = NOTICES
    per_day: int = 200
    burst: int = 30
    burst_lasts: timedelta = timedelta(minutes=10)

    def stop(self, item: OutboxItem, count: CountWritten) -> Stopped | None:
        """Say why a row is not to be sent, or None. A person's reply always goes out. RFC 3834 §2"""
        if item.kind in NOTICES - self.notices:
            return Stopped(text=f"notices of the kind {item.kind} are switched off")
        if item.kind is OutboxKind.REPLY:
            return None
        if _base(item.recipient) in self.own_addresses:
            return Stopped(text="this address is our own", attention=True)
        if item.kind not in COUNTED:
            return None
        burst = count(item, COUNTED, item.created_at - self.burst_lasts)
        if burst >= self.burst:
            minutes = self.burst_lasts // timedelta(minutes=1)
            return Stopped(text=f"{burst} automatic mails to this address in {minutes} minutes", attention=True)
        day = count(item, COUNTED, item.created_at - _DAY)
        if day >= self.per_day:
            return Stopped(text=f"{day} automatic mails to this address in a day", attention=True)
        return None


def _base(recipient: str) -> str:
    """The address without its sub-address. RFC 5233"""
    local, _, domain = (address_key(recipient) or recipient).rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
