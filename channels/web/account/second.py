"""The second step of a log-in: a code, or first setting up what makes the codes."""

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from authz.decision import Reason
from channels.web.account.begin import begin_session, origin_of
from channels.web.account.login import SECOND, Login, locked, slow_down
from channels.web.account.totp import NONE, draw_key, in_groups
from channels.web.doors import language_of_stranger, not_authorized, show_stranger
from channels.web.texts import TEXTS
from channels.web.visitors import PageMissingError, Site
from intake.login import second_step
from intake.login.entering import NotSignedIn
from intake.login.signin import Wanted
from intake.login.signing import Step

_LONGEST = 100


class SecondStep:
    """The pages between a right password and the session."""

    def __init__(self, site: Site, login: Login) -> None:
        self._site = site
        self._login = login

    async def show_code(self, request: Request) -> Response:
        """Ask for a code."""
        step = await self._waiting(request, Wanted.CODE)
        return self._over(request) if step is None else self._page(request, "account/code.html")

    async def show_passkey(self, request: Request) -> Response:
        """Ask for the passkey; the password alone is not enough for this person."""
        step = await self._waiting(request, Wanted.PASSKEY)
        if step is None:
            return self._over(request)
        texts = TEXTS[language_of_stranger(self._site, request)]
        return self._login.form(request, texts["account_passkey_wanted"])

    async def send_code(self, request: Request) -> Response:
        """Take a code."""
        code, own = await self._read(request)
        if not own:
            return self._over(request)
        site, services = self._site, self._site.services
        result = await second_step.take_second_step(
            services.writer,
            services.sign_in,
            site.cookies.step(request, SECOND),
            code,
            at=services.clock(),
            origin=origin_of(request),
        )
        if result is None:
            return self._over(request)
        if isinstance(result, NotSignedIn):
            return self._refuse(request, result, "account/code.html")
        response = await begin_session(site, request, result)
        site.cookies.end_step(response, SECOND)
        return response

    async def show_setup(self, request: Request) -> Response:
        """Show a key to set the app up with."""
        step = await self._waiting(request, Wanted.SETUP)
        return self._over(request) if step is None else await self._setup(request, step)

    async def draw(self, request: Request) -> Response:
        """The key as a picture."""
        step = await self._waiting(request, Wanted.SETUP)
        if step is None or step.person is None:
            return self._over(request)
        account = await self._name(step)
        try:
            return await draw_key(self._site, step.kept, step.person, account)
        except PageMissingError:
            return self._over(request)

    async def send_setup(self, request: Request) -> Response:
        """Keep the key when the app shows a right code, and begin the session."""
        code, own = await self._read(request)
        step = await self._waiting(request, Wanted.SETUP)
        if not own or step is None:
            return self._over(request)
        site, services = self._site, self._site.services
        result = await second_step.finish_waiting(
            services.writer,
            services.sign_in,
            site.cookies.step(request, SECOND),
            code,
            at=services.clock(),
            origin=origin_of(request),
        )
        if isinstance(result, NotSignedIn):
            if result.reason is not Reason.LOGIN_UNKNOWN:
                return not_authorized(site, request, result.reason)
            texts = TEXTS[language_of_stranger(site, request)]
            return await self._setup(request, step, status=422, problems={"code": texts["account_code_wrong"]})
        if result is None or result.signed_in is None:
            return self._over(request)
        shown = show_stranger(site, request, "account/codes.html", codes=result.codes)
        response = await begin_session(site, request, result.signed_in, shown)
        site.cookies.end_step(response, SECOND)
        return response

    async def _setup(
        self, request: Request, step: Step, *, status: int = 200, problems: Mapping[str, str] = NONE
    ) -> Response:
        services = self._site.services
        if step.person is None:
            return self._over(request)
        key = await second_step.begin_setup(services.writer, services.sign_in, step.kept, step.person, services.clock())
        return self._page(request, "account/setup.html", status=status, key=in_groups(key), problems=problems)

    def _refuse(self, request: Request, result: NotSignedIn, template: str) -> Response:
        if result.wait_until is not None:
            page = self._page(request, template, text=locked(self._site, request, result))
            return slow_down(self._site, request, result, page)
        if result.reason is Reason.LOGIN_UNKNOWN:
            texts = TEXTS[language_of_stranger(self._site, request)]
            return self._page(request, template, status=403, text=texts["account_code_wrong"])
        return not_authorized(self._site, request, result.reason)

    def _page(self, request: Request, template: str, *, status: int = 200, **values: object) -> Response:
        value = self._site.cookies.login_value(request)
        values = {"csrf": value, "text": ""} | values
        response = show_stranger(self._site, request, template, status=status, **values)
        self._site.cookies.offer_login(response, value)
        return response

    def _over(self, request: Request) -> Response:
        response = RedirectResponse("/login?expired=1", 303)
        self._site.cookies.end_step(response, SECOND)
        return response

    async def _read(self, request: Request) -> tuple[str, bool]:
        async with request.form(max_files=0, max_fields=10) as form:
            code, csrf = (str(form.get(name, "")) for name in ("code", "csrf"))
        return code[:_LONGEST], self._site.cookies.is_own_login(request, csrf)

    async def _waiting(self, request: Request, wanted: Wanted) -> Step | None:
        secret = self._site.cookies.step(request, SECOND)
        if not secret:
            return None
        services = self._site.services
        step = await asyncio.to_thread(second_step.waiting_step, services.accounts, secret, services.clock())
        return step if step is not None and step.data["wanted"] == wanted else None

    async def _name(self, step: Step) -> str:
        person = step.person
        if person is None:
            return ""
        found = await asyncio.wrap_future(self._site.services.writer.submit(lambda tx: tx.signing.account(person)))
        return found.login or found.name
