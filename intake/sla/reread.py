"""A statement out of its canonical JSON again, so that a frozen month can be shown in every format.

Owns the way back of `intake.sla.render.plain_value`, guided by the fields' types. Reading what was written gives an
equal statement, and writing that gives the same octets.
"""

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from intake.sla.statement import Statement


def read_statement(document: str | bytes) -> Statement:
    """The statement a document says. Members that are no fields are passed over. Raises ValueError, KeyError."""
    statement: Statement = _read(Statement, json.loads(document))
    return statement


def _read(kind: Any, plain: Any) -> Any:
    if get_origin(kind) in {Union, UnionType}:
        if plain is None:
            return None
        (kind,) = (each for each in get_args(kind) if each is not NoneType)
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], item) for item in plain)
    if kind is datetime:
        return datetime.fromisoformat(plain).astimezone(UTC)
    if kind is timedelta:
        return timedelta(seconds=plain)
    if kind in {Decimal, Fraction} or issubclass(kind, Enum):
        return kind(plain)
    if is_dataclass(kind):
        value: Any = kind
        return value(**{name: _read(hint, plain[name]) for name, hint in _hints(value).items()})
    return plain


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}
