"""What a peer may say, how often, and what it hears."""

import asyncio
import base64
import contextlib
import re
import smtplib
import ssl
from pathlib import Path

import pytest
import uvloop

from tests.channels.mail.dialogs import MESSAGE, Peer, peer_of, serving, talking
from tests.channels.mail.takers import Taker
from tests.servers.certificate import Certificate, localhost_certificate


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return localhost_certificate(tmp_path)


@pytest.fixture
def tls(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    return context


@pytest.fixture
def trust(certificate: Certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate.certificate))


async def authenticator(login: str, password: str) -> str | None:
    await asyncio.sleep(0)
    if password == "broken":
        raise RuntimeError("the database is away")
    return login if (login, password) == ("jan", "heslo č. 1") else None


def plain(login: str = "jan", password: str = "heslo č. 1") -> str:
    return base64.b64encode(f"\0{login}\0{password}".encode()).decode()


async def secured(peer: Peer, trust: ssl.SSLContext) -> str:
    """Go through STARTTLS and say hello again."""
    assert (await peer.say("STARTTLS")).startswith("220")
    await peer.writer.start_tls(trust, server_hostname="localhost")
    return await peer.say("EHLO client.example")


async def test_the_extensions_are_announced() -> None:
    async with serving(max_octets=26_214_400, hostname="mx.example.org") as (listener, _), peer_of(listener) as peer:
        assert (await peer.reply()).startswith("220 mx.example.org ESMTP")
        hello = (await peer.say("EHLO client.example")).split("|")
        assert [line[4:] for line in hello] == [
            "mx.example.org",
            *("SIZE 26214400", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES"),
        ]
        assert await peer.say("HELO client.example") == "250 mx.example.org"


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("EHLO", "501 5.5.4"),
        ("MAIL FROM:<a@b.example", "553 5.1.3|250 2.1.0"),
        ("MAIL FROM:", "501 5.5.4"),
        ("MAIL FROM:<a@b.example> FOO=1", "555 5.5.4"),
        ("MAIL FROM:<a@b.example> BODY=BINARYMIME", "501 5.5.4"),
        ("MAIL FROM:<a@b.example> SIZE=x", "501 5.5.4"),
        ("MAIL FROM:<a@b.example> SIZE=99999999999", "552 5.3.4"),
        ("RCPT TO:<helpdesk@example.org>", "503 5.5.1"),
        ("DATA", "503 5.5.1"),
        ("VRFY helpdesk", "252 2.1.5"),
        ("EXPN list", "502 5.5.1"),
        ("HELP", "214 2.0.0"),
        ("NOOP", "250 2.0.0"),
        ("RSET", "250 2.0.0"),
        ("STARTTLS", "454 4.7.0"),
        ("AUTH PLAIN x", "502 5.5.1"),
        ("FOO", "500 5.5.2"),
        ("", "500 5.5.2"),
        ("\xff\xfe", "500 5.5.2"),
        ("\0", "500 5.5.2"),
        ("X" * 600, "500 5.5.2"),
        ("X" * 100_000, "500 5.5.2"),
        ("NOOP " + "(" * 5000, "500 5.5.2"),
        ("MAIL FROM:" + "(" * 900, "553 5.1.3"),
        ("MAIL FROM:<a\0b@c.example>", "553 5.1.3"),
        ("MAIL FROM:<á@b.example>", "553 5.6.7"),
        ("MAIL FROM:<á@b.example> SMTPUTF8", "250 2.1.0"),
        (b"MAIL FROM:<\xe1@b.example> SMTPUTF8".decode("latin-1"), "250 2.1.0"),
        ("QUIT", "221 2.0.0"),
    ],
)
async def test_every_reply_has_an_enhanced_code(command: str, reply: str) -> None:
    """RFC 2034 §4."""
    async with talking() as (peer, _):
        said = await peer.say(command)
    assert any(said.startswith(each + " ") for each in reply.split("|")), said


