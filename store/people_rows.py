"""Between the people's values and their rows, both ways, and what every value must satisfy first."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from authz.identity import Channel
from authz.people.tokens import Scope
from intake.administration import InvalidEntryError
from intake.people import (
    Address,
    ApiToken,
    Contact,
    ContactData,
    Contract,
    ContractData,
    Customer,
    CustomerData,
    Number,
    NumberRange,
    Role,
    Session,
    User,
    Validity,
)
from intake.sla.agreed import TermsError, read_terms
from intake.terms import Category
from store.contracts import contract_digest

AnyRow = Row[Any]
Values = dict[str, Any]

LANGUAGES = ("cs", "en")


def clean_text(field: str, value: str, limit: int, *, may_be_empty: bool = False) -> str:
    """The text without outer white space. Raises InvalidEntryError when it is empty, too long or unprintable."""
    cleaned = " ".join(value.split())
    if not cleaned and not may_be_empty:
        raise InvalidEntryError(f"Give a {field}.", field=field)
    if len(cleaned) > limit:
        raise InvalidEntryError(f"The {field} may have at most {limit} characters.", field=field)
    if not cleaned.isprintable():
        raise InvalidEntryError(f"The {field} holds characters that cannot be printed; remove them.", field=field)
    return cleaned


def clean_language(value: str | None) -> str | None:
    if value is not None and value not in LANGUAGES:
        raise InvalidEntryError(f"The language is one of {', '.join(LANGUAGES)}.", field="language")
    return value


def validity_values(validity: Validity | ContractData) -> Values:
    """Raises InvalidEntryError for an instant without a zone, or an end that is not after the beginning."""
    starts, ends = validity.valid_from, validity.valid_until
    for field, instant in (("valid_from", starts), ("valid_until", ends)):
        if instant is not None and instant.utcoffset() is None:
            raise InvalidEntryError("Write the instant with its zone, such as 2026-11-22T09:00:00+01:00.", field=field)
    if starts is not None and ends is not None and starts >= ends:
        raise InvalidEntryError("The validity must end after it begins.", field="valid_until")
    return {"valid_from": starts, "valid_until": ends}


def customer_values(data: CustomerData) -> Values:
    return {
        "name": clean_text("name", data.name, 200),
        "active": data.active,
        "language": clean_language(data.language),
        "ask_pin": data.ask_pin,
        **validity_values(data),
    }


def read_customer(row: AnyRow) -> Customer:
    return Customer(
        id=row.id,
        name=row.name,
        active=bool(row.active),
        language=row.language,
        ask_pin=bool(row.ask_pin),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        created_at=row.created_at,
    )


def contact_values(data: ContactData) -> Values:
    return {
        "customer_id": data.customer_id,
        "name": clean_text("name", data.name, 200),
        "active": data.active,
        "language": clean_language(data.language),
        "may_mail": Channel.MAIL in data.channels,
        "may_phone": Channel.PHONE in data.channels,
        "may_web": Channel.WEB in data.channels,
        "is_admin": data.is_admin,
        **validity_values(data),
    }


def read_contact(row: AnyRow) -> Contact:
    rights = ((Channel.MAIL, row.may_mail), (Channel.PHONE, row.may_phone), (Channel.WEB, row.may_web))
    return Contact(
        id=row.id,
        customer_id=row.customer_id,
        name=row.name,
        active=bool(row.active),
        language=row.language,
        channels=frozenset(channel for channel, allowed in rights if allowed),
        is_admin=bool(row.is_admin),
        login=row.login,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        created_at=row.created_at,
    )


def read_address(row: AnyRow) -> Address:
    return Address(
        id=row.id,
        customer_id=row.customer_id,
        contact_id=row.contact_id,
        address=row.address,
        key=row.address_key,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def read_number_entry(row: AnyRow) -> Number:
    return Number(
        id=row.id,
        customer_id=row.customer_id,
        contact_id=row.contact_id,
        number=row.e164,
        label=row.label,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def read_number_range(row: AnyRow) -> NumberRange:
    return NumberRange(
        id=row.id,
        customer_id=row.customer_id,
        first=f"+{row.first:0{row.digits}}",
        last=f"+{row.last:0{row.digits}}",
        label=row.label,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def contract_values(data: ContractData) -> Values:
    """Raises InvalidEntryError for terms that cannot be read; the message names the field to mend."""
    try:
        read_terms(data.terms, name=data.name)
    except TermsError as error:
        raise InvalidEntryError(f"{error.field}: {error.message}", field=error.field) from error
    return {
        "customer_id": data.customer_id,
        "name": clean_text("name", data.name, 200),
        "framework": data.framework,
        "default_category": data.default_category,
        "terms": data.terms,
        **validity_values(data),
        "digest": contract_digest(data),
    }


def read_contract(row: AnyRow) -> Contract:
    return Contract(
        id=row.id,
        customer_id=row.customer_id,
        name=row.name,
        framework=bool(row.framework),
        default_category=Category(row.default_category),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        terms=row.terms,
    )


def read_user(row: AnyRow) -> User:
    return User(
        id=row.id,
        login=row.login,
        name=row.name,
        role=Role(row.role),
        active=bool(row.active),
        language=row.language,
        created_at=row.created_at,
    )


def read_token(row: AnyRow) -> ApiToken:
    known = {scope.value for scope in Scope}
    return ApiToken(
        id=row.id,
        name=row.name,
        # A scope of a version that is gone allows nothing.
        scopes=frozenset(Scope(scope) for scope in row.scopes if scope in known),
        contact_id=row.contact_id,
        customer_id=row.customer_id,
        active=bool(row.active),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def read_session(row: AnyRow) -> Session:
    return Session(
        kept=row.token_hash,
        csrf=row.csrf,
        contact_id=row.contact_id,
        user_id=row.user_id,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
    )


def overlaps(
    first_from: datetime | None, first_until: datetime | None, other_from: datetime | None, other_until: datetime | None
) -> bool:
    """Whether two half-open validities share an instant."""
    begins_before = first_from is None or other_until is None or first_from < other_until
    return begins_before and (other_from is None or first_until is None or other_from < first_until)
