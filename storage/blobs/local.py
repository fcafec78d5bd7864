"""Files in a folder, for their owner only."""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from io import FileIO
from pathlib import Path
from time import time
from uuid import uuid4

import anyio.to_thread

from storage.blobs.base import SignedUrl, check_key
from storage.blobs.signing import UrlSigner
from storage.errors import BlobsRefused, BlobsUnavailable
from storage.room import Room

PARTS = ".parts"
# A half that nobody has written to for so long has lost its writer, whichever process that was.
DEAD_SECONDS = 86_400
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class LocalBlobs:
    """See storage.blobs.base.Blobs: a file is written beside, then renamed into its place."""

    # As the last segment of `root`, where the bucket of other stores stands.
    bucket = "files"

    def __init__(self, folder: Path, signer: UrlSigner) -> None:
        self._folder = folder
        self._room = Room((folder,))
        self._signer = signer

    @property
    def root(self) -> str:
        return self._signer.root

    async def put(self, key: str, content: bytes) -> None:
        await anyio.to_thread.run_sync(self._put, check_key(key), content)

    async def get(self, key: str) -> bytes | None:
        return await anyio.to_thread.run_sync(self._get, check_key(key))

    async def open(self, key: str) -> "OpenFile | None":
        return await anyio.to_thread.run_sync(self._open, check_key(key))

    async def size(self, key: str) -> int | None:
        return await anyio.to_thread.run_sync(self._size, check_key(key))

    async def remove(self, key: str) -> None:
        await anyio.to_thread.run_sync(self._remove, check_key(key))

    async def keys(self, prefix: str) -> list[str]:
        found = await anyio.to_thread.run_sync(lambda: list(self._names(prefix)))
        return sorted(key for key in found if key.startswith(prefix))

    def tidy(self) -> None:
        before = time() - DEAD_SECONDS
        try:
            for part in (self._folder / PARTS).glob("*"):
                with suppress(FileNotFoundError):  # finished by now, or somebody else tidies
                    if part.stat().st_mtime < before:
                        part.unlink()
        except OSError as failure:
            raise BlobsUnavailable(f"halves were not removed: {failure.strerror}") from failure

    def sign_upload(self, key: str, *, media_type: str, size: int, seconds: int) -> SignedUrl:
        claims = {"type": media_type, "size": str(size)}
        headers = {"Content-Type": media_type, "Content-Length": str(size)}
        return replace(self._signer.sign("PUT", key, seconds, claims), headers=headers)

    def sign_read(self, key: str, *, media_type: str, disposition: str, seconds: int) -> SignedUrl:
        claims = {"type": media_type, "disposition": disposition}
        return self._signer.sign("GET", key, seconds, claims)

    def _put(self, key: str, content: bytes) -> None:
        if not self._room.takes(len(content)):
            raise BlobsRefused(f"{key} was not stored: the disk is nearly full")
        place = self._folder / key
        part = self._folder / PARTS / uuid4().hex
        try:
            # The outermost one keeps strangers out of all.
            for folder in (self._folder, part.parent, place.parent):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(part, content)
            part.replace(place)
            _sync_folder(place.parent)
        except OSError as failure:
            _discard(part)
            kind = BlobsRefused if failure.errno in _FULL else BlobsUnavailable
            raise kind(f"{key} was not stored: {failure.strerror}") from failure

    def _get(self, key: str) -> bytes | None:
        try:
            return (self._folder / key).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        except OSError as failure:
            raise BlobsUnavailable(f"{key} was not read: {failure.strerror}") from failure

    def _open(self, key: str) -> "OpenFile | None":
        path = self._folder / key
        try:
            return OpenFile(key, path.open("rb", buffering=0)) if path.is_file() else None
        except FileNotFoundError:  # just now
            return None
        except OSError as failure:
            raise BlobsUnavailable(f"{key} was not read: {failure.strerror}") from failure

    def _size(self, key: str) -> int | None:
        path = self._folder / key
        try:
            return path.stat().st_size if path.is_file() else None
        except OSError as failure:
            raise BlobsUnavailable(f"{key} was not looked at: {failure.strerror}") from failure

    def _remove(self, key: str) -> None:
        try:
            (self._folder / key).unlink(missing_ok=True)
        except NotADirectoryError:
            return
        except OSError as failure:
            raise BlobsUnavailable(f"{key} was not removed: {failure.strerror}") from failure

    def _names(self, prefix: str) -> Iterator[str]:
        # From the innermost folder that the prefix names: one user's files, not everybody's.
        start = self._folder / prefix.rpartition("/")[0]
        for folder, folders, files in os.walk(start, onerror=self._refuse):
            if PARTS in folders:
                folders.remove(PARTS)
            for name in files:
                yield (Path(folder) / name).relative_to(self._folder).as_posix()

    def _refuse(self, failure: OSError) -> None:
        """A folder that is not there holds nothing; one that cannot be read may hold anything."""
        absent = isinstance(failure, FileNotFoundError | NotADirectoryError)
        if not absent or self._folder.is_file():
            raise BlobsUnavailable(f"not listed: {failure.strerror}") from failure


class OpenFile:
    """See storage.blobs.base.OpenBlob: a name that is given to another file leaves this one be."""

    def __init__(self, key: str, file: FileIO) -> None:
        self._key = key
        self._file = file
        status = os.fstat(file.fileno())
        self.size = status.st_size
        self.tag = f"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}"

    async def read(self, first: int, length: int) -> bytes:
        # A thread is waited for, also by who is cancelled: nobody closes the file beneath it.
        return await anyio.to_thread.run_sync(self._read, first, length)

    def _read(self, first: int, length: int) -> bytes:
        try:
            piece = os.pread(self._file.fileno(), length, first)
        except OSError as failure:
            raise BlobsUnavailable(f"{self._key} was not read: {failure.strerror}") from failure
        if len(piece) != length:
            raise BlobsUnavailable(f"{self._key} was cut short")
        return piece

    def close(self) -> None:
        self._file.close()


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """A rename is durable once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _discard(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return  # the folder itself is the trouble; nobody looks into it
