"""Logging in and out: the page everybody begins at, and the password."""

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from authz.decision import Reason
from channels.web.account.begin import begin_session, forget_session, origin_of
from channels.web.doors import AnyVisit, language_of_stranger, not_authorized, show_stranger
from channels.web.texts import TEXTS
from channels.web.visitors import Site
from intake.login.signin import SECOND_STEP_LASTS, NotSignedIn, SecondStep, sign_in

SECOND = "second"  # the cookie of a log-in that waits for its second step

_LONGEST = 320


class Login:
    """The log-in page of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """The form."""
        texts = TEXTS[language_of_stranger(self._site, request)]
        text = texts["login_expired"] if "expired" in request.query_params else ""
        return self.form(request, text)

    async def send(self, request: Request) -> Response:
        """Log in. A form that is not ours, a wrong password and a locked log-in lead back to the form."""
        texts = TEXTS[language_of_stranger(self._site, request)]
        async with request.form(max_files=0, max_fields=10) as form:
            login, password, csrf = (str(form.get(name, "")) for name in ("login", "password", "csrf"))
        if not self._site.cookies.is_own_login(request, csrf):
            return self.form(request, texts["form_expired"], status=403)
        services = self._site.services
        result = await sign_in(
            services.writer,
            services.sign_in,
            login[:_LONGEST],
            password,
            at=services.clock(),
            origin=origin_of(request),
        )
        if isinstance(result, NotSignedIn):
            return self.refuse(request, result, login)
        if isinstance(result, SecondStep):
            response = RedirectResponse(f"/login/{result.wanted}", 303)
            self._site.cookies.begin_step(response, SECOND, result.secret, int(SECOND_STEP_LASTS.total_seconds()))
            return response
        return await begin_session(self._site, request, result)

    async def leave(self, visit: AnyVisit, form: FormData) -> Response:
        """Log out."""
        await forget_session(self._site, visit.kept)
        response = RedirectResponse("/login", 303)
        self._site.cookies.end_session(response)
        return response

    def refuse(self, request: Request, result: NotSignedIn, login: str = "", *, wrong: str = "login_wrong") -> Response:
        """Back to the form with why it was not right. wrong: key of what is said when nothing more is to be told."""
        language = language_of_stranger(self._site, request)
        if result.wait_until is not None:
            return slow_down(self._site, request, result, self.form(request, locked(self._site, request, result)))
        if result.reason is Reason.LOGIN_UNKNOWN:
            return self.form(request, TEXTS[language][wrong], login=login, status=403)
        return not_authorized(self._site, request, result.reason)

    def form(self, request: Request, text: str, *, login: str = "", status: int = 200) -> Response:
        """The page with the ways to log in."""
        value = self._site.cookies.login_value(request)
        shown: dict[str, Any] = {"csrf": value, "text": text, "login": login[:_LONGEST]}
        response = show_stranger(self._site, request, "account/login.html", status=status, **shown)
        self._site.cookies.offer_login(response, value)
        return response


def locked(site: Site, request: Request, result: NotSignedIn) -> str:
    """Until when nothing is looked at, in words."""
    language = language_of_stranger(site, request)
    until = "" if result.wait_until is None else site.pages.when(result.wait_until, language)
    return TEXTS[language]["login_locked"].format(until=until)


def slow_down(site: Site, request: Request, result: NotSignedIn, response: Response) -> Response:
    """The same page as a refusal for a while."""
    response.status_code = 429
    wait = 0.0 if result.wait_until is None else (result.wait_until - site.services.clock()).total_seconds()
    response.headers["Retry-After"] = str(max(1, round(wait)))
    return response
