"""ClamAV's daemon as a scanner: one connection for each stream, by Unix socket or TCP.

Owns the INSTREAM command and its answers, as described in clamd(8). What a finding means is `intake.files.scanning`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from intake.files.scanning import Scan, ScanState, WhenDown

_CHUNK = 256 * 1024
_LONGEST_ANSWER = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Clamd:
    """See `intake.files.scanning.Scanner`. socket: a path, else host and port. timeout: seconds for one look."""

    socket: Path | None = None
    host: str = "127.0.0.1"
    port: int = 3310
    timeout: float = 30.0
    when_down: WhenDown = WhenDown.RETRY

    async def scan(self, parts: Sequence[bytes]) -> Scan:
        unavailable: Scan | None = None
        for part in parts:
            found = await self._scan_one(part)
            if found.state is ScanState.INFECTED:
                return found
            if found.state is ScanState.UNAVAILABLE:
                unavailable = found
        return unavailable or Scan(state=ScanState.CLEAN)

    async def ping(self) -> str | None:
        """None when the daemon answers, else what is wrong."""
        try:
            answer = await self._ask(b"zPING\0", b"")
        except (OSError, TimeoutError) as error:
            return str(error) or type(error).__name__
        return None if answer == "PONG" else f"an unexpected answer: {answer}"

    async def _scan_one(self, octets: bytes) -> Scan:
        try:
            answer = await self._ask(b"zINSTREAM\0", octets)
        except TimeoutError:
            return Scan(state=ScanState.UNAVAILABLE, detail=f"no answer within {self.timeout:g} s")
        except OSError as error:
            return Scan(state=ScanState.UNAVAILABLE, detail=error.strerror or str(error) or type(error).__name__)
        return _read_answer(answer)

    async def _ask(self, command: bytes, stream: bytes) -> str:
        async with asyncio.timeout(self.timeout):
            reader, writer = await self._connect()
            try:
                writer.write(command)
                if command == b"zINSTREAM\0":
                    await _send(writer, stream)
                answer = await reader.read(_LONGEST_ANSWER)
            finally:
                writer.close()
        return answer.rstrip(b"\0\n").decode("utf-8", "replace")

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.socket is not None:
            return await asyncio.open_unix_connection(str(self.socket))
        return await asyncio.open_connection(self.host, self.port)


async def _send(writer: asyncio.StreamWriter, stream: bytes) -> None:
    """Chunks with their lengths, ended by an empty one. What exceeds the daemon's limit is answered at once."""
    view = memoryview(stream)
    try:
        for start in range(0, len(view), _CHUNK):
            chunk = view[start : start + _CHUNK]
            writer.write(len(chunk).to_bytes(4, "big"))
            writer.write(chunk)
            await writer.drain()
        writer.write(b"\0\0\0\0")
        await writer.drain()
    except ConnectionError:
        return  # its answer says why it hung up


def _read_answer(answer: str) -> Scan:
    if answer == "stream: OK":
        return Scan(state=ScanState.CLEAN)
    name = answer.removeprefix("stream: ")
    if name.endswith(" FOUND"):
        return Scan(state=ScanState.INFECTED, detail=name.removesuffix(" FOUND")[:200])
    return Scan(state=ScanState.UNAVAILABLE, detail=f"clamd answered {answer[:200]!r}")
