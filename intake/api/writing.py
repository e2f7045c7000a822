"""Adding and changing entries of the lists: one transaction each, repeatable by key, refusals as problems."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Depends, Request, Response
from pydantic import TypeAdapter

from intake.administration import PeopleAdmin
from intake.api.access import Caller, PeopleWriter
from intake.api.repeats import IdempotencyKey, do_once, once_of
from intake.api.services import ApiServices, Services
from intake.api.ticket_schemas import Sent
from intake.ports import Transaction
from intake.tickets.model import Actor


class _Entry(Protocol):
    @property
    def id(self) -> int: ...


E = TypeVar("E", bound=_Entry)
T = TypeVar("T")

Command = Callable[[PeopleAdmin, Actor, datetime], T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Somebody who may change the lists, and the request that does it."""

    services: ApiServices
    caller: Caller
    request: Request
    key: str | None

    async def add(self, kind: type[E], command: Command[E], *, collection: str | None = None) -> Response:
        """Add an entry and answer with it; the same request with the same key adds it once.

        collection: the path of the list it is added to, when that is not the request's own.
        """
        return await self.add_by(kind, lambda tx, by, at: command(tx.people, by, at), collection=collection)

    async def add_by(
        self, kind: type[E], command: Callable[[Transaction, Actor, datetime], E], *, collection: str | None = None
    ) -> Response:
        """The same for an entry of any list."""
        adapter = TypeAdapter(kind)
        at = self.services.clock()

        def work(tx: Transaction) -> str:
            return adapter.dump_json(command(tx, self.caller.actor, at)).decode()

        once = await once_of(self.request, self.key)
        answered = await do_once(self.services, self.caller, once, work)
        entry_id = adapter.validate_json(answered.body).id
        headers = {"Location": f"{collection or self.request.url.path}/{entry_id}"}
        return Response(answered.body, 201, headers, "application/json")

    async def change(self, command: Command[T]) -> T:
        """Change or remove an entry."""
        at = self.services.clock()

        def work(tx: Transaction) -> T:
            return command(tx.people, self.caller.actor, at)

        return await asyncio.wrap_future(self.services.writer.submit(work))


def _writing(
    *, services: Services, caller: PeopleWriter, request: Request, idempotency_key: IdempotencyKey = None
) -> Writing:
    return Writing(services=services, caller=caller, request=request, key=idempotency_key)


WantedWriting = Annotated[Writing, Depends(_writing)]


def with_changes(kind: type[T], entry: Any, sent: Sent, *, but: str = "") -> T:
    """What is said about an entry, with what was sent in place of what was. but: a member that is no field of it."""
    data = {field.name: getattr(entry, field.name) for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**(data | sent.model_dump(exclude_unset=True, exclude={but})))
