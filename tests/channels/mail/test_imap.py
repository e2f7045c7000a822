"""The mailbox poller against a real Dovecot: nothing is lost, nothing is moved before it is taken in."""

import asyncio
import contextlib
import os
import signal
import ssl
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from authz.decision import Reason, Verdict
from channels.mail.imap import ImapPoller
from channels.mail.imap_options import AfterTaking, Cursor, ImapLogin, ImapMailbox, ImapTls
from channels.mail.imap_session import ImapSession
from tests.channels.mail.takers import Cursors, MailboxTaker, Taken, receipt
from tests.servers.dovecot import Dovecot

pytestmark = pytest.mark.e2e


def message(number: int = 1, *, octets: int = 0) -> bytes:
    head = f"From: jan@firma.example\r\nTo: alice\r\nSubject: mail {number}\r\n\r\nbody\r\n".encode()
    return head + (b"x" * 76 + b"\r\n") * (octets // 78)


def subjects(mails: list[bytes]) -> list[int]:
    return [int(octets.split(b"Subject: mail ")[1].split(b"\r\n")[0]) for octets in mails]


def taken(taker: MailboxTaker) -> list[int]:
    return subjects([mail.octets for mail in taker.taken])


def settings(dovecot: Dovecot, **changes: Any) -> ImapMailbox:
    defaults: dict[str, Any] = {
        "account": "helpdesk",
        "host": dovecot.host,
        "port": dovecot.imaps_port,
        "login": "alice",
        "secret": lambda: "secret",
        "trust": dovecot.trust(),
        "timeout_seconds": 5,
        "retry_base_seconds": 0.2,
        "retry_most_seconds": 0.2,
        "reconnect_base_seconds": 0.1,
        "reconnect_most_seconds": 0.3,
    }
    return ImapMailbox(**{**defaults, **changes})


@contextlib.asynccontextmanager
async def polling(
    dovecot: Dovecot, taker: MailboxTaker, cursors: Cursors | None = None, **changes: Any
) -> AsyncIterator[ImapPoller]:
    poller = ImapPoller(settings(dovecot, **changes), taker, cursors or Cursors())
    poller.start()
    try:
        yield poller
    finally:
        await poller.stop()


def kill(dovecot: Dovecot) -> None:
    """End the server with all its processes: those that serve a client outlive the one that is asked to stop."""
    os.killpg(dovecot._server.pid, signal.SIGKILL)
    dovecot.stop()


async def until(condition: Callable[[], Any], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < end, "did not happen in time"
        await asyncio.sleep(0.02)


async def test_mail_in_the_inbox_is_taken_and_then_moved(dovecot: Dovecot) -> None:
    dovecot.deliver("alice", message(1))
    taker = MailboxTaker()
    async with polling(dovecot, taker):
        await until(lambda: dovecot.folder("alice", "Processed"))
    assert subjects(dovecot.folder("alice", "Processed")) == [1]
    assert dovecot.folder("alice") == []
    (mail,) = taker.taken
    assert mail.octets.endswith(message(1))
    assert mail.account == "helpdesk"
    assert mail.source_key.startswith("imap:helpdesk:INBOX:")
    assert mail.source_key.endswith(":1")
    assert mail.handover.client_ip is None
    assert mail.recipients == ()
    assert timedelta(0) <= datetime.now(UTC) - mail.received_at < timedelta(minutes=1)


async def test_new_mail_is_taken_through_idle_within_a_second(dovecot: Dovecot) -> None:
    taker = MailboxTaker()
    async with polling(dovecot, taker) as poller:
        await until(lambda: poller.status.last_success)
        await asyncio.sleep(0.5)
        for number in (1, 2, 3):
            await asyncio.to_thread(dovecot.deliver, "alice", message(number))
            delivered = time.monotonic()
            await until(lambda n=number: len(taker.taken) == n)
            assert time.monotonic() - delivered < 1
        await until(lambda: not dovecot.folder("alice"))


async def test_a_mail_that_cannot_be_taken_in_stays_and_does_not_stop_the_mailbox(dovecot: Dovecot) -> None:
    def answer(mail: Taken) -> Any:
        return RuntimeError("poison") if subjects([mail.octets]) == [2] else receipt()

    for number in (1, 2, 3):
        dovecot.deliver("alice", message(number))
    taker, cursors = MailboxTaker(answer), Cursors()
    async with polling(dovecot, taker, cursors) as poller:
        await until(lambda: subjects(dovecot.folder("alice", "Processed")) == [1, 3])
        await until(lambda: taken(taker).count(2) >= 2)
        assert subjects(dovecot.folder("alice")) == [2]
        await asyncio.to_thread(dovecot.deliver, "alice", message(4))
        await until(lambda: 4 in taken(taker))
        assert poller.status.waiting == 1
        assert poller.status.last_error is not None
    # The cursor must not pass a mail that is not settled.
    assert cursors.kept["helpdesk", "INBOX"].uid == 1
    taker.answer = receipt()
    async with polling(dovecot, taker, cursors):
        await until(lambda: not dovecot.folder("alice"))
    assert cursors.kept["helpdesk", "INBOX"].uid == 4


async def test_an_os_error_of_the_core_is_not_taken_for_a_broken_connection(dovecot: Dovecot) -> None:
    dovecot.deliver("alice", message(1))
    dovecot.deliver("alice", message(2))
    taker = MailboxTaker(lambda mail: OSError("disk full") if subjects([mail.octets]) == [1] else receipt())
    async with polling(dovecot, taker) as poller:
        await until(lambda: 2 in taken(taker))
        assert poller.status.failures == 0


async def test_a_retry_verdict_leaves_the_mail_and_tries_again_later(dovecot: Dovecot) -> None:
    answers = iter([receipt(Verdict.RETRY, Reason.CHECK_TEMPORARY), receipt(), receipt()])
    dovecot.deliver("alice", message(1))
    dovecot.deliver("alice", message(2))
    taker = MailboxTaker(lambda _: next(answers))
    async with polling(dovecot, taker):
        await until(lambda: taken(taker) == [1, 2, 1])
        await until(lambda: not dovecot.folder("alice"))
    assert sorted(subjects(dovecot.folder("alice", "Processed"))) == [1, 2]


async def test_refused_mail_goes_to_its_own_folder(dovecot: Dovecot) -> None:
    dovecot.deliver("alice", message(1))
    taker = MailboxTaker(receipt(Verdict.REJECT, Reason.AUTHOR_UNKNOWN, ticket_number=None))
    async with polling(dovecot, taker):
        await until(lambda: subjects(dovecot.folder("alice", "Refused")) == [1])
    assert dovecot.folder("alice", "Processed") == []


async def test_an_oversized_mail_is_refused_by_its_header_without_being_fetched(dovecot: Dovecot) -> None:
    dovecot.deliver("alice", message(1, octets=50_000))
    dovecot.deliver("alice", message(2))
    taker = MailboxTaker()
    async with polling(dovecot, taker, max_octets=20_000):
        await until(lambda: not dovecot.folder("alice"))
    assert taken(taker) == [2]
    ((header, size),) = taker.oversized
    assert b"Subject: mail 1\r\n" in header
    assert b"xxxx" not in header
    assert size > 50_000 - 78
    assert subjects(dovecot.folder("alice", "Refused")) == [1]


async def test_a_server_that_went_away_is_found_again(dovecot: Dovecot) -> None:
    taker = MailboxTaker()
    async with polling(dovecot, taker) as poller:
        await until(lambda: poller.status.last_success)
        await asyncio.to_thread(kill, dovecot)
        await until(lambda: poller.status.failures >= 2)
        assert poller.status.connected is False
        assert poller.status.last_error
        await asyncio.to_thread(dovecot.start)
        await asyncio.to_thread(dovecot.deliver, "alice", message(1))
        await until(lambda: taken(taker) == [1])
        await until(lambda: poller.status.failures == 0)
        assert poller.status.connected is True


async def test_under_another_uidvalidity_everything_is_looked_at_again(dovecot: Dovecot) -> None:
    dovecot.deliver("alice", message(1))
    cursors = Cursors({("helpdesk", "INBOX"): Cursor(uidvalidity=1, uid=1000)})
    taker = MailboxTaker()
    async with polling(dovecot, taker, cursors):
        await until(lambda: taken(taker) == [1])
        await until(lambda: cursors.kept["helpdesk", "INBOX"].uidvalidity > 1)
    assert cursors.kept["helpdesk", "INBOX"].uid == 1


async def test_kept_mail_is_taken_once_and_stays_unread(dovecot: Dovecot) -> None:
    dovecot.deliver("alice", message(1))
    taker, cursors = MailboxTaker(), Cursors()
    for _ in range(2):
        async with polling(dovecot, taker, cursors, after=AfterTaking.KEEP) as poller:
            await until(lambda p=poller: p.status.last_success)
    assert taken(taker) == [1]
    with dovecot.client("alice") as client:
        client.select_folder("INBOX", readonly=True)
        assert client.search(["UNSEEN"]) == [1]


async def test_taken_mail_can_be_deleted_instead(dovecot: Dovecot) -> None:
    dovecot.deliver("alice", message(1))
    async with polling(dovecot, MailboxTaker(), after=AfterTaking.DELETE):
        await until(lambda: not dovecot.folder("alice"))
    assert dovecot.folder("alice", "Processed") == []


async def test_without_idle_the_mailbox_is_polled(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImapSession, "can_idle", property(lambda _: False))
    taker = MailboxTaker()
    async with polling(dovecot, taker, poll_seconds=0.2) as poller:
        await until(lambda: poller.status.last_success)
        await asyncio.to_thread(dovecot.deliver, "alice", message(1))
        await until(lambda: taken(taker) == [1])


async def test_stopping_takes_less_than_two_seconds_in_idle(dovecot: Dovecot) -> None:
    async with polling(dovecot, MailboxTaker()) as poller:
        await until(lambda: poller.status.last_success)
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await poller.stop()
        assert time.monotonic() - began < 2


async def test_stopping_does_not_wait_for_a_core_that_hangs(dovecot: Dovecot) -> None:
    dovecot.deliver("alice", message(1))
    taker = MailboxTaker(delay_seconds=30)
    async with polling(dovecot, taker) as poller:
        await until(lambda: taker.taken)
        began = time.monotonic()
        await poller.stop()
        assert time.monotonic() - began < 2.5
    assert subjects(dovecot.folder("alice")) == [1]


async def test_stopping_does_not_wait_for_a_server_that_hangs(dovecot: Dovecot) -> None:
    async with polling(dovecot, MailboxTaker(), timeout_seconds=20) as poller:
        await until(lambda: poller.status.last_success)
        await asyncio.sleep(0.3)
        thread = poller._thread
        assert thread is not None
        os.killpg(dovecot._server.pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            await poller.stop()
            assert time.monotonic() - began < 2.5
            assert not thread.is_alive()
        finally:
            os.killpg(dovecot._server.pid, signal.SIGCONT)


@pytest.mark.parametrize("login_by", [ImapLogin.XOAUTH2, ImapLogin.OAUTHBEARER])
async def test_a_token_is_asked_for_at_each_log_in(dovecot: Dovecot, login_by: ImapLogin) -> None:
    dovecot.deliver("alice", message(1))
    taker = MailboxTaker()
    async with polling(dovecot, taker, login_by=login_by, secret=lambda: dovecot.token("alice")):
        await until(lambda: taken(taker) == [1])


async def test_starttls_is_used_and_its_failure_is_never_clear_text(dovecot: Dovecot) -> None:
    dovecot.deliver("alice", message(1))
    taker = MailboxTaker()
    untrusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with polling(dovecot, taker, tls=ImapTls.STARTTLS, port=dovecot.imap_port, trust=untrusting) as poller:
        await until(lambda: poller.status.failures >= 2)
        assert "CERTIFICATE_VERIFY_FAILED" in (poller.status.last_error or "")
    assert not taker.taken
    async with polling(dovecot, taker, tls=ImapTls.STARTTLS, port=dovecot.imap_port):
        await until(lambda: taken(taker) == [1])


async def test_clear_text_is_accepted_to_this_host(dovecot: Dovecot) -> None:
    dovecot.deliver("alice", message(1))
    taker = MailboxTaker()
    async with polling(dovecot, taker, tls=ImapTls.NONE, port=dovecot.imap_port):
        await until(lambda: taken(taker) == [1])


async def test_a_full_backlog_is_worked_through_in_order(dovecot: Dovecot) -> None:
    for number in range(1, 61):
        dovecot.deliver("alice", message(number))
    taker = MailboxTaker()
    async with polling(dovecot, taker, batch_mails=25, batch_octets=1500):
        await until(lambda: not dovecot.folder("alice"), 20)
    assert taken(taker) == list(range(1, 61))


async def test_a_connection_lost_between_commit_and_move_brings_the_mail_again_with_its_key(dovecot: Dovecot) -> None:
    dovecot.deliver("alice", message(1))
    taker, cursors = MailboxTaker(), Cursors()

    def answer(mail: Taken) -> Any:
        if len(taker.taken) == 1:
            kill(dovecot)
        return receipt(duplicate=len(taker.taken) > 1)

    taker.answer = answer
    async with polling(dovecot, taker, cursors) as poller:
        await until(lambda: poller.status.failures)
        assert ("helpdesk", "INBOX") not in cursors.kept
        await asyncio.to_thread(dovecot.start)
        await until(lambda: cursors.kept)
    first, second = taker.taken
    assert first.source_key == second.source_key
    assert subjects(dovecot.folder("alice", "Processed")) == [1]


async def test_a_mail_that_cannot_be_moved_is_not_taken_again_and_holds_nobody_up(dovecot: Dovecot) -> None:
    def refuse_or_take(mail: Taken) -> Any:
        accepted = subjects([mail.octets]) != [2]
        return receipt() if accepted else receipt(Verdict.REJECT, Reason.AUTHOR_UNKNOWN, ticket_number=None)

    taker = MailboxTaker(refuse_or_take)
    async with polling(dovecot, taker) as poller:
        await until(lambda: poller.status.last_success)
        with dovecot.client("alice") as client:
            client.delete_folder("Processed")
        for number in (1, 2, 3):
            await asyncio.to_thread(dovecot.deliver, "alice", message(number))
        await until(lambda: subjects(dovecot.folder("alice", "Refused")) == [2])
        await until(lambda: (poller.status.last_error or "").startswith("move to Processed"))
        assert subjects(dovecot.folder("alice")) == [1, 3]
        with dovecot.client("alice") as client:
            client.create_folder("Processed")
        await until(lambda: sorted(subjects(dovecot.folder("alice", "Processed"))) == [1, 3])
    assert taken(taker) == [1, 2, 3]


async def test_a_store_that_is_away_loses_nothing(dovecot: Dovecot) -> None:
    class Away(Cursors):
        away = True

        def set(self, account: str, folder: str, cursor: Cursor) -> None:
            if self.away:
                raise ConnectionError("the database is away")
            super().set(account, folder, cursor)

    cursors = Away()
    dovecot.deliver("alice", message(1))
    async with polling(dovecot, MailboxTaker(), cursors) as poller:
        await until(lambda: poller.status.failures >= 2)
        assert "database" in (poller.status.last_error or "")
        cursors.away = False
        await until(lambda: cursors.kept)
        await until(lambda: not poller.status.failures)


async def test_a_wrong_password_is_a_failure_that_is_told(dovecot: Dovecot) -> None:
    async with polling(dovecot, MailboxTaker(), secret=lambda: "wrong") as poller:
        await until(lambda: poller.status.failures)
        assert "AUTHENTICATIONFAILED" in (poller.status.last_error or "").upper()
        assert poller.status.last_success is None


@pytest.mark.parametrize(
    "changes",
    [{"account": "a:b"}, {"idle_seconds": 29 * 60}, {"idle_seconds": 0}, {"processed": "INBOX"}],
)
def test_settings_that_would_lose_mail_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"colon|29 minutes|three folders"):
        ImapMailbox(
            **{"account": "a", "host": "localhost", "login": "a", "secret": str, **changes},
        )
