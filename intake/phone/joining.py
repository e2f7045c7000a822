"""Joins the phone channel: endpoints from the settings, the look-up, and the keeper that watches calls."""

import asyncio
import ipaddress
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote

import phonenumbers
import structlog
from cryptography.x509 import load_pem_x509_certificates
from pydantic import SecretStr

from authz.mail.address import address_key
from authz.phone.number import NumberRules
from authz.phone.pin import PinKeys
from authz.phone.trust import TrustRules
from authz.policy import PHONE_RULES, PinUse
from channels.mail.gateway import Reroute
from channels.phone.application_token import Application, read_application
from channels.phone.attestation import Attestations
from channels.phone.call_tickets import Moment
from channels.phone.calls import Limits
from channels.phone.commands import TELNYX, BearerApi, CommandSender, YeastarApi
from channels.phone.dialects.registry import DIALECTS
from channels.phone.event import RejectAs
from channels.phone.filing import FilingRules, TicketCause
from channels.phone.gateway import Endpoint, PhoneGateway
from channels.phone.hook import EndpointSecrets
from channels.phone.judgement import EndpointRules, Stranger
from channels.phone.recorder import keep_call
from channels.phone.recordings import RecordingRules
from channels.phone.voicemail import take_voicemail
from config.load import SettingsError
from config.settings import PhoneEndpointSettings
from intake.app import App, now, signing_secrets
from intake.ports import Transaction
from store.callers import StoreCallers

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 2.0
_AFTER_A_FAULT = timedelta(minutes=10)
_AT_ONCE = 50
_TIDIED_EVERY = timedelta(hours=1)
# Longer than any lock lasts or any limit looks back.
_KEPT_FOR = timedelta(days=2)
_PLUS_NUMBER = re.compile(r"\+[0-9]{1,15}", re.ASCII)


def build_endpoints(settings: tuple[PhoneEndpointSettings, ...]) -> dict[str, Endpoint]:
    """The configured PBXs by name. Raises SettingsError for one that cannot work."""
    voicemail_of(settings)
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
        ticket_url=lambda number: f"{base}/console/tickets/{number}",
        screen_url=lambda number: f"{base}/console/calls/caller?number={quote(number, safe='')}",
        count=app.decisions.count,
        pins=pin_keys(app),
    )


def pin_keys(app: App) -> PinKeys:
    """What PINs and codes are kept and checked under."""
    return PinKeys(signing_secrets(app.settings))


def voicemail_of(settings: tuple[PhoneEndpointSettings, ...]) -> Reroute | None:
    """What makes callers' requests of the voicemail mails of the configured PBXs; None when none mails any.

    Raises SettingsError for an address that is none.
    """
    senders: dict[str, EndpointRules] = {}
    for each in settings:
        if each.voicemail_from is None:
            continue
        key = address_key(each.voicemail_from)
        if key is None or key in senders:
            raise SettingsError(
                f"phone_endpoints: {each.name}: voicemail_from must be a plain mail address, and another for each PBX"
            )
        senders[key] = _endpoint(each).rules
    return partial(take_voicemail, senders=senders) if senders else None


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
    tidied = now() - _TIDIED_EVERY
    while True:
        try:
            await _look(app, rules)
            if now() - tidied >= _TIDIED_EVERY:
                tidied = now()
                await asyncio.wrap_future(app.writer.submit(partial(_forget, before=tidied - _KEPT_FOR)))
        except Exception as error:  # noqa: BLE001 - the calls are still there; looked at again soon
            log.error("cannot look at calls", error=str(error))
        await asyncio.sleep(_LOOK_SECONDS)


def _forget(tx: Transaction, before: datetime) -> None:
    tx.phone_proofs.forget(before)


