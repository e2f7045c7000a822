"""API tokens: given out once, revoked at once."""

import asyncio

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from authz.people.tokens import new_token
from intake.administration import InvalidEntryError
from intake.api.access import TokenKeeper
from intake.api.lists import EntryId, Listed, WantedWindow, listed
from intake.api.people_schemas import NewToken
from intake.api.problems import documented
from intake.api.services import Services
from intake.people import ApiToken, ApiTokenData

router = APIRouter(prefix="/api/v1/tokens", tags=["tokens"])


class GivenToken(BaseModel):
    """A token at the only moment its secret is known."""

    token: ApiToken
    secret: str = Field(description="send it as Authorization: Bearer; it is not kept and cannot be shown again")


@router.get("", responses=documented())
def list_tokens(services: Services, caller: TokenKeeper, window: WantedWindow) -> Listed[ApiToken]:
    """Tokens, oldest first, without their secrets."""
    return listed(services.queries.tokens(window), lambda entry: entry)


@router.post("", status_code=201, responses=documented("not-found"))
async def give_token(services: Services, caller: TokenKeeper, sent: NewToken, response: Response) -> GivenToken:
    """Make a token with some of the scopes of the token that asks, and no longer valid than it. Its secret is in this
    answer only.
    """
    beyond = sent.scopes - caller.scopes
    if beyond:
        message = f"A token can give only scopes it has itself; it lacks {', '.join(sorted(beyond))}."
        raise InvalidEntryError(message, field="scopes")
    ends = caller.token.expires_at
    if ends is not None and (sent.expires_at is None or sent.expires_at > ends):
        message = f"A token cannot outlive the one that gives it: give expires_at, {ends.isoformat()} at the latest."
        raise InvalidEntryError(message, field="expires_at")
    made = new_token()
    data = ApiTokenData(**sent.model_dump())
    at = services.clock()
    token = await asyncio.wrap_future(
        services.writer.submit(lambda tx: tx.people.add_token(data, kept=made.kept, by=caller.actor, at=at))
    )
    response.headers["Cache-Control"] = "no-store"
    return GivenToken(token=token, secret=made.secret)


@router.delete("/{token_id}", responses=documented("not-found"))
async def revoke_token(services: Services, caller: TokenKeeper, token_id: EntryId) -> ApiToken:
    """Revoke a token; the next request with it is refused."""
    at = services.clock()
    return await asyncio.wrap_future(
        services.writer.submit(lambda tx: tx.people.revoke_token(token_id, by=caller.actor, at=at))
    )
