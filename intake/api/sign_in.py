"""Who logs in and how: the service desk's users, invitations, lost second factors, customers' own providers."""

import asyncio

from fastapi import APIRouter, Response

from authz.people.passwords import hash_password, password_problem
from intake.administration import InvalidEntryError
from intake.api.access import PeopleReader, TokenKeeper
from intake.api.lists import EntryId, Listed, WantedId, WantedWindow, listed
from intake.api.problems import documented
from intake.api.services import Services
from intake.api.sign_in_schemas import (
    ChangedProvider,
    ChangedUser,
    CheckedProvider,
    EndedSessions,
    Invited,
    NewProvider,
    NewUser,
    ResetFactors,
    SentPassword,
    ShownProvider,
)
from intake.api.writing import WantedWriting, with_changes
from intake.login.admin import end_all_sessions, reset_second_factors
from intake.login.admin import set_password as give_password
from intake.login.entering import SignInRules
from intake.login.links import invite_person
from intake.login.oidc import provider_problem, secret_context
from intake.login.signing import OidcProvider, OidcProviderData, Person
from intake.people import User, UserData
from intake.ports import Transaction

router = APIRouter(prefix="/api/v1", tags=["log-ins"])

_LIST = documented()
_FOUND = documented("not-found")
_INVITED = documented("not-found", "too-often")
_WRITTEN = documented("not-found", "entry-taken", "idempotency-key-reused")


@router.get("/users", responses=_LIST)
def list_users(services: Services, caller: PeopleReader, window: WantedWindow) -> Listed[User]:
    """The service desk's own people, oldest first."""
    return listed(services.queries.users(window), lambda entry: entry)


@router.post("/users", status_code=201, response_model=User, responses=_WRITTEN)
async def add_user(writing: WantedWriting, keeper: TokenKeeper, sent: NewUser) -> Response:
    """Add somebody who works for the service desk. Needs tokens:write as well: whoever logs in can hand out tokens."""
    hashed = None if sent.password is None else await _hashed(sent.password, sent.login)
    data = UserData(**sent.model_dump(exclude={"password"}))
    return await writing.add(User, lambda people, by, at: people.add_user(data, password_hash=hashed, by=by, at=at))


@router.patch("/users/{user_id}", responses=_WRITTEN)
async def change_user(writing: WantedWriting, keeper: TokenKeeper, user_id: EntryId, sent: ChangedUser) -> User:
    """Change a user; `{"active": false}` logs out at once. Needs tokens:write as well."""
    return await writing.change(
        lambda people, by, at: people.change_user(
            user_id, with_changes(UserData, people.user(user_id), sent), by=by, at=at
        )
    )


@router.put("/users/{user_id}/password", status_code=204, responses=_FOUND)
async def set_password(writing: WantedWriting, keeper: TokenKeeper, user_id: EntryId, sent: SentPassword) -> None:
    """Give a user a new password; the user's sessions end. Needs tokens:write as well."""
    user = await writing.change(lambda people, by, at: people.user(user_id))
    hashed = await _hashed(sent.password, user.login)
    services, by, at, person = writing.services, writing.caller.actor, writing.services.clock(), Person(user_id=user_id)
    work = services.writer.submit(lambda tx: give_password(tx, person, hashed, by=by, at=at))
    await asyncio.wrap_future(work)


@router.post("/users/{user_id}/invitation", responses=_INVITED)
async def invite_user(writing: WantedWriting, user_id: EntryId) -> Invited:
    """Mail a user a link to choose a password; it works for seven days."""
    return await _invite(writing, Person(user_id=user_id))


@router.post("/contacts/{contact_id}/invitation", responses=_INVITED)
async def invite_contact(writing: WantedWriting, contact_id: EntryId) -> Invited:
    """Mail a contact a link to choose a password; it works for seven days."""
    return await _invite(writing, Person(contact_id=contact_id))


@router.delete("/users/{user_id}/sessions", responses=_FOUND)
async def end_user_sessions(writing: WantedWriting, user_id: EntryId) -> EndedSessions:
    """Log a user out everywhere."""
    return await _end_sessions(writing, Person(user_id=user_id))


@router.delete("/contacts/{contact_id}/sessions", responses=_FOUND)
async def end_contact_sessions(writing: WantedWriting, contact_id: EntryId) -> EndedSessions:
    """Log a contact out everywhere."""
    return await _end_sessions(writing, Person(contact_id=contact_id))


@router.delete("/users/{user_id}/second-factors", responses=_FOUND)
async def reset_user_factors(writing: WantedWriting, keeper: TokenKeeper, user_id: EntryId) -> ResetFactors:
    """Forget a user's codes and passkeys, for a lost phone; the sessions end. Needs tokens:write as well."""
    return await _reset(writing, Person(user_id=user_id))


