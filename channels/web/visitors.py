"""Who asks for a page: a contact of a customer, or somebody of the service desk. Values; the doors are beside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from authz.decision import Reason
from authz.identity import Channel
from authz.people.sessions import is_same
from channels.web.cookies import Cookies, is_same_site
from channels.web.navigation import Entry, contact_entries, staff_entries
from channels.web.pages import Pages
from channels.web.services import WebServices
from channels.web.texts import REASON_WORDS, TEXTS
from intake.people import Contact, Role, User
from intake.tickets.model import Actor, ActorKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every page works with."""

    services: WebServices
    pages: Pages
    cookies: Cookies


class PageMissingError(Exception):
    """There is no such page, or it is none of this visitor's business; nobody is told which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody who is logged in and may be, at this moment, and the request for a page.

    csrf: what every form of this session brings back. kept: the hash of the session's secret.
    """

    site: Site
    request: Request
    csrf: str
    kept: str
    language: str

    @property
    def t(self) -> Mapping[str, str]:
        """The texts in the visitor's language."""
        return TEXTS[self.language]

    @property
    def reasons(self) -> Mapping[Reason, str]:
        """Why a request was let in, held or refused, in the visitor's language."""
        return REASON_WORDS[self.language]

    @property
    def name(self) -> str:
        """What the visitor is called."""
        raise NotImplementedError

    @property
    def actor(self) -> Actor:
        """Who is written down for what the visitor changes."""
        raise NotImplementedError

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Where the visitor may go."""
        raise NotImplementedError

    @property
    def is_part(self) -> bool:
        """Whether htmx asks for a part of the page. https://htmx.org/reference/#request_headers"""
        return "hx-request" in self.request.headers and "hx-boosted" not in self.request.headers

    def show(self, template: str, *, status: int = 200, block: str | None = None, **values: Any) -> Response:
        """Make a page for this visitor. block: only this block of the template, for htmx to put into the page."""
        return self.site.pages.show(
            template, self.language, status=status, block=block, visit=self, csrf=self.csrf, **values
        )

    def tell(self, title: str, text: str = "", *, status: int = 200) -> Response:
        """Make a page that says one thing."""
        return self.show("message.html", status=status, title=title, text=text)

    def not_found(self) -> Response:
        """No such page, or none of this visitor's business; nobody is told which."""
        return self.tell(self.t["not_found"], self.t["not_found_help"], status=404)

    def form_expired(self) -> Response:
        """The form was not made for this session."""
        return self.tell(self.t["form_expired"], status=403)

    def is_own_form(self, csrf: object) -> bool:
        """Whether a form was made for this session. csrf: what it brought back."""
        return is_same_site(self.request) and isinstance(csrf, str) and is_same(csrf, self.csrf)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactVisit(Visit):
    """A contact of a customer."""

    contact: Contact

    @property
    def name(self) -> str:
        return self.contact.name

    @property
    def actor(self) -> Actor:
        return Actor(kind=ActorKind.CONTACT, name=self.contact.name, channel=Channel.WEB, id=self.contact.id)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return contact_entries(self.contact)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffVisit(Visit):
    """Somebody of the service desk."""

    user: User

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def actor(self) -> Actor:
        kind = ActorKind.TECHNICIAN if self.user.role is Role.TECHNICIAN else ActorKind.ADMIN
        return Actor(kind=kind, name=self.user.name, channel=Channel.WEB, id=self.user.id)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return staff_entries(self.user)
