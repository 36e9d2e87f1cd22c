"""A store in a local folder: for one-machine schools, for development and for tests."""

from __future__ import annotations

import hashlib
import os
import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from common.refusals import Refused, Unavailable
from common.storage.contract import CHUNK, Listed, Stored, checked_key, sha256_of

Signer = Callable[[dict[str, str | int]], str]
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class Ranged:
    """A slice of an object for one HTTP answer; `first` and `last` are inclusive byte numbers."""

    first: int
    last: int
    total: int
    chunks: Iterator[bytes]

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    @property
    def content_range(self) -> str:
        return f"bytes {self.first}-{self.last}/{self.total}"


class FolderStorage:
    """Objects below `<root>/objects`, their SHA-256 below `<root>/sums`.

    `signer` turns `{key, until (epoch s), filename?}` into a token; `url` is `<base_url>?token=…`,
    and whoever serves `base_url` checks the token and calls `open_range`.
    """

    def __init__(self, root: Path, *, base_url: str, signer: Signer) -> None:
        self._objects = root.absolute() / "objects"
        self._sums = root.absolute() / "sums"
        self._base_url = base_url
        self._signer = signer

    def put(self, key: str, path: Path, *, content_type: str) -> Stored:
        target = self._objects / checked_key(key)
        wanted = sha256_of(path)
        before = self.head(key)
        if before and before.sha256 != wanted:
            raise Refused("key_taken")
        if before is None:
            self._copy_in(path, target, wanted)
        if _read_from_disk(target) != wanted:
            self._refuse(target, was_there=before is not None)
        if before is None:
            _write_durably(self._sums / key, [wanted.encode()])
        return Stored(key, target.stat().st_size, wanted)

    def head(self, key: str) -> Stored | None:
        target = self._objects / checked_key(key)
        try:
            size = target.stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            digest = (self._sums / key).read_text()
        except FileNotFoundError:
            digest = sha256_of(target)
        return Stored(key, size, digest)

    def read(self, key: str) -> Iterator[bytes]:
        return self.open_range(key).chunks

    def url(self, key: str, *, expires_seconds: int, filename: str | None = None) -> str:
        claims: dict[str, str | int] = {"key": checked_key(key), "until": int(time.time()) + expires_seconds}
        if filename is not None:
            claims["filename"] = filename
        return f"{self._base_url}?{urlencode({'token': self._signer(claims)})}"

    def delete(self, key: str) -> None:
        (self._objects / checked_key(key)).unlink(missing_ok=True)
        (self._sums / key).unlink(missing_ok=True)

    def listed(self, prefix: str, *, after: str = "", most: int = 1000) -> list[Listed]:
        # Sorted as text, as S3 does: `a-b/x` comes before `a/x`.
        found = sorted((key, path) for key, path in self._kept(prefix) if key > after)[:most]
        return [
            Listed(key, told.st_size, _moment(told.st_mtime)) for key, path in found if (told := path.stat())
        ]

    def drop_unfinished(self, *, before: datetime) -> int:
        parts = [path for root in (self._objects, self._sums) for path in root.rglob(".part-*")]
        old = [path for path in parts if _moment(path.stat().st_mtime) < before]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _kept(self, prefix: str) -> Iterator[tuple[str, Path]]:
        # From the deepest folder that the prefix names, so that one school's list does not read all schools.
        begin = self._objects / checked_key(prefix.rpartition("/")[0]) if "/" in prefix else self._objects
        for path in begin.rglob("*"):
            key = path.relative_to(self._objects).as_posix()
            if key.startswith(prefix) and path.is_file() and not path.name.startswith(".part-"):
                yield key, path

    def open_range(self, key: str, range_header: str | None = None) -> Ranged:
        """The bytes a `Range` header asks for, or all; Refused `not_found` or `bad_range` (HTTP 416)."""
        return open_file_range(self._objects / checked_key(key), range_header)

    def _copy_in(self, source: Path, target: Path, wanted: str) -> None:
        with source.open("rb") as file:
            written = _write_durably(target, iter(lambda: file.read(CHUNK), b""))
        if written != wanted:
            target.unlink(missing_ok=True)
            raise Unavailable("changed_while_storing")

    def _refuse(self, target: Path, *, was_there: bool) -> None:
        """The disk shows other bytes than were written. What lay there before may be evidence, and stays."""
        if was_there:
            raise Refused("key_taken")
        target.unlink(missing_ok=True)
        raise Unavailable("store_damaged_it")


def _moment(epoch_seconds: float) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, tz=UTC)


def open_file_range(target: Path, range_header: str | None) -> Ranged:
    """As `FolderStorage.open_range`, of a file that its caller may name."""
    if not target.is_file():
        raise Refused("not_found")
    total = target.stat().st_size
    first, last = _range_within(range_header, total)
    return Ranged(first, last, total, _read(target, first, last - first + 1))


def _write_durably(target: Path, chunks: Iterator[bytes] | list[bytes]) -> str:
    """Write beside, flush, rename, flush the folder: a crash leaves the old or the new, never half."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.parent / f".part-{uuid.uuid4().hex}"
    digest = hashlib.sha256()
    try:
        with part.open("wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
        _flush_folder(target.parent)
    except OSError as error:
        raise Unavailable("store_full" if error.errno == 28 else "store_unreachable") from error
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest()


def _read_from_disk(target: Path) -> str:
    """SHA-256 of what the disk holds: what the memory still has of it says nothing about that."""
    with target.open("rb") as file:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _range_within(header: str | None, total: int) -> tuple[int, int]:
    """First and last byte; a header we do not understand means everything, as HTTP allows."""
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match.groups() == ("", ""):
        return 0, total - 1
    first, last = match.groups()
    if first == "":
        span = max(0, total - int(last)), total - 1
    else:
        span = int(first), min(int(last) if last else total - 1, total - 1)
    if span[0] >= total or span[1] < span[0]:
        raise Refused("bad_range")
    return span


def _read(path: Path, first: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        while length > 0 and (chunk := file.read(min(CHUNK // 4, length))):
            length -= len(chunk)
            yield chunk
