"""The columns of a list of contacts, their names in both languages, and what a sheet can say. Data only."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from authz.identity import Channel
from intake.people import Contact


class Column(StrEnum):
    """What a sheet can say about a contact."""

    ID = "id"
    NAME = "name"
    ADDRESSES = "addresses"
    NUMBERS = "numbers"
    ACTIVE = "active"
    MAIL = "mail"
    PHONE = "phone"
    WEB = "web"
    ADMIN = "admin"
    LANGUAGE = "language"
    VALID_FROM = "valid_from"
    VALID_UNTIL = "valid_until"


# The names written, Czech and English, and others that are understood.
HEADINGS: dict[Column, tuple[str, str, tuple[str, ...]]] = {
    Column.ID: ("ID", "ID", ("cislo kontaktu",)),
    Column.NAME: ("Jméno", "Name", ("jmeno a prijmeni", "kontakt", "full name", "contact")),
    Column.ADDRESSES: ("E-maily", "E-mails", ("e-mail", "email", "emaily", "emails", "mail", "adresa", "adresy")),
    Column.NUMBERS: ("Telefony", "Phones", ("telefon", "phone", "mobil", "mobile", "tel", "telefonni cislo")),
    Column.ACTIVE: ("Aktivní", "Active", ()),
    Column.MAIL: ("Smí psát", "May mail", ()),
    Column.PHONE: ("Smí volat", "May call", ()),
    Column.WEB: ("Smí na web", "May use the web", ()),
    Column.ADMIN: ("Správce", "Admin", ("administrator",)),
    Column.LANGUAGE: ("Jazyk", "Language", ()),
    Column.VALID_FROM: ("Platí od", "Valid from", ()),
    Column.VALID_UNTIL: ("Platí do", "Valid until", ()),
}
CHANNEL_COLUMNS = {Column.MAIL: Channel.MAIL, Column.PHONE: Channel.PHONE, Column.WEB: Channel.WEB}


@dataclass(frozen=True, slots=True, kw_only=True)
class CellError:
    """What cannot be taken. line: of the file, counted from 1. column: None for the line as a whole."""

    line: int
    message: str
    column: Column | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """One line: what it says, by column; a column that is missing or empty says nothing.

    Values: str for NAME and LANGUAGE, int for ID, a tuple of addresses or of E.164 numbers, bool, aware datetime.
    ADDRESSES and NUMBERS are () where the cell is empty: none is to be left.
    """

    line: int
    said: dict[Column, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSheet:
    """What a file says, and every cell that could not be read."""

    rows: tuple[ContactRow, ...]
    errors: tuple[CellError, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedContact:
    """A contact with what it is recognized by, as it goes into a sheet or a card. numbers: E.164."""

    contact: Contact
    addresses: tuple[str, ...]
    numbers: tuple[str, ...]
