"""Customers' own log-ins (OpenID Connect): which there are, adding, changing, trying out and removing one.

The client secret is written and never shown.
"""

import asyncio
import re

from starlette.datastructures import FormData
from starlette.responses import Response

from channels.web.choosing import choose_customer, customer_words
from channels.web.entered import Entered, carry_out, path_id, taken
from channels.web.parts import Cell, Field, Form, Link, Listing, Section, ask, done, show, yes_or_no
from channels.web.visitors import PageMissingError, StaffVisit
from intake.administration import EntryError, InvalidEntryError
from intake.login.oidc import CALLBACK, provider_problem, secret_context
from intake.login.signing import OidcProvider, OidcProviderData
from intake.ports import Transaction

_LIST = "/desk/providers"
_NEW = OidcProviderData(customer_id=0, slug="", name="", issuer="", client_id="")
_LONGEST_SECRET = 500
_MOST_DOMAINS = 100


async def list_providers(visit: StaffVisit) -> Response:
    """Every provider, with the customer whose people it vouches for."""
    services = visit.site.services
    found = await asyncio.to_thread(services.accounts.providers)
    names = [await customer_words(visit, each.customer_id) for each in found]
    rows = tuple(
        (
            Cell(text=each.name, href=f"{_LIST}/{each.id}", under=each.issuer),
            Cell(text=name),
            Cell(text=", ".join(each.domains) or "–"),
            yes_or_no(visit, each.active),
        )
        for each, name in zip(found, names, strict=True)
    )
    columns = ("desk_name", "desk_customer", "desk_domains", "desk_active")
    listing = Section(title="", lead=visit.t["desk_providers_lead"], listing=Listing(columns=columns, rows=rows))
    links = (Link(href=f"{_LIST}/new", text="desk_add_provider"), Link(href="/desk/users", text="desk_users"))
    return show(visit, visit.t["desk_providers"], listing, links=links)


async def new_provider(visit: StaffVisit) -> Response:
    """The form of a new provider."""
    return ask(visit, visit.t["desk_add_provider"], _form(f"{_LIST}/new", _NEW, new=True))


async def add_provider(visit: StaffVisit, form: FormData) -> Response:
    """Add a provider."""
    services, read = visit.site.services, await _read_new(visit, form)

    def work(tx: Transaction) -> OidcProvider:
        data = taken(read)
        sealed = _sealed(visit, data.slug, form)
        return tx.signing.add_provider(data, sealed, by=visit.actor, at=services.clock())

    added = await carry_out(visit, work)
    if isinstance(added, EntryError):
        refused = _form(f"{_LIST}/new", _NEW, new=True).refused(visit, added, _without_secret(form))
        return ask(visit, visit.t["desk_add_provider"], refused)
    return done(f"{_LIST}/{added.id}", "added")


async def show_provider(visit: StaffVisit) -> Response:
    """One provider."""
    return await _page(visit, await _find(visit))


async def change_provider(visit: StaffVisit, form: FormData) -> Response:
    """Change a provider, or switch it off or on; a secret that is left empty stays."""
    provider, services = await _find(visit), visit.site.services

    def work(tx: Transaction) -> OidcProvider:
        data = _read(visit, form, provider.customer_id, provider.slug)
        sealed = _sealed(visit, provider.slug, form)
        return tx.signing.change_provider(provider.id, data, sealed, by=visit.actor, at=services.clock())

    changed = await carry_out(visit, work)
    if isinstance(changed, EntryError):
        asked = _form(f"{_LIST}/{provider.id}", provider).refused(visit, changed, _without_secret(form))
        return await _page(visit, provider, form=asked)
    return done(f"{_LIST}/{provider.id}")


async def try_provider(visit: StaffVisit, form: FormData) -> Response:
    """Ask the provider what it is, as a log-in would, and say what came of it."""
    provider = await _find(visit)
    problem = await asyncio.to_thread(provider_problem, visit.site.services.oidc, provider)
    said = visit.t["desk_provider_works"] if problem is None else visit.t["desk_provider_broken"]
    lines = (said,) if problem is None else (said, problem[:400])
    return await _page(visit, provider, tried=lines)


async def remove_provider(visit: StaffVisit, form: FormData) -> Response:
    """Remove a provider; sessions begun by it go on until they end."""
    provider, at = await _find(visit), visit.site.services.clock()
    await carry_out(visit, lambda tx: tx.signing.remove_provider(provider.id, by=visit.actor, at=at))
    return done(_LIST, "removed")


