"""The daily mail to a customer's own admin about what is held under the names of its people. See `intake.retention`.

Owns when it is written and to whom. It tells; who decides is the service desk.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from channels.mail.short_letters import told_at
from intake.app import App
from intake.outgoing import OutboxItem, OutboxKind
from intake.ports import Transaction
from store.digests import CustomersWaiting, StoreDigests
from store.quarantine import StoreRetention

_ZONE = ZoneInfo("Europe/Prague")
_NEW = timedelta(days=1)
_LISTED = 50


def write_customer_digests(app: App, at: datetime) -> int:
    """Put the day's mails into the outbox, once, when their hour has come; returns how many.

    at: aware UTC. Nothing is written where nothing new was held in the last day. The Message-ID names the day and the
    admin, so that no restart and no other node doubles it. Blocking.
    """
    mail = app.settings.mail
    local = at.astimezone(_ZONE)
    if not mail.customer_digest or local.hour < mail.quarantine_digest_hour:
        return 0
    written = 0
    for each in StoreDigests(app.engine).waiting(at - _NEW, at):
        written += _write(app, each, at, local)
    return written


def _write(app: App, each: CustomersWaiting, at: datetime, local: datetime) -> int:
    domain = app.settings.mail.addresses[0].rpartition("@")[2]
    ids = {contact: f"<quarantine-{local:%Y%m%d}-contact-{contact}@{domain}>" for contact in each.admins}
    rows = StoreRetention(app.engine)
    missing = {contact: message_id for contact, message_id in ids.items() if not rows.was_written(message_id)}
    if not missing:
        return 0
    lines = [
        {
            "since": told_at(row.held_at.astimezone(_ZONE)),
            "identity": row.identity or "",
            "subject": row.subject or "",
            "reason": row.reason,
        }
        for row in StoreDigests(app.engine).lines(each.customer_id, _LISTED)
    ]

    def work(tx: Transaction) -> int:
        count = 0
        for contact_id, message_id in missing.items():
            card = tx.contact_card(contact_id, at)
            if card is None or card.address is None:
                continue
            count += 1
            item = OutboxItem(
                id=tx.new_id(),
                kind=OutboxKind.CUSTOMER_DIGEST,
                ticket_id=None,
                recipient=card.address,
                message_id=message_id,
                created_at=at,
                next_attempt_at=at,
                payload={"language": card.language, "waiting": each.waiting, "lines": lines},
            )
            tx.add_outbox_item(item)
        return count

    return app.writer.submit(work).result()
