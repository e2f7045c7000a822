"""Who asks for a page: every page but the log-in needs a contact who is logged in and may be, at this moment."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from authz.decision import Reason
from authz.people.sessions import is_same, keep_session
from channels.web.cookies import Cookies, is_same_site
from channels.web.pages import Pages
from channels.web.services import WebServices
from channels.web.texts import LANGUAGES, REASONS, TEXTS, choose_language
from intake.people import Contact
from intake.signin import Visitor, find_visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every page works with."""

    services: WebServices
    pages: Pages
    cookies: Cookies


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A logged-in contact and the request for a page."""

    site: Site
    request: Request
    contact: Contact
    csrf: str
    language: str

    def show(self, template: str, *, status: int = 200, **values: object) -> Response:
        """Make a page for this visitor."""
        return self.site.pages.show(
            template, self.language, status=status, visitor=self.contact, csrf=self.csrf, **values
        )

    def is_own_form(self, csrf: object) -> bool:
        """Whether a form was made for this session. csrf: what it brought back."""
        return is_same_site(self.request) and isinstance(csrf, str) and is_same(csrf, self.csrf)

    @property
    def t(self) -> dict[str, str]:
        """The texts in the visitor's language."""
        return dict(TEXTS[self.language])


Page = Callable[[Visit], Awaitable[Response]]


def for_visitors(site: Site, page: Page) -> Callable[[Request], Awaitable[Response]]:
    """Let only those in who are logged in and may be; everybody else is shown the way."""

    async def answer(request: Request) -> Response:
        secret = site.cookies.session(request)
        at = site.services.clock()
        found: Visitor | Reason | None = None
        if secret is not None:
            found = await asyncio.to_thread(find_visitor, site.services.queries, keep_session(secret), at)
        if isinstance(found, Visitor):
            language = await asyncio.to_thread(_language_of, site.services, found.contact)
            return await page(
                Visit(site=site, request=request, contact=found.contact, csrf=found.csrf, language=language)
            )
        if found is not None:
            return not_authorized(site, request, found)
        response = RedirectResponse("/login?expired=1" if secret else "/login", 303)
        site.cookies.end_session(response)
        return response

    return answer


def not_authorized(site: Site, request: Request, reason: Reason) -> Response:
    """Tell somebody who proved to be a contact why that contact may not come in."""
    language = language_of_stranger(request)
    text = TEXTS[language]["not_authorized"].format(reason=REASONS[language].get(reason, ""))
    response = site.pages.show("message.html", language, status=403, visitor=None, csrf="", title=text, text="")
    site.cookies.end_session(response)
    return response


def language_of_stranger(request: Request) -> str:
    """What the browser asks for."""
    return choose_language(request.headers.get("accept-language", ""))


def _language_of(services: WebServices, contact: Contact) -> str:
    if contact.language in LANGUAGES:
        return str(contact.language)
    customer = services.queries.customer(contact.customer_id)
    return customer.language if customer is not None and customer.language in LANGUAGES else LANGUAGES[0]
