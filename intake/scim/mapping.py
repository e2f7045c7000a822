"""Between a contact and a SCIM User, both ways. Pure.

A contact's addresses are the User's emails and its numbers the phoneNumbers; a userName that is a mail address counts
as one when no emails are given. What else a directory says about its people is none of our business and not kept.
"""

import hashlib
from typing import TYPE_CHECKING, Any

from scim2_models import Email, Meta, Name, PhoneNumber, User

from authz.mail.address import address_key
from authz.phone.number import read_number
from intake.contact_lists.columns import Column, ContactRow
from intake.contact_lists.plan import ContactEntries
from intake.scim.groups import Bases, memberships
from intake.scim.model import DirectoryName

# A User without extensions: to the type checker a generic, at run time the bare class.
if TYPE_CHECKING:
    AnyUser = User[Any]
else:
    AnyUser = User


class UnusableUserError(ValueError):
    """A User nobody could be recognized by; the message says what is missing."""


def show_user(entries: ContactEntries, name: DirectoryName | None, bases: Bases) -> AnyUser:
    """A contact as a User."""
    contact = entries.contact
    user = AnyUser(
        id=str(contact.id),
        external_id=name.external_id if name is not None else None,
        user_name=user_name_of(entries, name),
        display_name=contact.name,
        name=Name(formatted=contact.name),
        active=contact.active,
        preferred_language=contact.language,
        emails=[
            Email(value=each.address, type="work", primary=place == 0 or None)
            for place, each in enumerate(entries.addresses)
        ]
        or None,
        phone_numbers=[
            PhoneNumber(value=each.number, type="work", primary=place == 0 or None)
            for place, each in enumerate(entries.numbers)
        ]
        or None,
        groups=memberships(contact, bases) or None,
    )
    user.meta = Meta(
        resource_type="User",
        created=contact.created_at,
        location=f"{bases.users}/{contact.id}",
        version=version_of(user),
    )
    return user


def version_of(user: AnyUser) -> str:
    """The entity tag of a User as it is shown, without its meta."""
    shown = user.model_copy(update={"meta": None}).model_dump_json()
    return f'W/"{hashlib.sha256(shown.encode()).hexdigest()[:32]}"'


def user_name_of(entries: ContactEntries, name: DirectoryName | None) -> str:
    """What the directory calls the contact; one it does not keep yet is called by its first address."""
    if name is not None and not name.deleted:
        return name.user_name
    return entries.addresses[0].address if entries.addresses else f"contact-{entries.contact.id}"


def read_user(user: AnyUser, contact_id: int | None) -> ContactRow:
    """What a User says about a contact. Raises UnusableUserError."""
    said: dict[Column, object] = {
        Column.NAME: _name(user),
        Column.ADDRESSES: _addresses(user),
        Column.NUMBERS: _numbers(user),
    }
    # RFC 7644 §3.5.1: what a replacement leaves out is the provider's to decide; the desk's word stays.
    if user.active is not None or contact_id is None:
        said[Column.ACTIVE] = user.active is not False
    language = (user.preferred_language or "")[:2].lower()
    if language in {"cs", "en"}:
        said[Column.LANGUAGE] = language
    if contact_id is not None:
        said[Column.ID] = contact_id
    return ContactRow(line=1, said=said)


def _name(user: AnyUser) -> str:
    parts = user.name
    composed = " ".join(filter(None, (parts.given_name, parts.family_name))) if parts else ""
    name = user.display_name or (parts.formatted if parts else None) or composed or user.user_name or ""
    cleaned = " ".join("".join(char if char.isprintable() else " " for char in name).split())
    if not cleaned:
        raise UnusableUserError("A user needs a displayName, a name or a userName.")
    return cleaned[:200]


def _addresses(user: AnyUser) -> tuple[str, ...]:
    given = [(email.primary is not True, email.value.strip()) for email in user.emails or () if email.value]
    written = [value for _, value in sorted(given, key=lambda each: each[0])]
    if not written and user.user_name and address_key(user.user_name) is not None:
        written = [user.user_name]
    for each in written:
        if each.startswith("*@") or address_key(each) is None:
            raise UnusableUserError(f"{each[:80]!r} is not a plain mail address.")
    return tuple(dict.fromkeys(written))


def _numbers(user: AnyUser) -> tuple[str, ...]:
    """A directory also holds what nobody outside can call from, such as extensions: that is left out."""
    written = (phone.value.removeprefix("tel:") for phone in user.phone_numbers or () if phone.value)
    read = (read_number(each).e164 for each in written)
    return tuple(dict.fromkeys(e164 for e164 in read if e164 is not None))
