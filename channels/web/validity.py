"""Changing since when and until when an address, a number or a range is listed: the form, and reading it.

What tells an entry apart is not changed: that is adding another one and removing this.
"""

from dataclasses import fields, replace
from typing import TypeVar

from starlette.datastructures import FormData

from channels.web.entered import Entered, first_day, last_day
from channels.web.parts import Field, Form
from channels.web.visitors import Visit
from intake.administration import InvalidEntryError
from intake.people import Address, AddressData, Number, NumberData, NumberRange, NumberRangeData

Entry = Address | Number | NumberRange
EntryData = AddressData | NumberData | NumberRangeData
D = TypeVar("D", AddressData, NumberData, NumberRangeData)


def entry_words(entry: Entry) -> str:
    """What an entry is called."""
    match entry:
        case Address():
            return entry.address
        case Number():
            return entry.number
        case NumberRange():
            return f"{entry.first} – {entry.last}"


def validity_form(visit: Visit, action: str, entry: Entry, prefix: str, *, until_help: str = "") -> Form:
    """The form of one entry. prefix: of the keys of its words, such as "desk"."""
    zone = visit.site.services.zone
    label = [] if isinstance(entry, Address) else [Field(name="label", label=f"{prefix}_label", value=entry.label)]
    since, until = first_day(entry.valid_from, zone), last_day(entry.valid_until, zone)
    return Form(
        action=action,
        fields=(
            *label,
            Field(name="valid_from", label=f"{prefix}_valid_from", kind="date", value=since),
            Field(name="valid_until", label=f"{prefix}_valid_until", kind="date", value=until, help=until_help),
        ),
    )


def read_validity(visit: Visit, form: FormData, entry: Entry) -> EntryData:
    """The entry as it is to be. Raises InvalidEntryError."""
    match entry:
        case Address():
            return _with_validity(visit, form, _said_of(entry, AddressData))
        case Number():
            data = _with_validity(visit, form, _said_of(entry, NumberData))
            return replace(data, label=Entered(form, visit.site.services.zone).line("label"))
        case NumberRange():
            block = _with_validity(visit, form, _said_of(entry, NumberRangeData))
            return replace(block, label=Entered(form, visit.site.services.zone).line("label"))


def _said_of(entry: Entry, kind: type[D]) -> D:
    return kind(**{field.name: getattr(entry, field.name) for field in fields(kind)})


def _with_validity(visit: Visit, form: FormData, data: D) -> D:
    entered = Entered(form, visit.site.services.zone)
    since = entered.begin_of("valid_from", data.valid_from)
    until = entered.end_of("valid_until", data.valid_until)
    if since is not None and until is not None and until <= since:
        raise InvalidEntryError("The validity must end after it begins.", field="valid_until")
    return replace(data, valid_from=since, valid_until=until)
