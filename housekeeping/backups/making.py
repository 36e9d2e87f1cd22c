"""A backup: PostgreSQL's dump, what lies in the folder store, and a manifest, in a folder of its own.

The database first: what its rows name was in the store before them. What is deleted from the store meanwhile is missed
by the reconciler after a restore, as it would be anyway.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from psycopg import Connection, IsolationLevel

from common.refusals import Refused
from common.services import dumps
from common.services.dumps import Database
from common.storage import Storage
from common.storage.contract import Listed
from housekeeping.backups.manifest import (
    DUMP,
    FORMAT,
    OBJECTS,
    SUMS,
    BackupError,
    Manifest,
    all_backups,
    name_of,
    part_of,
    read_sums,
    write_manifest,
    write_sums,
)
from housekeeping.backups.survey import migrations_of, survey
from recordings.storage import folder as folder_store

DRAFT, GONE = ".draft-", ".gone-"
ALL = 1_000_000_000


def make_backup(place: Path, *, database: Database, now: datetime) -> tuple[Path, Manifest]:
    """Complete under its name, or not there at all. `now` is in UTC."""
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(place), _draft(place) as draft:
        manifest = _fill(draft, database, now, before=all_backups(place)[-1:])
        write_manifest(draft, manifest)
        _flush(draft)
        target = place / name_of(now)
        if target.exists():
            raise BackupError(f"{target} is there already.")
        draft.rename(target)
    return target, manifest


def prune_backups(place: Path, *, keep: int) -> list[Path]:
    """The newest `keep` stay. Out of sight first: what is half deleted is no backup."""
    with _alone(place):
        old = all_backups(place)[:-keep]
        for one in old:
            gone = one.rename(place / f"{GONE}{one.name}")
            shutil.rmtree(gone)
    return old


@contextlib.contextmanager
def _alone(place: Path) -> Iterator[None]:
    with (place / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"Another backup is being made in {place}.") from None
        for left in (*place.glob(f"{DRAFT}*"), *place.glob(f"{GONE}*")):
            shutil.rmtree(left)
        yield


@contextlib.contextmanager
def _draft(place: Path) -> Iterator[Path]:
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=place))
    try:
        yield draft
    finally:
        if draft.exists():
            shutil.rmtree(draft)


def _fill(draft: Path, database: Database, now: datetime, *, before: list[Path]) -> Manifest:
    with database.connect() as connection:
        # Its rows are counted in the snapshot that is dumped: the copy can be compared while lessons go on.
        snapshot = _freeze(connection)
        server = dumps.major_of(connection)
        dumps.dump(database, draft / DUMP, server=server, snapshot=snapshot)
        counted, migrations = survey(connection), migrations_of(connection)
    damaged: list[str] = []
    names = [DUMP]
    if settings.STORAGE_BACKEND == "folder":
        damaged = copy_objects(folder_store(), draft, before[0] if before else None)
        names.append(SUMS)
    return Manifest(
        format=FORMAT,
        taken_at=now,
        zone=settings.ZONE,
        store=settings.STORAGE_BACKEND,
        server=server,
        migrations=migrations,
        survey=counted,
        parts={name: part_of(draft / name) for name in names},
        damaged=damaged,
    )


def _freeze(connection: Connection) -> str:
    connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
    # It waits for the dump, which may take longer than the server lets others wait.
    connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    [snapshot] = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
    return str(snapshot)


def copy_objects(store: Storage, draft: Path, before: Path | None) -> list[str]:
    """Every object; one that the backup before has is a second name of the same file. Gives those that are damaged."""
    known = read_sums(before) if before else {}
    sums: dict[str, str] = {}
    damaged: list[str] = []
    (draft / OBJECTS).mkdir()
    for one in store.listed("", most=ALL):
        target = draft / OBJECTS / one.key
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(Refused):  # deleted since it was listed
            wanted = _wanted(store, one.key)
            if before and known.get(one.key) == wanted and _link(before / OBJECTS / one.key, target, one):
                sums[one.key] = wanted
                continue
            sums[one.key] = _copy(store, one.key, target)
            if sums[one.key] != wanted:
                damaged.append(one.key)
    write_sums(draft, sums)
    return damaged


def _wanted(store: Storage, key: str) -> str:
    stored = store.head(key)
    if stored is None:
        raise Refused("not_found")
    return stored.sha256


def _link(kept: Path, target: Path, one: Listed) -> bool:
    with contextlib.suppress(OSError):
        if kept.stat().st_size == one.size:
            os.link(kept, target)
            return True
    return False


def _copy(store: Storage, key: str, target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("wb") as file:
        for chunk in store.read(key):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _flush(draft: Path) -> None:
    """Onto the disk before it bears its name."""
    for path in draft.rglob("*"):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