async def _look(app: App, rules: Mapping[str, EndpointRules]) -> None:
    at = now()
    due = await asyncio.wrap_future(app.writer.submit(lambda tx: tx.calls.due(at, _AT_ONCE)))
    for record_id in due:
        work = partial(keep_call, record_id=record_id, rules=rules, moment=Moment(app.signer, at))
        try:
            await asyncio.wrap_future(app.writer.submit(work))
        except Exception as error:  # noqa: BLE001 - one call must not keep the others from their tickets
            log.error("cannot look at a call", call=record_id, error=str(error))
            await asyncio.wrap_future(app.writer.submit(partial(_look_later, record_id=record_id, at=at)))


def _look_later(tx: Transaction, record_id: int, at: datetime) -> None:
    record = tx.calls.get(record_id)
    if record is not None:
        tx.calls.update(replace(record, look_at=at + _AFTER_A_FAULT))


def _endpoint(settings: PhoneEndpointSettings) -> Endpoint:
    where = f"phone_endpoints: {settings.name}"
    dialect = DIALECTS.get(settings.dialect)
    if dialect is None:
        known = ", ".join(sorted(DIALECTS))
        raise SettingsError(f"{where}: there is no dialect {settings.dialect}; choose from {known}")
    rules = EndpointRules(
        name=settings.name,
        numbers=_number_rules(settings, dialect.number_rules),
        trust=TrustRules(
            asserted=settings.trust_asserted,
            presented=settings.trust_presented,
            verstat=settings.trust_verstat,
            match_private=settings.match_private,
        ),
        filing=FilingRules(
            when=frozenset(TicketCause(each) for each in settings.ticket_on),
            join_within=timedelta(minutes=settings.join_minutes),
        ),
        reject_as=RejectAs(settings.reject_as),
        forward_to=settings.forward_to,
        decision=replace(PHONE_RULES, ask_pin=PinUse(settings.ask_pin)),
        withheld=Stranger(settings.withheld_callers),
        unknown=Stranger(settings.unknown_callers),
        fallback_to=settings.fallback_to,
        recordings=_recordings(settings, where),
        limits=Limits(
            ringing=timedelta(minutes=settings.ringing_minutes), talking=timedelta(hours=settings.talking_hours)
        ),
        language=settings.language,
    )
    _check_ways(settings, dialect.asks_pin, where)
    return Endpoint(
        dialect=dialect,
        secrets=_secrets(settings, where),
        rules=rules,
        attestations=_attestations(settings, where),
        commands=_commands(settings, where),
    )


def _check_ways(settings: PhoneEndpointSettings, asks_pin: bool, where: str) -> None:  # noqa: FBT001
    """Refuse what the dialect cannot do, or what leads nowhere."""
    ways = (settings.withheld_callers, settings.unknown_callers)
    if not asks_pin and (settings.ask_pin != "never" or "ask-pin" in ways):
        raise SettingsError(f"{where}: {settings.dialect} cannot ask a caller for a PIN")
    if "forward" in ways and not settings.fallback_to:
        raise SettingsError(f"{where}: forward needs fallback_to, where such callers are connected to")


def _commands(settings: PhoneEndpointSettings, where: str) -> CommandSender | None:
    """How decisions reach a PBX that is told by commands; None when it is not, or is only listened to."""
    if settings.api_key is None:
        return None
    key = settings.api_key.get_secret_value()
    if settings.dialect == "telnyx":
        return CommandSender(BearerApi(base=settings.api_url or TELNYX, key=key))
    if settings.dialect == "yeastar":
        if not settings.api_url or not settings.api_username:
            raise SettingsError(f"{where}: api_key needs api_url and api_username, the PBX's address and the client id")
        return CommandSender(YeastarApi(settings.api_url, settings.api_username, key))
    raise SettingsError(f"{where}: {settings.dialect} is answered by its webhook; it takes no api_key")


