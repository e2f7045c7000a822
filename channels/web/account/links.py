"""Links by mail: asking for one, and choosing a password with it. Opening a link changes nothing; its form does."""

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from channels.web.account.begin import begin_session, origin_of
from channels.web.account.login import SECOND, Login
from channels.web.account.own import read
from channels.web.doors import language_of_stranger, show_stranger
from channels.web.refusals import say_refusal
from channels.web.texts import TEXTS
from channels.web.visitors import Site
from intake.administration import EntryError
from intake.login import links as login_links
from intake.login.entering import NotSignedIn
from intake.login.signin import SECOND_STEP_LASTS, SecondStep

_LONGEST_ADDRESS = 320


class Links:
    """The pages around links sent by mail."""

    def __init__(self, site: Site, login: Login) -> None:
        self._site = site
        self._login = login

    async def show_forgotten(self, request: Request) -> Response:
        """Ask for the address."""
        return self._page(request, "account/forgotten.html", text="")

    async def send_forgotten(self, request: Request) -> Response:
        """Mail a link, if there is whom to; the answer is the same."""
        texts = TEXTS[language_of_stranger(self._site, request)]
        async with request.form(max_files=0, max_fields=10) as form:
            address, csrf = read(form, "address"), read(form, "csrf")
        if not self._site.cookies.is_own_login(request, csrf):
            return self._page(request, "account/forgotten.html", status=403, text=texts["form_expired"])
        services = self._site.services
        if len(address) <= _LONGEST_ADDRESS:
            login_links.ask_for_link(
                services.writer, services.sign_in, address, at=services.clock(), origin=origin_of(request)
            )
        title, text = texts["account_link_on_its_way"], texts["account_link_on_its_way_help"]
        return show_stranger(self._site, request, "message.html", title=title, text=text)

    async def show_link(self, request: Request) -> Response:
        """The form for a new password, while the link works."""
        services = self._site.services
        secret = request.path_params["secret"]
        if not await asyncio.to_thread(login_links.read_link, services.accounts, secret, services.clock()):
            return self._over(request)
        return self._page(request, "account/link.html", secret=secret, problems={})

    async def use_link(self, request: Request) -> Response:
        """Take the password and go on as after a log-in with it."""
        language = language_of_stranger(self._site, request)
        texts, secret = TEXTS[language], request.path_params["secret"]
        async with request.form(max_files=0, max_fields=10) as form:
            new, again, csrf = (read(form, name) for name in ("new", "again", "csrf"))
        if not self._site.cookies.is_own_login(request, csrf):
            problems = {"new": texts["form_expired"]}
            return self._page(request, "account/link.html", status=403, secret=secret, problems=problems)
        if new != again:
            problems = {"again": texts["account_not_same"]}
            return self._page(request, "account/link.html", status=422, secret=secret, problems=problems)
        services = self._site.services
        try:
            result = await login_links.use_link(
                services.writer, services.sign_in, secret, new, at=services.clock(), origin=origin_of(request)
            )
        except EntryError as error:
            problems = {"new": say_refusal(error, language)}
            return self._page(request, "account/link.html", status=422, secret=secret, problems=problems)
        if result is None:
            return self._over(request)
        if isinstance(result, NotSignedIn):
            return self._login.refuse(request, result)
        if isinstance(result, SecondStep):
            response = RedirectResponse(f"/login/{result.wanted}", 303)
            self._site.cookies.begin_step(response, SECOND, result.secret, int(SECOND_STEP_LASTS.total_seconds()))
            return response
        return await begin_session(self._site, request, result)

    def _over(self, request: Request) -> Response:
        texts = TEXTS[language_of_stranger(self._site, request)]
        return self._page(request, "account/forgotten.html", status=410, text=texts["account_link_over"])

    def _page(self, request: Request, template: str, *, status: int = 200, **values: object) -> Response:
        value = self._site.cookies.login_value(request)
        # The address of the page is a secret: changing the language leads elsewhere.
        response = show_stranger(self._site, request, template, status=status, csrf=value, path="/login", **values)
        self._site.cookies.offer_login(response, value)
        return response
