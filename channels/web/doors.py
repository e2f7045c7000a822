"""The doors: who may enter a page. Every page and every form of the site is hung behind one of these.

A form goes through its door only with the value its own session was given: no page has to remember that.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from authz.decision import Reason
from authz.people.sessions import keep_session
from channels.web.navigation import EVERYBODY
from channels.web.services import WebServices
from channels.web.texts import LANGUAGES, REASONS, TEXTS, choose_language
from channels.web.visitors import ContactVisit, PageMissingError, Site, StaffVisit
from intake.login.signin import Visitor, find_visitor
from intake.people import Contact, Role, User

AnyVisit = ContactVisit | StaffVisit
Endpoint = Callable[[Request], Awaitable[Response]]
AnyPage = Callable[[AnyVisit], Awaitable[Response]]
AnyForm = Callable[[AnyVisit, FormData], Awaitable[Response]]
ContactPage = Callable[[ContactVisit], Awaitable[Response]]
ContactForm = Callable[[ContactVisit, FormData], Awaitable[Response]]
StaffPage = Callable[[StaffVisit], Awaitable[Response]]
StaffForm = Callable[[StaffVisit, FormData], Awaitable[Response]]

_MOST_FIELDS = 200
_SEEN_EVERY = timedelta(minutes=5)


def contact_page(site: Site, page: ContactPage, *, admin: bool = False) -> Endpoint:
    """A page for contacts. admin: only for their customer's own admins."""

    async def enter(visit: AnyVisit) -> Response:
        return await page(_as_contact(visit, admin=admin))

    return any_page(site, enter)


def contact_form(site: Site, form_page: ContactForm, *, admin: bool = False, max_files: int = 0) -> Endpoint:
    """What takes a form of contacts. max_files: how many files it may have."""

    async def enter(visit: AnyVisit, form: FormData) -> Response:
        return await form_page(_as_contact(visit, admin=admin), form)

    return any_form(site, enter, max_files=max_files)


def staff_page(site: Site, page: StaffPage, *, roles: Collection[Role] = EVERYBODY) -> Endpoint:
    """A page for the service desk's people. roles: for whom of them."""

    async def enter(visit: AnyVisit) -> Response:
        return await page(_as_staff(visit, roles))

    return any_page(site, enter)


def staff_form(
    site: Site, form_page: StaffForm, *, roles: Collection[Role] = EVERYBODY, max_files: int = 0
) -> Endpoint:
    """What takes a form of the service desk's people. max_files: how many files it may have."""

    async def enter(visit: AnyVisit, form: FormData) -> Response:
        return await form_page(_as_staff(visit, roles), form)

    return any_form(site, enter, max_files=max_files)


def any_page(site: Site, page: AnyPage) -> Endpoint:
    """A page for everybody who is logged in and may be; everybody else is shown the way."""

    async def answer(request: Request) -> Response:
        visit = await _enter(site, request)
        if isinstance(visit, Response):
            return visit
        try:
            return await page(visit)
        except PageMissingError:
            return visit.not_found()

    return answer


def any_form(site: Site, form_page: AnyForm, *, max_files: int = 0) -> Endpoint:
    """What takes a form of everybody who is logged in. One that was not made for the session goes no further."""

    async def enter(visit: AnyVisit) -> Response:
        try:
            async with visit.request.form(max_files=max_files, max_fields=_MOST_FIELDS) as form:
                if not visit.is_own_form(form.get("csrf")):
                    return visit.form_expired()
                return await form_page(visit, form)
        except ClientDisconnect:
            # Whoever leaves the page while it is still sending is no fault of ours, and nobody reads the answer.
            return Response(status_code=400)

    return any_page(site, enter)


def not_authorized(site: Site, request: Request, reason: Reason) -> Response:
    """Tell somebody who proved to be a contact why that contact may not come in."""
    language = language_of_stranger(site, request)
    text = TEXTS[language]["not_authorized"].format(reason=REASONS[language].get(reason, ""))
    response = show_stranger(site, request, "message.html", status=403, title=text, text="")
    site.cookies.end_session(response)
    return response


def show_stranger(site: Site, request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """Make a page for somebody who is not logged in."""
    language = language_of_stranger(site, request)
    values = {"csrf": "", "path": request.url.path} | values
    return site.pages.show(template, language, status=status, visit=None, **values)


def language_of_stranger(site: Site, request: Request) -> str:
    """What was chosen on this browser, or else what the browser asks for."""
    chosen = site.cookies.language(request)
    return chosen if chosen in LANGUAGES else choose_language(request.headers.get("accept-language", ""))


async def _enter(site: Site, request: Request) -> AnyVisit | Response:
    secret = site.cookies.session(request)
    kept = None if secret is None else keep_session(secret)
    found: Visitor | Reason | None = None
    if kept is not None:
        found = await asyncio.to_thread(find_visitor, site.services.queries, kept, site.services.clock())
    if isinstance(found, Visitor) and kept is not None:
        _write_down(site, found, kept)
        return await _visit(site, request, found, kept)
    if found is not None and not isinstance(found, Visitor):
        return not_authorized(site, request, found)
    response = RedirectResponse("/login?expired=1" if secret else "/login", 303)
    site.cookies.end_session(response)
    return response


def _write_down(site: Site, found: Visitor, kept: str) -> None:
    """Now and then remember that the session is in use; the page does not wait for it."""
    at = site.services.clock()
    if at - found.seen_at >= _SEEN_EVERY:
        site.services.writer.submit_later(lambda tx: tx.signing.see_session(kept, at))


async def _visit(site: Site, request: Request, found: Visitor, kept: str) -> AnyVisit:
    person = found.person
    language = site.cookies.language(request)
    if language not in LANGUAGES:
        language = await asyncio.to_thread(_language_of, site.services, person)
    if isinstance(person, User):
        return StaffVisit(site=site, request=request, csrf=found.csrf, kept=kept, language=language, user=person)
    return ContactVisit(site=site, request=request, csrf=found.csrf, kept=kept, language=language, contact=person)


def _as_contact(visit: AnyVisit, *, admin: bool) -> ContactVisit:
    if not isinstance(visit, ContactVisit) or (admin and not visit.contact.is_admin):
        raise PageMissingError
    return visit


def _as_staff(visit: AnyVisit, roles: Collection[Role]) -> StaffVisit:
    if not isinstance(visit, StaffVisit) or visit.user.role not in roles:
        raise PageMissingError
    return visit


def _language_of(services: WebServices, person: Contact | User) -> str:
    if person.language in LANGUAGES:
        return person.language
    customer = services.queries.customer(person.customer_id) if isinstance(person, Contact) else None
    return customer.language if customer is not None and customer.language in LANGUAGES else LANGUAGES[0]
