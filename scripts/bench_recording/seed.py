"""The bench's lesson in a database, as it is after it was published; run by `manage.py shell`."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts import actions as people
from accounts.models import Person, Role
from classroom import actions as lessons
from classroom.models import Lesson, LessonStatus, Standing
from common.storage.contract import sha256_of
from recordings.actions import keep_chapters
from recordings.chapters import Chapter
from recordings.compositing import poster
from recordings.light_pack import make_pack
from recordings.models import Recording, RecordingState
from recordings.storage import prefix_of, storage
from scripts.bench_recording.lesson import START, board
from whiteboard.actions import open_board
from whiteboard.drawing.raster import no_pictures
from whiteboard.models import Board, Edit


def fill(video: Path, seconds: int, folder: Path) -> None:
    """Writes `scene.json`: whose cookie opens the replay of which lesson, and what its light pack weighs."""
    teacher, pupil, lesson = _school(seconds)
    _draw(lesson, teacher, seconds)
    recording = _publish(lesson, video, seconds, folder)
    work = folder / "pack"
    work.mkdir()
    pack = make_pack(recording, video, no_pictures, work, lambda _: None)
    scene = {
        "name": settings.SESSION_COOKIE_NAME,
        "cookie": _cookie(pupil),
        "path": f"/lessons/{lesson.pk}/replay",
        "pack_bytes": pack.stat().st_size,
    }
    (folder / "scene.json").write_text(json.dumps(scene))


def _school(seconds: int) -> tuple[Person, Person, Lesson]:
    school = people.create_institution(name="Bench", slug="bench", time_zone="UTC", language="en")
    course = lessons.create_course(institution=school, title="Mathematics", language="en")
    made = []
    for name, role, standing in (
        ("Teacher", Role.TEACHER, Standing.TEACHER),
        ("Pupil", Role.STUDENT, Standing.STUDENT),
    ):
        email = f"{name.lower()}@bench.test"
        one = people.add_person(institution=school, email=email, name=name, role=role)
        lessons.enrol(course=course, person=one, standing=standing)
        made.append(one)
    begun = datetime.fromtimestamp(START, tz=UTC)
    ends = begun + timedelta(seconds=seconds)
    lesson = lessons.schedule_lesson(
        course=course, title="Fractions", starts_at=begun, ends_at=ends, created_by=made[0]
    )
    Lesson.objects.filter(pk=lesson.pk).update(status=LessonStatus.ENDED, opened_at=begun, ended_at=ends)
    lesson.refresh_from_db()
    return made[0], made[1], lesson


def _draw(lesson: Lesson, teacher: Person, seconds: int) -> None:
    drawn = open_board(room=lesson.room, now=lesson.starts_at)
    rows = [
        Edit(
            board=drawn,
            seq=drawn.seq + edit.seq,
            ref=uuid.uuid4(),
            type=edit.type,
            author=teacher,
            at=edit.at,
            data=edit.data,
        )
        for edit in board(seconds)
    ]
    Edit.objects.bulk_create(rows)
    Board.objects.filter(pk=drawn.pk).update(seq=rows[-1].seq)


def _publish(lesson: Lesson, video: Path, seconds: int, folder: Path) -> Recording:
    picture, now = folder / "poster.jpg", timezone.now()
    poster(video, picture, seconds / 2)
    recording = Recording(lesson=lesson, state=RecordingState.PUBLISHED, state_at=now, published_at=now)
    recording.starts_at, recording.duration_seconds = lesson.starts_at, float(seconds)
    recording.shown = [[START, START + seconds]]
    base = f"{prefix_of(recording)}{sha256_of(video)[:16]}"
    recording.video_key, recording.poster_key = f"{base}.mp4", f"{base}.jpg"
    recording.size_bytes, recording.sha256 = video.stat().st_size, sha256_of(video)
    recording.save()
    storage().put(recording.video_key, video, content_type="video/mp4")
    storage().put(recording.poster_key, picture, content_type="image/jpeg")
    keep_chapters(recording=recording, found=[Chapter(0, seconds, "Page 1", key="start")])
    return recording


def _cookie(person: Person) -> str:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value
