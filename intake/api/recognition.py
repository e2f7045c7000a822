"""What people are recognized by: addresses, numbers, ranges."""

from fastapi import APIRouter, Response

from intake.api.access import PeopleReader
from intake.api.lists import EntryId, Listed, WantedId, WantedWindow, listed
from intake.api.people_schemas import (
    ChangedAddress,
    ChangedNumber,
    ChangedNumberRange,
    NewAddress,
    NewNumber,
    NewNumberRange,
)
from intake.api.problems import documented
from intake.api.services import Services
from intake.api.writing import WantedWriting, with_changes
from intake.people import Address, AddressData, Number, NumberData, NumberRange, NumberRangeData

router = APIRouter(prefix="/api/v1", tags=["lists"])

_LIST = documented()
_FOUND = documented("not-found")
_WRITTEN = documented("not-found", "entry-taken", "idempotency-key-reused")


@router.get("/addresses", responses=_LIST)
def list_addresses(
    *,
    services: Services,
    caller: PeopleReader,
    window: WantedWindow,
    customer_id: WantedId = None,
    contact_id: WantedId = None,
) -> Listed[Address]:
    """Authorized mail addresses, oldest first."""
    page = services.queries.addresses(window, customer_id=customer_id, contact_id=contact_id)
    return listed(page, lambda entry: entry)


@router.post("/addresses", status_code=201, response_model=Address, responses=_WRITTEN)
async def add_address(writing: WantedWriting, sent: NewAddress) -> Response:
    """Authorize an address. `*@domain` is refused for domains at which anybody can have an address."""
    data = AddressData(**sent.model_dump())
    return await writing.add(Address, lambda people, by, at: people.add_address(data, by=by, at=at))


@router.patch("/addresses/{address_id}", responses=_WRITTEN)
async def change_address(writing: WantedWriting, address_id: EntryId, sent: ChangedAddress) -> Address:
    """Change an address, for instance until when it is valid."""
    return await writing.change(
        lambda people, by, at: people.change_address(
            address_id, with_changes(AddressData, people.address(address_id), sent), by=by, at=at
        )
    )


@router.delete("/addresses/{address_id}", status_code=204, responses=_FOUND)
async def remove_address(writing: WantedWriting, address_id: EntryId) -> None:
    """Take an address off the list; the audit trail keeps it."""
    await writing.change(lambda people, by, at: people.remove_address(address_id, by=by, at=at))


@router.get("/numbers", responses=_LIST)
def list_numbers(
    *,
    services: Services,
    caller: PeopleReader,
    window: WantedWindow,
    customer_id: WantedId = None,
    contact_id: WantedId = None,
) -> Listed[Number]:
    """Authorized phone numbers, oldest first."""
    page = services.queries.numbers(window, customer_id=customer_id, contact_id=contact_id)
    return listed(page, lambda entry: entry)


@router.post("/numbers", status_code=201, response_model=Number, responses=_WRITTEN)
async def add_number(writing: WantedWriting, sent: NewNumber) -> Response:
    """Authorize a number; it is kept as E.164."""
    data = NumberData(**sent.model_dump())
    return await writing.add(Number, lambda people, by, at: people.add_number(data, by=by, at=at))


@router.patch("/numbers/{number_id}", responses=_WRITTEN)
async def change_number(writing: WantedWriting, number_id: EntryId, sent: ChangedNumber) -> Number:
    """Change a number, for instance until when it is valid."""
    return await writing.change(
        lambda people, by, at: people.change_number(
            number_id, with_changes(NumberData, people.number(number_id), sent), by=by, at=at
        )
    )


@router.delete("/numbers/{number_id}", status_code=204, responses=_FOUND)
async def remove_number(writing: WantedWriting, number_id: EntryId) -> None:
    """Take a number off the list; the audit trail keeps it."""
    await writing.change(lambda people, by, at: people.remove_number(number_id, by=by, at=at))


@router.get("/number-ranges", responses=_LIST)
def list_number_ranges(
    *, services: Services, caller: PeopleReader, window: WantedWindow, customer_id: WantedId = None
) -> Listed[NumberRange]:
    """Authorized blocks of numbers, oldest first."""
    return listed(services.queries.number_ranges(window, customer_id=customer_id), lambda entry: entry)


@router.post("/number-ranges", status_code=201, response_model=NumberRange, responses=_WRITTEN)
async def add_number_range(writing: WantedWriting, sent: NewNumberRange) -> Response:
    """Authorize a block of numbers; it identifies the customer, not a person."""
    data = NumberRangeData(**sent.model_dump())
    return await writing.add(NumberRange, lambda people, by, at: people.add_number_range(data, by=by, at=at))


@router.patch("/number-ranges/{range_id}", responses=_WRITTEN)
async def change_number_range(writing: WantedWriting, range_id: EntryId, sent: ChangedNumberRange) -> NumberRange:
    """Change a block of numbers."""
    return await writing.change(
        lambda people, by, at: people.change_number_range(
            range_id, with_changes(NumberRangeData, people.number_range(range_id), sent), by=by, at=at
        )
    )


@router.delete("/number-ranges/{range_id}", status_code=204, responses=_FOUND)
async def remove_number_range(writing: WantedWriting, range_id: EntryId) -> None:
    """Take a block of numbers off the list; the audit trail keeps it."""
    await writing.change(lambda people, by, at: people.remove_number_range(range_id, by=by, at=at))
