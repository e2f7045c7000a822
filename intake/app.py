"""The composition root: builds every part from the settings and joins them. Owns no behaviour of its own."""

import asyncio
import contextlib
import os
import secrets
import socket
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from sqlalchemy import Engine

from authz.identity import Channel
from authz.mail.address import address_key
from authz.mail.alignment import load_public_suffixes
from authz.mail.dns import Resolver
from authz.mail.resolver import CachedOnly, DnsResolver, ResolverSettings
from authz.people.sealing import Sealer
from channels.mail.explain import MailExplainer
from channels.mail.gateway import MailGateway, MailOptions, MailRereader, Reroute
from channels.mail.parse import parse_mail
from channels.mail.signer import MailSigner
from channels.phone.voicemail import released_voicemail
from config.load import SettingsError
from config.settings import AskedSettings, MailSettings, Settings
from intake.figures import Decisions, OutgoingMail, Waiting
from intake.house_rules import build_scanner, read_house
from intake.ledger import LedgerEntry
from intake.letters.asked import AskedLimits
from intake.letters.values import LetterOptions
from intake.login.entering import SignInRules
from intake.mailboxes.policies import mail_policies
from intake.mailboxes.watch import MailboxWatch
from intake.outgoing_http import Network
from intake.quarantine import Quarantine
from intake.receive import Receiver
from intake.sla.access import workplace_addresses
from intake.submission import Submission
from intake.webhooks.figures import WebhookPosts, WebhooksWaiting
from store.blobs import BlobStore
from store.engine import open_engine
from store.leases import Leases
from store.loop_writer import LoopWriter
from store.migrate import migrate
from store.outbox import StoreOutbox
from store.quarantine import StoreRetention
from store.queries import StoreQueries
from store.webhook_queue import StoreDeliveries
from store.writer import GroupWriter

_KEY_FILE = "secret.key"
_KEY_OCTETS = 32
_WAITING_THREADS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The parts every role shares. Close it when done.

    mailboxes: those this node reads, by name. registry: where every part's figures go.
    """

    settings: Settings
    engine: Engine
    writer: GroupWriter | LoopWriter
    blobs: BlobStore
    queries: StoreQueries
    outbox: StoreOutbox
    signer: MailSigner
    rereader: MailRereader
    receiver: Receiver
    quarantine: Quarantine
    resolver: Resolver
    cached_resolver: Resolver
    leases: Leases
    mailboxes: dict[str, MailboxWatch] = field(default_factory=dict)
    registry: CollectorRegistry
    decisions: Decisions
    outgoing: OutgoingMail
    posts: WebhookPosts

    def close(self) -> None:
        """Finish what the writer was given, then let go of the database. Blocking."""
        self.writer.stop()
        self.engine.dispose()


def now() -> datetime:
    """The one clock: aware UTC."""
    return datetime.now(UTC)


def build(settings: Settings, loop: asyncio.AbstractEventLoop | None = None) -> App:
    """Open and migrate the database and join the parts. Blocking. Raises when the database cannot be had.

    loop: the event loop the application will run on, when there is one.
    """
    load_public_suffixes()
    settings.service.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database_url, pool_size=settings.database.pool_size)
    migrate(engine)
    embedded = engine.dialect.name == "sqlite"
    writer = LoopWriter(engine, loop) if loop is not None and embedded else GroupWriter(engine)
    blobs = BlobStore(engine, settings.service.data_dir / "blobs")
    signer = MailSigner(signing_secrets(settings), settings.mail.addresses[0])
    resolver = DnsResolver(
        ResolverSettings(nameservers=settings.dns.nameservers, deadline=settings.dns.timeout_seconds)
    )
    rereader = MailRereader(own_addresses(settings.mail))
    registry = CollectorRegistry()
    decisions = Decisions(registry)
    outbox = StoreOutbox(engine)
    house = read_house(settings)
    app = App(
        settings=settings,
        engine=engine,
        writer=writer,
        blobs=blobs,
        queries=StoreQueries(engine),
        outbox=outbox,
        signer=signer,
        rereader=rereader,
        receiver=Receiver(writer, blobs, signer, count=decisions.count, house=house, scanner=build_scanner(settings)),
        quarantine=Quarantine(writer, blobs, rereader, signer, house=house, reshape=_as_voicemail),
        resolver=resolver,
        cached_resolver=CachedOnly(resolver),
        leases=Leases(engine, f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"),
        registry=registry,
        decisions=decisions,
        outgoing=OutgoingMail(registry),
        posts=WebhookPosts(registry),
    )
    registry.register(
        Waiting(
            held=StoreRetention(engine).count_held,
            outgoing=outbox.count_pending,
            mailboxes=lambda: {name: each.status for name, each in app.mailboxes.items()},
        )
    )
    registry.register(WebhooksWaiting(StoreDeliveries(engine).backlogs, now))
    return app


def _as_voicemail(entry: LedgerEntry, octets: bytes, submission: Submission) -> Submission:
    """What a PBX mailed of a caller, made the caller's again."""
    return (
        released_voicemail(entry, submission, parse_mail(octets).headers)
        if entry.channel is Channel.PHONE
        else submission
    )


