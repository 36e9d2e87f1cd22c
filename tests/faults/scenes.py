"""An ended lesson with a board and the folder that a Jibri left."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from classroom import actions as lessons
from classroom.models import Lesson, Standing
from common.clock import to_ms
from recordings.actions import expect_recordings
from recordings.adoption import adopt_folders
from recordings.models import Capture, CaptureState, Engine, Recording, RecordingState
from tests.conftest import Cast
from whiteboard.actions import apply_commands, open_board
from whiteboard.board import Command
from whiteboard.queries import load_state

CLIP_SECONDS = 5.0
SECOND_PAGE = "Eighths"


@dataclass(frozen=True, slots=True)
class Scene:
    lesson: Lesson
    folder: Path
    left: dict[str, str]

    @property
    def recording(self) -> Recording:
        return Recording.objects.get(lesson=self.lesson)

    @property
    def work(self) -> Path:
        path: Path = settings.WORK_DIR / str(self.recording.pk)
        return path

    def is_untouched(self) -> bool:
        """Whether the recorder's folder is as it was, byte by byte."""
        return contents(self.folder) == self.left


def contents(folder: Path) -> dict[str, str]:
    """Name to SHA-256 (to the target, of a link)."""
    return {
        path.name: f"-> {path.readlink()}"
        if path.is_symlink()
        else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


def new_lesson(cast: Cast, begun: datetime, title: str = "Fractions") -> Lesson:
    return lessons.schedule_lesson(
        course=cast.course,
        title=title,
        starts_at=begun,
        ends_at=begun + timedelta(hours=1),
        created_by=cast.teacher,
    )


def enter(lesson: Lesson, cast: Cast, at: datetime) -> None:
    """Its teacher comes in."""
    lessons.enter_room(
        room=lesson.room,
        person=cast.teacher,
        standing=Standing.TEACHER,
        occupant=uuid.uuid4(),
        connection="",
        now=at,
    )


def hold_lesson(cast: Cast, title: str = "Fractions") -> tuple[Lesson, datetime]:
    """Taught, drawn on, one page turned, and over. When it began is in the past, to the second."""
    begun = timezone.now().replace(microsecond=0) - timedelta(minutes=5)
    lesson = new_lesson(cast, begun, title)
    enter(lesson, cast, begun)
    draw(lesson, cast, begun)
    lesson.refresh_from_db()
    lessons.end_lesson(lesson=lesson, now=begun + timedelta(seconds=CLIP_SECONDS), by=cast.teacher)
    expect_recordings(now=timezone.now())
    return lesson, begun


def draw(lesson: Lesson, cast: Cast, begun: datetime) -> None:
    """Two strokes on the first page; after half the lesson a second page with one more."""
    board = open_board(room=lesson.room, now=begun)
    state = load_state(board.pk)
    author, first, second = str(cast.teacher.pk), state.current_page, str(uuid.uuid4())
    turned = [
        Command("page.add", second, author, {"page": second, "title": SECOND_PAGE}),
        Command("page.turn", str(uuid.uuid4()), author, {"page": second}),
    ]
    for seconds, commands in (
        (0.5, [stroke(author, first)]),
        (1.5, [stroke(author, first)]),
        (2.5, turned),
        (3.0, [stroke(author, second)]),
    ):
        at = to_ms(begun + timedelta(seconds=seconds))
        apply_commands(board_id=board.pk, state=state, commands=commands, at=at)


def stroke(author: str, page: str) -> Command:
    shape = {"page": page, "kind": "pen", "colour": "#374ea2", "width": 4, "points": [[9, 9], [700, 500]]}
    return Command("item.add", str(uuid.uuid4()), author, {**shape, "duration_ms": 400})


def make_folder(lesson: Lesson, begun: datetime, video: Path | None = None) -> Path:
    """What a Jibri leaves: the video under the room's name and the start's time, then the marker."""
    folder: Path = settings.RECORDINGS_DIR / uuid.uuid4().hex[:16]
    folder.mkdir(parents=True)
    if video is not None:
        shutil.copyfile(video, folder / video_name(lesson, begun))
    (folder / "finalized").touch()
    return folder


def video_name(lesson: Lesson, begun: datetime) -> str:
    return f"{lesson.room.name}_{begun:%Y-%m-%d-%H-%M-%S}.mp4"


def captured(cast: Cast, clip: Path, title: str = "Fractions") -> Scene:
    """A whole scene, adopted already: its recording waits for the pipeline."""
    lesson, begun = hold_lesson(cast, title)
    folder = make_folder(lesson, begun, clip)
    adopt_folders(now=timezone.now())
    return Scene(lesson, folder, contents(folder))


def filming(cast: Cast, film: Path, seconds: float) -> Recording:
    """A Jibri has filmed for so long and is still at it; the teacher drew in the first five seconds."""
    begun = timezone.now().replace(microsecond=0) - timedelta(seconds=seconds)
    lesson = new_lesson(cast, begun)
    enter(lesson, cast, begun)
    draw(lesson, cast, begun)
    expect_recordings(now=begun)
    recording = Recording.objects.get(lesson=lesson)
    Recording.objects.filter(pk=recording.pk).update(state=RecordingState.RECORDING, state_at=begun)
    session = uuid.uuid4().hex[:16]
    Capture.objects.create(
        recording=recording,
        engine=Engine.JIBRI,
        session_id=session,
        state=CaptureState.RUNNING,
        wanted_at=begun,
    )
    folder: Path = settings.RECORDINGS_DIR / session
    folder.mkdir(parents=True)
    shutil.copyfile(film, folder / Path(video_name(lesson, begun)).with_suffix(film.suffix))
    recording.refresh_from_db()
    return recording
