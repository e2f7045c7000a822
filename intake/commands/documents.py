"""Files an operator writes for a command, in TOML or JSON: read, checked, and refused with the place to mend.

Owns the way from a file to a checked value. Must not store anything.
"""

import json
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from intake.administration import EntryError
from intake.people import ContractData
from intake.terms import Category

M = TypeVar("M", bound="Document")

_USUAL_ZONE = "Europe/Prague"


class DocumentError(EntryError):
    """A file that cannot be taken. The message names the file and the field."""


def _unsent() -> Any:
    """A field that may be left out, which is not the same as null."""
    return Field(default_factory=lambda: None)


class Document(BaseModel):
    """What a file may hold: a name that does not exist is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ContractDocument(Document):
    """A contract. A day without a time is that day's first midnight, in the zone of the agreed calendar."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    valid_from: AwareDatetime
    valid_until: AwareDatetime | None = None
    framework: bool = False
    default_category: Category = Category.C
    terms: dict[str, Any] = Field(default_factory=dict)

    def contract(self, customer_id: int) -> ContractData:
        """The contract as it is stored."""
        return ContractData(customer_id=customer_id, **self.model_dump())


class ContractChanges(Document):
    """What changes about a contract; what is left out stays."""

    name: Annotated[str, Field(min_length=1, max_length=200)] = _unsent()
    valid_from: AwareDatetime = _unsent()
    valid_until: AwareDatetime | None = None
    framework: bool = _unsent()
    default_category: Category = _unsent()
    terms: dict[str, Any] = _unsent()


class TermsDocument(Document):
    """The terms alone, as they stand in a contract's file."""

    terms: dict[str, Any] = Field(default_factory=dict)


def read_document(file: Path, kind: type[M]) -> M:
    """Read and check a file; `.json` is JSON, everything else TOML. Raises DocumentError, OSError."""
    return _checked(file, _load(file), kind)


def read_written_terms(file: Path) -> dict[str, Any]:
    """The `terms` of a file that holds a whole contract, or them alone. Raises DocumentError, OSError."""
    written = _load(file)
    if written.keys() - {"terms"}:
        return _checked(file, written, ContractDocument).terms
    return _checked(file, written, TermsDocument).terms


def _checked(file: Path, written: dict[str, Any], kind: type[M]) -> M:
    zone = _zone(file, written)
    for name in ("valid_from", "valid_until"):
        if name in written:
            written[name] = _instant(written[name], zone)
    try:
        return kind.model_validate(_plain(written))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise DocumentError(f"{file}: {place}: {message}", field=place) from error


def _load(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8-sig")
        # Amounts and percentages stay as they were written: a binary fraction would change them.
        written = json.loads(text, parse_float=str) if file.suffix == ".json" else tomllib.loads(text, parse_float=str)
    except UnicodeDecodeError as error:
        raise DocumentError(f"{file}: octet {error.start} is not UTF-8; save the file in that encoding") from error
    except ValueError as error:
        raise DocumentError(f"{file}: {error}") from error
    if not isinstance(written, dict):
        raise DocumentError(f"{file}: an object with the fields is needed, such as name and valid_from")
    return written


def _zone(file: Path, written: Mapping[str, Any]) -> ZoneInfo:
    terms = written.get("terms")
    calendar = terms.get("calendar") if isinstance(terms, dict) else None
    name = calendar.get("zone", _USUAL_ZONE) if isinstance(calendar, dict) else _USUAL_ZONE
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        place = "terms.calendar.zone"
        raise DocumentError(f"{file}: {place}: there is no time zone {name!r}", field=place) from error


def _instant(written: Any, zone: ZoneInfo) -> Any:
    """A day is its first midnight there; everything else stays to be checked."""
    if isinstance(written, str):
        try:
            written = date.fromisoformat(written)
        except ValueError:
            return written
    if isinstance(written, date) and not isinstance(written, datetime):
        return datetime.combine(written, time(), tzinfo=zone)
    return written


def _plain(value: Any) -> Any:
    """Without the kinds of value JSON does not have; instants of the first level are kept for the check."""
    return {name: item if isinstance(item, datetime) else _json(item) for name, item in value.items()}


def _json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_json(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value
