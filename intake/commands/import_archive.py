"""`intake import-archive`: old mail becomes closed tickets, without anybody being told."""

import hashlib
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.exc import OperationalError

from channels.mail.archive import Place, find_messages
from channels.mail.gateway import claim_of
from channels.mail.normalize import make_submission
from channels.mail.parse import UNPARSABLE, parse_mail
from intake.app import App, now, own_addresses
from intake.commands.common import fail, opened, operator, show_table
from intake.house_rules import read_house
from intake.mailboxes.archive import Imported, ImportOptions, OldMail, import_mail
from intake.ports import Transaction
from intake.terms import Status

_AT_ONCE = 64
_ASKED_AT_ONCE = 200
_LISTED = 50
_WORDS = {
    Imported.OPENED: "tickets opened",
    Imported.JOINED: "added to tickets",
    Imported.KNOWN: "known already",
    Imported.UNKNOWN: "of unknown authors, left out",
    Imported.HELD: "of unknown authors, held in quarantine",
    Imported.OURS: "our own, of no ticket",
    Imported.MACHINE: "machines' mail, of no ticket",
    Imported.BROKEN: "could not be read",
}


class ImportStatus(StrEnum):
    """The status of imported tickets."""

    CLOSED = Status.CLOSED
    NEW = Status.NEW
    POSTPONED = Status.POSTPONED


class Unknown(StrEnum):
    """What becomes of mail whose author is on no list."""

    SKIP = "skip"
    HOLD = "hold"


@dataclass(slots=True)
class _Report:
    """What became of all of it. strangers: authors on no list and how much they wrote. broken: places and reasons."""

    counts: Counter[Imported] = field(default_factory=Counter)
    strangers: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def add(self, outcome: Imported, author: str) -> None:
        self.counts[outcome] += 1
        if outcome in {Imported.UNKNOWN, Imported.HELD}:
            self.strangers[author] += 1


def import_archive(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="mbox files, Maildirs, folders of .eml, single .eml files.")],
    *,
    status: Annotated[
        ImportStatus, typer.Option(help="Of the tickets; the clock of a new one starts now.")
    ] = ImportStatus.CLOSED,
    unknown: Annotated[
        Unknown, typer.Option(help="Mail of authors on no list: leave it out, or hold it in quarantine.")
    ] = Unknown.SKIP,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of it.")] = False,
) -> None:
    """Import old mail as tickets. Nothing is sent. Safe to stop and to run again: what is in stays in, once."""
    found = find_messages(paths)
    report = _Report(broken=found.unreadable)
    report.counts[Imported.BROKEN] += len(found.unreadable)
    with opened(context) as app:
        options = ImportOptions(
            by=operator(),
            at=now(),
            status=Status(status.value),
            hold_unknown=unknown is Unknown.HOLD,
            own_addresses=own_addresses(app.settings.mail),
            house=read_house(app.settings),
        )
        with _progress() as progress:
            task = progress.add_task("Importing" if not dry_run else "Looking", total=len(found.places))
            work = _dry_run if dry_run else _import
            try:
                for outcome, author in work(app, found.places, options, report):
                    report.add(outcome, author)
                    progress.advance(task)
            except KeyboardInterrupt:
                typer.echo("stopped; run the same command again to go on", err=True)
    _tell(report, dry_run=dry_run)
    if found.unreadable and not found.places:
        fail("there was nothing to import")


def _import(
    app: App, places: Iterable[Place], options: ImportOptions, report: _Report
) -> Iterator[tuple[Imported, str]]:
    """Import one after another; a few are on their way at once, so that they share commits."""
    waiting: deque[tuple[Future[Imported], OldMail]] = deque()
    for read in _read(app, places, report):
        if not isinstance(read, OldMail):
            yield read, ""
            continue
        done = app.writer.submit(partial(import_mail, mail=read, options=options, signer=app.signer))
        waiting.append((done, read))
        if len(waiting) >= _AT_ONCE:
            yield _await(*waiting.popleft(), report)
    while waiting:
        yield _await(*waiting.popleft(), report)


def _await(done: "Future[Imported]", mail: OldMail, report: _Report) -> tuple[Imported, str]:
    try:
        return done.result(), mail.claim.shown
    except OperationalError:
        raise  # the database cannot be used at all; the next run goes on from here
    except Exception as error:  # noqa: BLE001 - one bad mail never stops an archive
        report.broken.append(f"{mail.source}: {type(error).__name__}: {error}")
        return Imported.BROKEN, ""


