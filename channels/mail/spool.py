"""Where a large message waits: on disk, in a file without a name, which ends with its process whatever ends that.

Owns the file, and how much of such messages is in memory at once. Nothing here is kept: until the commit the peer
holds the message.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

MEBIOCTET: Final = 2**20
# Octets. What is smaller stays in memory, and is parsed without another process.
SPOOL_ABOVE: Final = 128 * 1024


class SpoolError(Exception):
    """The disk refused; the message was thrown away while it arrived."""


class SpooledMail:
    """A message on disk as it was sent: with its transparency dots, behind the CRLF it was looked for with."""

    def __init__(self, folder: Path | None) -> None:
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed by `close`
        self._writing: asyncio.Future[None] | None = None
        self.size = 0

    async def append(self, octets: bytearray) -> None:
        """Write behind what is there. Raises SpoolError."""
        self._writing = asyncio.get_running_loop().run_in_executor(None, self._write, octets)
        try:
            await asyncio.shield(self._writing)
        except OSError as error:
            raise SpoolError(str(error)) from error
        self.size += len(octets)

    def read(self, start: int) -> bytes:
        """Return everything from `start` on. Blocking. Raises OSError."""
        return os.pread(self._file.fileno(), self.size - start, start)

    def close(self) -> None:
        """Let go of it, after a write that nobody waits for any more."""
        if self._writing is not None and not self._writing.done():
            self._writing.add_done_callback(lambda _: self._file.close())
        else:
            self._file.close()

    def _write(self, octets: bytearray) -> None:
        left = memoryview(octets)
        while left:
            left = left[os.write(self._file.fileno(), left) :]


class Spool:
    """Takes large messages while they arrive, and lets them into memory in their turn. One for a process's listeners.

    folder: on the disk that holds the blobs; None: where the system keeps temporary files.
    most_in_memory: octets of the messages whose turn it is; one that is larger has its turn alone.
    """

    def __init__(self, folder: Path | None = None, *, most_in_memory: int = 16 * MEBIOCTET) -> None:
        self._folder = folder
        self._most = most_in_memory
        self._used = 0
        self._first = asyncio.Lock()
        self._left = asyncio.Event()

    def begin(self) -> SpooledMail:
        """Open a place for one message. Raises SpoolError."""
        try:
            return SpooledMail(self._folder)
        except OSError as error:
            raise SpoolError(str(error)) from error

    @asynccontextmanager
    async def turn(self, octets: int) -> AsyncIterator[None]:
        """Wait until so many octets fit into memory; they count until the context ends. First come, first served."""
        needed = min(octets, self._most)
        async with self._first:
            while self._used + needed > self._most:
                self._left.clear()
                await self._left.wait()
            self._used += needed
        try:
            yield
        finally:
            self._used -= needed
            self._left.set()
