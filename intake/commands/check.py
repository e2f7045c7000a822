"""`intake check`: proves a configuration. Connects, logs in, resolves, and says what is unsafe."""

import asyncio
import smtplib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import typer
from imapclient import IMAPClient
from sqlalchemy import text

from authz.mail.dns import DnsTemporaryError
from authz.mail.resolver import DnsResolver, ResolverSettings
from channels.mail.oauth import TokenProvider
from channels.mail.send import SmarthostLogin, log_in
from config.load import SettingsError, load_settings
from config.settings import MailboxSettings, OauthSettings, Settings, SmarthostSettings
from intake.app import now, own_addresses, tls_context
from intake.dkim_keys import check_published, signer_keys, unsigned_author
from intake.house_rules import build_scanner, read_house
from intake.mailboxes.ending_secrets import ending_secrets
from intake.mailboxes.policies import unsafe_choices
from intake.mailboxes.tokens import secret_of, token_provider
from intake.phone.joining import build_endpoints
from store.engine import open_engine

_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. failed: the service would not work so. unsafe: it would, and should not."""

    what: str
    text: str
    failed: bool = False
    unsafe: bool = False


def check_command(context: typer.Context) -> None:
    """Prove the configuration: connect, log in, resolve, and report what is unsafe."""
    settings = load_settings(context.find_root().obj)
    findings = [*_connections(settings), *_unsafe(settings)]
    for each in findings:
        mark = "FAILED" if each.failed else "unsafe" if each.unsafe else "ok"
        typer.echo(f"{mark:7} {each.what}: {each.text}")
    if any(each.failed for each in findings):
        raise typer.Exit(1)


def _connections(settings: Settings) -> Iterator[Finding]:
    yield _try("database", lambda: _database(settings))
    yield _try("mail addresses", lambda: ", ".join(sorted(own_addresses(settings.mail))))
    yield _try("TLS certificate", lambda: _certificate(settings))
    yield _try("DNS", lambda: _dns(settings))
    yield _try("phone endpoints", lambda: ", ".join(build_endpoints(settings.phone_endpoints)) or "none configured")
    yield _try("category rules, kinds of files", lambda: _house(settings))
    yield _try("virus scanner", lambda: _scanner(settings))
    for mailbox in settings.mailboxes:
        yield _try(f"mailbox {mailbox.name}", partial(_mailbox, mailbox, settings.service.data_dir))
    for key in signer_keys(settings):
        yield _try(f"DKIM key {key.name}", partial(check_published, key, _resolver(settings)))
    for host in settings.smarthosts:
        yield _try(f"smarthost {host.host}:{host.port}", partial(_smarthost, host, settings.service.data_dir))


def _try(what: str, prove: Callable[[], str]) -> Finding:
    try:
        return Finding(what, prove())
    except (OSError, ValueError, SettingsError, DnsTemporaryError, smtplib.SMTPException, IMAPClient.Error) as error:
        return Finding(what, str(error) or type(error).__name__, failed=True)
    except Exception as error:  # noqa: BLE001 - a driver's own error is a finding like any other
        return Finding(what, f"{type(error).__name__}: {error}", failed=True)


def _database(settings: Settings) -> str:
    settings.service.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    finally:
        engine.dispose()
    return f"{engine.dialect.name} answers"


def _certificate(settings: Settings) -> str:
    context = tls_context(settings.smtp.tls_certificate, settings.smtp.tls_key)
    return "loaded" if context is not None else "none: STARTTLS is not offered"


def _dns(settings: Settings) -> str:
    answer = _resolver(settings).query("example.com", "TXT")
    return "answers" + (", validates DNSSEC" if answer.secure else "")


def _resolver(settings: Settings) -> DnsResolver:
    return DnsResolver(ResolverSettings(nameservers=settings.dns.nameservers, deadline=settings.dns.timeout_seconds))


def _house(settings: Settings) -> str:
    house = read_house(settings)
    return f"{len(house.standing)} rules, withheld: {', '.join(house.files.withhold) or 'nothing'}"


def _scanner(settings: Settings) -> str:
    scanner = build_scanner(settings)
    if scanner is None:
        return "none configured"
    problem = asyncio.run(scanner.ping())
    if problem is not None:
        raise SettingsError(f"clamav: {problem}")
    return "answers"


def _tokens(oauth: OauthSettings | None, folder: Path) -> TokenProvider | None:
    return token_provider(oauth, folder) if oauth is not None else None


def _mailbox(mailbox: MailboxSettings, folder: Path) -> str:
    trust = ssl.create_default_context(cafile=str(mailbox.ca_file)) if mailbox.ca_file else None
    with IMAPClient(
        mailbox.host, mailbox.port, ssl=mailbox.tls == "tls", ssl_context=trust, timeout=_SECONDS
    ) as client:
        if mailbox.tls == "starttls":
            client.starttls(trust)
        secret = secret_of(mailbox.password, _tokens(mailbox.oauth, folder))()
        if mailbox.oauth is None:
            client.login(mailbox.login, secret)
        elif mailbox.oauth.mechanism == "xoauth2":
            client.oauth2_login(mailbox.login, secret)
        else:
            client.oauthbearer_login(mailbox.login, secret)
        found = client.select_folder(mailbox.folder, readonly=True)
        idle = "" if client.has_capability("IDLE") else ", no IDLE: polled"
        return f"logged in, {found[b'EXISTS']} messages in {mailbox.folder}{idle}"


def _smarthost(host: SmarthostSettings, folder: Path) -> str:
    trust = ssl.create_default_context(cafile=str(host.ca_file) if host.ca_file else None)
    make = smtplib.SMTP_SSL if host.tls == "tls" else smtplib.SMTP
    with make(host.host, host.port, timeout=_SECONDS) as client:
        if host.tls == "starttls":
            client.starttls(context=trust)
        client.ehlo_or_helo_if_needed()
        if host.login and (host.password or host.oauth):
            by = SmarthostLogin(host.oauth.mechanism) if host.oauth else SmarthostLogin.PASSWORD
            log_in(client, host.login, secret_of(host.password, _tokens(host.oauth, folder))(), by)
        client.noop()
    return "answers" + (", logged in" if host.login else "")


def _unsafe(settings: Settings) -> Iterator[Finding]:
    mail, smtp = settings.mail, settings.smtp
    for name, words in unsafe_choices(mail):
        yield Finding(name, words, unsafe=True)
    if smtp.tls_certificate is None and not smtp.host.startswith(("127.", "localhost", "::1")):
        yield Finding("smtp.tls_certificate", "mail from outside arrives in clear text", unsafe=True)
    if settings.public_url.startswith("http://") and not settings.http.host.startswith(("127.", "localhost")):
        yield Finding("service.public_url", "log-ins travel in clear text: use https behind a web server", unsafe=True)
    for name, words in ending_secrets(settings, now().date()):
        yield Finding(name, words, unsafe=True)
    if settings.clamav.when_down == "accept" and build_scanner(settings) is not None:
        yield Finding("clamav.when_down", "while the scanner is away everything is taken in unseen", unsafe=True)
    if settings.smarthosts and (author := unsigned_author(settings)) is not None:
        yield Finding(
            "dkim_keys", f"none for {author}: our mail is not signed, and many will not believe it", unsafe=True
        )
    if not settings.smarthosts and mail.outgoing_folder is None:
        yield Finding("smarthosts", "none: outgoing mail waits in the outbox", unsafe=True)
