"""Delivery by an MTA: one reply for each recipient. RFC 2033."""

import asyncio
import smtplib
from pathlib import Path

import pytest

from authz.decision import Reason, Verdict
from channels.mail.lmtp import LmtpListener
from tests.channels.mail.dialogs import MESSAGE, options, serving, talking
from tests.channels.mail.takers import Taker, receipt
from tests.servers.postfix import postfix


async def test_each_recipient_has_its_reply_in_order() -> None:
    async with talking(kind=LmtpListener) as (peer, taker):
        await peer.say("MAIL FROM:<jan@firma.example>")
        for recipient in ("helpdesk+a@example.org", "nobody@example.org", "helpdesk+b@example.org"):
            await peer.say(f"RCPT TO:<{recipient}>")
        await peer.say("DATA")
        assert await peer.data(MESSAGE) == "250 2.0.0 Ticket 123"
        assert await peer.reply() == "250 2.0.0 Ticket 123"
        assert (await peer.say("NOOP")).startswith("250 2.0.0 OK")
    (mail,) = taker.taken
    assert mail.recipients == ("helpdesk+a@example.org", "helpdesk+b@example.org")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (receipt(Verdict.REJECT, Reason.AUTHOR_UNKNOWN), "550 5.7.1"),
        (receipt(Verdict.RETRY, Reason.CHECK_TEMPORARY), "451 4.7.0"),
        (RuntimeError("disk full"), "451 4.3.0"),
    ],
)
async def test_a_refusal_is_told_for_each_recipient(answer: object, code: str) -> None:
    async with talking(Taker(answer), kind=LmtpListener) as (peer, _):  # type: ignore[arg-type]
        await peer.envelope("helpdesk+a@example.org", "helpdesk+b@example.org")
        assert (await peer.data(MESSAGE)).startswith(code)
        assert (await peer.reply()).startswith(code)
        assert (await peer.say("NOOP")).startswith("250 2.0.0 OK")


async def test_a_message_that_is_too_large_is_refused_for_each_recipient() -> None:
    async with talking(kind=LmtpListener, max_octets=100) as (peer, _):
        await peer.envelope("helpdesk+a@example.org", "helpdesk+b@example.org")
        assert (await peer.data(b"x" * 1000 + b"\r\n")).startswith("552 5.3.4")
        assert (await peer.reply()).startswith("552 5.3.4")


async def test_data_without_any_recipient_has_one_reply() -> None:
    """RFC 2033 §4.2."""
    async with talking(kind=LmtpListener) as (peer, _):
        await peer.say("MAIL FROM:<jan@firma.example>")
        await peer.say("RCPT TO:<nobody@example.org>")
        assert (await peer.say("DATA")).startswith("503")
        assert (await peer.say("NOOP")).startswith("250")


async def test_lmtp_is_greeted_by_lhlo_only() -> None:
    """RFC 2033 §4.1."""
    async with talking(kind=LmtpListener) as (peer, _):
        for command in ("HELO x", "EHLO x"):
            assert (await peer.say(command)).startswith("500 5.5.1")
        hello = await peer.say("LHLO x")
        # RFC 2033 §5
        assert "PIPELINING" in hello
        assert "ENHANCEDSTATUSCODES" in hello
        assert "8BITMIME" in hello


async def test_the_mtas_address_is_no_evidence() -> None:
    async with talking(kind=LmtpListener) as (peer, taker):
        await peer.mail()
    assert taker.taken[0].handover.client_ip is None
    assert taker.taken[0].handover.reverse_path == "jan@firma.example"


async def test_it_listens_on_a_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "lmtp.sock"
    taker = Taker()
    listener = LmtpListener(taker, options(path=str(path)))
    await listener.start()
    assert listener.port == 0

    def deliver() -> None:
        with smtplib.LMTP(str(path)) as client:
            refused = client.sendmail("jan@firma.example", ["helpdesk@example.org", "nobody@example.org"], MESSAGE)
            assert list(refused) == ["nobody@example.org"]

    await asyncio.to_thread(deliver)
    await listener.stop()
    assert taker.taken[0].octets == MESSAGE
    assert not path.exists()
    # What a crash leaves behind does not keep the next start from listening.
    path.touch()
    await listener.start()
    await asyncio.to_thread(deliver)
    await listener.stop()


@pytest.mark.e2e
async def test_postfix_delivers_and_understands_every_reply() -> None:
    answers = {
        b"one": receipt(),
        b"two": receipt(Verdict.REJECT, Reason.AUTHOR_UNKNOWN, ticket_number=None),
    }
    taker = Taker(lambda mail: answers[mail.octets.split(b"Subject: ")[1][:3]])
    async with serving(taker, kind=LmtpListener) as (listener, _):

        def relay() -> list[tuple[str, str]]:
            with postfix(("127.0.0.1", listener.port), lmtp=True) as mta:
                for subject in (b"one", b"two"):
                    with smtplib.SMTP("127.0.0.1", mta.port) as client:
                        client.sendmail(
                            "jan@firma.example",
                            ["helpdesk+a@example.org", "helpdesk+b@example.org"],
                            MESSAGE.replace(b"Subject: hi", b"Subject: " + subject),
                        )
                # The reports of the refusals go to the sender, back to us, who refuse them as well.
                mta.wait_until_empty()
                return mta.statuses()

        statuses = await asyncio.to_thread(relay)
    assert [status for status in statuses if "Ticket 123" in status[1]] == [
        ("sent", "250 2.0.0 Ticket 123"),
        ("sent", "250 2.0.0 Ticket 123"),
    ]
    refused = [text for status, text in statuses if status == "bounced" and "550 5.7.1 author-unknown" in text]
    assert len(refused) == 2
