"""Customers' contracts as the service level uses them, kept in memory by the digests of their rows.

A digest is of a row's whole content, so what is kept can never be out of date, whichever node changed the row.
"""

import hashlib
import json
from typing import Any

import structlog
from sqlalchemy import Connection, bindparam, select

from intake.people import ContractData
from intake.sla.agreed import TermsError, read_terms
from intake.sla.contract import Contract, ContractVersion, Terms
from intake.sla.versions import one_contract
from intake.terms import Category
from store.prepared import Prepared
from store.tables import contracts

_KEPT = 4096

_DIGESTS = Prepared(
    select(contracts.c.digest).where(contracts.c.customer_id == bindparam("customer")).order_by(contracts.c.id)
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
        rows = _ROWS.all(connection, {"customer": customer_id})
        found = one_contract([_version(row) for row in rows])
        if len(_known) >= _KEPT:
            _known.clear()
        _known[tuple(row.digest for row in rows)] = found
    return found


def _version(row: Any) -> ContractVersion:
    category = Category(row.default_category)
    try:
        terms = read_terms(row.terms, name=row.name, framework=bool(row.framework), default_category=category)
    except TermsError as error:
        # Checked when they were written; a request must not be lost because a later release reads them otherwise.
        log.error("contract terms cannot be read", contract=row.id, error=str(error))
        terms = Terms(name=row.name, framework=bool(row.framework), default_category=category)
    return ContractVersion(valid_from=row.valid_from, valid_until=row.valid_until, terms=terms)
