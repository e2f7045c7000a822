"""The folder is compared with what ought to be in it: mail that stays there is told of."""

import pytest

from authz.decision import Reason, Verdict
from channels.mail.imap_options import AfterTaking
from tests.channels.mail.takers import MailboxTaker, receipt
from tests.channels.mail.test_imap import message, polling, until
from tests.servers.dovecot import Dovecot

pytestmark = pytest.mark.e2e

AT_ONCE = {"reconcile_seconds": 0, "settle_seconds": 0}
LATER = receipt(Verdict.RETRY, Reason.CHECK_TEMPORARY, ticket_number=None)


async def test_mail_that_stays_in_the_folder_is_unsettled(dovecot: Dovecot) -> None:
    dovecot.deliver("alice", message(1))
    dovecot.deliver("alice", message(2))
    taker = MailboxTaker(answer=lambda mail: LATER if b"mail 1\r\n" in mail.octets else receipt())
    async with polling(dovecot, taker, **AT_ONCE) as poller:
        await until(lambda: poller.status.unsettled == 1)
        taker.answer = receipt()
        await until(lambda: poller.status.last_success and poller.status.unsettled == 0)


async def test_mail_that_waits_for_less_than_it_takes_is_not(dovecot: Dovecot) -> None:
    dovecot.deliver("alice", message(1))
    async with polling(dovecot, MailboxTaker(answer=LATER), reconcile_seconds=0, settle_seconds=60) as poller:
        await until(lambda: poller.status.waiting)
        assert poller.status.unsettled == 0


async def test_where_mail_is_kept_what_is_settled_may_lie_there(dovecot: Dovecot) -> None:
    dovecot.deliver("alice", message(1))
    async with polling(dovecot, MailboxTaker(), after=AfterTaking.KEEP, **AT_ONCE) as poller:
        await until(lambda: poller.status.taken)
        await until(lambda: poller.status.last_success)
        assert poller.status.unsettled == 0
    assert len(dovecot.folder("alice")) == 1
