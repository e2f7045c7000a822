"""Changes of the lists that customers' own admins ask for: what waits, and the service desk's word on it."""

import asyncio
from functools import partial

from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.desk.customers import find_customer
from channels.web.desk.records import say_values
from channels.web.entered import Entered, after_of, carry_out, path_id
from channels.web.parts import Cell, Field, Form, Link, Listing, Section, done, more_of, show
from channels.web.refusals import say_refusal
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError
from intake.contact_lists.customer_admin import refuse, vouch
from intake.contact_lists.list_changes import ChangeState, ListChange
from intake.queries import Window

_PAGE = 50
_LIST = "/desk/changes"
_BADGES = {ChangeState.WAITING: "warn", ChangeState.APPLIED: "good"}


async def list_changes(visit: StaffVisit) -> Response:
    """What waits; with ?state=all everything that was ever asked for."""
    every = visit.request.query_params.get("state") == "all"
    state, window = None if every else ChangeState.WAITING, Window(limit=_PAGE, after=after_of(visit))
    page = await asyncio.to_thread(visit.site.services.portal.list_changes, None, state, window)
    rows = tuple(
        (
            Cell(
                text=f"{each.action} {each.entity}", href=f"{_LIST}/{each.id}", under=say_values(each.before, each.data)
            ),
            Cell(text=each.proposed_by.name, under=visit.site.pages.when(each.proposed_at, visit.language)),
            Cell(text=visit.t[f"ca_state_{each.state}"], badge=_BADGES.get(each.state), under=_waits(visit, each)),
        )
        for each in page.items
    )
    listing = Listing(columns=("desk_change", "desk_by", "status"), rows=rows, more=more_of(visit, page))
    other = (
        Link(href=_LIST, text="ca_only_waiting") if every else Link(href=f"{_LIST}?state=all", text="ca_all_changes")
    )
    return show(visit, visit.t["desk_asked_changes"], Section(title="", listing=listing), links=(other,))


async def show_change(visit: StaffVisit) -> Response:
    """One change, and the word on it."""
    return await _page(visit, await _find(visit))


async def confirm(visit: StaffVisit, form: FormData) -> Response:
    """The service desk vouches for it: whatever it waited for, it is made now."""
    change, services = await _find(visit), visit.site.services
    work = partial(
        vouch,
        change_id=change.id,
        by=visit.actor,
        at=services.clock(),
        url=services.public_url,
        limits=services.sign_in.asked,
    )
    made = await carry_out(visit, work)
    return await _page(visit, change, error=made) if isinstance(made, EntryError) else done(_LIST)


async def reject(visit: StaffVisit, form: FormData) -> Response:
    """It is not made; what its admins see says why."""
    change, at = await _find(visit), visit.site.services.clock()
    note = Entered(form, visit.site.services.zone).words("note")[:2000]
    made = await carry_out(visit, lambda tx: refuse(tx, change.id, customer_id=None, by=visit.actor, at=at, note=note))
    return await _page(visit, change, error=made) if isinstance(made, EntryError) else done(_LIST)


async def _find(visit: StaffVisit) -> ListChange:
    found = await asyncio.to_thread(visit.site.services.portal.list_change, path_id(visit))
    if found is None:
        raise PageMissingError
    return found


async def _page(visit: StaffVisit, change: ListChange, *, error: EntryError | None = None) -> Response:
    t, own = visit.t, f"{_LIST}/{change.id}"
    customer = await find_customer(visit, change.customer_id)
    facts = (
        (t["desk_customer"], customer.name),
        (t["desk_what_changed"], f"{change.action} {change.entity}"),
        (t["desk_change"], say_values(change.before, change.data)),
        (t["desk_by"], f"{change.proposed_by.name}, {visit.site.pages.when(change.proposed_at, visit.language)}"),
        (t["status"], " – ".join(filter(None, (t[f"ca_state_{change.state}"], _waits(visit, change))))),
        *([(t["desk_note"], change.note)] if change.note else []),
    )
    sections = [Section(title="", facts=facts)]
    if change.state is ChangeState.WAITING:
        problem = "" if error is None else say_refusal(error, visit.language)
        note = (Field(name="note", label="desk_note"),)
        sections += [
            Section(
                title=t["desk_vouch"],
                form=Form(action=f"{own}/confirm", fields=(), submit="desk_confirm", problem=problem),
            ),
            Section(title=t["desk_reject"], form=Form(action=f"{own}/reject", fields=note, submit="desk_reject")),
        ]
    links = (
        Link(href=_LIST, text="desk_asked_changes"),
        Link(href=f"/desk/customers/{customer.id}", text="desk_to_customer"),
    )
    return show(visit, f"{change.action} {change.entity}", *sections, links=links, status=422 if error else 200)


def _waits(visit: StaffVisit, change: ListChange) -> str:
    return ", ".join(visit.t[f"desk_wait_{each}"] for each in sorted(change.waits))
