"""Leases: one holder at a time, a later holder has a greater token."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from store.leases import Leases

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_only_one_holds_it_until_it_expires(engine: Engine) -> None:
    ours, theirs = Leases(engine, "a"), Leases(engine, "b")
    first = ours.acquire("imap:helpdesk", at=NOW, lasts=MINUTE)
    assert first is not None
    assert theirs.acquire("imap:helpdesk", at=NOW + MINUTE / 2, lasts=MINUTE) is None

    renewed = ours.acquire("imap:helpdesk", at=NOW + MINUTE / 2, lasts=MINUTE)
    assert renewed is not None
    assert renewed.fencing_token == first.fencing_token

    taken_over = theirs.acquire("imap:helpdesk", at=NOW + 2 * MINUTE, lasts=MINUTE)
    assert taken_over is not None
    assert taken_over.fencing_token > first.fencing_token
    assert ours.acquire("imap:helpdesk", at=NOW + 2 * MINUTE, lasts=MINUTE) is None


def test_given_back_it_is_free_at_once(engine: Engine) -> None:
    ours, theirs = Leases(engine, "a"), Leases(engine, "b")
    ours.acquire("timers", at=NOW, lasts=MINUTE)
    ours.release("timers", at=NOW)
    assert theirs.acquire("timers", at=NOW, lasts=MINUTE) is not None
