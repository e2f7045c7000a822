"""aiosmtpd's SMTP dialog with less work for each connection, command and message; same octets, same replies.

Owns three shortcuts over `aiosmtpd.smtp.SMTP` 1.4.6: the message is read in one piece, ordinary paths are matched by
a regular expression, and what is the same for every connection is looked up once for a listener. A differential test
holds it against the original. With a `spool` a large message is not read into memory: the handler finds a SpooledMail
as the envelope's content, reads it with `read_spooled` and closes it.
Must not add policy: that is `channels.mail.smtp_dialog`.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, ClassVar, Self

from aiosmtpd.smtp import MISSING, SMTP, syntax

from channels.mail.spool import SPOOL_ABOVE, Spool, SpooledMail, SpoolError

Command = Callable[[str | None], Awaitable[None]]

_CRLF = b"\r\n"
_END = b"\r\n.\r\n"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+"  # RFC 5322 §3.2.3 without "?": no encoded word can begin with "=?"
_DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*"
_PLAIN_PATH = re.compile(rf"<({_DOT_ATOM}@{_DOT_ATOM})>(?: +([^\s(].*))?\Z")


class MailDataTooLargeError(Exception):
    """The message was longer than the limit; it has been read to its end and thrown away."""


class MailDataReader(asyncio.StreamReader):
    """A stream that can also be read up to the end of mail data."""

    # Of asyncio's StreamReader, which names them for nobody.
    _buffer: bytearray
    _eof: bool
    _limit: int
    _wait_for_data: Callable[[str], Awaitable[None]]

    async def read_mail_data(self, limit: int, spool: Spool | None = None) -> bytes | SpooledMail:
        """Return the message without transparency dots and without the final dot. RFC 5321 §4.5.2.

        limit: octets as sent. What exceeds it is thrown away while it arrives, then MailDataTooLargeError is raised;
        SpoolError, in the same way, when the disk refuses. spool: where a large message goes while it arrives; the
        caller closes it. Without one everything stays in memory.
        """
        # RFC 5321 §4.1.1.4: the CRLF before the final dot may be the one that ended the DATA command.
        self._buffer[:0] = _CRLF
        # The stream stops the peer when it holds twice its limit: without a spool not before a whole message fits.
        command_limit, self._limit = self._limit, max(self._limit, limit if spool is None else SPOOL_ABOVE)
        arriving = _Arriving(limit, spool)
        try:
            end = await self._find_end(arriving)
            ended = self._cut(end + len(_CRLF))
            del self._buffer[: len(_END) - len(_CRLF)]
            return await arriving.finish(ended)
        except BaseException:
            arriving.close()
            raise
        finally:
            self._limit = command_limit

    async def _find_end(self, arriving: "_Arriving") -> int:
        """Return where the end mark stands in the buffer; what does not stay in memory was moved away before."""
        scanned = 0
        while (end := self._buffer.find(_END, scanned)) < 0:
            if self._eof:
                raise asyncio.IncompleteReadError(b"", None)
            scanned = max(0, len(self._buffer) - len(_END) + 1)
            if arriving.must_move(scanned):
                await arriving.move(self._cut(scanned))
                scanned = 0  # more may have come meanwhile
            else:
                await self._wait_for_data("read_mail_data")
        return end

    def _cut(self, length: int) -> bytearray:
        beginning = self._buffer[:length]
        del self._buffer[:length]
        return beginning


class _Arriving:
    """A message on its way: what of it was moved out of the stream's buffer, and why it cannot be taken, if so."""

    def __init__(self, limit: int, spool: Spool | None) -> None:
        self._limit = limit
        self._spool = spool
        self._moved = 0
        self._problem: Exception | None = None
        self._spooled: SpooledMail | None = None

    def must_move(self, length: int) -> bool:
        too_large = self._moved + length > self._limit
        return length > 0 and (too_large or (self._spool is not None and length > SPOOL_ABOVE))

    async def move(self, octets: bytearray) -> None:
        """Put octets on the disk, or throw them away when the message cannot be taken."""
        self._moved += len(octets)
        if self._moved > self._limit:
            self._problem = self._problem or MailDataTooLargeError()
        if self._problem is None and self._spool is not None:
            try:
                self._spooled = self._spooled or self._spool.begin()
                await self._spooled.append(octets)
            except SpoolError as error:
                self._problem = error
        if self._problem is not None:
            self.close()

    async def finish(self, octets: bytearray) -> bytes | SpooledMail:
        """Return the message, whose last octets these are. Raises what was wrong with it."""
        if self._problem is not None:
            raise self._problem
        if self._moved + len(octets) - len(_CRLF) > self._limit:
            raise MailDataTooLargeError
        if self._spooled is not None:
            await self._spooled.append(octets)
            return self._spooled
        with memoryview(octets) as view:
            return without_dots(bytes(view[len(_CRLF) :]))

    def close(self) -> None:
        if self._spooled is not None:
            self._spooled.close()
            self._spooled = None


