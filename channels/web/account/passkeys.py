"""Passkeys on one's own page and on the log-in page. The script beside is `static/passkeys.js`."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from channels.web.account.begin import begin_session, origin_of
from channels.web.account.login import SECOND, Login
from channels.web.account.own import owner_problem, person_of, read, show_account, told
from channels.web.doors import AnyVisit, language_of_stranger
from channels.web.refusals import say_refusal
from channels.web.texts import TEXTS
from channels.web.visitors import PageMissingError, Site
from intake.administration import EntryError
from intake.login import own_account, passkeys
from intake.login.entering import NotSignedIn
from intake.login.passkeys import CHALLENGE_LASTS

CHALLENGE = "challenge"  # the cookie of a log-in by passkey
_LONGEST_ANSWER = 20_000


async def add_options(visit: AnyVisit, form: FormData) -> Response:
    """What the browser is asked for a new passkey."""
    problem = await owner_problem(visit, read(form, "password"))
    if problem is not None:
        return JSONResponse({"problem": problem})
    services = visit.site.services
    try:
        options = await passkeys.begin_adding(
            services.writer, services.sign_in, visit.kept, person_of(visit), services.clock()
        )
    except EntryError as error:
        return JSONResponse({"problem": say_refusal(error, visit.language)})
    return Response(options, media_type="application/json")


async def add(visit: AnyVisit, form: FormData) -> Response:
    """Keep the passkey."""
    services = visit.site.services
    try:
        added = await passkeys.finish_adding(
            services.writer,
            services.sign_in,
            visit.kept,
            person_of(visit),
            answer=_answer(form),
            name=read(form, "name"),
            at=services.clock(),
        )
    except EntryError:
        added = False
    if not added:
        return await show_account(visit, status=422, problems={"passkey": visit.t["account_passkey_failed"]})
    return told("account_passkey_added")


async def remove(visit: AnyVisit, form: FormData) -> Response:
    """Forget a passkey."""
    number = read(form, "passkey")
    if not number.isascii() or not number.isdigit() or len(number) > 15:
        raise PageMissingError
    problem = await owner_problem(visit, read(form, "password"))
    if problem is not None:
        return await show_account(visit, status=403, problems={"passkey-remove": problem})
    services = visit.site.services
    removed = await own_account.remove_passkey(
        services.writer, services.sign_in, person_of(visit), int(number), services.clock()
    )
    return told("account_passkey_removed" if removed else "account_factor_needed")


class PasskeyLogin:
    """Logging in with a passkey and nothing else."""

    def __init__(self, site: Site, login: Login) -> None:
        self._site = site
        self._login = login

    async def options(self, request: Request) -> Response:
        """What the browser is asked."""
        async with request.form(max_files=0, max_fields=10) as form:
            own = self._site.cookies.is_own_login(request, read(form, "csrf"))
        if not own:
            texts = TEXTS[language_of_stranger(self._site, request)]
            return JSONResponse({"problem": texts["form_expired"]}, 403)
        services = self._site.services
        made = await passkeys.begin_login(services.writer, services.sign_in, services.clock())
        response = Response(made.options, media_type="application/json")
        self._site.cookies.begin_step(response, CHALLENGE, made.secret, int(CHALLENGE_LASTS.total_seconds()))
        return response

    async def send(self, request: Request) -> Response:
        """Log in whoever the passkey belongs to."""
        texts = TEXTS[language_of_stranger(self._site, request)]
        async with request.form(max_files=0, max_fields=10) as form:
            own = self._site.cookies.is_own_login(request, read(form, "csrf"))
            answer = _answer(form)
        if not own:
            return self._login.form(request, texts["form_expired"], status=403)
        site, services = self._site, self._site.services
        result = await passkeys.finish_login(
            services.writer,
            services.sign_in,
            site.cookies.step(request, CHALLENGE),
            answer,
            at=services.clock(),
            origin=origin_of(request),
        )
        if isinstance(result, NotSignedIn):
            return self._login.refuse(request, result, wrong="account_passkey_failed")
        response = await begin_session(site, request, result)
        for step in (CHALLENGE, SECOND):
            site.cookies.end_step(response, step)
        return response


def _answer(form: FormData) -> str:
    value = form.get("credential", "")
    return value if isinstance(value, str) and len(value) <= _LONGEST_ANSWER else ""
