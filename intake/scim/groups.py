"""The roles a contact can have, as SCIM Groups that a directory may read. Pure. RFC 7643 §4.2

A role is given by the service desk or the customer's own admins, never by a directory: the groups are not written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from scim2_models import Group, GroupMember, GroupMembership, Meta, Reference

from intake.people import Contact

CONTACTS = "contacts"
ADMINS = "customer-admins"
GROUPS: Mapping[str, str] = MappingProxyType({CONTACTS: "Contacts", ADMINS: "Customer admins"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bases:
    """Where a customer's users and groups are, as URLs without a final slash."""

    users: str
    groups: str


def groups_of(contact: Contact) -> tuple[str, ...]:
    """The ids of the groups a contact is in; somebody deactivated has no role."""
    if not contact.active:
        return ()
    return (CONTACTS, ADMINS) if contact.is_admin else (CONTACTS,)


def memberships(contact: Contact, bases: Bases) -> list[GroupMembership]:
    """The groups as the contact's User names them."""
    return [
        GroupMembership(value=each, ref=Reference[Group](f"{bases.groups}/{each}"), display=GROUPS[each], type="direct")
        for each in groups_of(contact)
    ]


def show_group(group_id: str, contacts: Iterable[Contact], bases: Bases) -> Group:
    """A group with those of the contacts who are in it."""
    members = [
        GroupMember(value=str(each.id), ref=f"{bases.users}/{each.id}", type="User", display=each.name)
        for each in contacts
        if group_id in groups_of(each)
    ]
    group = Group(id=group_id, display_name=GROUPS[group_id], members=members or None)
    group.meta = Meta(resource_type="Group", location=f"{bases.groups}/{group_id}")
    return group
