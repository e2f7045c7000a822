"""Two nodes and one mailbox: who lost the lease in the middle of its work lets go, and starts anew when it is back."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from config.load import load_settings
from intake import mailboxes
from intake.app import App, build, now
from store.engine import open_engine
from store.tables import leases, mailbox_cursors
from tests.channels.mail.takers import MailboxTaker
from tests.channels.mail.test_imap import message, until
from tests.e2e.test_mailbox import mailbox
from tests.servers.dovecot import Dovecot

pytestmark = pytest.mark.e2e


@contextmanager
def node(url: str, folder: Path, dovecot: Dovecot) -> Iterator[App]:
    settings: dict[str, Any] = {
        "service": {"data_dir": folder},
        "database": {"url": url},
        "mailboxes": [mailbox(dovecot)],
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
