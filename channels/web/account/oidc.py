"""Logging in through one's own company: which provider, there and back."""

import asyncio
import hmac

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from channels.web.account.begin import begin_session, origin_of
from channels.web.account.login import SECOND, Login
from channels.web.doors import language_of_stranger, show_stranger
from channels.web.texts import TEXTS
from channels.web.visitors import Site
from intake.login.entering import NotSignedIn
from intake.login.oidc import LOGIN_LASTS, OidcError, begin_oidc, finish_oidc

STATE = "oidc"  # the cookie of a log-in that goes on elsewhere

_LONGEST_ADDRESS = 320

log = structlog.get_logger(__name__)


class CompanyLogin:
    """The pages around a customer's own provider."""

    def __init__(self, site: Site, login: Login) -> None:
        self._site = site
        self._login = login

    async def choose(self, request: Request) -> Response:
        """Ask for the mail address; by its domain the provider is known. A link leads there, no form: see the CSP."""
        address = request.query_params.get("address", "")[:_LONGEST_ADDRESS].strip()
        provider, text = None, ""
        if address:
            domain = address.rpartition("@")[2]
            provider = await asyncio.to_thread(self._site.services.accounts.provider_for, domain)
            text = "" if provider else TEXTS[language_of_stranger(self._site, request)]["account_company_unknown"]
        return show_stranger(self._site, request, "account/company.html", address=address, provider=provider, text=text)

    async def begin(self, request: Request) -> Response:
        """Send the browser to the provider."""
        services = self._site.services
        provider = await asyncio.to_thread(services.accounts.provider_at, request.path_params["slug"])
        if provider is None:
            return self._failed(request, "account_company_unknown", 404)
        try:
            begun = await begin_oidc(services.writer, services.sign_in, services.oidc, provider, services.clock())
        except OidcError as error:
            log.warning("an identity provider cannot be used", provider=provider.slug, problem=str(error))
            return self._failed(request, "account_company_broken", 502)
        response = RedirectResponse(begun.url, 303)
        self._site.cookies.begin_step(response, STATE, begun.state, int(LOGIN_LASTS.total_seconds()))
        return response

    async def come_back(self, request: Request) -> Response:
        """Take what the provider sends the browser back with."""
        site, services = self._site, self._site.services
        answer = {name: value[:5000] for name, value in request.query_params.items()}
        state = site.cookies.step(request, STATE)
        if not state or not hmac.compare_digest(state.encode(), answer.get("state", "").encode()):
            return self._failed(request, "account_company_over", 403)
        try:
            result = await finish_oidc(
                services.writer,
                services.sign_in,
                services.oidc,
                answer,
                at=services.clock(),
                origin=origin_of(request),
            )
        except OidcError as error:
            log.warning("a log-in by an identity provider was refused", problem=str(error))
            return self._failed(request, "account_company_broken", 403)
        if result is None:
            return self._failed(request, "account_company_over", 403)
        if isinstance(result, NotSignedIn):
            return self._login.refuse(request, result, wrong="account_company_no_contact")
        response = await begin_session(site, request, result)
        for step in (STATE, SECOND):
            site.cookies.end_step(response, step)
        return response

    def _failed(self, request: Request, text: str, status: int) -> Response:
        texts = TEXTS[language_of_stranger(self._site, request)]
        response = self._login.form(request, texts[text], status=status)
        self._site.cookies.end_step(response, STATE)
        return response
