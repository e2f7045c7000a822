"""Mails to the operator about what is wrong with the intake. Must not decide what is wrong: others do.

The Message-ID names the mailbox, the troubles and the day: each is told once a day, whichever node and process sees it.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from intake.app import App
from intake.mailboxes.ending_secrets import ending_secrets
from intake.outgoing import OutboxItem, OutboxKind
from intake.ports import Transaction
from store.quarantine import StoreRetention

_ZONE = ZoneInfo("Europe/Prague")


def alert_of_ending_secrets(app: App, at: datetime) -> int:
    """Tell of smarthosts' secrets that end soon; mailboxes' are told by whoever reads them. Blocking."""
    found = [each for each in ending_secrets(app.settings, at.date()) if each[0].startswith("smarthost ")]
    return sum(write_alert(app, name, (words,), frozenset({"secret"}), at) for name, words in found)


def write_alert(app: App, mailbox: str, troubles: Sequence[str], kinds: frozenset[str], at: datetime) -> int:
    """Put an alert into the outbox for everybody who wants them; returns how many were written.

    troubles: in words. kinds: the same without figures, which would make each look another trouble. at: aware UTC.
    Blocking.
    """
    mail = app.settings.mail
    day = f"{at.astimezone(_ZONE):%Y%m%d}"
    name = hashlib.sha256("\0".join([mailbox, *sorted(kinds)]).encode()).hexdigest()[:16]
    domain = mail.addresses[0].rpartition("@")[2]
    wanted = [(address, f"<alert-{day}-{name}-{index}@{domain}>") for index, address in enumerate(mail.alerts_to)]
    rows = StoreRetention(app.engine)
    missing = [(address, message_id) for address, message_id in wanted if not rows.was_written(message_id)]
    payload = {
        "language": mail.alerts_language,
        "name": mailbox,
        "lines": [{"text": text} for text in troubles],
        "url": app.settings.public_url,
    }

    def work(tx: Transaction) -> None:
        for address, message_id in missing:
            item = OutboxItem(
                id=tx.new_id(),
                kind=OutboxKind.ALERT,
                ticket_id=None,
                recipient=address,
                message_id=message_id,
                created_at=at,
                next_attempt_at=at,
                payload=payload,
            )
            tx.add_outbox_item(item)

    if missing:
        app.writer.submit(work).result()
    return len(missing)
