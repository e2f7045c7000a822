"""The HTTP role: webhooks, API and pages under one address, served by uvicorn inside our event loop."""

import asyncio
import contextlib
import hmac
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

import uvicorn
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.applications import Starlette

from channels.phone.gateway import Endpoint, PhoneGateway
from channels.phone.routes import phone_routes
from channels.web.account.oidc_http import OidcHttp
from channels.web.app import create_web
from channels.web.services import WebServices
from intake.api.app import create_api
from intake.api.services import ApiServices, ReadinessCheck
from intake.app import (
    App,
    allowed_networks,
    asked_limits,
    build_explainer,
    letter_options,
    now,
    sign_in_rules,
    trusted_roots,
    workplace,
)
from intake.health import health_of
from intake.house_rules import standing_rules
from intake.login.oidc import OidcClient
from intake.phone.joining import build_endpoints, build_phone_gateway, keep_calls, pin_keys
from intake.phone.number_explainer import number_explainer
from intake.phone.recordings import keep_recordings
from store.batch import WriterStoppedError

_GRACE_SECONDS = 8
_BACKLOG = 2048


@asynccontextmanager
async def serve_http(app: App) -> AsyncIterator[None]:
    """Serve until the context ends; requests that have begun are finished first. Raises OSError for a taken port."""
    endpoints = build_endpoints(app.settings.phone_endpoints)
    gateway = build_phone_gateway(app, endpoints)
    http = app.settings.http
    services = api_services(app)
    config = uvicorn.Config(
        build_http(app, gateway, endpoints, services),
        host=http.host,
        port=http.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(http.trusted_proxies),
        forwarded_allow_ips=list(http.trusted_proxies),
        timeout_graceful_shutdown=_GRACE_SECONDS,
        lifespan="off",
    )
    server = _Server(config)
    sock = _bind(http.host, http.port)
    async with keep_calls(app, endpoints), keep_recordings(app, endpoints):
        task = asyncio.create_task(server.serve(sockets=[sock]))
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event to wait for
            await asyncio.sleep(0.01)
        try:
            yield
        finally:
            services.closing.set()
            server.should_exit = True
            await task
            await gateway.settled()


def build_http(app: App, gateway: PhoneGateway, endpoints: Mapping[str, Endpoint], services: ApiServices) -> Starlette:
    """All routes. The webhooks come first and go past the API's machinery: a PBX waits for them."""
    hooks = phone_routes(
        gateway,
        public_url=app.settings.public_url,
        endpoint_of_token=_endpoint_of_token(endpoints),
    )
    api = create_api(services)
    api.mount("/", create_web(_web_services(app, services.closing, services.oidc)))
    root = Starlette(routes=hooks)
    # Not mounted: a Mount takes no path with a line feed, which somebody may well send.
    root.router.default = api
    return root


def api_services(app: App) -> ApiServices:
    """The parts the API works with."""
    return ApiServices(
        writer=app.writer,
        queries=app.queries,
        portal=app.queries,
        blobs=app.blobs,
        rereader=app.rereader,
        receiver=app.receiver,
        quarantine=app.quarantine,
        signer=app.signer,
        explainer=build_explainer(app),
        explain_number=number_explainer(app.writer, build_endpoints(app.settings.phone_endpoints)),
        clock=now,
        readiness=_readiness(app),
        registry=app.registry,
        temporary_errors=(WriterStoppedError, OperationalError, PoolTimeoutError),
        version=version("intake"),
        workplace_addresses=workplace(app.settings),
        letters=letter_options(app.settings),
        standing=standing_rules(app.settings.rules),
        pins=pin_keys(app),
        sealer=sign_in_rules(app.settings).sealer,
        asked=asked_limits(app.settings.asked),
        public_url=app.settings.public_url,
        oidc=OidcHttp(
            trusted_roots(app.settings.sign_in.ca_file, "sign_in"),
            allowed=allowed_networks(app.settings.sign_in.allowed_networks, "sign_in"),
        ),
    )


def _web_services(app: App, closing: asyncio.Event, oidc: OidcClient) -> WebServices:
    """The parts the pages work with."""
    return WebServices(
        writer=app.writer,
        queries=app.queries,
        portal=app.queries,
        accounts=app.queries,
        sign_in=sign_in_rules(app.settings),
        oidc=oidc,
        blobs=app.blobs,
        rereader=app.rereader,
        receiver=app.receiver,
        signer=app.signer,
        quarantine=app.quarantine,
        explainer=build_explainer(app),
        clock=now,
        site_name=app.settings.service.name,
        secure=app.settings.public_url.startswith("https:"),
        public_url=app.settings.public_url,
        mail_addresses=app.settings.mail.addresses,
        phone_numbers=app.settings.service.phone_numbers,
        workplace_addresses=workplace(app.settings),
        closing=closing,
        health=partial(health_of, app),
        standing=standing_rules(app.settings.rules),
        letters=letter_options(app.settings),
        pins=pin_keys(app),
    )


def _bind(host: str, port: int) -> socket.socket:
    """The listening socket. uvicorn's own way ends the process without saying which port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


class _Server(uvicorn.Server):
    """Leaves the signals to us: the listeners stop in our order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _endpoint_of_token(endpoints: Mapping[str, Endpoint]) -> Callable[[str], str]:
    def find(token: str) -> str:
        found = ""
        for name, endpoint in endpoints.items():
            if endpoint.dialect.name != "zammad":
                continue
            # Every token is compared, so that the time tells nothing.
            if any(hmac.compare_digest(token.encode(), each.encode()) for each in endpoint.secrets.tokens):
                found = name
        return found

    return find


def _readiness(app: App) -> dict[str, ReadinessCheck]:
    def database() -> str | None:
        with app.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        return None

    def mailboxes() -> str | None:
        at = now()
        found = [f"{name}: {trouble}" for name, each in app.mailboxes.items() for trouble in each.troubles(at)]
        return "; ".join(sorted(found)) or None

    return {"database": database, "mailboxes": mailboxes}
