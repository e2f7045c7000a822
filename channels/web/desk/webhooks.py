"""Webhooks: which programs are told of events, what became of telling them, and telling them again."""

import asyncio
from datetime import timedelta

from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.choosing import choose_customer, customer_words
from channels.web.entered import Entered, after_of, carry_out, path_id, taken
from channels.web.parts import Cell, Field, Form, Link, Listing, Row, Section, done, more_of, options_of, show
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError
from intake.ports import Transaction
from intake.queries import Window
from intake.webhooks.events import EventType
from intake.webhooks.model import SECRET_CONTEXT, Delivery, DeliveryState, Replay, Webhook, WebhookData
from intake.webhooks.sender import new_secret

_PAGE = 50
_OLD_SECRET_LASTS = timedelta(hours=24)
_REPLAYED = timedelta(days=30)
_BADGES = {DeliveryState.DONE: "good", DeliveryState.PENDING: "warn", DeliveryState.DEAD: "bad"}


async def list_webhooks(visit: StaffVisit) -> Response:
    """Every subscription, and a form for a new one."""
    return await _list_page(visit, await _form(visit, "/desk/webhooks", WebhookData(url="")))


async def add_webhook(visit: StaffVisit, form: FormData) -> Response:
    """Subscribe a program. Its secret is on this one page."""
    secret, services = new_secret(), visit.site.services
    sealed, at = services.sign_in.sealer.seal(secret, SECRET_CONTEXT), services.clock()
    read = await _read(visit, form)

    def work(tx: Transaction) -> Webhook:
        return tx.webhooks.add(taken(read), sealed=sealed, by=visit.actor, at=at)

    added = await carry_out(visit, work)
    if isinstance(added, EntryError):
        asked = await _form(visit, "/desk/webhooks", WebhookData(url=""))
        return await _list_page(visit, asked.refused(visit, added, form))
    return _secret_page(visit, secret)


async def show_webhook(visit: StaffVisit) -> Response:
    """One subscription with its deliveries, the newest first."""
    return await _page(visit, await _find(visit))


async def change_webhook(visit: StaffVisit, form: FormData) -> Response:
    """Change a subscription, or switch it off or on."""
    hook, at = await _find(visit), visit.site.services.clock()
    read = await _read(visit, form)

    def work(tx: Transaction) -> Webhook:
        return tx.webhooks.change(hook.id, taken(read), by=visit.actor, at=at)

    changed = await carry_out(visit, work)
    if isinstance(changed, EntryError):
        return await _page(visit, hook, refused=(changed, form))
    return done(f"/desk/webhooks/{hook.id}")


async def remove_webhook(visit: StaffVisit, form: FormData) -> Response:
    """Unsubscribe; what was not posted yet is not."""
    hook, at = await _find(visit), visit.site.services.clock()
    await carry_out(visit, lambda tx: tx.webhooks.remove(hook.id, by=visit.actor, at=at))
    return done("/desk/webhooks", "removed")


async def rotate_secret(visit: StaffVisit, form: FormData) -> Response:
    """Give it another secret; for a day both sign."""
    hook, secret, services = await _find(visit), new_secret(), visit.site.services
    sealed, at = services.sign_in.sealer.seal(secret, SECRET_CONTEXT), services.clock()
    until = at + _OLD_SECRET_LASTS
    await carry_out(visit, lambda tx: tx.webhooks.rotate(hook.id, sealed=sealed, until=until, by=visit.actor, at=at))
    return _secret_page(visit, secret)


async def replay(visit: StaffVisit, form: FormData) -> Response:
    """Post what was given up in the last month once more."""
    hook, at = await _find(visit), visit.site.services.clock()
    wanted = Replay(since=at - _REPLAYED, until=None, only_dead=True)
    await carry_out(visit, lambda tx: tx.webhooks.replay(hook.id, wanted, by=visit.actor, at=at))
    return done(f"/desk/webhooks/{hook.id}")


async def _find(visit: StaffVisit) -> Webhook:
    webhook_id = path_id(visit)
    found = await carry_out(visit, lambda tx: tx.webhooks.webhook(webhook_id))
    if isinstance(found, EntryError):
        raise PageMissingError
    return found


