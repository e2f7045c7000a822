"""A customer's monthly statement: drawn from the history, or as it was frozen when the month was closed.

Owns closing and amending. A closed month is never drawn again: a correction is an amendment beside it, and says what
it changed. The figures are `intake.sla.statement`'s.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from intake.ports import ConflictError, Transaction
from intake.queries import PromiseQueries
from intake.service import ClosedMonth
from intake.sla.availability import MaintenanceWindow, measure_availability
from intake.sla.contract import Contract
from intake.sla.render import canonical_json, statement_json
from intake.sla.reread import read_statement
from intake.sla.spans import Span
from intake.sla.statement import Statement, build_statement, month_span
from intake.tickets.model import Actor

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_USUAL_ZONE = "Europe/Prague"


class StatementError(Exception):
    """There is no such statement, or it cannot be closed so. The message says what to do instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    @classmethod
    def read(cls, text: str) -> "Month":
        """Read "2026-06". Raises StatementError."""
        found = _MONTH.fullmatch(text.strip())
        if found is None:
            raise StatementError(f"Write the month as 2026-06, not {text!r}.")
        return cls(year=int(found[1]), number=int(found[2]))

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.year:04d}-{self.number:02d}"

    def before(self, months: int) -> "Month":
        """The month so many months earlier."""
        year, number = divmod(self.year * 12 + self.number - 1 - months, 12)
        return Month(year=year, number=number + 1)

    def span(self, zone: str) -> Span:
        """From its first local midnight to the next month's, in UTC."""
        return month_span(self.year, self.number, zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A statement and its canonical JSON. revisions: the closing and the amendments; empty while the month is open."""

    customer_id: int
    statement: Statement
    document: bytes
    revisions: tuple[ClosedMonth, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the document, hex."""
        return hashlib.sha256(self.document).hexdigest()

    @property
    def amendment(self) -> dict[str, Any] | None:
        """What the last amendment changed and why; None when nothing was amended."""
        if len(self.revisions) < 2:
            return None
        found: dict[str, Any] | None = json.loads(self.document).get("amendment")
        return found


def show_statement(queries: PromiseQueries, customer_id: int, month: Month, now: datetime) -> Drawn:
    """The statement as it stands: the last revision of a closed month, else drawn now. now: aware UTC. Blocking.

    Raises StatementError when there is none.
    """
    revisions = tuple(queries.closed_months(customer_id, str(month), str(month)))
    if not revisions:
        return draw_statement(queries, customer_id, month, now)
    document = revisions[-1].document
    return Drawn(
        customer_id=customer_id,
        statement=read_statement(document),
        document=document.encode(),
        revisions=revisions,
    )


def draw_statement(queries: PromiseQueries, customer_id: int, month: Month, now: datetime) -> Drawn:
    """The statement as the history has it now, whether the month is closed or not. Blocking.

    Raises StatementError for an unknown customer, a month that is not over, and one without a contract.
    """
    zone = contract_zone(queries.customer_contract(customer_id), month)
    span = month.span(zone)
    if now < span.end:
        raise StatementError(f"{month} is not over yet; its statement can be drawn from {month.before(-1)}-01 on.")
    found = queries.drawn_from(customer_id, span)
    if found is None:
        raise StatementError(f"There is no customer {customer_id}.")
    try:
        statement = build_statement(
            customer=found.customer,
            year=month.year,
            month=month.number,
            contract=found.contract,
            zone=zone,
            histories=found.histories,
            time_entries=found.time_entries,
            access_profiles=found.access_profiles,
            maintenance=found.maintenance,
        )
    except ValueError as error:
        raise StatementError(f"{found.customer} had no contract in {month}.") from error
    return Drawn(customer_id=customer_id, statement=statement, document=statement_json(statement))


def contract_zone(contract: Contract, month: Month) -> str:
    """The zone whose midnights bound the month: that of the calendar last in force in it."""
    span = month.span(_USUAL_ZONE)
    try:
        return contract.last_terms_in(span.start, span.end).calendar.zone
    except ValueError:
        return _USUAL_ZONE


def close_month(tx: Transaction, drawn: Drawn, *, by: Actor, at: datetime, note: str = "") -> ClosedMonth:
    """Freeze a month. Raises StatementError when it is closed already; an amendment corrects it then."""
    month = drawn.statement.month
    if tx.service.last_revision(drawn.customer_id, month) is not None:
        raise StatementError(f"{month} is closed already; correct it by an amendment.")
    closed = _frozen(drawn.customer_id, drawn.statement, drawn.document, revision=0, by=by, at=at, note=note)
    return _keep(tx, closed)


def amend_month(tx: Transaction, drawn: Drawn, last: ClosedMonth, *, by: Actor, at: datetime, note: str) -> ClosedMonth:
    """Keep what the history says by now beside what was closed.

    drawn: from `draw_statement`. last: the month's last revision. note: why, for the customer. The document says which
    figures changed. Raises StatementError when nothing did, or somebody else amended in the meantime.
    """
    month = drawn.statement.month
    if not note.strip():
        raise StatementError("Say why the statement is amended.")
    if tx.service.last_revision(drawn.customer_id, month) != last.revision:
        raise StatementError(f"{month} was amended in the meantime; look at it again.")
    now_says, said = json.loads(drawn.document), json.loads(last.document)
    said.pop("amendment", None)
    changed = list(_differences("", said, now_says))
    if not changed:
        raise StatementError(f"There is nothing to amend: {month} is as it was closed.")
    revision = last.revision + 1
    amendment = {"number": revision, "at": at.isoformat(), "note": note.strip(), "changed": changed}
    document = canonical_json(now_says | {"amendment": amendment})
    closed = _frozen(drawn.customer_id, drawn.statement, document, revision=revision, by=by, at=at, note=note.strip())
    return _keep(tx, closed)


def summary(statement: Statement) -> dict[str, Any]:
    """The figures of a month that the chart of months shows."""
    figures = statement.availability
    return {
        "assured_seconds": figures.assured.total_seconds(),
        "unavailable_seconds": figures.unavailable.total_seconds(),
        "guaranteed": f"{figures.guaranteed.numerator}/{figures.guaranteed.denominator}",
        "missed_nines": figures.missed_nines,
        "total": f"{statement.totals.total:f}",
    }


def _frozen(
    customer_id: int, statement: Statement, document: bytes, *, revision: int, by: Actor, at: datetime, note: str
) -> ClosedMonth:
    return ClosedMonth(
        customer_id=customer_id,
        month=statement.month,
        revision=revision,
        document=document.decode(),
        digest=hashlib.sha256(document).hexdigest(),
        summary=summary(statement),
        closed_at=at,
        closed_by=by,
        note=note,
    )


def _keep(tx: Transaction, closed: ClosedMonth) -> ClosedMonth:
    try:
        tx.service.keep_month(closed)
    except ConflictError as error:
        raise StatementError(f"{closed.month} was closed or amended by somebody else just now.") from error
    return closed


def _differences(path: str, before: Any, after: Any) -> Iterator[dict[str, Any]]:
    """Single figures by name; of the long lists only that they differ, and how long they are."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            yield from _differences(f"{path}.{name}".lstrip("."), before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list):
        yield {"figure": path, "was": f"{len(before)} lines", "is": f"{len(after)} lines"}
    else:
        yield {"figure": path, "was": before, "is": after}


_CHART_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthFigures:
    """A month in the chart of months. guaranteed: a fraction of one. assured, unavailable: Ts and Tn."""

    month: str
    assured: timedelta
    unavailable: timedelta
    guaranteed: Fraction
    missed_nines: int


def months_before(queries: PromiseQueries, drawn: Drawn) -> tuple[MonthFigures, ...]:
    """The availability of the year that ends with a statement's month; months without a contract are left out.

    A closed month is told as it was closed, an open one as the history has it. Blocking.
    """
    last = Month.read(drawn.statement.month)
    first, zone, customer_id = last.before(_CHART_MONTHS - 1), drawn.statement.zone, drawn.customer_id
    closed = {each.month: each.summary for each in queries.closed_months(customer_id, str(first), str(last))}
    closed[str(last)] = summary(drawn.statement)
    span = Span(first.span(zone).start, last.span(zone).end)
    contract, histories = queries.customer_contract(customer_id), queries.a_histories(customer_id, span)
    windows = [
        MaintenanceWindow(start=each.starts_at, end=each.ends_at, note=each.note)
        for each in queries.maintenance_in(customer_id, span.start, span.end)
    ]
    figures = []
    for ago in range(_CHART_MONTHS - 1, -1, -1):
        month = last.before(ago)
        if str(month) in closed:
            figures.append(_of_summary(str(month), closed[str(month)]))
            continue
        try:
            measured = measure_availability(contract, histories, month.span(zone), windows)
        except ValueError:
            continue
        figures.append(
            MonthFigures(
                month=str(month),
                assured=measured.assured,
                unavailable=measured.unavailable,
                guaranteed=measured.guaranteed,
                missed_nines=measured.missed_nines,
            )
        )
    return tuple(figures)


def _of_summary(month: str, kept: dict[str, Any]) -> MonthFigures:
    return MonthFigures(
        month=month,
        assured=timedelta(seconds=kept["assured_seconds"]),
        unavailable=timedelta(seconds=kept["unavailable_seconds"]),
        guaranteed=Fraction(kept["guaranteed"]),
        missed_nines=kept["missed_nines"],
    )
