"""Sessions, second factors and half-done log-ins as rows. See `intake.login.signing.Signing`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from authz.mail.address import address_key
from intake.administration import TakenEntryError, UnknownEntryError
from intake.login.signing import (
    Account,
    Factors,
    NewPasskey,
    Passkey,
    Person,
    Purpose,
    Step,
    TotpKey,
)
from intake.tickets.model import Actor
from store.accounts import fold_login, login_key
from store.endings import end_sessions_of, owned
from store.entries import Entries
from store.people_rows import clean_language
from store.rows import actor_values
from store.tables import (
    addresses,
    audit,
    contacts,
    login_steps,
    passkeys,
    recovery_codes,
    sessions,
    totp_keys,
    users,
)

_MOST_CLEARED = 20


class StoreSteps(Entries):
    """People, their sessions, and what was begun."""

    def account(self, person: Person) -> Account:
        table = contacts if person.user_id is None else users
        found = self._connection.execute(select(table).where(table.c.id == person.id)).first()
        if found is None:
            raise UnknownEntryError(f"There is no {person.kind} {person.id}.")
        return read_account(found, person)

    def accounts_at(self, address: str, at: datetime) -> tuple[Account, ...]:
        key = address_key(address)
        if key is None:
            return ()
        valid = (
            or_(addresses.c.valid_from.is_(None), addresses.c.valid_from <= at),
            or_(addresses.c.valid_until.is_(None), addresses.c.valid_until > at),
        )
        of_contacts = (
            select(contacts, addresses.c.address.label("listed"))
            .join(addresses, addresses.c.contact_id == contacts.c.id)
            .where(addresses.c.address_key == key, *valid)
            .order_by(contacts.c.id, addresses.c.id)
        )
        # An address may be listed for one contact more than once, for one time and another.
        listed = {row.id: row for row in self._connection.execute(of_contacts)}
        found = [read_account(row, Person(contact_id=row.id), row.listed) for row in listed.values()]
        of_users = select(users).where(users.c.login.in_({key, login_key(address)})).order_by(users.c.id)
        found += [read_account(row, Person(user_id=row.id), row.login) for row in self._connection.execute(of_users)]
        return tuple(found)

    def is_listed(self, address: str) -> bool:
        wanted = select(addresses.c.id).where(addresses.c.address_key == address_key(address))
        return self._connection.execute(wanted.limit(1)).first() is not None

    def set_password(self, person: Person, password_hash: str, *, by: Actor, at: datetime) -> None:
        table = contacts if person.user_id is None else users
        before = self._row(table, person.kind, person.id)
        self._change(table, person.kind, before, {"password_hash": password_hash}, by=by, at=at)

    def set_login(self, person: Person, login: str, *, by: Actor, at: datetime) -> None:
        folded = fold_login(login)
        for table in (contacts, users):
            if self._connection.execute(select(table.c.id).where(table.c.login == folded)).first() is not None:
                raise TakenEntryError(f"Somebody logs in as {folded} already; choose another log-in.", field="login")
        table = contacts if person.user_id is None else users
        before = self._row(table, person.kind, person.id)
        self._change(table, person.kind, before, {"login": folded}, by=by, at=at)

    def set_language(self, person: Person, language: str, *, by: Actor, at: datetime) -> None:
        table = contacts if person.user_id is None else users
        before = self._row(table, person.kind, person.id)
        self._change(table, person.kind, before, {"language": clean_language(language)}, by=by, at=at)

    def see_session(self, kept: str, at: datetime) -> None:
        older = (sessions.c.token_hash == kept) & (sessions.c.seen_at < at)
        self._connection.execute(update(sessions).where(older).values(seen_at=at))

    def end_session_of(self, person: Person, kept: str) -> bool:
        wanted = owned(sessions, person) & (sessions.c.token_hash == kept)
        return bool(self._connection.execute(delete(sessions).where(wanted)).rowcount)

    def end_sessions(self, person: Person, *, but: Collection[str] = ()) -> int:
        return end_sessions_of(self._connection, person, but=but)

    def begin_step(self, step: Step, at: datetime) -> None:
        # Strangers begin log-ins as often as they like: what has expired makes room at once.
        over = select(login_steps.c.kept).where(login_steps.c.expires_at <= at).limit(_MOST_CLEARED)
        over = over.with_for_update(skip_locked=True)
        self._connection.execute(delete(login_steps).where(login_steps.c.kept.in_(over)))
        self.end_step(step.kept)
        who = step.person or Person()
        values = {
            "kept": step.kept,
            "purpose": step.purpose,
            "contact_id": who.contact_id,
            "user_id": who.user_id,
            "data": dict(step.data),
            "expires_at": step.expires_at,
        }
        self._connection.execute(insert(login_steps), values)

    def step(self, kept: str, at: datetime) -> Step | None:
        query = select(login_steps).where(login_steps.c.kept == kept, login_steps.c.expires_at > at)
        found = self._connection.execute(query.with_for_update()).first()
        return None if found is None else read_step(found)

    def end_step(self, kept: str) -> None:
        self._connection.execute(delete(login_steps).where(login_steps.c.kept == kept))

    def forget_steps(self, before: datetime) -> int:
        return self._connection.execute(delete(login_steps).where(login_steps.c.expires_at <= before)).rowcount

    def note(
        self, entity: str, entity_id: str, action: str, *, by: Actor, at: datetime, **what: str | int | None
    ) -> None:
        line = {"at": at, **actor_values(by), "entity": entity, "entity_id": entity_id[:64], "action": action}
        self._connection.execute(insert(audit).values(line | {"before": None, "after": what or None}))


class StoreFactors(Entries):
    """Keys of one-time codes, recovery codes, passkeys."""

    def factors(self, person: Person) -> Factors:
        return read_factors(self._connection, person)

    def totp(self, person: Person) -> TotpKey | None:
        query = select(totp_keys).where(owned(totp_keys, person)).with_for_update()
        found = self._connection.execute(query).first()
        if found is None:
            return None
        return TotpKey(sealed=found.sealed, last_step=found.last_step, created_at=found.created_at)

    def keep_totp(self, person: Person, key: TotpKey) -> None:
        self._connection.execute(delete(totp_keys).where(owned(totp_keys, person)))
        values = {"sealed": key.sealed, "last_step": key.last_step, "created_at": key.created_at}
        self._connection.execute(insert(totp_keys), _owner(person) | values)

    def take_step(self, person: Person, last_step: int) -> None:
        self._connection.execute(update(totp_keys).where(owned(totp_keys, person)).values(last_step=last_step))

    def keep_recovery_codes(self, person: Person, kept: Sequence[str]) -> None:
        self._connection.execute(delete(recovery_codes).where(owned(recovery_codes, person)))
        if kept:
            self._connection.execute(insert(recovery_codes), [_owner(person) | {"code_hash": each} for each in kept])

    def use_recovery_code(self, person: Person, kept: str) -> bool:
        wanted = owned(recovery_codes, person) & (recovery_codes.c.code_hash == kept)
        return bool(self._connection.execute(delete(recovery_codes).where(wanted)).rowcount)

    def remove_second_factors(self, person: Person, *, passkeys: bool = True) -> bool:
        gone = 0
        for table in (totp_keys, recovery_codes, *([_passkeys] if passkeys else [])):
            gone += self._connection.execute(delete(table).where(owned(table, person))).rowcount
        return bool(gone)

    def add_passkey(self, person: Person, passkey: NewPasskey, at: datetime) -> None:
        values = {
            "credential_id": passkey.credential_id,
            "public_key": passkey.public_key,
            "sign_count": passkey.sign_count,
            "name": passkey.name,
            "created_at": at,
        }
        try:
            self._connection.execute(insert(_passkeys), _owner(person) | values)
        except IntegrityError as error:
            raise TakenEntryError("This passkey is known already.") from error

    def passkey(self, credential_id: str) -> Passkey | None:
        query = select(_passkeys).where(_passkeys.c.credential_id == credential_id).with_for_update()
        found = self._connection.execute(query).first()
        return None if found is None else read_passkey(found)

    def use_passkey(self, passkey_id: int, sign_count: int, at: datetime) -> None:
        used = update(_passkeys).where(_passkeys.c.id == passkey_id).values(sign_count=sign_count, used_at=at)
        self._connection.execute(used)

    def remove_passkey(self, person: Person, passkey_id: int) -> bool:
        wanted = owned(_passkeys, person) & (_passkeys.c.id == passkey_id)
        return bool(self._connection.execute(delete(_passkeys).where(wanted)).rowcount)


_passkeys = passkeys


def _owner(person: Person) -> dict[str, int | None]:
    return {"contact_id": person.contact_id, "user_id": person.user_id}


def read_account(row: Row[Any], person: Person, address: str | None = None) -> Account:
    """A contact's or a user's row, as logging in needs it. address: by which it was found, as it is stored."""
    standing = row.role if person.user_id is not None else "customer-admin" if row.is_admin else "contact"
    return Account(
        person=person,
        name=row.name,
        login=row.login,
        standing=standing,
        language=row.language,
        password_hash=row.password_hash,
        address=address,
    )


def read_step(row: Row[Any]) -> Step:
    """A row as its value."""
    nobody = row.contact_id is None and row.user_id is None
    person = None if nobody else Person(contact_id=row.contact_id, user_id=row.user_id)
    return Step(kept=row.kept, purpose=Purpose(row.purpose), person=person, expires_at=row.expires_at, data=row.data)


def read_passkey(row: Row[Any]) -> Passkey:
    """A row as its value."""
    return Passkey(
        id=row.id,
        person=Person(contact_id=row.contact_id, user_id=row.user_id),
        credential_id=row.credential_id,
        public_key=bytes(row.public_key),
        sign_count=row.sign_count,
        name=row.name,
        created_at=row.created_at,
        used_at=row.used_at,
    )


def read_factors(connection: Any, person: Person) -> Factors:
    """All that a person can prove themselves by."""
    table = contacts if person.user_id is None else users
    has_password = connection.execute(select(table.c.password_hash).where(table.c.id == person.id)).scalar()
    has_totp = connection.execute(select(totp_keys.c.id).where(owned(totp_keys, person))).first()
    codes = connection.execute(select(func.count()).where(owned(recovery_codes, person))).scalar_one()
    found = connection.execute(select(_passkeys).where(owned(_passkeys, person)).order_by(_passkeys.c.id))
    return Factors(
        password=has_password is not None,
        totp=has_totp is not None,
        recovery_codes=codes,
        passkeys=tuple(read_passkey(row) for row in found),
    )