def _dry_run(
    app: App, places: Iterable[Place], options: ImportOptions, report: _Report
) -> Iterator[tuple[Imported, str]]:
    """Try each mail and take it back; what an earlier one would have opened is remembered by its Message-ID."""
    seen: set[str] = set()
    for read in _read(app, places, report):
        if not isinstance(read, OldMail):
            yield read, ""
            continue
        if read.key in seen:
            yield Imported.KNOWN, ""
            continue
        outcome = _try(app, read, options)
        if outcome in {Imported.OPENED, Imported.OURS, Imported.MACHINE} and seen & set(read.submission.references):
            outcome = Imported.JOINED
        if outcome in {Imported.OPENED, Imported.JOINED} and read.submission.message_id is not None:
            seen.add(read.submission.message_id)
        seen.add(read.key)
        yield outcome, read.claim.shown


class _TakenBackError(Exception):
    """Carries what would have become of a mail out of the transaction it undoes."""

    def __init__(self, outcome: Imported) -> None:
        super().__init__(outcome)
        self.outcome = outcome


def _try(app: App, mail: OldMail, options: ImportOptions) -> Imported:
    def work(tx: Transaction) -> None:
        raise _TakenBackError(import_mail(tx, mail, options, app.signer))

    try:
        app.writer.submit(work).result()
    except _TakenBackError as taken_back:
        return taken_back.outcome
    raise AssertionError("unreachable")


def _read(app: App, places: Iterable[Place], report: _Report) -> Iterator[OldMail | Imported]:
    """Open and read what is not known yet; each place gives a mail or what became of it."""
    batch: list[tuple[Place, bytes, str]] = []
    for place in places:
        try:
            octets = place.read()
        except OSError as error:
            report.broken.append(f"{place}: {error.strerror or error}")
            yield Imported.BROKEN
            continue
        batch.append((place, octets, f"archive:{hashlib.sha256(octets).hexdigest()}"))
        if len(batch) >= _ASKED_AT_ONCE or sum(len(each[1]) for each in batch) > 16 * 2**20:
            yield from _read_batch(app, batch, report)
            batch = []
    yield from _read_batch(app, batch, report)


def _read_batch(app: App, batch: list[tuple[Place, bytes, str]], report: _Report) -> Iterator[OldMail | Imported]:
    keys = [key for _, _, key in batch]
    known = app.writer.submit(lambda tx: {key for key in keys if tx.taken_from(key) is not None}).result()
    own = own_addresses(app.settings.mail)
    for place, octets, key in batch:
        if key in known:
            yield Imported.KNOWN
            continue
        mail = parse_mail(octets, own_addresses=own)
        if UNPARSABLE in mail.defects or (mail.author is None and not mail.headers.get("from")):
            report.broken.append(f"{place}: it is no mail that can be read")
            yield Imported.BROKEN
            continue
        submission = make_submission(mail, own_addresses=own)
        files = [file.content for file in submission.attachments if file.content is not None]
        yield OldMail(
            source=str(place),
            key=key,
            octets=octets,
            claim=claim_of(mail),
            submission=submission,
            written_at=_written_at(mail.date, place),
            raw_blob=app.blobs.prepare(octets),
            files=tuple(app.blobs.prepare(content) for content in files),
        )


def _written_at(date: datetime | None, place: Place) -> datetime:
    """By the mail's own date, never in the future; at worst by when its file was written."""
    at = now()
    written = place.date or (date.astimezone(UTC) if date is not None else None)
    if written is None:
        written = datetime.fromtimestamp(place.path.stat().st_mtime, UTC)
    return min(written, at)


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _tell(report: _Report, *, dry_run: bool) -> None:
    lines = [(words, report.counts[outcome]) for outcome, words in _WORDS.items() if report.counts[outcome]]
    show_table("What would become of them" if dry_run else "What became of them", ("mails", "count"), lines)
    if report.strangers:
        strangers = report.strangers.most_common(_LISTED)
        show_table("Authors on no list", ("author", "mails"), strangers)
        if len(report.strangers) > _LISTED:
            typer.echo(f"… and {len(report.strangers) - _LISTED} more authors")
    for line in report.broken[:_LISTED]:
        typer.echo(f"not read: {line}", err=True)
    if len(report.broken) > _LISTED:
        typer.echo(f"not read: … and {len(report.broken) - _LISTED} more", err=True)
