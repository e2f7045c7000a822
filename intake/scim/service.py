"""What a directory does to a customer's contacts: find, create, replace, patch, delete. Never another customer's.

Each change is one unit of work by the commands everybody uses, so it is checked, audited and binding on every channel
at once. A deleted user's contact stays, deactivated and without addresses: history hangs on it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scim2_models import Group, NotFoundException, ScimFilter, UniquenessException

from intake.administration import TakenEntryError
from intake.contact_lists.apply import apply_change
from intake.contact_lists.columns import Column
from intake.contact_lists.listing import read_entries, read_one
from intake.contact_lists.plan import ContactEntries, PlannedChange, plan_return, plan_row
from intake.contact_lists.unvouched import NEUTRAL, refuse_taken
from intake.login.signing import Person
from intake.ports import Transaction, Writer
from intake.queries import Queries
from intake.scim.groups import GROUPS, Bases, show_group
from intake.scim.mapping import AnyUser, read_user, show_user, user_name_of
from intake.scim.model import DirectoryName
from intake.tickets.model import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """One customer's users and groups. by: the token's holder. Blocking."""

    queries: Queries
    writer: Writer
    clock: Callable[[], datetime]
    customer_id: int
    by: Actor
    bases: Bases

    def get(self, user_id: str) -> AnyUser:
        """One user. Raises NotFoundException."""
        entries, name = self._find(user_id)
        return show_user(entries, name, self.bases)

    def search(self, wanted: str | None) -> Sequence[AnyUser]:
        """The users a filter matches, all without one. Raises the library's exceptions for a filter that is none."""
        if wanted is None:
            return self._everybody()
        matching = ScimFilter[AnyUser](wanted)
        by_name = _equals(wanted, "username")
        # What directories ask before each user they send: it must not read everybody.
        users = self._everybody() if by_name is None else self._named(by_name)
        return [user for user in users if matching.match(user)]

    def create(self, user: AnyUser) -> AnyUser:
        """Add a user. Raises UniquenessException.

        One that was deleted comes back with the same history and is else judged like a new one: no right, no log-in
        and no PIN of before counts again.
        """
        name = user.user_name or ""
        known = self.queries.contacts_named(self.customer_id, name)
        hidden = [each for each in known if self._is_deleted(each)]
        if len(known) > len(hidden):
            raise UniquenessException(detail=f"There is a user {name} already.")
        before = read_one(self.queries, hidden[0]) if hidden else None
        if user.active is None:
            user = user.model_copy(update={"active": True})
        row = read_user(user, None)
        if before is None:
            return self._write(user, plan_row(row, None, self.customer_id))
        return self._write(user, plan_return(row, before, self.customer_id), returns=True)

    def replace(self, user_id: str, user: AnyUser) -> AnyUser:
        """Put a user in place of what it was."""
        entries, _ = self._find(user_id)
        return self._write(user, plan_row(read_user(user, entries.contact.id), entries, self.customer_id))

    def delete(self, user_id: str) -> None:
        """Deactivate the contact everywhere and take its addresses and numbers off the lists."""
        entries, name = self._find(user_id)
        user = AnyUser(user_name=user_name_of(entries, name), display_name=entries.contact.name, active=False)
        row = read_user(user, entries.contact.id)
        emptied = replace(row, said={**row.said, Column.ADDRESSES: (), Column.NUMBERS: ()})
        change = plan_row(emptied, entries, self.customer_id)
        gone = DirectoryName(
            contact_id=entries.contact.id,
            customer_id=self.customer_id,
            user_name=user.user_name or "",
            external_id=name.external_id if name is not None else None,
            deleted=True,
        )

        def work(tx: Transaction) -> None:
            apply_change(tx, change, by=self.by, at=self.clock())
            tx.directory_names.keep(gone)

        self.writer.submit(work).result()

    def groups(self, wanted: str | None) -> Sequence[Group]:
        """The groups a filter matches, all without one. Raises the library's exceptions for a filter that is none."""
        matching = None if wanted is None else ScimFilter[Group](wanted)
        contacts = [each.contact for each, _ in self._known()]
        shown = [show_group(each, contacts, self.bases) for each in GROUPS]
        return [group for group in shown if matching is None or matching.match(group)]

    def _write(self, user: AnyUser, change: PlannedChange, *, returns: bool = False) -> AnyUser:
        def work(tx: Transaction) -> int:
            at = self.clock()
            refuse_taken(tx, self.customer_id, addresses=change.new_addresses, numbers=change.new_numbers)
            contact_id = apply_change(tx, change, by=self.by, at=at)
            if returns:
                _take_ways_in(tx, contact_id, by=self.by, at=at)
            name = DirectoryName(
                contact_id=contact_id,
                customer_id=self.customer_id,
                user_name=user.user_name or "",
                external_id=user.external_id,
            )
            tx.directory_names.keep(name)
            return contact_id

        try:
            contact_id = self.writer.submit(work).result()
        except TakenEntryError as error:
            # Only of its own userNames may a directory learn who has them.
            detail = error.message if error.field == "userName" else NEUTRAL
            raise UniquenessException(detail=detail) from error
        return self.get(str(contact_id))

    def _everybody(self) -> list[AnyUser]:
        return [show_user(each, name, self.bases) for each, name in self._known()]

    def _known(self) -> Iterator[tuple[ContactEntries, DirectoryName | None]]:
        names = self.queries.directory_names(self.customer_id)
        for each in read_entries(self.queries, self.customer_id):
            name = names.get(each.contact.id)
            if name is None or not name.deleted:
                yield each, name

    def _named(self, user_name: str) -> list[AnyUser]:
        ids = self.queries.contacts_named(self.customer_id, user_name)
        return [self.get(str(each)) for each in ids if not self._is_deleted(each)]

    def _is_deleted(self, contact_id: int) -> bool:
        name = self.queries.directory_name(contact_id)
        return name is not None and name.deleted

    def _find(self, user_id: str) -> tuple[ContactEntries, DirectoryName | None]:
        known = user_id.isascii() and user_id.isdigit() and len(user_id) <= 15
        entries = read_one(self.queries, int(user_id)) if known else None
        name = None if entries is None else self.queries.directory_name(entries.contact.id)
        if entries is None or entries.contact.customer_id != self.customer_id or (name is not None and name.deleted):
            raise NotFoundException(detail=f"There is no user {user_id[:40]}.")
        return entries, name


def _take_ways_in(tx: Transaction, contact_id: int, *, by: Actor, at: datetime) -> None:
    """Whoever has the name now proves to be it anew: the log-in, the second factors and the PIN of before are gone."""
    person = Person(contact_id=contact_id)
    tx.signing.end_sessions(person)
    if tx.signing.remove_second_factors(person):
        tx.signing.note(person.kind, str(contact_id), "second-factors-reset", by=by, at=at)
    if tx.people.contact(contact_id).login is not None:
        tx.people.set_contact_login(contact_id, None, None, by=by, at=at)
    if tx.phone_proofs.pin(contact_id) is not None:
        tx.phone_proofs.remove_pin(contact_id, by=by, at=at)


def _equals(wanted: str, attribute: str) -> str | None:
    """The value, when the filter is nothing but `attribute eq "value"`."""
    words = wanted.strip().split(None, 2)
    if len(words) != 3 or words[0].lower().rpartition(":")[2] != attribute or words[1].lower() != "eq":
        return None
    value = words[2]
    plain = len(value) >= 2 and value[0] == value[-1] == '"' and '"' not in value[1:-1] and "\\" not in value
    return value[1:-1] if plain else None
