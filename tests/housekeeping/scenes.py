"""An ended lesson with everything that can be kept of Amina in it."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from pathlib import Path

from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import Person
from classroom import actions as lessons
from classroom.models import Lesson, Standing
from common.clock import to_ms
from recordings.models import Capture, CaptureState, Chapter, Engine, Recording, RecordingState, Watch
from recordings.storage import storage
from tests.conftest import Cast
from tests.faults.scenes import stroke
from whiteboard.actions import apply_commands, open_board
from whiteboard.board import Rights
from whiteboard.queries import load_state


def hold_lesson(cast: Cast, *, ended_at: datetime, pupil: Person | None = None) -> Lesson:
    """The pupil and the teacher were in it, both drew."""
    begun = ended_at - timedelta(minutes=30)
    lesson = lessons.schedule_lesson(
        course=cast.course,
        title="Fractions",
        starts_at=begun,
        ends_at=ended_at,
        created_by=cast.teacher,
    )
    for person, standing in ((cast.teacher, Standing.TEACHER), (pupil or cast.amina, Standing.STUDENT)):
        lessons.enter_room(
            room=lesson.room,
            person=person,
            standing=standing,
            occupant=uuid.uuid4(),
            connection="",
            now=begun,
        )
        draw(lesson, person, begun)
    lesson.refresh_from_db()
    lessons.end_lesson(lesson=lesson, now=ended_at, by=cast.teacher)
    lesson.refresh_from_db()
    return lesson


def draw(lesson: Lesson, person: Person, at: datetime) -> None:
    board = open_board(room=lesson.room, now=at)
    state = load_state(board.pk)
    state.rights = Rights("all")
    command = stroke(str(person.pk), state.current_page)
    apply_commands(board_id=board.pk, state=state, commands=[command], at=to_ms(at), even_when_over=True)


def publish(lesson: Lesson, watcher: Person) -> Recording:
    """Published: two objects in the store, a recorder's folder with names in it, a chapter, a position."""
    recording = Recording.objects.create(
        lesson=lesson,
        state=RecordingState.PUBLISHED,
        state_at=timezone.now(),
        duration_seconds=60.0,
        starts_at=lesson.starts_at,
        size_bytes=5,
        published_at=timezone.now(),
        video_key=_store(lesson, "mp4"),
        poster_key=_store(lesson, "jpg"),
    )
    session = uuid.uuid4().hex
    Capture.objects.create(
        recording=recording,
        engine=Engine.EMBEDDED,
        session_id=session,
        state=CaptureState.CLOSED,
        wanted_at=lesson.starts_at,
    )
    _leave_folder(session, lesson, watcher)
    Chapter.objects.create(recording=recording, position=0, starts_seconds=0, ends_seconds=60, title="Page 1")
    Watch.objects.create(recording=recording, person=watcher, position_seconds=12)
    return recording


def _store(lesson: Lesson, suffix: str) -> str:
    key = f"{lesson.institution.slug}/{lesson.pk}/whole.{suffix}"
    part: Path = settings.WORK_DIR / "part"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(b"bytes")
    storage().put(key, part, content_type="video/mp4")
    part.unlink()
    return key


def _leave_folder(session: str, lesson: Lesson, person: Person) -> None:
    folder: Path = settings.RECORDINGS_DIR / session
    folder.mkdir(parents=True)
    tracks = [{"file": "a.mkv", "person": str(person.pk), "name": person.name}]
    (folder / "manifest.json").write_text(json.dumps({"tracks": tracks}))
    (folder / "metadata.json").write_text(json.dumps({"participants": [{"name": person.name}]}))
    (folder / "finalized").touch()


def sign_in_badly_and_well(person: Person) -> Client:
    """A session, and what the lock against guessing remembers."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    AccessAttempt.objects.create(username=person.email.upper(), failures_since_start=1)
    return client


def stored_objects() -> list[str]:
    root: Path = settings.STORAGE_DIR / "objects"
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
