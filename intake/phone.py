"""Joins the phone channel: endpoints from the settings, the look-up, and the keeper that watches calls."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

import structlog

from authz.phone.number import NumberRules
from channels.phone.call_tickets import Moment
from channels.phone.dialects.registry import DIALECTS
from channels.phone.filing import FilingRules, TicketCause
from channels.phone.gateway import Endpoint, PhoneGateway
from channels.phone.hook import EndpointSecrets
from channels.phone.recorder import EndpointRules, keep_call
from config.load import SettingsError
from config.settings import PhoneEndpointSettings
from intake.app import App, now
from store.callers import StoreCallers

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 2.0
_AT_ONCE = 50


def build_endpoints(settings: tuple[PhoneEndpointSettings, ...]) -> dict[str, Endpoint]:
    """The configured PBXs by name. Raises SettingsError for one that cannot work."""
    endpoints = {each.name: _endpoint(each) for each in settings}
    if len(endpoints) != len(settings):
        raise SettingsError("phone_endpoints: two endpoints have the same name")
    return endpoints


def build_phone_gateway(app: App, endpoints: Mapping[str, Endpoint]) -> PhoneGateway:
    """Join the gateway that answers the PBXs."""
    base = app.settings.public_url
    return PhoneGateway(
        endpoints,
        StoreCallers(app.engine),
        app.writer,
        app.signer,
        clock=now,
        ticket_url=lambda number: f"{base}/tickets/{number}",
    )


@asynccontextmanager
async def keep_calls(app: App, endpoints: Mapping[str, Endpoint]) -> AsyncIterator[None]:
    """Look at calls whose time has come, until the context ends. Any number of nodes may do so."""
    rules = {name: endpoint.rules for name, endpoint in endpoints.items()}
    task = asyncio.create_task(_watch(app, rules))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch(app: App, rules: Mapping[str, EndpointRules]) -> None:
    while True:
        try:
            await _look(app, rules)
        except Exception as error:  # noqa: BLE001 - the calls are still there; looked at again soon
            log.error("cannot look at calls", error=str(error))
        await asyncio.sleep(_LOOK_SECONDS)


async def _look(app: App, rules: Mapping[str, EndpointRules]) -> None:
    at = now()
    due = await asyncio.wrap_future(app.writer.submit(lambda tx: tx.calls.due(at, _AT_ONCE)))
    for record_id in due:
        work = partial(keep_call, record_id=record_id, rules=rules, moment=Moment(app.signer, at))
        await asyncio.wrap_future(app.writer.submit(work))


def _endpoint(settings: PhoneEndpointSettings) -> Endpoint:
    dialect = DIALECTS.get(settings.dialect)
    if dialect is None:
        known = ", ".join(sorted(DIALECTS))
        raise SettingsError(
            f"phone_endpoints: {settings.name}: there is no dialect {settings.dialect}; choose from {known}"
        )
    try:
        networks = tuple(ipaddress.ip_network(each) for each in settings.allow_from)
    except ValueError as error:
        raise SettingsError(f"phone_endpoints: {settings.name}: allow_from: {error}") from error
    rules = EndpointRules(
        name=settings.name,
        numbers=_number_rules(settings, dialect.number_rules),
        filing=FilingRules(
            when=frozenset(TicketCause(each) for each in settings.ticket_on),
            join_within=timedelta(minutes=settings.join_minutes),
        ),
    )
    secrets = EndpointSecrets(
        keys=(settings.secret.get_secret_value(),) if settings.secret else (),
        basic=((settings.username, settings.password.get_secret_value()),)
        if settings.username and settings.password
        else (),
        bearer=(settings.token.get_secret_value(),) if settings.token else (),
        tokens=(settings.token.get_secret_value(),) if settings.token else (),
        networks=networks,
    )
    return Endpoint(dialect=dialect, secrets=secrets, rules=rules)


def _number_rules(settings: PhoneEndpointSettings, usual: NumberRules) -> NumberRules:
    """How the dialect writes numbers, unless the operator says otherwise."""
    rules = usual if settings.region is None else replace(usual, region=settings.region)
    return replace(rules, outside_line=(settings.strip_prefix,)) if settings.strip_prefix else rules
