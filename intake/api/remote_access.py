"""Remote access and maintenance agreed with a customer. RULE access-standard, access-dialin"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter

from intake.api.access import Caller, ServiceReader, ServiceWriter
from intake.api.lists import EntryId, Listed, WantedWindow, listed
from intake.api.people_schemas import Ref
from intake.api.problems import documented
from intake.api.repeats import IdempotencyKey, do_once, once_of
from intake.api.services import ApiServices, Services
from intake.api.texts import Line, ShortLine
from intake.api.ticket_schemas import Sent
from intake.api.writing import with_changes
from intake.ports import Transaction
from intake.service import Access, AccessData, Maintenance, MaintenanceData, ServiceAdmin
from intake.sla.access import AccessMethod
from intake.tickets.model import Actor

router = APIRouter(prefix="/api/v1", tags=["service level"])

T = TypeVar("T")


def _unsent() -> Any:
    """A member that may be left out, which is not the same as null."""
    return Field(default_factory=lambda: None)


class NewAccess(Sent):
    """A way of remote access. windows_only, remote_desktop: what makes it dearer."""

    customer_id: Ref
    name: Line
    method: AccessMethod
    windows_only: bool = False
    remote_desktop: bool = False
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None


class ChangedAccess(Sent):
    """What changes about a way of access."""

    name: Line = _unsent()
    method: AccessMethod = _unsent()
    windows_only: bool = _unsent()
    remote_desktop: bool = _unsent()
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None


class NewMaintenance(Sent):
    """Agreed maintenance: it takes nothing from the availability."""

    customer_id: Ref
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    note: ShortLine = ""


class AccessOf(BaseModel):
    """A customer's ways of access. workplace_addresses: where the standard way comes from."""

    workplace_addresses: list[str]
    profiles: Listed[Access]


@router.get("/customers/{customer_id}/access-profiles", responses=documented())
def list_access(services: Services, caller: ServiceReader, window: WantedWindow, customer_id: EntryId) -> AccessOf:
    """The ways of remote access, oldest first, and the two addresses of the workplace."""
    page = services.queries.access_profiles(window, customer_id=customer_id)
    return AccessOf(workplace_addresses=list(services.workplace_addresses), profiles=listed(page, lambda entry: entry))


@router.post("/access-profiles", status_code=201, response_model=Access, responses=documented("not-found"))
async def add_access(
    *,
    services: Services,
    caller: ServiceWriter,
    sent: NewAccess,
    request: Request,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Add a way of access."""
    data = AccessData(**sent.model_dump())
    writing = _Writing(services, caller, request, idempotency_key)
    return await writing.add(Access, lambda service, by, at: service.add_access(data, by=by, at=at))


@router.patch("/access-profiles/{access_id}", responses=documented("not-found"))
async def change_access(
    services: Services, caller: ServiceWriter, request: Request, access_id: EntryId, sent: ChangedAccess
) -> Access:
    """Change a way of access; to end it, send valid_until."""
    writing = _Writing(services, caller, request, None)
    return await writing.change(
        lambda service, by, at: service.change_access(
            access_id, with_changes(AccessData, service.access(access_id), sent), by=by, at=at
        )
    )


@router.delete("/access-profiles/{access_id}", status_code=204, responses=documented("not-found"))
async def remove_access(services: Services, caller: ServiceWriter, request: Request, access_id: EntryId) -> None:
    """Remove a way of access that was entered by mistake; one that is over gets a valid_until instead."""
    writing = _Writing(services, caller, request, None)
    await writing.change(lambda service, by, at: service.remove_access(access_id, by=by, at=at))


@router.get("/customers/{customer_id}/maintenance", responses=documented())
def list_maintenance(
    services: Services, caller: ServiceReader, window: WantedWindow, customer_id: EntryId
) -> Listed[Maintenance]:
    """The agreed maintenance windows, in the order they were entered."""
    return listed(services.queries.maintenance(window, customer_id=customer_id), lambda entry: entry)


@router.post("/maintenance", status_code=201, response_model=Maintenance, responses=documented("not-found"))
async def add_maintenance(
    *,
    services: Services,
    caller: ServiceWriter,
    sent: NewMaintenance,
    request: Request,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Add an agreed maintenance window."""
    data = MaintenanceData(**sent.model_dump())
    writing = _Writing(services, caller, request, idempotency_key)
    return await writing.add(Maintenance, lambda service, by, at: service.add_maintenance(data, by=by, at=at))


@router.delete("/maintenance/{window_id}", status_code=204, responses=documented("not-found"))
async def remove_maintenance(services: Services, caller: ServiceWriter, request: Request, window_id: EntryId) -> None:
    """Remove a maintenance window."""
    writing = _Writing(services, caller, request, None)
    await writing.change(lambda service, by, at: service.remove_maintenance(window_id, by=by, at=at))


class _Writing:
    """Somebody who may change the service's entries, and the request that does it."""

    def __init__(self, services: ApiServices, caller: Caller, request: Request, key: str | None) -> None:
        self._services = services
        self._caller = caller
        self._request = request
        self._key = key

    async def add(self, kind: type[T], command: Callable[[ServiceAdmin, Actor, datetime], T]) -> Response:
        adapter, at = TypeAdapter(kind), self._services.clock()

        def work(tx: Transaction) -> str:
            return adapter.dump_json(command(tx.service, self._caller.actor, at)).decode()

        once = await once_of(self._request, self._key)
        answered = await do_once(self._services, self._caller, once, work)
        return Response(answered.body, 201, media_type="application/json")

    async def change(self, command: Callable[[ServiceAdmin, Actor, datetime], T]) -> T:
        at = self._services.clock()

        def work(tx: Transaction) -> T:
            return command(tx.service, self._caller.actor, at)

        return await asyncio.wrap_future(self._services.writer.submit(work))
