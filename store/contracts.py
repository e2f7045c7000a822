"""Customers' contracts as the service level uses them, kept in memory by the digests of their rows.

A digest is of a row's whole content, so what is kept can never be out of date, whichever node changed the row.
"""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, bindparam, select

from intake.administration import InvalidEntryError
from intake.people import ContractData
from intake.sla.agreed import TermsError, read_terms
from intake.sla.calendar import NamedDay
from intake.sla.contract import Contract, ContractVersion, Terms
from intake.sla.versions import one_contract
from intake.terms import Category
from store.prepared import Prepared
from store.site_days import read_site_days, site_days_digest
from store.tables import contracts, site_calendar

_KEPT = 4096

# The site's own days change what every contract means; their row has an id below all others.
_DIGESTS = Prepared(
    select(contracts.c.digest, contracts.c.id)
    .where(contracts.c.customer_id == bindparam("customer"))
    .union_all(select(site_calendar.c.digest, site_calendar.c.id))
    .order_by("id")
)
_ROWS = Prepared(select(contracts).where(contracts.c.customer_id == bindparam("customer")).order_by(contracts.c.id))

_known: dict[tuple[str, ...], Contract] = {}

log = structlog.get_logger(__name__)


def contract_digest(data: ContractData) -> str:
    """SHA-256, in hex, of everything a contract's row says beside whose it is."""
    said = [
        data.name,
        data.framework,
        data.default_category,
        data.valid_from.timestamp(),
        data.valid_until.timestamp() if data.valid_until else None,
        data.terms,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def customer_contract(connection: Connection, customer_id: int) -> Contract:
    """Every version of a customer's contract; without any version when nothing was agreed."""
    key = tuple(row.digest for row in _DIGESTS.all(connection, {"customer": customer_id}))
    found = _known.get(key)
    if found is None:
        rows, days = _ROWS.all(connection, {"customer": customer_id}), read_site_days(connection)
        found = one_contract([_version(row, days or ()) for row in rows])
        if len(_known) >= _KEPT:
            _known.clear()
        own = [] if days is None else [site_days_digest(days)]
        _known[(*own, *(row.digest for row in rows))] = found
    return found


def _version(row: Any, days: tuple[NamedDay, ...]) -> ContractVersion:
    category = Category(row.default_category)
    try:
        terms = read_terms(row.terms, name=row.name, framework=bool(row.framework), default_category=category)
    except TermsError as error:
        # Checked when they were written; a request must not be lost because a later release reads them otherwise.
        log.error("contract terms cannot be read", contract=row.id, error=str(error))
        terms = Terms(name=row.name, framework=bool(row.framework), default_category=category)
    if days:
        terms = replace(terms, calendar=replace(terms.calendar, site_days=days))
    return ContractVersion(valid_from=row.valid_from, valid_until=row.valid_until, terms=terms)


def refuse_to_rewrite(before: ContractData, after: ContractData, at: datetime) -> None:
    """Let a contract that has begun only end, from `at` (aware UTC) on. Raises InvalidEntryError for anything else."""
    if before.valid_from > at:
        return
    if (before.terms, before.framework, before.default_category, before.valid_from) != (
        after.terms,
        after.framework,
        after.default_category,
        after.valid_from,
    ):
        message = (
            f"This contract has been in force since {before.valid_from.isoformat()}: add a new one that begins when "
            "the change does, or send correction if it never was as it says."
        )
        raise InvalidEntryError(message, field="terms")
    ahead = _is_ahead(before.valid_until, at) and _is_ahead(after.valid_until, at)
    if before.valid_until != after.valid_until and not ahead:
        message = "The end of a contract can be moved only while it lies ahead, and not into the past."
        raise InvalidEntryError(message, field="valid_until")


def _is_ahead(instant: datetime | None, at: datetime) -> bool:
    return instant is None or instant >= at
