"""Files of a release as they lie on disk: none is sent whose bytes are not those that the manifest lists."""

from __future__ import annotations

import gzip
import hashlib
import os
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from kg.errors import BadRelease, NotFound
from kg.store import Release

BLOCK = 1 << 18  # bytes read at once
_MOST = 10_000  # files whose digests are remembered; a release has some fifteen
_Key = tuple[str, int, int, int, bool]


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds: the SHA-256, hex, and the number of bytes."""

    sha256: str
    bytes: int


class Verifier:
    """Digests of files, each read once while its size and times stay what they were. Safe from any thread."""

    def __init__(self) -> None:
        self._known: OrderedDict[_Key, Content] = OrderedDict()
        self._turns: dict[_Key, threading.Lock] = {}
        self._lock = threading.Lock()

    def opened(self, release: Release, name: str) -> BinaryIO:
        """A listed file, open for reading, whose bytes are those of the manifest.

        Raises `NotFound` for a name that the manifest does not list, `BadRelease` for a file that is gone or damaged.
        """
        listed = release.manifest["files"].get(name)
        if listed is None or "/" in name:
            raise NotFound("there is no such file in the release", hint="See /dumps/ for those that are.")
        file = reading(release.path / name)
        try:
            if (listed["bytes"], listed["sha256"]) == (os.fstat(file.fileno()).st_size, self.content(file).sha256):
                return file
        except OSError as err:
            file.close()
            raise BadRelease("a file of the release cannot be read", where=str(release.path / name)) from err
        file.close()
        raise BadRelease("a file of the release is damaged and is not sent", where=str(release.path / name))

    def content(self, file: BinaryIO, *, unpacked: bool = False) -> Content:
        """The digest and size of an open file, or of what a gzip file holds."""
        key = _key(Path(file.name), os.fstat(file.fileno()), unpacked)
        with self._lock:
            if key in self._known:
                return self._known[key]
            turn = self._turns.setdefault(key, threading.Lock())
        with turn:  # who asks for the same file meanwhile waits for the one reading of it
            with self._lock:
                if key in self._known:
                    return self._known[key]
            file.seek(0)
            found = _read(unzipped(file) if unpacked else file)
            file.seek(0)
            with self._lock:
                self._known[key] = found
                self._turns.pop(key, None)
                while len(self._known) > _MOST:
                    self._known.popitem(last=False)
        return found

    def is_whole(self, release: Release) -> bool:
        """Whether every listed file is there in its size, and none is known to hold something else. Reads no file."""
        try:
            for name, listed in release.manifest["files"].items():
                path = release.path / name
                status = path.stat()
                known = self._known.get(_key(path, status, unpacked=False))
                if status.st_size != listed["bytes"] or (known and known.sha256 != listed["sha256"]):
                    return False
        except (OSError, KeyError, TypeError, AttributeError):
            return False
        return True


def unzipped(file: BinaryIO) -> IO[bytes]:
    """What a gzip file holds, read as it goes."""
    return cast(IO[bytes], gzip.GzipFile(fileobj=file, mode="rb"))


def reading(path: Path) -> BinaryIO:
    """The file, open for reading. Raises `BadRelease`."""
    try:
        return path.open("rb")
    except OSError as err:
        raise BadRelease("a file of the release is gone", where=str(path)) from err


def _key(path: Path, status: os.stat_result, unpacked: bool) -> _Key:
    return str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns, unpacked


def _read(source: IO[bytes]) -> Content:
    digest, size = hashlib.sha256(), 0
    while block := source.read(BLOCK):
        digest.update(block)
        size += len(block)
    return Content(digest.hexdigest(), size)
