"""A POST that is sent twice does its work once: the answer is stored in the transaction that did it."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Header, Request

from intake.answers import GivenAnswer
from intake.api.access import Caller
from intake.api.problems import Problem
from intake.api.services import ApiServices
from intake.ports import Transaction

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        description="any unique value; the same request sent again with it does nothing twice",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """What identifies a request that may come again. request_digest: hex SHA-256 of what it asks."""

    key: str | None
    request_digest: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered, now or before. repeated: the work had been done already."""

    body: str
    repeated: bool


async def once_of(request: Request, key: str | None) -> Once:
    """Read the identity off a request with a JSON body."""
    return once_for(request, key, await request.body())


def once_for(request: Request, key: str | None, content: bytes) -> Once:
    """The identity of a request. content: everything it asks beside its method and path."""
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + content)
    return Once(key=key, request_digest=digest.hexdigest())


async def do_once(services: ApiServices, caller: Caller, once: Once, work: Callable[[Transaction], str]) -> Answered:
    """Do the work, or find what was answered when it was done.

    work: returns the body to remember; raises to change and remember nothing.
    Raises Problem when the key was used for something else.
    """
    at = services.clock()

    def guarded(tx: Transaction) -> Answered:
        if once.key is None:
            return Answered(work(tx), repeated=False)
        key = f"{caller.name}:{hashlib.sha256(once.key.encode()).hexdigest()}"
        given = tx.answers.given(key)
        if given is not None:
            if given.request_digest != once.request_digest:
                raise reused()
            return Answered(given.body, repeated=True)
        body = work(tx)
        tx.answers.keep(GivenAnswer(key=key, request_digest=once.request_digest, status=201, body=body, created_at=at))
        return Answered(body, repeated=False)

    return await asyncio.wrap_future(services.writer.submit(guarded))


def reused() -> Problem:
    """The key was used for another request."""
    return Problem("idempotency-key-reused", "This Idempotency-Key came with another request before.")