def without_dots(stuffed: bytes) -> bytes:
    """Return a message without its transparency dots. RFC 5321 §4.5.2."""
    if stuffed.startswith(b"."):
        stuffed = stuffed[1:]
    return stuffed.replace(b"\r\n.", b"\r\n")


def read_spooled(spooled: SpooledMail) -> bytes:
    """Return a spooled message as `MailDataReader.read_mail_data` gives a small one. Blocking. Raises OSError."""
    return without_dots(spooled.read(len(_CRLF)))


class _Commands:
    """The commands of one connection. Made when asked: a dictionary of bound methods for each would be 2 kB."""

    __slots__ = ("_dialog",)

    def __init__(self, dialog: "FastSMTP") -> None:
        self._dialog = dialog

    def get(self, command: str) -> Command | None:
        name = self._dialog.command_names.get(command)
        return None if name is None else getattr(self._dialog, name)

    def items(self) -> Iterator[tuple[str, Command]]:
        return ((command, getattr(self._dialog, name)) for command, name in self._dialog.command_names.items())


def _called_with(method: str) -> Callable[[Any, list[str]], Awaitable[Any]]:
    """Return a mechanism that runs in the dialog it is called with."""
    return lambda dialog, arguments: getattr(dialog, method)(dialog, arguments)


class FastSMTP(SMTP):
    """The dialog. Never made from this class but from one that `bind` returned."""

    command_names: ClassVar[dict[str, str]] = {}
    reader_limit: ClassVar[int] = SMTP.line_length_limit
    spool: ClassVar[Spool | None] = None

    # Optional in the original; set from connection_made on.
    envelope: Any
    session: Any
    _reader: MailDataReader

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Set only what differs between connections; SMTP.__init__ would look up all the rest again."""
        asyncio.StreamReaderProtocol.__init__(
            self,
            MailDataReader(limit=self.reader_limit, loop=loop),
            client_connected_cb=self._cb_client_connected,
            loop=loop,
        )
        self.loop = loop

    @classmethod
    def bind(cls, handler: Any, *, loop: asyncio.AbstractEventLoop, **options: Any) -> type[Self]:
        """Return the class for one listener, with everything its connections share as attributes of the class.

        handler, options: as for `aiosmtpd.smtp.SMTP`.
        """
        original = SMTP(handler, loop=loop, **options)
        own = vars(asyncio.StreamReaderProtocol(asyncio.StreamReader(loop=loop), loop=loop))
        shared = {name: value for name, value in vars(original).items() if name not in own and name != "loop"}
        # Bound to `original`: commands are found by the property below, mechanisms by what they are called with.
        del shared["_smtp_methods"]
        shared["_auth_methods"] = {
            name: mechanism._replace(method=_called_with(mechanism.method.__name__))
            if mechanism.is_builtin
            else mechanism
            for name, mechanism in shared["_auth_methods"].items()
        }
        shared["command_names"] = {name.removeprefix("smtp_"): name for name in dir(cls) if name.startswith("smtp_")}
        return type(cls.__name__, (cls,), shared)

    @property
    def _smtp_methods(self) -> _Commands:  # type: ignore[override]
        return _Commands(self)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Read a path. RFC 5321 §4.1.2: `<local@domain>` in one match, everything else as the original does."""
        if plain := _PLAIN_PATH.match(arg):
            return plain[1], plain[2] or ""
        return super()._getaddr(arg)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd finds commands by name
        """Receive the message in one piece. RFC 5321 §4.1.1.4."""
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        await self.answer_data(await self._receive_data())

    async def _receive_data(self) -> str:
        try:
            content = await self._reader.read_mail_data(self.data_size_limit or 2**62, self.spool)
        except MailDataTooLargeError:
            return "552 Error: Too much mail data"
        except SpoolError:
            return "452 Requested action not taken: insufficient system storage"
        self.envelope.content = self.envelope.original_content = content
        status = await self._call_handler_hook("DATA")
        return "250 OK" if status is MISSING else status

    async def answer_data(self, status: str) -> None:
        """Say what became of the message; the envelope is still there. LMTP says it for each recipient."""
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(status)
