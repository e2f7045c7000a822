"""Octets by their digest: small ones in the database, large ones as files.

A file is complete and synced before any row refers to it; one that no row refers to is collected later.
"""

import hashlib
import os
import secrets
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, select

from intake.ports import PreparedBlob
from store.engine import reading
from store.tables import blobs

# Below this a row is faster than a file and one fsync does for all; above it the write-ahead log would carry it twice.
IN_DATABASE = 64 * 1024
_DOOMED = ".doomed"


class BlobStore:
    """Blobs in the database and under `folder`. Safe to use from several threads and processes."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = reading(engine)
        self._folder = folder

    def prepare(self, octets: bytes) -> PreparedBlob:
        """Make octets ready to be referred to; large ones are on disk, synced, when this returns.

        Raises OSError when the disk refuses.
        """
        digest = hashlib.sha256(octets).hexdigest()
        if len(octets) <= IN_DATABASE:
            return PreparedBlob(digest=digest, size=len(octets), data=octets)
        path = self._path(digest)
        try:
            os.utime(path)  # it is young again: see `collect`
        except FileNotFoundError:
            self._write(path, octets)
        return PreparedBlob(digest=digest, size=len(octets), data=None)

    def read(self, digest: str) -> bytes:
        """Return the octets. Raises KeyError when no such blob is known, OSError when its file cannot be read."""
        with self._engine.connect() as connection:
            row = connection.execute(select(blobs.c.data).where(blobs.c.digest == digest)).first()
        if row is None:
            raise KeyError(digest)
        return self._path(digest).read_bytes() if row.data is None else bytes(row.data)

    def collect(self, *, older_than: datetime) -> int:
        """Delete the files no row refers to; returns how many. older_than: aware; younger ones may get a row yet."""
        collected = 0
        for path in self._folder.glob(f"??/.*{_DOOMED}"):
            self._take_back(path)
        for path in self._folder.glob("??/*"):
            if path.stat().st_mtime < older_than.timestamp() and not self._is_known(path.name):
                collected += self._discard(path, older_than)
        return collected

    def _discard(self, path: Path, older_than: datetime) -> bool:
        """Take the name away first: whoever prepares the same octets now either made the file young or writes anew."""
        doomed = path.with_name(f".{path.name}{_DOOMED}")
        path.rename(doomed)
        if doomed.stat().st_mtime >= older_than.timestamp() or self._is_known(path.name):
            doomed.rename(path)
            return False
        doomed.unlink()
        return True

    def _take_back(self, doomed: Path) -> None:
        """Give its name back to what a killed process was about to delete, if a row has come to refer to it."""
        path = doomed.with_name(doomed.name.removeprefix(".").removesuffix(_DOOMED))
        if self._is_known(path.name) and not path.exists():
            doomed.rename(path)

    def _is_known(self, digest: str) -> bool:
        with self._engine.connect() as connection:
            return connection.execute(select(blobs.c.digest).where(blobs.c.digest == digest)).first() is not None

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def _write(self, path: Path, octets: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(descriptor)
            temporary.rename(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
        _sync_folder(self._folder)


def _sync_folder(folder: Path) -> None:
    """Make a new name durable: the rename itself must survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
