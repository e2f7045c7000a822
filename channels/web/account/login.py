"""Logging in and out."""

import asyncio
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from authz.decision import Reason
from authz.people.sessions import keep_session
from channels.web.doors import AnyVisit, language_of_stranger, not_authorized, show_stranger
from channels.web.texts import TEXTS
from channels.web.visitors import Site
from intake.signin import NotSignedIn, sign_in

_LONGEST = 320


class Login:
    """The log-in page of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """The form."""
        text = (
            TEXTS[language_of_stranger(self._site, request)]["login_expired"]
            if "expired" in request.query_params
            else ""
        )
        return self._form(request, text)

    async def send(self, request: Request) -> Response:
        """Log in. A form that is not ours, a wrong password and a locked log-in lead back to the form."""
        texts = TEXTS[language_of_stranger(self._site, request)]
        async with request.form(max_files=0, max_fields=10) as form:
            login, password, csrf = (str(form.get(name, "")) for name in ("login", "password", "csrf"))
        if not self._site.cookies.is_own_login(request, csrf):
            return self._form(request, texts["form_expired"], status=403)
        services = self._site.services
        result = await sign_in(services.writer, login[:_LONGEST], password, services.clock())
        if isinstance(result, NotSignedIn):
            return self._refuse(request, result, login)
        old = self._site.cookies.session(request)
        if old is not None:
            await self._forget(keep_session(old))
        response = RedirectResponse("/", 303)
        self._site.cookies.start_session(response, result.session.secret)
        return response

    async def leave(self, visit: AnyVisit, form: FormData) -> Response:
        """Log out."""
        await self._forget(visit.kept)
        response = RedirectResponse("/login", 303)
        self._site.cookies.end_session(response)
        return response

    def _refuse(self, request: Request, result: NotSignedIn, login: str) -> Response:
        language = language_of_stranger(self._site, request)
        texts = TEXTS[language]
        if result.wait_until is not None:
            until = self._site.pages.when(result.wait_until, language)
            response = self._form(request, texts["login_locked"].format(until=until), login=login, status=429)
            wait = (result.wait_until - self._site.services.clock()).total_seconds()
            response.headers["Retry-After"] = str(max(1, round(wait)))
            return response
        if result.reason is Reason.LOGIN_UNKNOWN:
            return self._form(request, texts["login_wrong"], login=login, status=403)
        return not_authorized(self._site, request, result.reason)

    def _form(self, request: Request, text: str, *, login: str = "", status: int = 200) -> Response:
        value = self._site.cookies.login_value(request)
        shown: dict[str, Any] = {"csrf": value, "text": text, "login": login[:_LONGEST]}
        response = show_stranger(self._site, request, "account/login.html", status=status, **shown)
        self._site.cookies.offer_login(response, value)
        return response

    async def _forget(self, kept: str) -> None:
        await asyncio.wrap_future(self._site.services.writer.submit(lambda tx: tx.people.end_session(kept)))