def _recordings(settings: PhoneEndpointSettings, where: str) -> RecordingRules | None:
    application = _application(settings, where)
    if not settings.fetch_recordings:
        return None
    password = settings.recording_password
    return RecordingRules(
        hosts=tuple(each.lower() for each in settings.recording_hosts),
        username=settings.recording_username,
        password=None if password is None else password.get_secret_value(),
        application=application,
    )


def _application(settings: PhoneEndpointSettings, where: str) -> Application | None:
    """The application in whose name recordings are fetched; None for a provider that wants none."""
    if settings.application_id is None and settings.application_key is None:
        return None
    if settings.dialect != "vonage":
        raise SettingsError(f"{where}: {settings.dialect} knows no application; leave application_id out")
    if not settings.application_id or settings.application_key is None:
        raise SettingsError(f"{where}: give both application_id and application_key, the file with its private key")
    try:
        return read_application(settings.application_id, settings.application_key.read_bytes())
    except OSError as error:
        raise SettingsError(f"{where}: application_key: {error.strerror}: {settings.application_key}") from error
    except ValueError as error:
        raise SettingsError(f"{where}: application_key: no private RSA key in PEM form") from error


def _attestations(settings: PhoneEndpointSettings, where: str) -> Attestations | None:
    if settings.attestation_roots is None:
        return None
    if not settings.attestation_hosts:
        raise SettingsError(f"{where}: attestation_roots needs attestation_hosts, or no signer could be checked")
    try:
        roots = load_pem_x509_certificates(settings.attestation_roots.read_bytes())
    except OSError as error:
        raise SettingsError(f"{where}: attestation_roots: {error.strerror}: {settings.attestation_roots}") from error
    except ValueError as error:
        raise SettingsError(f"{where}: attestation_roots: no certificates in PEM form") from error
    return Attestations(tuple(roots), frozenset(host.lower() for host in settings.attestation_hosts))


def _secrets(settings: PhoneEndpointSettings, where: str) -> EndpointSecrets:
    try:
        networks = tuple(ipaddress.ip_network(each) for each in settings.allow_from)
    except ValueError as error:
        raise SettingsError(f"{where}: allow_from: {error}") from error
    passwords = _values(settings.password, settings.more_passwords)
    if passwords and not settings.username:
        raise SettingsError(f"{where}: a password needs a username")
    tokens = _values(settings.token, settings.more_tokens)
    keys = _values(settings.secret, settings.more_secrets)
    if not (keys or tokens or passwords):
        raise SettingsError(f"{where}: without secret, token or password nobody could post to it; set one")
    return EndpointSecrets(
        keys=keys,
        basic=tuple((settings.username or "", each) for each in passwords),
        bearer=tokens,
        tokens=tokens,
        networks=networks,
    )


def _values(first: SecretStr | None, more: tuple[SecretStr, ...]) -> tuple[str, ...]:
    """All that are valid at once; a blank one is none."""
    given = (*(() if first is None else (first,)), *more)
    return tuple(each.get_secret_value() for each in given if each.get_secret_value().strip())


def _number_rules(settings: PhoneEndpointSettings, usual: NumberRules) -> NumberRules:
    """How the dialect writes numbers, unless the operator says otherwise."""
    if settings.region is not None and settings.region not in phonenumbers.SUPPORTED_REGIONS:
        raise SettingsError(f"phone_endpoints: {settings.name}: there is no region {settings.region}; write it like CZ")
    bare = usual.e164_without_plus if settings.e164_without_plus is None else settings.e164_without_plus
    hidden = [each.strip() for each in settings.withheld]
    numbers = {each for each in hidden if _PLUS_NUMBER.fullmatch(each)}
    words = {each.casefold() for each in hidden if each not in numbers}
    return replace(
        usual,
        region=usual.region if settings.region is None else settings.region,
        e164_without_plus=bare,
        outside_line=(settings.strip_prefix,) if settings.strip_prefix else usual.outside_line,
        withheld_words=usual.withheld_words | words,
        withheld_numbers=usual.withheld_numbers | numbers,
    )
