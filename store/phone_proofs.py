"""PINs, the attempts at them and codes of numbers as rows. See `intake.phone.proofs.PhoneProofs`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update

from authz.phone.pin import FORGOTTEN_AFTER, Attempts
from intake.administration import UnknownEntryError
from intake.phone.proofs import KeptPin, NumberCode
from intake.tickets.model import Actor
from store.entries import Entries
from store.prepared import prepare_insert_or_keep
from store.rows import actor_values
from store.tables import audit, contacts, number_codes, pin_attempts, pins

_COUNT_CALLER = prepare_insert_or_keep(pin_attempts)


class StorePhoneProofs(Entries):
    """The rows on one connection. Commit and rollback are the writer's."""

    def pin(self, contact_id: int) -> KeptPin | None:
        query = select(pins).where(pins.c.contact_id == contact_id).with_for_update()
        row = self._connection.execute(query).first()
        if row is None:
            return None
        attempts = Attempts(failures=row.failures, locked_until=row.locked_until)
        return KeptPin(contact_id=contact_id, pin_hash=row.pin_hash, set_at=row.set_at, attempts=attempts)

    def set_pin(self, pin: KeptPin, *, by: Actor, at: datetime) -> None:
        self._row(contacts, "contact", pin.contact_id)
        known = self.pin(pin.contact_id)
        values = {
            "pin_hash": pin.pin_hash,
            "set_at": pin.set_at,
            "failures": pin.attempts.failures,
            "locked_until": pin.attempts.locked_until,
        }
        if known is None:
            self._connection.execute(insert(pins).values(contact_id=pin.contact_id, **values))
        else:
            self._connection.execute(update(pins).where(pins.c.contact_id == pin.contact_id).values(values))
        self._tell("added" if known is None else "changed", pin.contact_id, by=by, at=at)

    def remove_pin(self, contact_id: int, *, by: Actor, at: datetime) -> None:
        gone = self._connection.execute(delete(pins).where(pins.c.contact_id == contact_id)).rowcount
        if not gone:
            raise UnknownEntryError(f"Contact {contact_id} has no PIN.")
        self._tell("removed", contact_id, by=by, at=at)

    def keep_pin_attempts(self, contact_id: int, attempts: Attempts) -> None:
        values = {"failures": attempts.failures, "locked_until": attempts.locked_until}
        self._connection.execute(update(pins).where(pins.c.contact_id == contact_id).values(values))

    def caller_attempts(self, caller: str, at: datetime) -> Attempts:
        # Made first, so that two nodes that hear of the same caller wait for each other.
        none = {"caller": caller, "failures": 0, "locked_until": None, "last_at": at}
        _COUNT_CALLER.run(self._connection, none)
        query = select(pin_attempts).where(pin_attempts.c.caller == caller).with_for_update()
        row = self._connection.execute(query).one()
        if row.last_at < at - FORGOTTEN_AFTER:
            return Attempts()
        return Attempts(failures=row.failures, locked_until=row.locked_until)

    def keep_caller_attempts(self, caller: str, attempts: Attempts, at: datetime) -> None:
        values = {"failures": attempts.failures, "locked_until": attempts.locked_until, "last_at": at}
        self._connection.execute(update(pin_attempts).where(pin_attempts.c.caller == caller).values(values))

    def code(self, code_id: int) -> NumberCode | None:
        query = select(number_codes).where(number_codes.c.id == code_id).with_for_update()
        row = self._connection.execute(query).first()
        return None if row is None else _read_code(row)

    def codes_since(self, at: datetime, *, number: str, customer_id: int | None = None) -> Sequence[NumberCode]:
        whose = number_codes.c.e164 == number
        if customer_id is not None:
            whose = or_(whose, number_codes.c.customer_id == customer_id)
        query = (
            select(number_codes)
            .where(number_codes.c.requested_at >= at, whose)
            .order_by(number_codes.c.id)
            .with_for_update()
        )
        return [_read_code(row) for row in self._connection.execute(query)]

    def add_code(self, code: NumberCode) -> None:
        self._connection.execute(insert(number_codes).values(_code_values(code)))

    def update_code(self, code: NumberCode) -> None:
        self._connection.execute(update(number_codes).where(number_codes.c.id == code.id).values(_code_values(code)))

    def forget(self, before: datetime) -> None:
        self._connection.execute(delete(pin_attempts).where(pin_attempts.c.last_at < before))
        self._connection.execute(delete(number_codes).where(number_codes.c.expires_at < before))

    def _tell(self, action: str, contact_id: int, *, by: Actor, at: datetime) -> None:
        """The audit trail says that it changed, never to what."""
        line = {"at": at, **actor_values(by), "entity": "pin", "entity_id": str(contact_id), "action": action}
        self._connection.execute(insert(audit).values(line | {"before": None, "after": None}))


def _code_values(code: NumberCode) -> dict[str, Any]:
    values = asdict(code)
    return {"e164": values.pop("number"), **values}


def _read_code(row: Row[Any]) -> NumberCode:
    values = row._asdict()  # noqa: SLF001 - a public name of rows
    return NumberCode(number=values.pop("e164"), **values)