async def test_octets_that_are_no_utf8_are_no_address() -> None:
    async with talking() as (peer, _):
        assert (await peer.say(b"MAIL FROM:<\xff@b.example> SMTPUTF8")).startswith("553 5.1.3")
        assert (await peer.say("NOOP")).startswith("250")


async def test_a_greeting_without_mail_needs_no_patience_with_nonsense() -> None:
    async with serving() as (listener, _), peer_of(listener) as peer:
        await peer.send(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: x\r\nContent-Length: 5\r\n\r\nEHLO x\r\nA\r\nB\r\nC"
        )
        assert "502 5.5.1 Too many unrecognized commands" in (await peer.reader.read()).decode()


async def test_too_many_refusals_end_the_connection() -> None:
    async with talking(max_errors=3) as (peer, _):
        await peer.say("MAIL FROM:<jan@firma.example>")
        for number in range(3):
            assert (await peer.say(f"RCPT TO:<nobody{number}@example.org>")).startswith("550")
        assert (await peer.say("RCPT TO:<nobody4@example.org>")).startswith("550")
        assert (await peer.reply()).startswith("421 4.7.0")
        assert await peer.ended()


async def test_a_message_that_is_taken_forgives_refusals() -> None:
    async with talking(max_errors=3) as (peer, _):
        for _ in range(4):
            await peer.say("MAIL FROM:<jan@firma.example>")
            await peer.say("RCPT TO:<nobody@example.org>")
            await peer.say("RSET")
            assert (await peer.mail()).startswith("250")


@pytest.mark.parametrize("command", ["NOOP", "VRFY x", "EHLO x", "HELP"])
async def test_empty_talk_has_an_end(command: str) -> None:
    async with talking() as (peer, _):
        for _ in range(101):
            if (await peer.say(command)).startswith("421 4.7.0"):
                break
        else:
            pytest.fail("goes on for ever")
        assert await peer.ended()


async def test_a_connection_carries_so_many_messages_and_no_more() -> None:
    async with talking(max_messages=2) as (peer, taker):
        await peer.mail()
        await peer.mail()
        assert (await peer.say("MAIL FROM:<jan@firma.example>")).startswith("421 4.7.0 Too many messages")
        assert await peer.ended()
    assert len(taker.taken) == 2


async def test_pipelined_commands_are_answered_in_order() -> None:
    async with talking() as (peer, taker):
        one = b"MAIL FROM:<jan@firma.example>\r\nRCPT TO:<helpdesk@example.org>\r\nDATA\r\n" + MESSAGE + b".\r\n"
        await peer.send(one + one + b"QUIT")
        codes = [(await peer.reply())[:9].strip() for _ in range(9)]
    assert codes == [*(["250 2.1.0", "250 2.1.5", "354 End d", "250 2.0.0"] * 2), "221 2.0.0"]
    assert len(taker.taken) == 2


