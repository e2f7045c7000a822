"""Running the roles: starts what was asked for, waits for the signal, stops in the order that loses nothing.

Owns the life of the process. Listeners stop first and finish what they answered for, then the workers, and the
database last.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from enum import StrEnum

import structlog

from channels.mail.gateway import MailGateway
from channels.mail.lmtp import LmtpListener
from channels.mail.recipients import Recipients
from channels.mail.smtp import SmtpListener
from channels.mail.smtp_options import Authenticator, SmtpOptions
from channels.mail.spool import Spool
from config.load import SettingsError
from intake.app import App, build_mail_gateway, now, tls_context, waiting_threads
from intake.http_server import serve_http
from intake.letters.worker import send_outgoing_mail
from intake.login.signin import prove_login
from intake.mailboxes.parsing_pool import ParsingPool
from intake.mailboxes.policies import unsafe_choices
from intake.mailboxes.reading import keep_mailboxes
from intake.memory import settle_after_start
from intake.phone.joining import voicemail_of
from intake.retention import keep_retention
from intake.search_keeper import keep_index
from intake.timekeeper import keep_time
from intake.webhooks.role import post_webhooks

log = structlog.get_logger(__name__)

# Of each listener; together less than the half minute that supervisors usually wait.
_GRACE_SECONDS = 8.0


class Role(StrEnum):
    """What a process can do; `--only` picks some."""

    SMTP = "smtp"
    LMTP = "lmtp"
    IMAP = "imap"
    HTTP = "http"
    OUTBOX = "outbox"
    TIMERS = "timers"


async def serve(app: App, roles: Collection[Role], stop: asyncio.Event, ready: asyncio.Event) -> None:
    """Run the roles until `stop` is set; returns when everything taken in is committed. ready: set when they listen."""
    async with AsyncExitStack() as parts:
        workers = parts.enter_context(ParsingPool())
        voicemail = voicemail_of(app.settings.phone_endpoints)
        gateway = build_mail_gateway(app, workers, parts.enter_context(waiting_threads()), voicemail)
        for name, text in unsafe_choices(app.settings.mail):
            log.warning("unsafe setting", setting=name, text=text)
        if Role.OUTBOX in roles:
            await parts.enter_async_context(send_outgoing_mail(app))
            await parts.enter_async_context(post_webhooks(app))
            await parts.enter_async_context(keep_retention(app))
        if Role.TIMERS in roles:
            await parts.enter_async_context(keep_time(app))
            await parts.enter_async_context(keep_index(app.writer))
        if Role.IMAP in roles:
            await parts.enter_async_context(keep_mailboxes(app, gateway))
        listeners: list[SmtpListener | LmtpListener] = []
        spool = Spool(app.settings.service.data_dir)
        if Role.LMTP in roles and app.settings.lmtp.enabled:
            listeners.append(await parts.enter_async_context(_lmtp(app, gateway, spool)))
        if Role.SMTP in roles and app.settings.smtp.enabled:
            listeners += [await parts.enter_async_context(_smtp(gateway, each, spool)) for each in smtp_listeners(app)]
        async with AsyncExitStack() as pages:
            # Last, because it is what says that the process can take work.
            if Role.HTTP in roles and app.settings.http.enabled:
                await pages.enter_async_context(serve_http(app))
            settle_after_start()
            log.info("ready", roles=sorted(roles))
            ready.set()
            await stop.wait()
            log.info("stopping")
            # All ways in close at once: nobody is let in by one while another still has its last requests.
            closing = asyncio.gather(*(each.stop(_GRACE_SECONDS) for each in listeners))
        await closing


def stop_on_signals(stop: asyncio.Event) -> None:
    """Let SIGTERM and SIGINT set the event."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)


def smtp_listeners(app: App) -> list[SmtpOptions]:
    """How the SMTP listener behaves, and the one with implicit TLS if there is one. Raises OSError, ssl.SSLError."""
    smtp, mail = app.settings.smtp, app.settings.mail
    tls = tls_context(smtp.tls_certificate, smtp.tls_key)
    plain = SmtpOptions(
        recipients=Recipients(mail.addresses, postmaster=mail.addresses[0]),
        host=smtp.host,
        port=smtp.port,
        reuse_port=smtp.reuse_port,
        hostname=smtp.hostname,
        tls=tls,
        require_starttls=smtp.require_starttls,
        authenticator=_authenticator(app) if smtp.submission and tls is not None else None,
        max_octets=mail.max_octets,
        max_connections=smtp.max_connections,
    )
    if smtp.tls_port is None:
        return [plain]
    if tls is None:
        raise SettingsError("smtp.tls_port: TLS needs smtp.tls_certificate")
    return [plain, replace(plain, port=smtp.tls_port, implicit_tls=True)]


def _authenticator(app: App) -> Authenticator:
    async def ask(login: str, password: str) -> str | None:
        return await prove_login(app.writer, login, password, now(), more_for=app.settings.sign_in.second_factor_for)

    return ask


@asynccontextmanager
async def _smtp(gateway: MailGateway, options: SmtpOptions, spool: Spool) -> AsyncIterator[SmtpListener]:
    listener = SmtpListener(gateway, options, spool=spool)
    await listener.start()
    try:
        yield listener
    finally:
        await listener.stop(_GRACE_SECONDS)


@asynccontextmanager
async def _lmtp(app: App, gateway: MailGateway, spool: Spool) -> AsyncIterator[LmtpListener]:
    lmtp, mail = app.settings.lmtp, app.settings.mail
    options = SmtpOptions(
        recipients=Recipients(mail.addresses, postmaster=mail.addresses[0]),
        host=lmtp.host,
        port=lmtp.port,
        path=str(lmtp.path) if lmtp.path else None,
        hostname=app.settings.smtp.hostname,
        max_octets=mail.max_octets,
    )
    listener = LmtpListener(gateway, options, spool=spool)
    await listener.start()
    try:
        yield listener
    finally:
        await listener.stop(_GRACE_SECONDS)
