"""`intake import-archive`: old mail as closed tickets, once, with nobody told. On both engines."""

import resource
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select
from typer.testing import CliRunner

from authz.decision import Reason
from intake.cli import app
from store import tables as t
from store.engine import open_engine
from store.queries import StoreQueries

START = datetime(2024, 3, 4, 9, 0, tzinfo=UTC)


def letter(number: int, author: str = "Jana <jana@firma.example>", **fields: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = author, "helpdesk@intake.localhost"
    message["Date"] = format_datetime(START + timedelta(days=number))
    message["Message-ID"] = f"<{number}@firma.example>"
    message["Subject"] = fields.pop("subject", f"Problem {number}")
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(f"What number {number} says.")
    return message.as_bytes()


THREAD = (
    letter(1, subject="Phones"),
    letter(2, "Helpdesk <helpdesk@intake.localhost>", subject="Re: Phones", In_Reply_To="<1@firma.example>"),
    letter(3, subject="Re: Phones", References="<1@firma.example> <2@firma.example>"),
)


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Path:
    engine = open_engine(database_url)
    with engine.begin() as connection:
        firma = connection.execute(insert(t.customers).values(name="Firma", created_at=START)).inserted_primary_key[0]
        jana = connection.execute(
            insert(t.contacts).values(customer_id=firma, name="Jana Nováková", created_at=START)
        ).inserted_primary_key[0]
        key = "jana@firma.example"
        connection.execute(insert(t.addresses).values(customer_id=firma, contact_id=jana, address=key, address_key=key))
    engine.dispose()
    file = tmp_path / "intake.toml"
    file.write_text(f'[service]\ndata_dir = "{tmp_path / "var"}"\n[database]\nurl = "{database_url}"\n')
    return file


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    def write(*octets: bytes) -> Path:
        folder = tmp_path / "archive"
        folder.mkdir(exist_ok=True)
        for number, each in enumerate(octets):
            (folder / f"{number}.eml").write_bytes(each)
        return folder

    return write


def run(config: Path, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["--config", str(config), "import-archive", *arguments])
    assert done.exit_code == code, done.output
    return done.output


def rows(engine: Engine, table: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key.columns)))


def counted(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (t.tickets, t.comments, t.outbox, t.ledger)
        }


def test_a_thread_becomes_one_closed_ticket_of_its_own_time(
    config: Path, archive: Callable[..., Path], engine: Engine
) -> None:
    assert "tickets opened" in run(config, str(archive(*THREAD)))
    (ticket,) = rows(engine, t.tickets)
    assert (ticket.status, ticket.archived, ticket.received_at) == ("closed", True, START + timedelta(days=1))
    page = StoreQueries(engine).ticket_page(ticket.number, START)
    assert page is not None
    assert [(each.actor.kind, each.actor.name) for each in page.comments] == [
        ("contact", "Jana Nováková"),
        ("technician", "Helpdesk"),
        ("contact", "Jana Nováková"),
    ]
    assert [each.at for each in page.comments] == [START + timedelta(days=day) for day in (1, 2, 3)]
    entries = rows(engine, t.ledger)
    assert {entry.reason for entry in entries} == {Reason.IMPORTED}
    assert "nothing proves" in entries[0].evidence[0]["detail"]


def test_nothing_is_sent_and_no_clock_runs(config: Path, archive: Callable[..., Path], engine: Engine) -> None:
    run(config, str(archive(*THREAD)))
    assert counted(engine)["outbox"] == 0
    (ticket,) = rows(engine, t.tickets)
    assert ticket.timer_at is ticket.next_deadline is None
    assert rows(engine, t.ticket_events)[0].detail["quiet"] == "imported from an archive"


def test_running_it_again_adds_nothing(config: Path, archive: Callable[..., Path], engine: Engine) -> None:
    folder = archive(*THREAD)
    run(config, str(folder))
    before = counted(engine)
    assert "known already" in run(config, str(folder))
    assert counted(engine) == before


def test_the_same_octets_twice_in_one_archive_are_one_ticket(
    config: Path, archive: Callable[..., Path], engine: Engine
) -> None:
    nameless = letter(1).replace(b"Message-ID: <1@firma.example>\n", b"")
    assert b"Message-ID" not in nameless
    assert "could not be read" not in run(config, str(archive(nameless, nameless)))
    assert counted(engine)["tickets"] == 1


def test_a_copy_by_another_way_is_known(config: Path, archive: Callable[..., Path], engine: Engine) -> None:
    again = b"Received: from elsewhere; Mon, 1 Jan 2024 00:00:00 +0000\r\n" + THREAD[0]
    run(config, str(archive(THREAD[0], again)))
    assert counted(engine)["tickets"] == counted(engine)["comments"] == 1


def test_unknown_authors_are_counted_and_may_be_held(
    config: Path, archive: Callable[..., Path], engine: Engine
) -> None:
    folder = archive(letter(1, "who@else.example"), letter(2, "who@else.example"))
    told = run(config, str(folder))
    assert "of unknown authors, left out" in told
    assert "who@else.example" in told
    assert counted(engine)["ledger"] == 0
    run(config, str(folder), "--unknown", "hold")
    held = rows(engine, t.quarantine)
    assert len(held) == 2
    assert all(each.held_at > START + timedelta(days=365) for each in held)


def test_broken_files_are_told_and_stop_nothing(config: Path, archive: Callable[..., Path], engine: Engine) -> None:
    folder = archive(*THREAD, b"\x00\xff no mail at all", b"")
    done = CliRunner().invoke(app, ["--config", str(config), "import-archive", str(folder), str(folder / "none")])
    assert done.exit_code == 0
    assert done.stderr.count("not read:") == 3
    assert counted(engine)["tickets"] == 1


def test_machines_mail_alone_opens_nothing(config: Path, archive: Callable[..., Path], engine: Engine) -> None:
    run(config, str(archive(letter(1, Auto_Submitted="auto-replied"))))
    assert counted(engine)["tickets"] == 0


def test_a_dry_run_says_the_same_and_leaves_nothing(config: Path, archive: Callable[..., Path], engine: Engine) -> None:
    folder = archive(*THREAD, letter(9, "who@else.example"), letter(7))
    told = run(config, str(folder), "--dry-run")
    assert counted(engine) == {"tickets": 0, "comments": 0, "outbox": 0, "ledger": 0}
    assert told.splitlines()[2:] == run(config, str(folder)).splitlines()[2:]


def test_a_new_tickets_clock_starts_at_the_import(config: Path, archive: Callable[..., Path], engine: Engine) -> None:
    run(config, str(archive(letter(1))), "--status", "new")
    (ticket,) = rows(engine, t.tickets)
    assert (ticket.status, ticket.archived) == ("new", False)
    assert ticket.received_at > START + timedelta(days=365)
    (comment,) = rows(engine, t.comments)
    assert comment.at == START + timedelta(days=1)


def test_memory_does_not_grow_with_the_archive(config: Path, tmp_path: Path) -> None:
    big = tmp_path / "big.mbox"
    with big.open("wb") as file:
        for number in range(600):
            text = letter(number) + b"x" * 100_000 + b"\n\n"
            file.write(b"From jana@firma.example Mon Jan  5 10:00:00 2026\n" + text)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run(config, str(big), "--dry-run")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert big.stat().st_size > 55 * 2**20
    assert grown < 50
