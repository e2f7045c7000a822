"""How far a mailbox was read: kept for whoever holds its lease, never moved by who held it before."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from channels.mail.imap_options import Cursor
from intake.mailboxes.reading import LeasedCursors
from store.cursors import StoreCursors
from store.leases import LeaseLostError, Leases

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEASE = "imap:helpdesk"


def cursors(engine: Engine, node: str, at: datetime) -> LeasedCursors:
    """What a node's poller is given when it gets the lease."""
    lease = Leases(engine, node).acquire(LEASE, at=at, lasts=MINUTE)
    assert lease is not None
    return LeasedCursors(StoreCursors(engine, lambda: at), lease)


def test_a_position_is_kept_and_replaced(engine: Engine) -> None:
    ours = cursors(engine, "a", NOW)
    assert ours.get("helpdesk", "INBOX") is None
    for cursor in (Cursor(uidvalidity=7, uid=12), Cursor(uidvalidity=8, uid=3)):
        ours.set("helpdesk", "INBOX", cursor)
        assert ours.get("helpdesk", "INBOX") == cursor
    assert ours.get("helpdesk", "Archive") is None


def test_a_node_that_lost_the_lease_moves_no_cursor(engine: Engine) -> None:
    ours = cursors(engine, "a", NOW)
    ours.set("helpdesk", "INBOX", Cursor(uidvalidity=7, uid=12))
    theirs = cursors(engine, "b", NOW + 2 * MINUTE)
    # Before the new holder has written anything, and after.
    with pytest.raises(LeaseLostError):
        ours.set("helpdesk", "INBOX", Cursor(uidvalidity=7, uid=13))
    theirs.set("helpdesk", "INBOX", Cursor(uidvalidity=7, uid=20))
    with pytest.raises(LeaseLostError):
        ours.set("helpdesk", "INBOX", Cursor(uidvalidity=7, uid=14))
    assert theirs.get("helpdesk", "INBOX") == Cursor(uidvalidity=7, uid=20)


def test_a_lease_that_came_back_is_another_one(engine: Engine) -> None:
    ours = cursors(engine, "a", NOW)
    theirs = cursors(engine, "b", NOW + 2 * MINUTE)
    again = cursors(engine, "a", NOW + 4 * MINUTE)
    again.set("helpdesk", "INBOX", Cursor(uidvalidity=7, uid=30))
    for former in (ours, theirs):
        with pytest.raises(LeaseLostError):
            former.set("helpdesk", "INBOX", Cursor(uidvalidity=7, uid=1))


def test_an_expired_lease_nobody_took_over_is_still_held(engine: Engine) -> None:
    ours = cursors(engine, "a", NOW - 9 * MINUTE)
    ours.set("helpdesk", "INBOX", Cursor(uidvalidity=7, uid=12))
    assert ours.get("helpdesk", "INBOX") == Cursor(uidvalidity=7, uid=12)


def test_a_mailbox_nobody_has_a_lease_for_has_no_cursor(engine: Engine) -> None:
    with pytest.raises(LeaseLostError):
        StoreCursors(engine, lambda: NOW).write("helpdesk", "INBOX", 7, 1, lease=LEASE, fencing_token=1)
