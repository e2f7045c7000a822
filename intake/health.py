"""How every part of the service is, as its people see it on one page. Looks only; blocking."""

from collections.abc import Iterator

from sqlalchemy import text

from channels.web.services import HealthLine
from intake.app import App, now


def health_of(app: App) -> tuple[HealthLine, ...]:
    """The database, the ways in, the ways out, and what waits in between."""
    return (*_database(app), *_ways_in(app), *_ways_out(app))


def _database(app: App) -> Iterator[HealthLine]:
    name = app.engine.dialect.name
    try:
        with app.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except Exception as error:  # noqa: BLE001 - whatever it is, the page says it
        yield HealthLine(part="database", name=name, troubles=(str(error).partition("\n")[0],))
    else:
        yield HealthLine(part="database", name=name)


def _ways_in(app: App) -> Iterator[HealthLine]:
    settings, at = app.settings, now()
    addresses = ", ".join(settings.mail.addresses)
    if settings.smtp.enabled:
        yield HealthLine(part="listener", name=f"SMTP {settings.smtp.host}:{settings.smtp.port}", about=addresses)
    if settings.lmtp.enabled:
        where = settings.lmtp.path or f"{settings.lmtp.host}:{settings.lmtp.port}"
        yield HealthLine(part="listener", name=f"LMTP {where}", about=addresses)
    for mailbox in settings.mailboxes:
        watch = app.mailboxes.get(mailbox.name)
        # Another node may be reading it; its own page says how that goes.
        about = f"{mailbox.host}:{mailbox.port}" + ("" if watch else ", –")
        yield HealthLine(
            part="mailbox", name=mailbox.name, about=about, troubles=() if watch is None else watch.troubles(at)
        )
    for endpoint in settings.phone_endpoints:
        url = f"{settings.public_url}/hooks/phone/{endpoint.name}"
        yield HealthLine(part="phone", name=endpoint.name, about=f"{endpoint.dialect}, {url}")


def _ways_out(app: App) -> Iterator[HealthLine]:
    for smarthost in app.settings.smarthosts:
        yield HealthLine(part="smarthost", name=f"{smarthost.host}:{smarthost.port}", about=smarthost.tls)
    try:
        waiting = app.outbox.count_pending()
    except Exception as error:  # noqa: BLE001 - whatever it is, the page says it
        yield HealthLine(part="queue", name="outbox", troubles=(str(error).partition("\n")[0],))
    else:
        yield HealthLine(part="queue", name="outbox", about=str(waiting))
