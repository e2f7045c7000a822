"""The way of a mail through the SMTP listener: 250 only with a receipt, and what each verdict answers."""

import asyncio
import smtplib
from datetime import UTC, datetime, timedelta

import pytest

from authz.decision import Reason, Verdict
from tests.channels.mail.dialogs import MESSAGE, serving, talking
from tests.channels.mail.takers import Taker, receipt


async def test_a_mail_reaches_the_core_as_it_was_sent() -> None:
    async with talking() as (peer, taker):
        reply = await peer.mail(MESSAGE)
    assert reply == "250 2.0.0 Ticket 123"
    (mail,) = taker.taken
    assert mail.octets == MESSAGE
    assert mail.account == "helpdesk@example.org"
    assert mail.recipients == ("helpdesk@example.org",)
    assert mail.handover.client_ip == "127.0.0.1"
    assert mail.handover.helo == "client.example"
    assert mail.handover.reverse_path == "jan@firma.example"
    assert mail.handover.submission_login is None
    assert mail.handover.tls is False
    assert datetime.now(UTC) - mail.received_at < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (receipt(), "250 2.0.0 Ticket 123"),
        (receipt(duplicate=True), "250 2.0.0 Ticket 123, received before"),
        (receipt(ticket_number=None), "250 2.0.0 Ledger 7"),
        (
            receipt(Verdict.HOLD, Reason.AUTHOR_UNVERIFIED, ticket_number=None),
            "250 2.0.0 Held for review, ledger 7",
        ),
        (
            receipt(Verdict.REJECT, Reason.AUTHOR_UNKNOWN, ticket_number=None),
            "550 5.7.1 author-unknown: This address is not authorized to send requests to this service desk.",
        ),
        (
            receipt(Verdict.RETRY, Reason.CHECK_TEMPORARY, ticket_number=None),
            "451 4.7.0 check-temporary: A check could not be completed right now; please try again later.",
        ),
        (RuntimeError("disk full"), "451 4.3.0 The message could not be taken in, try again later"),
    ],
)
async def test_each_verdict_has_its_reply(answer: object, reply: str) -> None:
    async with talking(Taker(answer)) as (peer, _):  # type: ignore[arg-type]
        assert await peer.mail() == reply
        # The connection goes on whatever became of the message.
        assert (await peer.say("NOOP")).startswith("250")
        assert await peer.mail() == reply


async def test_the_null_reverse_path_is_handed_over_as_empty() -> None:
    async with talking() as (peer, taker):
        await peer.envelope(mail="MAIL FROM:<>")
        await peer.data(MESSAGE)
    assert taker.taken[0].handover.reverse_path == ""


async def test_the_same_mail_from_another_connection_has_the_same_source_key() -> None:
    taker = Taker()
    async with serving(taker) as (listener, _):
        for helo in ("a.example", "b.example"):
            with smtplib.SMTP() as client:
                await asyncio.to_thread(client.connect, "127.0.0.1", listener.port)
                await asyncio.to_thread(client.ehlo, helo)
                await asyncio.to_thread(client.sendmail, "jan@firma.example", ["helpdesk@example.org"], MESSAGE)
                await asyncio.to_thread(client.quit)
    first, second = taker.taken
    assert first.source_key == second.source_key
    assert first.source_key.startswith("smtp:")
