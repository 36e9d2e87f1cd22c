"""What stands beside a backup about it, and which folder is one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from common.storage.contract import sha256_of

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
OBJECTS = "objects"
# In the words of `sha256sum`, so that `sha256sum --check` can read it too.
SUMS = "objects.sha256"
NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ")


class BackupError(RuntimeError):
    """It cannot be done; the text is a sentence for the person at the terminal."""


class Part(msgspec.Struct, frozen=True):
    sha256: str
    size: int


class Survey(msgspec.Struct, frozen=True):
    """What is in a database: rows of each table, a fingerprint of the newest of some, when it last heard of anything."""

    rows: dict[str, int]
    newest: dict[str, str]
    heard_at: datetime | None


class Manifest(msgspec.Struct, frozen=True):
    """`survey` is of the very snapshot that was dumped. `damaged` are objects whose bytes were wrong already."""

    format: int
    taken_at: datetime
    zone: str
    store: str
    server: int
    migrations: list[str]
    survey: Survey
    parts: dict[str, Part]
    damaged: list[str]


def name_of(taken_at: datetime) -> str:
    return f"{taken_at:%Y-%m-%dT%H-%M-%SZ}"


def moment_of(folder: Path) -> datetime:
    return datetime.strptime(folder.name, "%Y-%m-%dT%H-%M-%SZ").replace(tzinfo=UTC)


def part_of(path: Path) -> Part:
    return Part(sha256_of(path), path.stat().st_size)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))


def read_manifest(folder: Path) -> Manifest:
    try:
        written = (folder / MANIFEST).read_bytes()
        _refuse_newer(msgspec.json.decode(written, type=dict)["format"])
        return msgspec.json.decode(written, type=Manifest)
    except FileNotFoundError:
        raise BackupError(f"{folder} is no backup: it has no {MANIFEST}.") from None
    except (msgspec.MsgspecError, KeyError, UnicodeDecodeError) as error:
        raise BackupError(f"{folder / MANIFEST} cannot be read: {error}.") from error


def _refuse_newer(written: object) -> None:
    if not isinstance(written, int) or written > FORMAT:
        raise BackupError(
            f"This backup has format {written}, and this Darasa knows {FORMAT}: take a newer one."
        )


def all_backups(place: Path) -> list[Path]:
    """Complete ones, the oldest first."""
    folders = place.iterdir() if place.is_dir() else ()
    return sorted(one for one in folders if NAME.fullmatch(one.name) and (one / MANIFEST).is_file())


def newest_backup(place: Path) -> Path:
    if found := all_backups(place):
        return found[-1]
    raise BackupError(f"There is no backup in {place}.")


def write_sums(folder: Path, sums: dict[str, str]) -> None:
    (folder / SUMS).write_text("".join(f"{sums[key]}  {OBJECTS}/{key}\n" for key in sorted(sums)))


def read_sums(folder: Path) -> dict[str, str]:
    """By key; empty where the objects lie in a store of their own."""
    if not (folder / SUMS).exists():
        return {}
    lines = (line.split(f"  {OBJECTS}/", 1) for line in (folder / SUMS).read_text().splitlines())
    return {key: sha256 for sha256, key in lines}


def check_parts(folder: Path, manifest: Manifest) -> None:
    wrong = [name for name, part in manifest.parts.items() if not _is_whole(folder / name, part)]
    if wrong:
        raise BackupError(f"Not as it was written: {', '.join(wrong)} in {folder}. Take another backup.")


def _is_whole(path: Path, part: Part) -> bool:
    return path.is_file() and part_of(path) == part


def check_objects(folder: Path, keys: Iterable[str], sums: dict[str, str]) -> None:
    for key in keys:
        path = folder / OBJECTS / key
        if not path.is_file() or sha256_of(path) != sums[key]:
            raise BackupError(f"Not as it was written: {OBJECTS}/{key} in {folder}. Take another backup.")
