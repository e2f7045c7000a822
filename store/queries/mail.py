"""Our own mail for people: its wordings, and what became of a ticket's mails."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select

from intake.letters.correspondence import Delivery, DeliveryState, ReportAction
from intake.letters.templates import USUAL, MailTemplate
from intake.letters.wordings import all_in_force
from intake.outgoing import OutboxItem, OutboxKind, OutboxState
from store import rows
from store.queries.reading import Reading
from store.tables import delivery_reports, mail_templates, outbox, tickets
from store.wordings import StoreWordings, newest, read_template

_NAMED = (mail_templates.c.name, mail_templates.c.kind, mail_templates.c.language)


class MailQueries(Reading):
    """See `intake.letters.wordings.WordingQueries`, `intake.queries.Queries`."""

    def mail_templates(self) -> Sequence[MailTemplate]:
        latest = select(*_NAMED, func.max(mail_templates.c.version).label("version")).group_by(*_NAMED).subquery()
        query = select(mail_templates).join(
            latest,
            (mail_templates.c.name == latest.c.name)
            & (mail_templates.c.kind == latest.c.kind)
            & (mail_templates.c.language == latest.c.language)
            & (mail_templates.c.version == latest.c.version),
        )
        with self._engine.connect() as connection:
            found = connection.execute(query).all()
        return all_in_force({(row.name, row.kind, row.language): read_template(row) for row in found})

    def mail_template(self, kind: OutboxKind, language: str, name: str = USUAL) -> MailTemplate:
        with self._engine.connect() as connection:
            return StoreWordings(connection).current(kind, language, name)

    def mail_template_versions(self, kind: OutboxKind, language: str, name: str = USUAL) -> Sequence[MailTemplate]:
        with self._engine.connect() as connection:
            return [read_template(row) for row in connection.execute(newest(kind, language, name))]

    def deliveries(self, number: int) -> tuple[Delivery, ...]:
        mails = select(outbox).join(tickets, tickets.c.id == outbox.c.ticket_id).where(tickets.c.number == number)
        reports = (
            select(delivery_reports)
            .join(outbox, outbox.c.id == delivery_reports.c.outbox_id)
            .join(tickets, tickets.c.id == outbox.c.ticket_id)
            .where(tickets.c.number == number)
            .order_by(delivery_reports.c.id)
        )
        with self._engine.connect() as connection:
            found = connection.execute(mails.order_by(outbox.c.id)).all()
            told: dict[int, list[Row[Any]]] = {}
            for row in connection.execute(reports):
                told.setdefault(row.outbox_id, []).append(row)
        return tuple(_delivery(rows.read_outbox_item(row), told.get(row.id, [])) for row in found)


_STATES = {
    OutboxState.SENT: DeliveryState.SENT,
    OutboxState.FAILED: DeliveryState.FAILED,
    OutboxState.STOPPED: DeliveryState.STOPPED,
}


def _delivery(item: OutboxItem, reports: Sequence[Row[Any]]) -> Delivery:
    """The worst that was told counts, until a later word that it did arrive. RFC 3464 §2.3.3"""
    state = _STATES.get(item.state, DeliveryState.DELAYED if item.last_error else DeliveryState.QUEUED)
    at, reason, status = item.sent_at or item.created_at, item.last_error or "", None
    for report in reports:
        action = ReportAction(report.action)
        if action is ReportAction.FAILED:
            state = DeliveryState.BOUNCED
        elif state is not DeliveryState.BOUNCED:
            state = DeliveryState.DELAYED if action is ReportAction.DELAYED else DeliveryState.SENT
        else:
            continue
        at, reason, status = report.at, report.diagnostic, report.status
    return Delivery(
        id=item.id,
        kind=item.kind,
        recipient=item.recipient,
        message_id=item.message_id,
        state=state,
        at=at,
        created_at=item.created_at,
        attempts=item.attempts,
        next_attempt_at=item.next_attempt_at,
        reason=reason,
        status=status,
        comment_id=item.payload.get("comment"),
    )
