"""The outbox role: joins the worker with the letters and whatever takes our mail, and runs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog

from channels.mail.dkim_sign import DkimSigner
from channels.mail.letters import LetterComposer
from channels.mail.send import Sent as Delivered
from channels.mail.send import Smarthost, SmarthostLogin, SmarthostOptions, Smarthosts, SmarthostTls, TransientFailure
from channels.mail.send_folder import MailFolder
from channels.mail.send_schedule import next_attempt
from config.load import SettingsError
from config.settings import SmarthostSettings
from intake.app import App, letter_options, now, own_addresses, sign_in_rules, trusted_roots
from intake.dkim_keys import signer_keys
from intake.letters.deliveries import note_undelivered
from intake.letters.limits import AutomaticLimits
from intake.login.links import secret_of as secret_of_link
from intake.mailboxes.tokens import secret_of, token_provider
from intake.outbox import NotSent, OutboxWorker, OutgoingMail, Sent, Stopped, Watcher
from intake.outgoing import OutboxItem, OutboxKind

log = structlog.get_logger(__name__)

_GRACE_SECONDS = 8.0
_NOTE_SECONDS = 30.0


class _Sender:
    """Smarthosts, or the folder, as the worker's sender."""

    def __init__(self, way: Smarthosts | MailFolder) -> None:
        self._way = way

    def send(self, mail: OutgoingMail) -> Sent | NotSent:
        result = self._way.send(mail.reverse_path, mail.recipient, mail.octets)
        if isinstance(result, Delivered):
            return Sent(text=f"{result.host}: {result.code} {result.text}")
        reply = f"{result.host}: {result.code or ''} {result.text}"
        return NotSent(transient=isinstance(result, TransientFailure), text=reply)


@asynccontextmanager
async def send_outgoing_mail(app: App) -> AsyncIterator[None]:
    """Send what is in the outbox until the context ends; without a smarthost it waits there."""
    way = _way_out(app)
    if way is None:
        log.warning("no smarthost is configured: outgoing mail waits in the outbox")
        yield
        return
    worker = OutboxWorker(
        app.outbox, build_composer(app), _Sender(way), clock=now, next_attempt=next_attempt, watcher=_watcher(app)
    )
    app.writer.on_mail = worker.nudge
    worker.start()
    try:
        yield
    finally:
        ended = await asyncio.to_thread(worker.stop, _GRACE_SECONDS)
        if not ended:
            log.warning("a smarthost did not answer in time; its mail goes out again later")
        elif isinstance(way, Smarthosts):
            await asyncio.to_thread(way.close)


def build_composer(app: App) -> LetterComposer:
    """Join the letters with the settings, the templates and the files."""
    return LetterComposer(
        app.signer,
        letter_options(app.settings),
        wording=lambda kind, language, name: app.queries.mail_template(kind, language, name).wording,
        read_blob=app.blobs.read,
        dkim=DkimSigner(signer_keys(app.settings)),
        open_link=partial(secret_of_link, sign_in_rules(app.settings).sealer),
    )


def _watcher(app: App) -> Watcher:
    mail = app.settings.mail
    limits = AutomaticLimits(
        own_addresses=own_addresses(mail),
        notices=frozenset(OutboxKind(each) for each in mail.notices),
        per_day=mail.automatic_per_day,
        burst=mail.automatic_burst,
        burst_lasts=timedelta(minutes=mail.burst_minutes),
    )

    def ended(item: OutboxItem, outcome: NotSent | Stopped) -> None:
        if isinstance(outcome, Stopped) and not outcome.attention:
            return
        what = "stopped" if isinstance(outcome, Stopped) else "failed"
        work = partial(note_undelivered, item=item, what=what, why=outcome.text, at=now())
        app.writer.submit(work).result(_NOTE_SECONDS)

    return Watcher(stop=lambda item: limits.stop(item, app.outbox.count_written), ended=ended, tried=app.outgoing.count)


def _way_out(app: App) -> Smarthosts | MailFolder | None:
    if app.settings.mail.outgoing_folder is not None:
        return MailFolder(app.settings.mail.outgoing_folder)
    if not app.settings.smarthosts:
        return None
    hostname = app.settings.smtp.hostname
    folder = app.settings.service.data_dir
    return Smarthosts([Smarthost(_options(each, hostname, folder)) for each in app.settings.smarthosts])


def _options(settings: SmarthostSettings, hostname: str, folder: Path) -> SmarthostOptions:
    oauth = settings.oauth
    try:
        tokens = token_provider(oauth, folder) if oauth is not None else None
    except ValueError as error:
        raise SettingsError(f"smarthosts: {settings.host}: {error}") from error
    has_secret = settings.password is not None or tokens is not None
    return SmarthostOptions(
        host=settings.host,
        port=settings.port,
        tls=SmarthostTls(settings.tls),
        login=settings.login,
        secret=secret_of(settings.password, tokens) if has_secret else None,
        login_by=SmarthostLogin(oauth.mechanism) if oauth is not None else SmarthostLogin.PASSWORD,
        refused=tokens.forget if tokens is not None else lambda: None,
        trust=trusted_roots(settings.ca_file, f"smarthosts: {settings.host}"),
        hostname=hostname,
    )
