"""The fast dialog beside the original: the same replies and the same octets, whatever is sent."""

import asyncio
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.mail.smtp_fast import FastSMTP, MailDataReader, MailDataTooLargeError

ENDED = b"\r\n.\r\n"


@pytest.fixture(scope="module", autouse=True)
def _patience() -> Iterator[None]:
    """Neither hangs up on nonsense: what is in flight then is lost now and again, and with it the comparison."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aiosmtpd.smtp.BOGUS_LIMIT", 10**6)
        yield


class Original(SMTP):
    """Its line limit is the one thing that differs on purpose: real mail has longer lines."""

    line_length_limit = 2**22


@dataclass
class Handler:
    envelopes: list[tuple[Any, ...]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(
            (
                session.host_name,
                envelope.mail_from,
                tuple(envelope.rcpt_tos),
                tuple(envelope.mail_options),
                tuple(envelope.rcpt_options),
                envelope.smtp_utf8,
                envelope.content,
                envelope.original_content,
            )
        )
        return "250 taken"


def original(handler: Handler, loop: asyncio.AbstractEventLoop, **options: Any) -> Callable[[], SMTP]:
    return lambda: Original(handler, loop=loop, **options)


def fast(handler: Handler, loop: asyncio.AbstractEventLoop, **options: Any) -> Callable[[], SMTP]:
    bound = FastSMTP.bind(handler, loop=loop, **options)
    return lambda: bound(loop)


async def talk(make: Callable[..., Any], script: bytes, chunk: int, **options: Any) -> tuple[bytes, list[Any]]:
    """Send a script in chunks to a server of its own; return all it said and all it took."""
    handler = Handler()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(make(handler, loop, hostname="mx.example", **options), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
    try:
        for start in range(0, len(script), chunk):
            writer.write(script[start : start + chunk])
            await writer.drain()
        return await asyncio.wait_for(reader.read(), 20), handler.envelopes
    finally:
        writer.close()
        server.close()


def same(script: bytes, chunk: int = 2**16, **options: Any) -> list[Any]:
    async def both() -> tuple[tuple[bytes, list[Any]], tuple[bytes, list[Any]]]:
        return await talk(original, script, chunk, **options), await talk(fast, script, chunk, **options)

    expected, got = asyncio.run(both())
    assert (_without_wording(got[0]), got[1]) == (_without_wording(expected[0]), expected[1])
    return got[1]


def _without_wording(replies: bytes) -> bytes:
    """The original lets all connections share one table of command lengths: which 500 it words is chance."""
    return re.sub(rb"(?m)^500 [^\r\n]*", b"500", replies)


def script(*messages: bytes, hello: bytes = b"EHLO client.example") -> bytes:
    sent = b"".join(
        b"MAIL FROM:<jan@firma.example>\r\nRCPT TO:<helpdesk@example.org>\r\nDATA\r\n" + message + ENDED
        for message in messages
    )
    return hello + b"\r\n" + sent + b"QUIT\r\n"


pieces = st.sampled_from(
    [
        *(b".", b"..", b"\r\n", b"\n", b"\r", b"\r\n.", b"\r\n..", b"\n.\n", b"\r.\r", b"\r\n.\n", b"\n.\r\n"),
        *(b"a", b"Subject: x", b"\x00", b"\xff\xfe", b" ", b"x" * 1000, b"DATA", b"RSET", b"NOOP"),
    ]
)
octets = st.lists(pieces, max_size=25).map(b"".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(octets, min_size=1, max_size=3), st.integers(1, 200))
@example([b""], 1000)
@example([b"."], 1000)
@example([b"..\r\n.a\r\n...\r\nb"], 1)
@example([b"a\r\n.\r\nNOOP\r\nb"], 3)
@example([b"a\n.\nb\r\n.\nc\n.\r\nd"], 7)
def test_any_octets_arrive_as_with_the_original(messages: list[bytes], chunk: int) -> None:
    same(script(*messages), chunk)


@given(octets, octets, st.integers(1, 9), st.integers(0, 60))
@example(b"", b"", 1, 0)
@example(b"a", b"rest", 1, 1)
@example(b"a\r\n..\r\nb", b"", 2, 1000)
def test_the_end_is_found_wherever_the_stream_is_cut(sent: bytes, more: bytes, chunk: int, limit: int) -> None:
    sent = sent.replace(b"\r\n.\r\n", b"").removeprefix(b".\r\n")
    stream = (b"" if sent == b"" else sent + b"\r\n") + b".\r\n" + more
    end = (b"\r\n" + stream).index(ENDED)
    expected = (b"\r\n" + stream[:end]).replace(b"\r\n.", b"\r\n")[2:] if end <= limit else None

    async def read() -> tuple[bytes | None, bytes]:
        reader = MailDataReader(loop=asyncio.get_running_loop())
        reading = asyncio.create_task(reader.read_mail_data(limit))
        for start in range(0, len(stream), chunk):
            await asyncio.sleep(0)
            reader.feed_data(stream[start : start + chunk])
            assert len(reader._buffer) <= max(limit, len(more)) + 2 * len(ENDED) + chunk
        try:
            found: bytes | None = await reading
        except MailDataTooLargeError:
            found = None
        return found, bytes(reader._buffer)

    assert asyncio.run(read()) == (expected, stream[end + len(ENDED) - 2 :])


@settings(max_examples=25, deadline=None)
@given(st.lists(octets, min_size=1, max_size=3), st.integers(1, 40), st.integers(1, 100))
def test_the_size_limit_falls_at_the_same_octet(messages: list[bytes], limit: int, chunk: int) -> None:
    same(script(*messages), chunk, data_size_limit=limit)


@pytest.mark.parametrize("length", [0, 1, 998, 999, 1000, 1001])
def test_the_size_limit_is_the_last_octet_that_fits(length: int) -> None:
    taken = same(script(b"x" * length, b"still here"), data_size_limit=1002)
    assert len(taken) == (2 if length <= 1000 else 1)


@pytest.mark.skipif("INTAKE_CORPUS" not in os.environ, reason="INTAKE_CORPUS is not set")
def test_real_messages_arrive_as_with_the_original() -> None:
    folder = Path(os.environ.get("INTAKE_CORPUS", "."))
    files = sorted(folder.glob("mime/**/*.eml")) + sorted(folder.glob("bounces/*.eml"))[:100]
    assert files, f"no messages under {folder}"
    messages = [file.read_bytes() for file in files]
    as_sent = [b"\r\n".join(message.splitlines()).replace(b"\r\n.", b"\r\n..") for message in messages]
    assert len(same(script(*messages))) >= len(messages)
    assert len(same(script(*as_sent))) == len(messages)


async def _addresses(arguments: list[str]) -> list[tuple[Any, Any]]:
    loop = asyncio.get_running_loop()
    servers = [original(Handler(), loop)(), fast(Handler(), loop)()]

    def address(server: SMTP, argument: str) -> Any:
        try:
            return server._getaddr(argument)
        except Exception as error:  # what the original stumbles over is part of what is compared
            return type(error)

    return [(address(servers[0], argument), address(servers[1], argument)) for argument in arguments]


paths = st.lists(
    st.sampled_from(
        [
            *("<", ">", "@", ".", "a", "b", "jan.novak", "firma.example", " ", "\t", "\xa0", "(", ")", "(c)", '"'),
            *("\\", "[", "]", "[127.0.0.1]", ":", ";", ",", "é", "=?", "?=", "=?utf-8?q?a?=", "+x", "-", "_", "\x00"),
            *("<a@b>", "<a@b> ", "SIZE=10", "BODY=8BITMIME", "\x7f", "\r", "@x,@y:", "postmaster", "\u2003", "%"),
        ]
    ),
    max_size=10,
).map("".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(paths, min_size=1, max_size=40))
@example(["<>", "<a@b>", "<a@b> SIZE=1", "<a@b>  SIZE=1 X", "<a@b>\tX", "<a@b> (c) X", "<a@b>X", "<a.@b>", "<a@b.>"])
def test_any_path_is_read_as_by_the_original(arguments: list[str]) -> None:
    for expected, got in asyncio.run(_addresses(arguments)):
        assert got == expected


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "EHLO x",
                    "HELO x",
                    "MAIL FROM:",
                    "RCPT TO:",
                    "RSET",
                    "NOOP",
                    "HELP",
                    "VRFY ",
                    "DATA",
                    "AUTH PLAIN",
                    "",
                ]
            ),
            paths,
        ),
        max_size=12,
    )
)
def test_any_dialog_is_answered_as_by_the_original(commands: list[tuple[str, str]]) -> None:
    lines = [(verb + path).replace("\r", "").encode() for verb, path in commands]
    ending = [b".", b"RSET", b"QUIT"]
    same(b"\r\n".join([b"EHLO x", *lines, *ending]) + b"\r\n", enable_SMTPUTF8=True)


def test_help_lists_the_same_commands() -> None:
    same(b"HELP\r\nEHLO x\r\nHELP MAIL\r\nHELP DATA\r\nHELP NONE\r\nQUIT\r\n")
