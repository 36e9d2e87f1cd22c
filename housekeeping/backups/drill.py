"""A backup that nobody has restored is a hope: it is restored into a throw-away PostgreSQL, and compared."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from psycopg import Connection

from common.services.dumps import Database
from common.services.postgres import start_postgres
from common.services.process import stop_all, terminated_as_exit
from housekeeping.backups.manifest import Survey, check_objects, read_sums
from housekeeping.backups.restoring import check_backup, put_back
from housekeeping.backups.survey import survey
from recordings.models import Recording, RecordingState

# It is thrown away whatever happens to the machine meanwhile.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
STOP_SECONDS = 5
VIDEOS = 20
NEWEST_VIDEOS = f"SELECT video_key FROM {Recording._meta.db_table} WHERE state = %s ORDER BY published_at DESC LIMIT {VIDEOS}"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Line:
    what: str
    backup: str
    restored: str

    @property
    def is_same(self) -> bool:
        return self.backup == self.restored


@dataclass(frozen=True, slots=True)
class Trial:
    """`restore_seconds`: until the database could be used again. `age_seconds`: what would be lost today."""

    lines: list[Line]
    restore_seconds: float
    age_seconds: float
    heard_at: datetime | None
    videos: int

    @property
    def different(self) -> list[Line]:
        return [line for line in self.lines if not line.is_same]


def try_backup(backup: Path, *, scratch: Path, now: datetime) -> Trial:
    """In a new folder below `scratch`, deleted afterwards. Raises BackupError for a backup that is not whole."""
    manifest = check_backup(backup)
    with _throwaway(scratch) as database:
        began = time.monotonic()
        put_back(backup, database)
        seconds = time.monotonic() - began
        with database.connect() as connection:
            found, videos = survey(connection), _newest_videos(connection)
    sums = read_sums(backup)
    if sums:
        check_objects(backup, [key for key in videos if key in sums], sums)
    missing = [Line(f"video {key}", "named", "missing") for key in videos if sums and key not in sums]
    return Trial(
        lines=[*compare(manifest.survey, found), *missing],
        restore_seconds=seconds,
        age_seconds=(now - manifest.taken_at).total_seconds(),
        heard_at=found.heard_at,
        videos=len(videos) if sums else 0,
    )


def compare(backup: Survey, restored: Survey) -> list[Line]:
    """A line for each table of either, and for what is newest."""
    rows = [
        Line(table, _said(backup.rows.get(table)), _said(restored.rows.get(table)))
        for table in sorted({*backup.rows, *restored.rows})
    ]
    newest = [
        Line(f"newest of {table}", backup.newest.get(table, "")[:12], restored.newest.get(table, "")[:12])
        for table in sorted({*backup.newest, *restored.newest})
    ]
    return [*rows, *newest]


def _said(count: int | None) -> str:
    return "–" if count is None else str(count)


def _newest_videos(connection: Connection) -> list[str]:
    return [key for (key,) in connection.execute(NEWEST_VIDEOS, [RecordingState.PUBLISHED])]


@contextlib.contextmanager
def _throwaway(scratch: Path) -> Iterator[Database]:
    scratch.mkdir(parents=True, exist_ok=True)
    with terminated_as_exit(), contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="drill-", dir=scratch))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        child, url = start_postgres(folder, CARELESS)
        stack.callback(stop_all, [child], STOP_SECONDS)
        yield Database.of_url(url)