@router.delete("/contacts/{contact_id}/second-factors", responses=_FOUND)
async def reset_contact_factors(writing: WantedWriting, contact_id: EntryId) -> ResetFactors:
    """Forget a contact's codes and passkeys, for a lost phone; the sessions end."""
    return await _reset(writing, Person(contact_id=contact_id))


@router.get("/oidc-providers", responses=_LIST)
async def list_providers(services: Services, caller: PeopleReader, customer_id: WantedId = None) -> list[ShownProvider]:
    """Customers' own log-ins, oldest first, all at once."""
    found = await asyncio.to_thread(services.queries.providers, customer_id)
    return [ShownProvider.model_validate(each) for each in found]


@router.post("/oidc-providers", status_code=201, response_model=ShownProvider, responses=_WRITTEN)
async def add_provider(writing: WantedWriting, sent: NewProvider) -> Response:
    """Add a customer's own log-in. Its redirect address is `/login/oidc/callback` of the site."""
    data = OidcProviderData(**sent.model_dump(exclude={"client_secret"}))
    sealed = _sealed(writing, sent.slug, sent.client_secret)

    def work(tx: Transaction) -> ShownProvider:
        return ShownProvider.model_validate(
            tx.signing.add_provider(data, sealed, by=writing.caller.actor, at=writing.services.clock())
        )

    return await writing.add_by(ShownProvider, lambda tx, by, at: work(tx))


@router.patch("/oidc-providers/{provider_id}", responses=_WRITTEN)
async def change_provider(writing: WantedWriting, provider_id: EntryId, sent: ChangedProvider) -> ShownProvider:
    """Change a provider, for instance its secret, or `{"active": false}`."""
    services, by, at = writing.services, writing.caller.actor, writing.services.clock()

    def work(tx: Transaction) -> OidcProvider:
        before = tx.signing.provider(provider_id)
        data = with_changes(OidcProviderData, before, sent, but="client_secret")
        sealed = _sealed(writing, before.slug, sent.client_secret or None)
        return tx.signing.change_provider(provider_id, data, sealed, by=by, at=at)

    return ShownProvider.model_validate(await asyncio.wrap_future(services.writer.submit(work)))


@router.post("/oidc-providers/{provider_id}/check", responses=_FOUND)
async def check_provider(writing: WantedWriting, provider_id: EntryId) -> CheckedProvider:
    """Ask a provider what it is, its keys included, as a log-in would. Nothing is changed."""
    services = writing.services
    provider = await asyncio.wrap_future(services.writer.submit(lambda tx: tx.signing.provider(provider_id)))
    problem = await asyncio.to_thread(provider_problem, services.oidc, provider)
    return CheckedProvider(works=problem is None, problem=problem)


@router.delete("/oidc-providers/{provider_id}", status_code=204, responses=_FOUND)
async def remove_provider(writing: WantedWriting, provider_id: EntryId) -> None:
    """Remove a provider; sessions begun by it go on until they end."""
    services, by, at = writing.services, writing.caller.actor, writing.services.clock()
    work = services.writer.submit(lambda tx: tx.signing.remove_provider(provider_id, by=by, at=at))
    await asyncio.wrap_future(work)


async def _hashed(password: str, login: str) -> str:
    problem = password_problem(password, login)
    if problem is not None:
        raise InvalidEntryError(problem, field="password")
    return await asyncio.to_thread(hash_password, password)


async def _invite(writing: WantedWriting, person: Person) -> Invited:
    services, by, at = writing.services, writing.caller.actor, writing.services.clock()
    rules = SignInRules(sealer=services.sealer, asked=services.asked)
    work = services.writer.submit(lambda tx: invite_person(tx, rules, person, by=by, at=at))
    return Invited(address=await asyncio.wrap_future(work))


async def _end_sessions(writing: WantedWriting, person: Person) -> EndedSessions:
    services, by, at = writing.services, writing.caller.actor, writing.services.clock()
    work = services.writer.submit(lambda tx: end_all_sessions(tx, person, by=by, at=at))
    return EndedSessions(count=await asyncio.wrap_future(work))


async def _reset(writing: WantedWriting, person: Person) -> ResetFactors:
    services, by, at = writing.services, writing.caller.actor, writing.services.clock()
    work = services.writer.submit(lambda tx: reset_second_factors(tx, person, by=by, at=at))
    return ResetFactors(reset=await asyncio.wrap_future(work))


def _sealed(writing: WantedWriting, slug: str, secret: str | None) -> str | None:
    return None if secret is None else writing.services.sealer.seal(secret, secret_context(slug))
