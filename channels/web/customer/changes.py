"""Changes of the lists that wait: what each is, what it waits for, and giving it that."""

import asyncio
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from functools import partial

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from channels.web.customer.people import say_change
from channels.web.entered import Entered, after_of, carry_out, path_id
from channels.web.parts import Cell, Link, Listing, Section, more_of, show, until_shown
from channels.web.refusals import say_refusal
from channels.web.visitors import ContactVisit, PageMissingError
from intake.administration import EntryError, UnknownEntryError
from intake.contact_lists.customer_admin import approve, find_waiting, prove_address, prove_number, refuse, send_again
from intake.contact_lists.list_changes import ChangeState, ListAction, ListChange, ListEntity
from intake.contact_lists.number_codes import GivenCode, request_code
from intake.people import ContactData
from intake.ports import Transaction
from intake.queries import Window

_PAGE = 50
_LIST = "/customer/changes"
_BADGES = {ChangeState.WAITING: "warn", ChangeState.APPLIED: "good", ChangeState.REJECTED: "bad"}
_VALIDITY = ("valid_from", "valid_until")
_DONE = frozenset({"applied", "half", "sent_again", "wrong_code", "not_called", "refused"})


async def list_changes(visit: ContactVisit) -> Response:
    """What waits; with ?state=all everything that was ever proposed."""
    every = visit.request.query_params.get("state") == "all"
    window = Window(limit=_PAGE, after=after_of(visit))
    state = None if every else ChangeState.WAITING
    found = await asyncio.to_thread(visit.site.services.portal.list_changes, visit.contact.customer_id, state, window)
    rows = tuple(
        (
            Cell(text=say_change(visit, each), href=f"{_LIST}/{each.id}"),
            Cell(text=each.proposed_by.name, under=visit.site.pages.when(each.proposed_at, visit.language)),
            Cell(text=_state(visit, each), badge=_BADGES.get(each.state)),
        )
        for each in found.items
    )
    listing = Listing(columns=("ca_change", "ca_proposed_by", "status"), rows=rows, more=more_of(visit, found))
    other = (
        Link(href=_LIST, text="ca_only_waiting") if every else Link(href=f"{_LIST}?state=all", text="ca_all_changes")
    )
    return show(visit, visit.t["ca_changes"], Section(title="", listing=listing), links=(other,))


async def show_change(visit: ContactVisit) -> Response:
    """One change."""
    return await _page(visit, await _find(visit))


async def take_code(visit: ContactVisit, form: FormData) -> Response:
    """The code that was mailed to the address."""
    change = await _find(visit)
    code, at = Entered(form, visit.site.services.zone).line("code")[:40], visit.site.services.clock()

    def work(tx: Transaction) -> ListChange | None:
        find_waiting(tx, change.id, visit.contact.customer_id)
        return prove_address(tx, change.id, code, by=visit.actor, at=at)

    return await _settled(visit, change, work, "wrong_code")


async def send_code(visit: ContactVisit, form: FormData) -> Response:
    """Mail a new code."""
    change, services = await _find(visit), visit.site.services
    work = partial(
        send_again,
        change_id=change.id,
        customer_id=visit.contact.customer_id,
        by=visit.actor,
        at=services.clock(),
        url=services.public_url,
        limits=services.sign_in.asked,
    )
    return await _settled(visit, change, work, "sent_again", done="sent_again")


async def offer_code(visit: ContactVisit, form: FormData) -> Response:
    """Make the code to be keyed in a call from the number; it is shown this once."""
    change, services = await _find(visit), visit.site.services
    at = services.clock()

    def work(tx: Transaction) -> GivenCode:
        waiting = find_waiting(tx, change.id, visit.contact.customer_id)
        number = str(waiting.data.get("number", ""))
        return request_code(
            tx,
            services.pins,
            number,
            customer_id=waiting.customer_id,
            by=visit.actor,
            at=at,
            limits=services.sign_in.asked,
        )

    given = await carry_out(visit, work)
    if isinstance(given, UnknownEntryError):
        raise PageMissingError
    if isinstance(given, EntryError):
        return await _page(visit, change, problem=say_refusal(given, visit.language, to_customer=True))
    return await _page(visit, change, given=given)


async def take_call(visit: ContactVisit, form: FormData) -> Response:
    """Whether the code was keyed in a call from the number."""
    change, at = await _find(visit), visit.site.services.clock()
    customer_id = visit.contact.customer_id

    def work(tx: Transaction) -> ListChange | None:
        proved = prove_number(tx, change.id, by=visit.actor, customer_id=customer_id, at=at)
        return tx.list_changes.change(change.id) if proved else None

    return await _settled(visit, change, work, "not_called")