async def _list_page(visit: StaffVisit, form: Form) -> Response:
    window = Window(limit=_PAGE, after=after_of(visit))
    page = await asyncio.to_thread(visit.site.services.queries.webhooks, window)
    columns = ("desk_url", "desk_events", "desk_health")
    listing = Listing(
        columns=columns, rows=tuple(_hook_row(visit, each) for each in page.items), more=more_of(visit, page)
    )
    sections = (Section(title="", listing=listing), Section(title=visit.t["desk_add_webhook"], form=form))
    return show(visit, visit.t["desk_webhooks"], *sections, status=422 if form.problem else 200)


async def _page(visit: StaffVisit, hook: Webhook, *, refused: tuple[EntryError, FormData] | None = None) -> Response:
    t, own = visit.t, f"/desk/webhooks/{hook.id}"
    window = Window(limit=_PAGE, after=after_of(visit))
    page = await asyncio.to_thread(visit.site.services.queries.webhook_deliveries, hook.id, None, window)
    form = await _form(visit, own, hook)
    if refused is not None:
        form = form.refused(visit, *refused)
    columns = ("desk_when", "desk_event", "status", "desk_attempts")
    listing = Listing(
        columns=columns, rows=tuple(_delivery_row(visit, each) for each in page.items), more=more_of(visit, page)
    )
    sections = (
        Section(title=t["desk_deliveries"], listing=listing),
        Section(title="", form=Form(action=f"{own}/replay", fields=(), submit="desk_replay")),
        Section(title=t["desk_data"], form=form),
        Section(title="", form=Form(action=f"{own}/secret", fields=(), submit="desk_new_secret")),
        Section(title="", form=Form(action=f"{own}/remove", fields=(), submit="remove")),
    )
    links = (
        Link(href="/desk/webhooks", text="desk_webhooks"),
        Link(href=f"/desk/audit?entity=webhook&entity_id={hook.id}", text="desk_audit"),
    )
    return show(visit, hook.url, *sections, links=links, status=422 if refused else 200)


def _hook_row(visit: StaffVisit, hook: Webhook) -> Row:
    t = visit.t
    if not hook.active:
        state = Cell(text=t["desk_off_now"], badge="bad", under=hook.disabled_why or "")
    elif hook.failing_since is not None:
        state = Cell(
            text=t["desk_trouble"], badge="warn", under=visit.site.pages.when(hook.failing_since, visit.language)
        )
    else:
        state = Cell(text=t["desk_well"], badge="good")
    return (
        Cell(text=hook.url, href=f"/desk/webhooks/{hook.id}", under=hook.note),
        Cell(text=", ".join(sorted(hook.types)) or t["desk_all_events"]),
        state,
    )


def _delivery_row(visit: StaffVisit, delivery: Delivery) -> Row:
    answer = delivery.error or ("" if delivery.status is None else str(delivery.status))
    return (
        Cell(text=visit.site.pages.when(delivery.at, visit.language)),
        Cell(text=delivery.type, under=delivery.message_id),
        Cell(text=visit.t[f"desk_delivery_{delivery.state}"], badge=_BADGES[delivery.state], under=answer),
        Cell(text=str(delivery.attempts)),
    )


def _secret_page(visit: StaffVisit, secret: str) -> Response:
    title = visit.t["desk_webhook_secret"]
    return visit.show("desk/token.html", title=title, secret=secret, back="/desk/webhooks", back_text="desk_webhooks")


async def _form(visit: StaffVisit, action: str, hook: WebhookData) -> Form:
    fields = (
        Field(name="url", label="desk_url", kind="url", value=hook.url, required=True),
        Field(name="note", label="desk_note", value=hook.note),
        Field(
            name="customer_id",
            label="desk_customer",
            value=await customer_words(visit, hook.customer_id),
            help="desk_hook_customer_help",
            suggest="customer",
        ),
        Field(name="active", label="desk_active", kind="check", value=hook.active),
        Field(
            name="types",
            label="desk_events_help",
            kind="checks",
            value=set(hook.types),
            options=options_of([str(each) for each in EventType]),
        ),
    )
    return Form(action=action, fields=fields)


async def _read(visit: StaffVisit, form: FormData) -> WebhookData | EntryError:
    entered = Entered(form, visit.site.services.zone)
    try:
        customer_id = await choose_customer(visit, form, "customer_id")
    except EntryError as error:
        return error
    return WebhookData(
        url=entered.line("url"),
        types=frozenset(each for each in EventType if each in entered.all("types")),
        customer_id=customer_id,
        note=entered.line("note"),
        active=entered.checked("active"),
    )
