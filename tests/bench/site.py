"""How long the server works on each page of the technicians, with a million tickets and 100 000 contacts.

`python -m tests.bench.site [--tickets 1000000] [--postgresql] [--rounds 60] [--search]` prints p50 and p95 in
milliseconds, and the processor's time, for each page beside the log-in page, which asks the database nothing. The
application is called as the server calls it, without a network between; the rows are written into a database that is
removed in the end.
"""

import argparse
import asyncio
import contextlib
import logging
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import structlog
from pydantic import SecretStr
from starlette.types import ASGIApp, Message

from config.settings import DatabaseSettings, ServiceSettings, Settings
from intake.app import App, build, now
from intake.http_server import api_services, build_http
from intake.phone.joining import build_phone_gateway
from tests.bench import report
from tests.bench.site_rows import CONTACTS, fill, fill_search
from tests.servers.postgres import postgres

BARE = "/login"


def pages(count: int, *, search: bool) -> dict[str, str]:
    """The pages by what they are. count: of the tickets. search: the full-text index is filled."""
    shown = {
        "bare page": BARE,
        "queue by deadline": "/console",
        "queue, all, filters": "/console?tab=all&category=A&status=in-progress",
        "queue, all, old and rare": f"/console?tab=all&status=to-verify&category=B&after={count // 2}",
        "queue, one customer": "/console?tab=all&customer=Z%C3%A1kazn%C3%ADk+17+s.r.o.",
        **{f"queue, {tab}": f"/console?tab={tab}" for tab in ("new", "mine", "unassigned", "attention", "waiting")},
        "queue, all": "/console?tab=all",
        "queue, far on": f"/console?tab=all&after={count // 3}",
        "ticket": f"/console/tickets/{count - 7}",
        "clock explained": f"/console/tickets/{count - 7}/clock",
        "contact": f"/console/contacts/{CONTACTS // 2}",
        "who, by name": "/console/new?who=Osoba+77777",
        "who, by number": "/console/new?who=%2B420600077777",
    }
    if search:
        shown |= {
            "search, common word": "/console?tab=all&q=nezvoni",
            "search, rare word": "/console?tab=all&q=vyraz4711",
            "search, two words": "/console?tab=all&q=telefony+vyraz4710",
        }
    return shown


def main() -> None:
    """Fill a database and measure."""
    parser = argparse.ArgumentParser(description="Server time of the technicians' pages.")
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL, and not SQLite")
    parser.add_argument("--search", action="store_true", help="full-text search too, on SQLite; filling takes a minute")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with _database(postgresql=given.postgresql) as url, tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            service=ServiceSettings(data_dir=Path(folder)),
            database=DatabaseSettings(url=None if url is None else SecretStr(url)),
        )
        app = build(settings)
        began = time.perf_counter()
        session = fill(app.engine, given.tickets, now())
        if given.search:
            fill_search(app.engine)
        taken = time.perf_counter() - began
        print(report.heading(f"Technicians' pages: {given.tickets:,} tickets on {app.engine.dialect.name}"))
        print(f"filled in {taken:.0f} s")
        try:
            rows = asyncio.run(_measure(app, session.secret, pages(given.tickets, search=given.search), given.rounds))
        finally:
            app.close()
    print(report.table(("page", "p50 ms", "p95 ms", "CPU ms", "kB", "to bare"), rows))


async def _measure(app: App, secret: str, wanted: dict[str, str], rounds: int) -> list[Sequence[str]]:
    site = build_http(app, build_phone_gateway(app, {}), {}, api_services(app))
    bare, rows = 0.0, []
    for name, path in wanted.items():
        taken, worked, size = [], [], 0
        for _ in range(rounds + 3):
            began, used = time.perf_counter(), time.process_time()
            size = await _get(site, path, secret)
            taken.append((time.perf_counter() - began) * 1000)
            worked.append((time.process_time() - used) * 1000)
        # The first ones compile templates and statements.
        taken, cpu = sorted(taken[3:]), statistics.median(worked[3:])
        p50, p95 = statistics.median(taken), taken[int(len(taken) * 0.95)]
        bare = bare or p50
        rows.append((name, f"{p50:.1f}", f"{p95:.1f}", f"{cpu:.1f}", f"{size / 1000:.0f}", report.ratio(p50, bare)))
    return rows


async def _get(site: ASGIApp, path: str, secret: str) -> int:
    """Ask for a page as a browser does; returns its size. Raises for anything but the page."""
    plain, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": plain,
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), (b"cookie", f"intake-session={secret}".encode())],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
        "state": {},
    }
    status, size = 0, 0

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, size
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            size += len(message.get("body", b""))

    await site(scope, receive, send)
    if status != 200:
        raise RuntimeError(f"{path} answered {status}")
    return size


@contextlib.contextmanager
def _database(*, postgresql: bool) -> Iterator[str | None]:
    if not postgresql:
        yield None
        return
    with postgres() as cluster, cluster.database() as url:
        yield url


if __name__ == "__main__":
    report.run(main)
