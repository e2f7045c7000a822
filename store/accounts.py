"""Users, log-ins, tokens and sessions: the commands of `intake.administration.AccountsAdmin`."""

import unicodedata
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from authz.people.sessions import NewSession
from authz.people.tokens import CONTACT_SCOPES, Scope
from intake.administration import InvalidEntryError, TakenEntryError
from intake.login.signing import Person
from intake.people import ApiToken, ApiTokenData, Contact, LoginAccount, LoginFailures, User, UserData
from intake.ports import ConflictError
from intake.tickets.model import Actor
from store.endings import end_sessions_of
from store.entries import Entries
from store.people_rows import clean_text, read_contact, read_token, read_user
from store.prepared import Prepared
from store.tables import api_tokens, contacts, customers, login_failures, sessions, users

_LONGEST_AGENT, _LONGEST_PEER = 80, 45

_USER_AT = Prepared(select(users).where(users.c.login == bindparam("address"), users.c.active))


class StoreAccounts(Entries):
    """See `intake.administration.AccountsAdmin`."""

    def user(self, user_id: int) -> User:
        return read_user(self._row(users, "user", user_id))

    def user_at(self, address: str) -> User | None:
        found = _USER_AT.first(self._connection, {"address": login_key(address)})
        return None if found is None else read_user(found)

    def add_user(self, data: UserData, *, password_hash: str | None, by: Actor, at: datetime) -> User:
        login = fold_login(data.login)
        self._check_login_free(login)
        values = {
            "login": login,
            "name": clean_text("name", data.name, 200),
            "role": data.role,
            "active": data.active,
            "language": data.language,
            "password_hash": password_hash,
            "created_at": at,
        }
        return read_user(self._add(users, "user", values, by=by, at=at))

    def change_user(self, user_id: int, data: UserData, *, by: Actor, at: datetime) -> User:
        before = self._row(users, "user", user_id)
        login = fold_login(data.login)
        if login != before.login:
            self._check_login_free(login)
        name = clean_text("name", data.name, 200)
        values = {
            "login": login,
            "name": name,
            "role": data.role,
            "active": data.active,
            "language": data.language,
        }
        after = self._change(users, "user", before, values, by=by, at=at)
        if before.active and not after.active:
            end_sessions_of(self._connection, Person(user_id=user_id))
        elif before.role != after.role:
            # Another role may need a second factor, which the session began without.
            end_sessions_of(self._connection, Person(user_id=user_id), links=False)
        return read_user(after)

    def set_contact_login(
        self, contact_id: int, login: str | None, password_hash: str | None, *, by: Actor, at: datetime
    ) -> Contact:
        before = self._row(contacts, "contact", contact_id)
        folded = None if login is None else fold_login(login)
        if folded is not None and folded != before.login:
            self._check_login_free(folded)
        values = {"login": folded, "password_hash": password_hash if folded is not None else None}
        after = self._change(contacts, "contact", before, values, by=by, at=at)
        end_sessions_of(self._connection, Person(contact_id=contact_id))
        return read_contact(after)

    def login_account(self, login: str) -> LoginAccount | None:
        folded = login_key(login)
        for table in (contacts, users):
            found = self._connection.execute(select(table).where(table.c.login == folded)).first()
            if found is not None:
                return LoginAccount(
                    login=found.login,
                    name=found.name,
                    password_hash=found.password_hash,
                    contact_id=found.id if table is contacts else None,
                    user_id=found.id if table is users else None,
                )
        return None

    def renew_password_hash(self, account: LoginAccount, password_hash: str) -> None:
        table, account_id = (users, account.user_id) if account.contact_id is None else (contacts, account.contact_id)
        # Only what was checked is replaced: a password that was changed meanwhile stays.
        kept = (table.c.id == account_id) & (table.c.password_hash == account.password_hash)
        self._connection.execute(update(table).where(kept).values(password_hash=password_hash))

    def token(self, token_id: int) -> ApiToken:
        return read_token(self._row(api_tokens, "token", token_id))

    def add_token(self, data: ApiTokenData, *, kept: str, by: Actor, at: datetime) -> ApiToken:
        if not data.scopes:
            raise InvalidEntryError("Give at least one scope.", field="scopes")
        if data.contact_id is not None:
            self._row(contacts, "contact", data.contact_id)
            if data.scopes - CONTACT_SCOPES:
                message = f"A contact's token may only have {', '.join(sorted(CONTACT_SCOPES))}."
                raise InvalidEntryError(message, field="scopes")
        self._check_directory(data)
        if data.expires_at is not None and data.expires_at <= at:
            raise InvalidEntryError("The token must expire in the future.", field="expires_at")
        values = {
            "name": clean_text("name", data.name, 200),
            "token_hash": kept,
            "scopes": sorted(data.scopes),
            "contact_id": data.contact_id,
            "customer_id": data.customer_id,
            "active": True,
            "created_at": at,
            "expires_at": data.expires_at,
        }
        return read_token(self._add(api_tokens, "token", values, by=by, at=at))

    def _check_directory(self, data: ApiTokenData) -> None:
        """A directory's token is one customer's, and good for nothing else."""
        if data.customer_id is None:
            return
        if data.scopes != {Scope.SCIM_WRITE} or data.contact_id is not None:
            message = f"A token of a customer's directory has the scope {Scope.SCIM_WRITE} and nothing else."
            raise InvalidEntryError(message, field="scopes")
        self._row(customers, "customer", data.customer_id)

    def revoke_token(self, token_id: int, *, by: Actor, at: datetime) -> ApiToken:
        before = self._row(api_tokens, "token", token_id)
        return read_token(self._change(api_tokens, "token", before, {"active": False}, by=by, at=at))

    def add_session(
        self,
        session: NewSession,
        *,
        contact_id: int | None,
        user_id: int | None,
        how: str = "password",
        peer: str = "",
        agent: str = "",
    ) -> None:
        values = {
            "token_hash": session.kept,
            "contact_id": contact_id,
            "user_id": user_id,
            "csrf": session.csrf,
            "how": how,
            "peer": peer[:_LONGEST_PEER],
            "agent": agent[:_LONGEST_AGENT],
            "created_at": session.created_at,
            "seen_at": session.created_at,
            "expires_at": session.expires_at,
        }
        self._connection.execute(insert(sessions), values)

    def end_session(self, kept: str) -> None:
        self._connection.execute(delete(sessions).where(sessions.c.token_hash == kept))

    def forget_sessions(self, before: datetime) -> int:
        return self._connection.execute(delete(sessions).where(sessions.c.expires_at <= before)).rowcount

    def login_failures(self, login: str) -> LoginFailures | None:
        query = select(login_failures).where(login_failures.c.login == _cut_login(login)).with_for_update()
        found = self._connection.execute(query).first()
        if found is None:
            return None
        # A row is a tuple, whose own `count` hides the column.
        return LoginFailures(login=found.login, count=found._mapping["count"], last_at=found.last_at)  # noqa: SLF001

    def keep_login_failures(self, failures: LoginFailures) -> None:
        login = _cut_login(failures.login)
        counted = {"count": failures.count, "last_at": failures.last_at}
        statement = update(login_failures).where(login_failures.c.login == login).values(counted)
        if self._connection.execute(statement).rowcount:
            return
        try:
            self._connection.execute(insert(login_failures), {"login": login, **counted})
        except IntegrityError as error:
            raise ConflictError(f"another attempt to log in as {login} was counted just now") from error

    def clear_login_failures(self, login: str) -> None:
        self._connection.execute(delete(login_failures).where(login_failures.c.login == _cut_login(login)))

    def forget_login_failures(self, before: datetime) -> None:
        self._connection.execute(delete(login_failures).where(login_failures.c.last_at < before))

    def _check_login_free(self, login: str) -> None:
        if self.login_account(login) is not None:
            raise TakenEntryError(f"Somebody logs in as {login} already; choose another log-in.", field="login")


def fold_login(login: str) -> str:
    """The spelling a log-in is stored and found by. Raises InvalidEntryError."""
    return login_key(clean_text("login", login, 320))


def login_key(login: str) -> str:
    """The same of whatever was typed. A log-in can be an address: "ß" is not "ss" there, but another domain."""
    return unicodedata.normalize("NFC", login.replace("\0", "").strip()).lower()


def _cut_login(login: str) -> str:
    """What was typed as a log-in can be anything; what finds the same person is counted as the same."""
    return login_key(login)[:320]