async def test_starttls_protects_and_forgets_what_was_said_before(tls: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    """RFC 3207 §4.2."""
    async with serving(tls=tls) as (listener, taker), peer_of(listener) as peer:
        assert "STARTTLS" in await peer.open("EHLO before.example")
        await peer.say("MAIL FROM:<jan@firma.example>")
        # RFC 3207 §4.2: what was sent together with STARTTLS was sent in clear text, by anyone.
        await peer.send(b"STARTTLS\r\nMAIL FROM:<injected@bad.example>")
        assert (await peer.reply()).startswith("220")
        await peer.writer.start_tls(trust, server_hostname="localhost")
        assert (await peer.say("MAIL FROM:<jan@firma.example>")).startswith("503")
        assert "STARTTLS" not in await peer.say("EHLO after.example")
        assert (await peer.say("STARTTLS")).startswith("503 5.5.1")
        assert (await peer.mail()).startswith("250")
    (mail,) = taker.taken
    assert mail.handover.tls is True
    assert mail.handover.helo == "after.example"


def test_starttls_works_on_the_other_event_loop_too(tls: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    async def deliver() -> None:
        async with serving(tls=tls) as (listener, taker):

            def send() -> None:
                with smtplib.SMTP("localhost", listener.port, timeout=5) as client:
                    client.starttls(context=trust)
                    client.sendmail("jan@firma.example", ["helpdesk@example.org"], MESSAGE * 20_000)
                    client.sendmail("jan@firma.example", ["helpdesk@example.org"], MESSAGE)

            await asyncio.to_thread(send)
            assert [len(mail.octets) for mail in taker.taken] == [len(MESSAGE) * 20_000, len(MESSAGE)]
            assert taker.taken[0].handover.tls

    uvloop.run(deliver())


async def test_tls_can_be_required(tls: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    async with talking(tls=tls, require_starttls=True) as (peer, taker):
        assert (await peer.say("MAIL FROM:<jan@firma.example>")).startswith("530 5.7.0")
        await secured(peer, trust)
        assert (await peer.mail()).startswith("250")
    assert len(taker.taken) == 1


async def test_tls_can_be_there_from_the_first_octet(tls: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    """RFC 8314 §3.3."""
    async with serving(tls=tls, implicit_tls=True, authenticator=authenticator) as (listener, taker):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", listener.port, ssl=trust, server_hostname="localhost"
        )
        peer = Peer(reader, writer)
        hello = await peer.open()
        assert "STARTTLS" not in hello
        assert "AUTH LOGIN PLAIN" in hello
        assert (await peer.say("AUTH PLAIN " + plain())).startswith("235")
        await peer.mail()
        writer.close()
    assert taker.taken[0].handover.tls is True
    assert taker.taken[0].handover.submission_login == "jan"


async def test_a_broken_handshake_ends_only_its_connection(tls: ssl.SSLContext) -> None:
    async with serving(tls=tls) as (listener, _):
        async with peer_of(listener) as peer:
            await peer.open()
            await peer.say("STARTTLS")
            await peer.send(b"this is no handshake at all, and long enough to be looked at")
            assert await peer.ended()
        async with peer_of(listener) as peer:
            assert (await peer.open()).startswith("250")


async def test_passwords_are_taken_over_tls_only(tls: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    """RFC 4954 §4."""
    async with serving(tls=tls, authenticator=authenticator) as (listener, _), peer_of(listener) as peer:
        assert "AUTH" not in await peer.open()
        assert (await peer.say("AUTH PLAIN " + plain())).startswith("538 5.7.11")
        assert "AUTH LOGIN PLAIN" in await secured(peer, trust)


@pytest.mark.parametrize("way", ["plain", "plain in two steps", "login", "lower case"])
async def test_a_contact_logs_in(way: str, tls: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    async with talking(tls=tls, authenticator=authenticator) as (peer, taker):
        await secured(peer, trust)
        if way == "plain":
            reply = await peer.say("AUTH PLAIN " + plain())
        elif way == "lower case":
            reply = await peer.say("auth plain " + plain())
        elif way == "plain in two steps":
            assert (await peer.say("AUTH PLAIN")).startswith("334")
            reply = await peer.say(plain())
        else:
            assert (await peer.say("AUTH LOGIN")).startswith("334")
            assert (await peer.say(base64.b64encode(b"jan"))).startswith("334")
            reply = await peer.say(base64.b64encode("heslo č. 1".encode()))
        assert reply.startswith("235 2.7.0")
        assert (await peer.say("AUTH PLAIN " + plain())).startswith("503")
        # RFC 4954 §5
        assert (await peer.envelope(mail="MAIL FROM:<jan@firma.example> AUTH=<>")).startswith("354")
        assert (await peer.data(MESSAGE)).startswith("250")
    assert taker.taken[0].handover.submission_login == "jan"


@pytest.mark.parametrize(
    ("arguments", "reply"),
    [
        ("PLAIN " + plain("jan", "wrong"), "535 5.7.8"),
        ("PLAIN " + plain("nobody"), "535 5.7.8"),
        ("PLAIN " + plain("jan", "broken"), "451 4.3.0"),
        ("PLAIN " + base64.b64encode(b"\0\xff\0\xff").decode(), "535 5.7.8"),
        ("PLAIN " + base64.b64encode(b"nothing").decode(), "501 5.5.2"),
        ("PLAIN ???", "501 5.5.2"),
        ("PLAIN a b", "501 5.5.4"),
        ("CRAM-MD5", "504 5.5.4"),
        ("", "501 5.5.4"),
    ],
)
async def test_a_log_in_that_fails_says_nothing_more(
    arguments: str, reply: str, tls: ssl.SSLContext, trust: ssl.SSLContext
) -> None:
    async with talking(tls=tls, authenticator=authenticator) as (peer, taker):
        await secured(peer, trust)
        assert (await peer.say(f"AUTH {arguments}")).startswith(reply)
        await peer.mail()
    assert taker.taken[0].handover.submission_login is None


async def test_passwords_are_not_guessed_for_long(tls: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    async with talking(tls=tls, authenticator=authenticator) as (peer, _):
        await secured(peer, trust)
        replies = [await peer.say("AUTH PLAIN " + plain("jan", f"guess {number}")) for number in range(6)]
        assert replies[-1].startswith("421 4.7.0")
        assert await peer.ended()


async def test_log_ins_of_two_connections_do_not_mix(tls: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    async with (
        serving(tls=tls, authenticator=authenticator) as (listener, taker),
        peer_of(listener) as first,
        peer_of(listener) as second,
    ):
        for peer in (first, second):
            await peer.open()
            await secured(peer, trust)
        assert (await first.say("AUTH LOGIN")).startswith("334")
        assert (await second.say("AUTH LOGIN")).startswith("334")
        assert (await second.say(base64.b64encode(b"jan"))).startswith("334")
        assert (await first.say(base64.b64encode(b"nobody"))).startswith("334")
        assert (await first.say(base64.b64encode("heslo č. 1".encode()))).startswith("535")
        assert (await second.say(base64.b64encode("heslo č. 1".encode()))).startswith("235")
        await first.mail()
        await second.mail()
    assert [mail.handover.submission_login for mail in taker.taken] == [None, "jan"]


async def test_silence_ends_the_connection() -> None:
    async with talking(timeout_seconds=0.3) as (peer, _):
        assert await peer.ended()


async def test_talk_keeps_the_connection_and_so_does_a_slow_commit() -> None:
    async with talking(Taker(delay_seconds=1.0), timeout_seconds=0.5) as (peer, _):
        for _ in range(4):
            await asyncio.sleep(0.2)
            assert (await peer.say("NOOP")).startswith("250")
        assert (await peer.mail()).startswith("250")


async def test_a_message_may_come_slowly_as_long_as_it_comes() -> None:
    async with talking(timeout_seconds=0.5) as (peer, taker):
        await peer.envelope()
        for _ in range(5):
            await peer.send(b"one more line")
            await asyncio.sleep(0.2)
        assert (await peer.data(b"")).startswith("250")
        await peer.envelope()
        assert await peer.ended()
    assert len(taker.taken) == 1


async def test_a_message_may_not_drip_for_ever() -> None:
    async with talking(timeout_seconds=0.3, data_seconds=0.8) as (peer, taker):
        await peer.envelope()
        drops = 0
        with contextlib.suppress(ConnectionError):
            while drops < 50 and not peer.reader.at_eof():
                drops += 1
                await peer.send(b"one more line")
                await asyncio.sleep(0.1)
        assert 5 < drops < 20
    assert taker.taken == []


async def test_command_names_and_limits_are_not_shared_between_connections() -> None:
    """aiosmtpd adds to one table of command lengths on each EHLO."""
    async with serving() as (listener, _):
        for _ in range(30):
            async with peer_of(listener) as peer:
                await peer.open()
        async with peer_of(listener) as peer:
            await peer.open()
            assert re.match("500 ", await peer.say("MAIL FROM:<" + "a" * 1100 + "@b.example>"))