def build_mail_gateway(
    app: App, workers: Executor | None, waiting: Executor | None, reroute: Reroute | None = None
) -> MailGateway:
    """Join the mail channel. workers: parse large mail; waiting: wait for the DNS; see below for both.

    reroute: see `channels.mail.gateway.MailGateway`.
    """
    options = mail_options(app.settings.mail)
    return MailGateway(
        app.receiver, app.resolver, app.cached_resolver, options, workers=workers, waiting=waiting, reroute=reroute
    )


def build_explainer(app: App) -> MailExplainer:
    """Join the mail channel's dry runs."""
    mail = app.settings.mail
    return MailExplainer(
        app.writer, app.resolver, app.signer, mail_options(mail), mail.addresses[0], read_house(app.settings)
    )


def mail_options(mail: MailSettings) -> MailOptions:
    """The settings as the mail channel takes them. Raises ValueError for a receiving address that is none."""
    return MailOptions(own_addresses=own_addresses(mail), policies=mail_policies(mail), max_hops=mail.max_hops)


@contextmanager
def waiting_threads() -> Iterator[Executor]:
    """The threads in which mail waits for the DNS. They are not waited for in the end: their peers still have it."""
    threads = ThreadPoolExecutor(_WAITING_THREADS, thread_name_prefix="dns")
    try:
        yield threads
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def own_addresses(mail: MailSettings) -> frozenset[str]:
    """Our receiving addresses as look-up keys. Raises SettingsError for one that cannot receive."""
    keys = {address: address_key(address) for address in mail.addresses}
    bad = [address for address, key in keys.items() if key is None or "+" in key]
    if bad:
        raise SettingsError(f"mail.addresses: not an address mail can be accepted for: {', '.join(bad)}")
    return frozenset(key for key in keys.values() if key is not None)


def tls_context(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """The listener's TLS, or None when no certificate is configured. Raises SettingsError."""
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:
        raise SettingsError(f"smtp.tls_certificate, smtp.tls_key: {certificate}, {key}: {error}") from error
    return context


def trusted_roots(ca_file: Path | None, setting: str) -> ssl.SSLContext | None:
    """The roots to trust instead of the system's, or None. setting: whose they are. Raises SettingsError."""
    if ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except OSError as error:
        raise SettingsError(f"{setting}: ca_file: {ca_file}: {error}") from error


def allowed_networks(written: Sequence[str], setting: str) -> tuple[Network, ...]:
    """The networks inside ours that may be asked. setting: whose they are. Raises SettingsError."""
    try:
        return tuple(ip_network(each) for each in written)
    except ValueError as error:
        raise SettingsError(f"{setting}: allowed_networks: {error}") from error


def letter_options(settings: Settings) -> LetterOptions:
    """How the service desk writes."""
    return LetterOptions(
        name=settings.service.name,
        address=settings.mail.addresses[0],
        public_url=settings.public_url,
        link_lasts=timedelta(days=settings.mail.link_days),
    )


def workplace(settings: Settings) -> tuple[str, ...]:
    """The two addresses of the monitoring workplace, or none. Raises SettingsError for anything else."""
    given = settings.service.workplace_addresses
    try:
        return tuple(str(address) for address in workplace_addresses(given)) if given else ()
    except ValueError as error:
        raise SettingsError(f"service.workplace_addresses: {error}") from error


def sign_in_rules(settings: Settings) -> SignInRules:
    """What holds for every log-in to the site."""
    return SignInRules(
        sealer=Sealer(signing_secrets(settings)),
        service=settings.service.name,
        public_url=settings.public_url,
        second_factor_for=frozenset(settings.sign_in.second_factor_for),
        asked=asked_limits(settings.asked),
    )


def asked_limits(asked: AskedSettings) -> AskedLimits:
    """How much may be sent to somebody because somebody else asks for it."""
    return AskedLimits(
        mails_per_address=asked.mails_per_address,
        mails_per_customer=asked.mails_per_customer,
        codes_per_number=asked.codes_per_number,
        codes_per_customer=asked.codes_per_customer,
    )


def signing_secrets(settings: Settings) -> list[bytes]:
    """The current secret first. Without one in the settings, one is made once and kept in the data folder."""
    service = settings.service
    current = service.secret_key or SecretStr(_kept_secret(service.data_dir / _KEY_FILE))
    return [each.get_secret_value().encode() for each in (current, *service.old_secret_keys)]


def _kept_secret(path: Path) -> str:
    """Read the secret, made at the first start. Processes that start at the same moment agree on one."""
    if not path.exists():
        _write_once(path, secrets.token_hex(_KEY_OCTETS) + "\n")
    kept = path.read_text(encoding="ascii").strip()
    if len(kept) < _KEY_OCTETS:
        raise SettingsError(f"{path} does not hold a whole secret: restore it, or remove it to have a new one made")
    return kept


def _write_once(path: Path, text: str) -> None:
    """Make the file with all it holds, or leave the one somebody else has made."""
    descriptor, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(made, path)
    finally:
        Path(made).unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
