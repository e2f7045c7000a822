"""Mailboxes as they are kept: by whoever has the lease, and held against the ledger."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest
from sqlalchemy import Engine, select, update
from typer.testing import CliRunner

from config.load import load_settings
from intake.app import App, build, now
from intake.cli import app as cli
from intake.mailboxes import reading as mailboxes
from store.engine import open_engine
from store.tables import leases, mailbox_cursors, outbox
from tests.channels.mail.takers import MailboxTaker
from tests.channels.mail.test_imap import message, until
from tests.database import bring_up
from tests.e2e.test_mailbox import mailbox
from tests.servers.dovecot import Dovecot

pytestmark = pytest.mark.e2e


@contextmanager
def node(url: str, folder: Path, dovecot: Dovecot) -> Iterator[App]:
    settings: dict[str, Any] = {
        "service": {"data_dir": folder},
        "database": {"url": url},
        "mailboxes": [mailbox(dovecot)],
        "mail": {"alerts_to": ["provoz@desk.example"]},
    }
    app = build(load_settings(**settings))
    try:
        yield app
    finally:
        app.close()


def row(engine: Engine, table: Any) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(table)).first()


async def test_a_poller_whose_lease_another_node_had_starts_anew(
    database_url: str, tmp_path: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "_RENEW_SECONDS", 0.1)
    engine = open_engine(database_url)
    taker = MailboxTaker()
    with node(database_url, tmp_path, dovecot) as app:
        async with mailboxes.keep_mailboxes(app, taker):  # type: ignore[arg-type]
            await until(lambda: "alice" in app.mailboxes)
            first = app.mailboxes["alice"].poller
            dovecot.deliver("alice", message(1))
            await until(lambda: first.status.taken == 1 and row(engine, mailbox_cursors) is not None)
            before = row(engine, mailbox_cursors).uid
            with engine.begin() as connection:
                taken_over = {"holder": "other", "fencing_token": 2, "expires_at": now()}
                connection.execute(update(leases), taken_over)
            # The other one's lease has expired at once: this node gets it back with a greater token.
            await until(lambda: app.mailboxes.get("alice") and app.mailboxes["alice"].poller is not first)
            assert row(engine, leases).fencing_token == 3
            dovecot.deliver("alice", message(2))
            await until(lambda: row(engine, mailbox_cursors).uid > before)
            await asyncio.to_thread(engine.dispose)
    assert len({mail.source_key for mail in taker.taken}) == 2


def test_the_command_compares_and_says_what_differs(database_url: str, tmp_path: Path, dovecot: Dovecot) -> None:
    bring_up(database_url)
    settings = mailbox(dovecot)
    config = tmp_path / "intake.toml"
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())
    config.write_text(
        f'[service]\ndata_dir = "{tmp_path}"\n[database]\nurl = "{database_url}"\n[[mailboxes]]\n{lines}\n'
    )

    def reconcile(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["--config", str(config), "mailboxes", "reconcile", *arguments])
        return done.exit_code, done.output

    assert reconcile() == (0, "alice: 0 mails looked at, 0 differ from the ledger\n")
    with dovecot.client("alice") as client:
        client.create_folder("Processed")
        client.append("Processed", b"From: a@b.cz\r\nMessage-ID: <lost@b.cz>\r\n\r\nx\r\n")
    code, said = reconcile("alice")
    assert code == 1
    assert "1 mails looked at, 1 differ" in said
    assert "<lost@b.cz>" in said
    assert "there is no mailbox bob: alice" in reconcile("bob")[1]
    dovecot.stop()
    try:
        assert reconcile()[0] == 1
    finally:
        dovecot.start()


async def test_who_reads_the_mailbox_compares_and_tells(
    database_url: str, tmp_path: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "_RENEW_SECONDS", 0.1)
    with dovecot.client("alice") as client:
        client.create_folder("Processed")
        client.append("Processed", b"From: a@b.cz\r\nMessage-ID: <lost@b.cz>\r\n\r\nx\r\n")
    with node(database_url, tmp_path, dovecot) as app:
        async with mailboxes.keep_mailboxes(app, MailboxTaker()):  # type: ignore[arg-type]
            await until(lambda: "alice" in app.mailboxes and app.mailboxes["alice"].disagreements == 1)
            assert "1 mails of its folders are not in the ledger" in "".join(app.mailboxes["alice"].troubles(now()))
            await until(lambda: row(app.engine, outbox) is not None)
            assert (row(app.engine, outbox).kind, row(app.engine, outbox).recipient) == ("alert", "provoz@desk.example")
            assert b'intake_mailbox_disagreements{mailbox="alice"} 1.0' in generate_latest(app.registry)
