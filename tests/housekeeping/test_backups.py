"""A backup is the school as it was at one instant, and comes back whole, into nothing, in its own zone, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Institution
from classroom.models import Lesson
from common.checkup import Mark
from common.services import ServiceError
from common.services.dumps import Database, tools_for
from housekeeping.backups import BackupError, make_backup, newest_backup, prune_backups, restore_backup
from housekeeping.backups.drill import compare
from housekeeping.backups.making import copy_objects
from housekeeping.backups.manifest import (
    DUMP,
    FORMAT,
    OBJECTS,
    SUMS,
    Manifest,
    Survey,
    all_backups,
    moment_of,
    part_of,
    read_manifest,
    read_sums,
    write_manifest,
    write_sums,
)
from housekeeping.checkup import BackupKept, judge
from recordings.models import Recording, RecordingState
from recordings.storage import folder as folder_store
from tests.conftest import Cast
from tests.housekeeping.scenes import hold_lesson

NOW = datetime(2026, 11, 22, 2, 0, 0, tzinfo=UTC)
EMPTY = Survey(rows={}, newest={}, heard_at=None)


def here() -> Database:
    return Database.of_settings(connection.settings_dict)


def store(key: str, content: bytes, folder: Path) -> None:
    source = folder / uuid4().hex
    source.write_bytes(content)
    folder_store().put(key, source, content_type="video/mp4")


@pytest.fixture
def published(cast: Cast, tmp_path: Path) -> Lesson:
    """A lesson that was held, drawn in and recorded; its video lies in the store."""
    lesson = hold_lesson(cast, ended_at=timezone.now() - timedelta(hours=1))
    key = f"{cast.school.slug}/{lesson.pk}/video.mp4"
    store(key, b"a film", tmp_path)
    now, state = timezone.now(), RecordingState.PUBLISHED
    kept = {"state": state, "state_at": now, "published_at": now, "video_key": key}
    Recording.objects.update_or_create(lesson=lesson, defaults=kept)
    return lesson


@pytest.fixture
def nothing() -> Iterator[Database]:
    """An empty database on the same server."""
    name, server = (
        f"restored_{uuid4().hex[:8]}",
        Database.of_settings(connection.settings_dict | {"NAME": "postgres"}),
    )
    with server.connect() as admin:
        admin.autocommit = True
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
        yield Database.of_settings(connection.settings_dict | {"NAME": name})
        # Not FORCE: that would also end PostgreSQL's own vacuum, which is not ours to end; without it, it is asked to go.
        admin.execute(f'DROP DATABASE "{name}"'.encode())


@pytest.mark.django_db(transaction=True)
def test_a_school_comes_back_as_it_was_when_it_was_copied(
    published: Lesson, nothing: Database, settings: Any, tmp_path: Path
) -> None:
    settings.BACKUP_DIR, settings.VAR_DIR = tmp_path / "backups", tmp_path / "var"
    backup, made = make_backup(settings.BACKUP_DIR, database=here(), now=NOW)
    lost = Institution.objects.create(name="Later", slug="later", time_zone="UTC")  # after the copy
    Lesson.objects.filter(pk=published.pk).update(title="Changed since")

    out = StringIO()
    call_command("restore", drill=True, stdout=out)
    *table, last = out.getvalue().splitlines()
    assert all(line.startswith("=") for line in table)
    assert any("classroom_lesson" in line for line in table)
    told = json.loads(last)
    assert (told["drill"], told["different"], told["videos"]) == ("ok", 0, 1)
    assert told["age_seconds"] > 0 and told["heard_at"]
    assert list((tmp_path / "var" / "drill").iterdir()) == []

    settings.STORAGE_DIR = tmp_path / "elsewhere"
    folder_store.cache_clear()
    restore_backup(backup, database=nothing)
    with nothing.connect() as restored:
        query = "SELECT title FROM classroom_lesson WHERE id = %s"
        assert restored.execute(query, [published.pk]).fetchone() == ("Fractions",)
        query = "SELECT count(*) FROM accounts_institution WHERE id = %s"
        assert restored.execute(query, [lost.pk]).fetchone() == (0,)
        # What keeps schools apart and the audit log unchanged came along.
        with pytest.raises(psycopg.Error):
            restored.execute("DELETE FROM accounts_auditevent")
            restored.execute("UPDATE accounts_auditevent SET act = ''")
    recording = Recording.objects.get(lesson=published)
    assert b"".join(folder_store().read(recording.video_key)) == b"a film"
    assert made.survey.rows["recordings_recording"] == 1
    with pytest.raises(BackupError, match="is not empty"):
        restore_backup(backup, database=nothing)


@pytest.mark.django_db(transaction=True)
def test_only_whole_backups_are_there_and_nobody_else_may_read_them(
    cast: Cast, settings: Any, tmp_path: Path
) -> None:
    settings.BACKUP_DIR = tmp_path / "backups"
    away = Database.of_settings(connection.settings_dict | {"NAME": "not_there"})
    with pytest.raises(psycopg.OperationalError):
        make_backup(settings.BACKUP_DIR, database=away, now=NOW)
    assert all_backups(settings.BACKUP_DIR) == []
    assert [one.name for one in settings.BACKUP_DIR.iterdir()] == [".lock"]

    out = StringIO()
    call_command("backup", keep=1, stdout=out)
    told = json.loads(out.getvalue())
    [made] = all_backups(settings.BACKUP_DIR)
    assert (told["backup"], told["folder"], told["deleted"]) == ("ok", str(made), 0)
    assert [one.stat().st_mode & 0o077 for one in (settings.BACKUP_DIR, made)] == [0, 0]
    manifest = read_manifest(made)
    assert manifest.survey.rows["accounts_person"] == 7
    assert manifest.migrations and manifest.zone == ""
    assert set(manifest.parts) == {DUMP, SUMS}
    with pytest.raises(CommandError, match="not empty"):
        call_command("restore", made)


def test_what_a_backup_before_has_is_kept_once(settings: Any, tmp_path: Path) -> None:
    store("school/1/video.mp4", b"the same", tmp_path)
    store("school/2/video.mp4", b"of today", tmp_path)
    first, second = tmp_path / "first", tmp_path / "second"
    for draft, before in ((first, None), (second, first)):
        draft.mkdir()
        assert copy_objects(folder_store(), draft, before) == []
    one, other = (draft / OBJECTS / "school/1/video.mp4" for draft in (first, second))
    assert one.samefile(other)
    assert not one.samefile(Path(settings.STORAGE_DIR) / "objects/school/1/video.mp4")
    assert set(read_sums(second)) == {"school/1/video.mp4", "school/2/video.mp4"}


def test_an_object_that_has_rotted_is_named(settings: Any, tmp_path: Path) -> None:
    store("school/1/video.mp4", b"as it was", tmp_path)
    (Path(settings.STORAGE_DIR) / "objects/school/1/video.mp4").write_bytes(b"as it is!")
    (tmp_path / "draft").mkdir()
    assert copy_objects(folder_store(), tmp_path / "draft", None) == ["school/1/video.mp4"]


def a_backup(place: Path, **said: object) -> Path:
    """Without a database: what is asked before one is touched."""
    backup = place / "2026-11-22T02-00-00Z"
    (backup / OBJECTS).mkdir(parents=True)
    (backup / DUMP).write_bytes(b"a dump")
    (backup / OBJECTS / "a.mp4").write_bytes(b"a film")
    write_sums(backup, {"a.mp4": part_of(backup / OBJECTS / "a.mp4").sha256})
    parts = {name: part_of(backup / name) for name in (DUMP, SUMS)}
    manifest = Manifest(FORMAT, NOW, "", "folder", 18, ["classroom.0001_initial"], EMPTY, parts, [])
    write_manifest(backup, msgspec.structs.replace(manifest, **said))
    return backup


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"format": FORMAT + 1}, "take a newer one"),
        ({"migrations": ["classroom.9999_of_next_year"]}, "A newer Darasa made this backup"),
        ({"zone": "eu"}, r"of zone eu, and this server is in \(none\)"),
        ({"store": "s3"}, "set STORAGE_BACKEND as it was"),
    ],
    ids=["format", "migrations", "zone", "store"],
)
def test_a_backup_that_does_not_belong_here_is_refused(
    tmp_path: Path, said: dict[str, object], why: str
) -> None:
    with pytest.raises(BackupError, match=why):
        restore_backup(a_backup(tmp_path, **said), database=Database("never_asked"))


@pytest.mark.parametrize("part", [DUMP, SUMS])
def test_a_backup_that_has_changed_is_refused(tmp_path: Path, part: str) -> None:
    backup = a_backup(tmp_path)
    (backup / part).write_bytes((backup / part).read_bytes()[:-1] + b"!")
    with pytest.raises(BackupError, match="Not as it was written"):
        restore_backup(backup, database=Database("never_asked"))


@pytest.mark.django_db(transaction=True)
def test_a_film_that_has_changed_is_found_before_anything_is_put_back(
    tmp_path: Path, nothing: Database
) -> None:
    backup = a_backup(tmp_path)
    (backup / OBJECTS / "a.mp4").write_bytes(b"another")
    with pytest.raises(BackupError, match=r"a\.mp4"):
        restore_backup(backup, database=nothing)
    assert folder_store().listed("") == []


@pytest.mark.django_db(transaction=True)
def test_a_store_that_holds_something_is_left_alone(tmp_path: Path, nothing: Database) -> None:
    store("somebody.mp4", b"else's", tmp_path)
    with pytest.raises(BackupError, match="Move it away first"):
        restore_backup(a_backup(tmp_path), database=nothing)


def test_a_folder_that_is_no_backup_is_not_taken_for_one(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="is no backup"):
        restore_backup(tmp_path, database=Database("never_asked"))
    with pytest.raises(CommandError, match="Say which backup"):
        call_command("restore")


def test_the_newest_stay(tmp_path: Path) -> None:
    for day in (20, 21, 22):
        folder = tmp_path / f"2026-11-{day}T02-00-00Z"
        folder.mkdir()
        write_manifest(folder, Manifest(FORMAT, NOW, "", "s3", 18, [], EMPTY, {}, []))
    (tmp_path / "2026-11-19T02-00-00Z").mkdir()  # no backup: it has no manifest
    (tmp_path / "notes").mkdir()
    assert [one.name for one in prune_backups(tmp_path, keep=2)] == ["2026-11-20T02-00-00Z"]
    left = {one.name for one in tmp_path.iterdir()}
    assert left == {".lock", "2026-11-19T02-00-00Z", "2026-11-21T02-00-00Z", "2026-11-22T02-00-00Z", "notes"}


def test_what_differs_is_told() -> None:
    before = Survey({"lesson": 3, "gone": 1}, {"lesson": "a" * 64}, NOW)
    after = Survey({"lesson": 2}, {"lesson": "b" * 64}, NOW)
    told = {line.what: (line.backup, line.restored) for line in compare(before, after) if not line.is_same}
    assert told == {"lesson": ("3", "2"), "gone": ("1", "–"), "newest of lesson": ("a" * 12, "b" * 12)}
    assert all(line.is_same for line in compare(before, before))


def test_the_programs_are_as_new_as_the_server_and_no_newer_than_need_be() -> None:
    assert (tools_for(18) / "pg_restore").is_file()
    with pytest.raises(ServiceError, match=r"version 99.*postgresql-client-99"):
        tools_for(99)


def test_a_password_is_on_no_command_line() -> None:
    database = Database.of_url("postgresql://darasa:s3cret@db.example:5433/school")
    assert (database.host, database.port, database.name) == ("db.example", "5433", "school")
    assert database.environment()["PGPASSWORD"] == "s3cret"
    assert "s3cret" not in repr(database)


@pytest.mark.parametrize(
    ("hours", "mark"),
    [(1, Mark.FINE), (25, Mark.FINE), (30, Mark.WARNING), (200, Mark.FAULT), (None, Mark.FAULT)],
)
def test_the_doctor_asks_how_old_the_newest_is(hours: int | None, mark: Mark) -> None:
    taken_at = None if hours is None else NOW - timedelta(hours=hours)
    assert judge("Backup", taken_at, NOW).mark == mark


def test_the_doctor_looks_into_the_folder(settings: Any, tmp_path: Path) -> None:
    settings.BACKUP_DIR = tmp_path / "backups"
    assert [one.mark for one in BackupKept().examine()] == [Mark.SKIPPED]
    a_backup(settings.BACKUP_DIR)
    assert moment_of(newest_backup(settings.BACKUP_DIR)) == NOW
    assert [one.found for one in BackupKept().examine()] != []