async def _find(visit: StaffVisit) -> OidcProvider:
    provider_id = path_id(visit)
    found = await carry_out(visit, lambda tx: tx.signing.provider(provider_id))
    if isinstance(found, EntryError):
        raise PageMissingError
    return found


async def _page(
    visit: StaffVisit, provider: OidcProvider, *, form: Form | None = None, tried: tuple[str, ...] = ()
) -> Response:
    t, own, url = visit.t, f"{_LIST}/{provider.id}", visit.site.services.public_url
    facts = (
        (t["desk_customer"], await customer_words(visit, provider.customer_id)),
        (t["desk_provider_redirect"], url + CALLBACK),
        (t["desk_provider_begin"], f"{url}/login/oidc/{provider.slug}"),
        (t["desk_provider_secret"], t["no"] if provider.sealed_secret is None else t["yes"]),
    )
    sections = (
        *([Section(title=t["desk_provider_tried"], lines=tried)] if tried else []),
        Section(title="", facts=facts),
        Section(title="", form=Form(action=f"{own}/check", fields=(), submit="desk_try_provider")),
        Section(title=t["desk_data"], form=form or _form(own, provider)),
        Section(title="", form=Form(action=f"{own}/remove", fields=(), submit="remove")),
    )
    links = (
        Link(href=_LIST, text="desk_providers"),
        Link(href=f"/desk/audit?entity=provider&entity_id={provider.id}", text="desk_audit"),
    )
    return show(visit, provider.name, *sections, links=links, status=422 if form is not None else 200)


def _form(action: str, data: OidcProviderData, *, new: bool = False) -> Form:
    own = (
        Field(name="customer_id", label="desk_customer", required=True, suggest="customer"),
        Field(name="slug", label="desk_provider_slug", required=True, help="desk_provider_slug_help"),
    )
    fields = (
        *(own if new else ()),
        Field(name="name", label="desk_name", value=data.name, required=True, help="desk_provider_name_help"),
        Field(
            name="issuer", label="desk_issuer", kind="url", value=data.issuer, required=True, help="desk_issuer_help"
        ),
        Field(name="client_id", label="desk_client_id", value=data.client_id, required=True),
        Field(
            name="client_secret",
            label="desk_client_secret",
            kind="password",
            help="desk_client_secret_new" if new else "desk_client_secret_help",
        ),
        Field(
            name="domains", label="desk_domains", kind="area", value="\n".join(data.domains), help="desk_domains_help"
        ),
        Field(name="create_contacts", label="desk_create_contacts", kind="check", value=data.create_contacts),
        Field(name="active", label="desk_active", kind="check", value=data.active),
    )
    return Form(action=action, fields=fields)


async def _read_new(visit: StaffVisit, form: FormData) -> OidcProviderData | EntryError:
    try:
        customer_id = await choose_customer(visit, form, "customer_id")
        if customer_id is None:
            raise InvalidEntryError("Choose a customer.", field="customer_id")
        return _read(visit, form, customer_id, Entered(form, visit.site.services.zone).line("slug"))
    except EntryError as error:
        return error


def _read(visit: StaffVisit, form: FormData, customer_id: int, slug: str) -> OidcProviderData:
    entered = Entered(form, visit.site.services.zone)
    domains = tuple(each for each in re.split(r"[\s,;]+", entered.words("domains")) if each)
    if len(domains) > _MOST_DOMAINS:
        raise InvalidEntryError(f"Give at most {_MOST_DOMAINS} domains.", field="domains")
    return OidcProviderData(
        customer_id=customer_id,
        slug=slug,
        name=entered.line("name"),
        issuer=entered.line("issuer"),
        client_id=entered.line("client_id"),
        domains=domains,
        create_contacts=entered.checked("create_contacts"),
        active=entered.checked("active"),
    )


def _sealed(visit: StaffVisit, slug: str, form: FormData) -> str | None:
    secret = Entered(form, visit.site.services.zone).words("client_secret")
    if len(secret) > _LONGEST_SECRET:
        raise InvalidEntryError(f"Give at most {_LONGEST_SECRET} characters.", field="client_secret")
    return visit.site.services.sign_in.sealer.seal(secret, secret_context(slug)) if secret else None


def _without_secret(form: FormData) -> FormData:
    """What was typed, to be shown again: a secret is not."""
    return FormData([(name, value) for name, value in form.multi_items() if name != "client_secret"])
