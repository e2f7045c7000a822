"""One poller for each configured mailbox, on one node at a time: whoever holds the mailbox's lease.

Owns who polls. What polling is, is `channels.mail.imap`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from channels.mail.gateway import MailGateway
from channels.mail.imap import ImapPoller
from channels.mail.imap_options import Cursor, ImapLogin, ImapMailbox, ImapTls
from channels.mail.oauth import TokenProvider
from config.load import SettingsError
from config.settings import MailboxSettings
from intake.app import App, now, trusted_roots
from intake.letters.alerts import write_alert
from intake.mailboxes.reconciliation import Reconciler
from intake.mailboxes.tokens import secret_of, token_provider
from intake.mailboxes.watch import MailboxWatch
from store.cursors import StoreCursors
from store.leases import Lease

log = structlog.get_logger(__name__)

# How long the mailbox of a node that died is not read; a renewal may come late twice before it is lost.
_LASTS = timedelta(seconds=15)
_RENEW_SECONDS = 4.0


class LeasedCursors:
    """The store's positions as the cursors of a poller that holds a lease; another one's are not moved."""

    def __init__(self, store: StoreCursors, lease: Lease) -> None:
        self._store = store
        self._lease = lease

    def get(self, account: str, folder: str) -> Cursor | None:
        position = self._store.read(account, folder)
        return None if position is None else Cursor(uidvalidity=position[0], uid=position[1])

    def set(self, account: str, folder: str, cursor: Cursor) -> None:
        lease = self._lease
        self._store.write(
            account, folder, cursor.uidvalidity, cursor.uid, lease=lease.name, fencing_token=lease.fencing_token
        )


@asynccontextmanager
async def keep_mailboxes(app: App, gateway: MailGateway) -> AsyncIterator[None]:
    """Poll every configured mailbox whose lease this node gets, until the context ends. Raises SettingsError."""
    chosen = app.settings.mailboxes
    if len({settings.name for settings in chosen}) != len(chosen):
        raise SettingsError("mailboxes: two mailboxes have the same name")
    providers = [_tokens(app, settings) for settings in chosen]
    mailboxes = [
        _mailbox(settings, app.settings.mail.max_octets, tokens)
        for settings, tokens in zip(chosen, providers, strict=True)
    ]
    tasks = [asyncio.create_task(_keep(app, gateway, *each)) for each in zip(mailboxes, chosen, providers, strict=True)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep(
    app: App, gateway: MailGateway, mailbox: ImapMailbox, settings: MailboxSettings, tokens: TokenProvider | None
) -> None:
    """Hold the lease and poll; without it, wait for it. Ends only by cancellation."""
    name = f"imap:{mailbox.account}"
    poller: ImapPoller | None = None
    held: Lease | None = None
    reconciler = Reconciler(app, mailbox, days=settings.reconcile_days, every=timedelta(hours=settings.reconcile_hours))
    try:
        while True:
            lease = await _renew(app, name)
            # A greater token: another node had the mailbox in between, and its cursors are not this poller's.
            if poller is not None and held is not None and (lease is None or lease.fencing_token != held.fencing_token):
                log.warning("the mailbox's lease was lost", mailbox=mailbox.account)
                await _stop(app, mailbox.account, poller)
                poller = None
            held = lease
            if lease is not None and poller is None:
                poller = ImapPoller(mailbox, gateway, LeasedCursors(StoreCursors(app.engine, now), lease))
                poller.start()
                app.mailboxes[mailbox.account] = MailboxWatch(poller=poller, settings=settings, tokens=tokens)
                log.info("polling mailbox", mailbox=mailbox.account)
            if poller is not None:
                reconciler.look(now())
                watch = app.mailboxes[mailbox.account]
                watch.disagreements = reconciler.disagreements
                await _look(app, watch)
            await asyncio.sleep(_RENEW_SECONDS)
    finally:
        await reconciler.stop()
        if poller is not None:
            await _stop(app, mailbox.account, poller)
            await asyncio.to_thread(app.leases.release, name, at=now())


async def _look(app: App, watch: MailboxWatch) -> None:
    """Tell the operator what is wrong; that it cannot be told must not end the reading."""
    at = now()
    kinds = watch.look(at)
    if app.settings.mail.alerts_to and watch.is_news(kinds, at):
        try:
            await asyncio.to_thread(write_alert, app, watch.settings.name, watch.troubles(at), kinds, at)
            watch.note_told(kinds, at)
        except Exception as error:  # noqa: BLE001 - it is in the log and in /readyz, too
            log.error("cannot write an alert", mailbox=watch.settings.name, error=str(error))


async def _stop(app: App, name: str, poller: ImapPoller) -> None:
    app.mailboxes.pop(name, None)
    await poller.stop()


async def _renew(app: App, name: str) -> Lease | None:
    """The lease, or None when another node has it or the database cannot say."""
    try:
        return await asyncio.to_thread(app.leases.acquire, name, at=now(), lasts=_LASTS)
    except Exception as error:  # noqa: BLE001 - no lease, no polling; tried again soon
        log.error("cannot renew the lease", lease=name, error=str(error))
        return None


def _tokens(app: App, settings: MailboxSettings) -> TokenProvider | None:
    if settings.oauth is None:
        return None
    try:
        return token_provider(settings.oauth, app.settings.service.data_dir)
    except ValueError as error:
        raise SettingsError(f"mailboxes: {settings.name}: {error}") from error


def mailbox_options(app: App, settings: MailboxSettings) -> ImapMailbox:
    """The settings as the mail channel takes them. Raises SettingsError."""
    return _mailbox(settings, app.settings.mail.max_octets, _tokens(app, settings))


def _mailbox(settings: MailboxSettings, max_octets: int, tokens: TokenProvider | None) -> ImapMailbox:
    try:
        return ImapMailbox(
            account=settings.name,
            host=settings.host,
            port=settings.port,
            tls=ImapTls(settings.tls),
            login=settings.login,
            secret=secret_of(settings.password, tokens),
            secret_refused=tokens.forget if tokens is not None else lambda: None,
            login_by=ImapLogin(settings.oauth.mechanism) if settings.oauth is not None else ImapLogin.PASSWORD,
            trust=trusted_roots(settings.ca_file, f"mailboxes: {settings.name}"),
            folder=settings.folder,
            processed=settings.processed,
            refused=settings.refused,
            max_octets=max_octets,
        )
    except ValueError as error:
        raise SettingsError(f"mailboxes: {settings.name}: {error}") from error
