"""What is held is not kept for ever, and admins are told once a day what waits."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from authz.decision import Reason, Verdict
from authz.evidence import Evidence
from authz.identity import Channel, Claim, IdentityKind
from authz.policy import MAIL_RULES
from channels.mail.letters import LetterComposer
from config.settings import Settings
from intake.app import App, build
from intake.ledger import HeldState
from intake.letters.values import LetterOptions
from intake.receive import Inbound
from intake.retention import delete_expired, write_digest
from intake.submission import RawInbound
from intake.tickets.model import Actor, ActorKind
from store import tables as t
from store.quarantine import StoreRetention

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
ADMIN = Actor(kind=ActorKind.ADMIN, name="Eva", channel=Channel.WEB)
LARGE = b"From: a@b.cz\r\n\r\n" + b"x" * 100_000


@dataclass(frozen=True)
class Held:
    """An application with things in its quarantine."""

    app: App

    def hold(self, *, days_ago: float = 0, octets: bytes = b"octets", subject: str = "Fronta") -> int:
        at = NOON - timedelta(days=days_ago)
        raw = RawInbound(channel=Channel.MAIL, account="a", source_key=f"{at}{subject}", received_at=at, octets=octets)
        claim = Claim(channel=Channel.MAIL, kind=IdentityKind.ADDRESS, value="jan@firma.cz", shown="jan@firma.cz")
        submission = replace(self.app.rereader.read(b"Subject: x\r\n\r\n"), subject=subject, message_id=None)
        rules = replace(MAIL_RULES, unknown=Verdict.HOLD)
        inbound = Inbound(raw=raw, claim=claim, evidence=Evidence(), submission=submission, rules=rules)
        return asyncio.run(self.app.receiver.receive(inbound)).ledger_id

    def state(self, held_id: int) -> tuple[str, bool]:
        """Its state, and whether its octets are still there."""
        line = self.app.queries.held(held_id)
        assert line is not None
        return line.held.state, line.entry.blob is not None

    def rows(self, table: Any) -> list[Any]:
        with self.app.engine.connect() as connection:
            return list(connection.execute(select(table)))

    def files(self) -> list[Path]:
        folder = self.app.settings.service.data_dir / "blobs"
        return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def held(database_url: str, tmp_path: Path) -> Iterator[Held]:
    settings = Settings.model_validate(
        {
            "service": {"data_dir": tmp_path},
            "database": {"url": database_url},
            "mail": {"quarantine_days": 30, "quarantine_digest_to": ["eva@desk.example", "petr@desk.example"]},
        }
    )
    app = build(settings)
    yield Held(app)
    app.close()


def test_what_nobody_decided_about_in_time_is_deleted_with_its_octets(held: Held) -> None:
    old, young = held.hold(days_ago=31), held.hold(days_ago=29, octets=b"others")
    assert delete_expired(held.app, NOON) == 1
    assert held.state(old) == (HeldState.DELETED, False)
    assert held.state(young) == (HeldState.HELD, True)
    assert len(held.rows(t.blobs)) == 1
    (line,) = held.rows(t.audit)
    assert (line.entity, line.entity_id, line.action, line.actor_name) == (
        "quarantine",
        str(old),
        "deleted",
        "retention",
    )
    assert delete_expired(held.app, NOON) == 0


def test_octets_that_another_entry_needs_stay(held: Held) -> None:
    held.hold(days_ago=31)
    young = held.hold(days_ago=1)
    delete_expired(held.app, NOON)
    assert held.app.blobs.read(held.app.queries.held(young).entry.blob or "") == b"octets"  # type: ignore[union-attr]


def test_of_what_was_rejected_only_the_record_stays(held: Held) -> None:
    rejected = held.hold(days_ago=31)
    asyncio.run(held.app.quarantine.reject(rejected, by=ADMIN, at=NOON))
    assert delete_expired(held.app, NOON) == 1
    assert held.state(rejected) == (HeldState.REJECTED, False)


def test_the_file_of_a_large_message_is_collected_once_it_is_old_and_nobody_needs_it(held: Held) -> None:
    held.hold(days_ago=31, octets=LARGE)
    soon = datetime.now(UTC) + timedelta(seconds=5)
    assert held.app.blobs.collect(older_than=soon) == 0
    delete_expired(held.app, NOON)
    assert held.app.blobs.collect(older_than=soon - timedelta(hours=1)) == 0
    assert len(held.files()) == 1
    assert held.app.blobs.collect(older_than=soon) == 1
    assert held.files() == []


def test_a_file_that_is_prepared_again_is_young_again(held: Held) -> None:
    blob = held.app.blobs.prepare(LARGE)
    (path,) = held.files()
    long_ago = datetime.now(UTC) - timedelta(days=9)
    os.utime(path, (long_ago.timestamp(), long_ago.timestamp()))
    assert held.app.blobs.prepare(LARGE) == blob
    assert held.app.blobs.collect(older_than=datetime.now(UTC) - timedelta(days=1)) == 0
    assert held.files() == [path]


def test_a_file_that_gets_a_row_while_its_collector_is_killed_is_found_again(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = held.app.blobs.prepare(LARGE)
    (path,) = held.files()
    rename = Path.rename

    def rename_and_die(file: Path, target: Path) -> None:
        held.app.blobs.prepare(LARGE)  # by somebody who commits a row in a moment
        rename(file, target)
        raise SystemExit

    with monkeypatch.context() as killed:
        killed.setattr(Path, "rename", rename_and_die)
        with pytest.raises(SystemExit):
            held.app.blobs.collect(older_than=datetime.now(UTC) + timedelta(seconds=5))
    held.app.writer.submit(lambda tx: tx.add_blob(blob)).result(10)
    assert held.files() != [path]
    assert held.app.blobs.collect(older_than=datetime.now(UTC) + timedelta(seconds=5)) == 0
    assert held.app.blobs.read(blob.digest) == LARGE


def test_what_waits_is_counted_by_reason(held: Held) -> None:
    held.hold()
    held.hold(subject="Another")
    assert StoreRetention(held.app.engine).count_held() == {(Channel.MAIL, Reason.AUTHOR_UNKNOWN): 2}


def test_the_digest_goes_out_once_a_day_to_each_admin(held: Held) -> None:
    held.hold()
    assert write_digest(held.app, NOON) == 2
    assert write_digest(held.app, NOON + timedelta(hours=3)) == 0
    assert write_digest(held.app, NOON + timedelta(days=1)) == 2
    assert {item.recipient for item in held.rows(t.outbox)} == {"eva@desk.example", "petr@desk.example"}
    assert {item.kind for item in held.rows(t.outbox)} == {"quarantine-digest"}


def test_there_is_no_digest_before_its_hour_or_about_nothing(held: Held) -> None:
    assert write_digest(held.app, NOON) == 0
    held.hold()
    assert write_digest(held.app, NOON.replace(hour=5, minute=59)) == 0
    assert write_digest(held.app, NOON.replace(hour=6, minute=0)) == 2


@pytest.mark.parametrize(("language", "words"), [("cs", "čekají na rozhodnutí"), ("en", "waiting in quarantine")])
def test_the_digest_says_what_waits_and_since_when(held: Held, language: str, words: str) -> None:
    held.hold(subject="Ahoj\r\nBcc: evil@bad.example")
    write_digest(held.app, NOON)
    (item, _) = held.app.outbox.claim(limit=5, at=NOON, until=NOON + timedelta(hours=1))
    composer = LetterComposer(held.app.signer, LetterOptions(name="Podpora, ČR", address="helpdesk@desk.example"))
    mail = composer.compose(replace(item, payload=item.payload | {"language": language}))
    message = message_from_bytes(mail.octets, policy=default)
    assert (mail.reverse_path, mail.recipient, message["Auto-Submitted"]) == ("", item.recipient, "auto-generated")
    assert "Bcc" not in message
    text = message.get_content()
    assert words in text
    assert "22.11. 12:00  jan@firma.cz" in text
    assert "Ahoj Bcc: evil@bad.example" in text
    assert "author-unknown" in text