async def approve_change(visit: ContactVisit, form: FormData) -> Response:
    """A second admin's word."""
    change, services = await _find(visit), visit.site.services
    work = partial(
        approve,
        change_id=change.id,
        customer_id=visit.contact.customer_id,
        by=visit.actor,
        at=services.clock(),
        url=services.public_url,
        limits=services.sign_in.asked,
    )
    return await _settled(visit, change, work, "half")


async def refuse_change(visit: ContactVisit, form: FormData) -> Response:
    """Reject a change, or take back one's own."""
    change, services = await _find(visit), visit.site.services
    work = partial(
        refuse,
        change_id=change.id,
        customer_id=visit.contact.customer_id,
        by=visit.actor,
        at=services.clock(),
        note=Entered(form, services.zone).line("note"),
    )
    return await _settled(visit, change, work, "refused", done="refused")


async def _settled(
    visit: ContactVisit,
    change: ListChange,
    work: Callable[[Transaction], ListChange | None],
    otherwise: str,
    *,
    done: str | None = None,
) -> Response:
    """Do it and say what came of it. otherwise: the notice when it came to nothing. done: the notice, always."""
    result = await carry_out(visit, work)
    if isinstance(result, UnknownEntryError):
        raise PageMissingError
    if isinstance(result, EntryError):
        return await _page(visit, change, problem=say_refusal(result, visit.language, to_customer=True))
    settled = "applied" if result is not None and result.state is ChangeState.APPLIED else "half"
    notice = otherwise if result is None else done or settled
    return RedirectResponse(f"{_LIST}/{change.id}?notice={notice}", 303)


async def _find(visit: ContactVisit) -> ListChange:
    found = await asyncio.to_thread(visit.site.services.portal.list_change, path_id(visit, "change_id"))
    if found is None or found.customer_id != visit.contact.customer_id:
        raise PageMissingError
    return found


async def _page(
    visit: ContactVisit, change: ListChange, *, problem: str = "", given: GivenCode | None = None
) -> Response:
    services, customer_id = visit.site.services, visit.contact.customer_id
    work = services.writer.submit(lambda tx: tx.list_changes.admins(customer_id, services.clock()))
    admins = await asyncio.wrap_future(work)
    notice = visit.request.query_params.get("notice", "")
    return visit.show(
        "customer/change.html",
        status=422 if problem else 200,
        title=say_change(visit, change),
        change=change,
        state=_state(visit, change),
        facts=_facts(visit, change),
        waits=sorted(change.waits) if change.state is ChangeState.WAITING else [],
        is_mail=change.entity is ListEntity.ADDRESS,
        own=change.proposed_by.id == visit.contact.id,
        alone=set(admins) <= {visit.contact.id},
        phone_numbers=services.phone_numbers,
        given=given,
        problem=problem,
        notice=visit.t[f"ca_notice_{notice}"] if notice in _DONE else "",
        notice_bad=notice in {"wrong_code", "not_called"},
    )


def _state(visit: ContactVisit, change: ListChange) -> str:
    return visit.t[f"ca_state_{change.state}"]


def _facts(visit: ContactVisit, change: ListChange) -> list[tuple[str, str, str]]:
    """What a changed person or entry was and is to be: the name of the field, before, after."""
    before, after = change.before or {}, change.data
    if change.entity is not ListEntity.CONTACT:
        changed = [name for name in ("label", *_VALIDITY) if before.get(name) != after.get(name)]
        if change.action is not ListAction.CHANGE:
            return []
        return [
            (visit.t[f"ca_{name}"], _plain(visit, before.get(name), name), _plain(visit, after.get(name), name))
            for name in changed
        ]
    named = [field.name for field in fields(ContactData) if field.name != "customer_id"]
    changed = [name for name in named if before.get(name) != after.get(name)]
    more = [name for name in ("addresses", "numbers") if after.get(name)]
    return [
        (visit.t[f"ca_field_{name}"], _plain(visit, before.get(name), name), _plain(visit, after.get(name), name))
        for name in (*changed, *more)
    ]


def _plain(visit: ContactVisit, value: object, name: str) -> str:
    if name in _VALIDITY and isinstance(value, str):
        instant = datetime.fromisoformat(value)
        return until_shown(visit, instant) if name == "valid_until" else visit.site.pages.day(instant, visit.language)
    match value:
        case None | "" | []:
            return "–"
        case bool():
            return visit.t["yes"] if value else visit.t["no"]
        case list():
            return ", ".join(visit.t.get(f"ca_may_{each}", str(each)) for each in value)
    return str(value)
