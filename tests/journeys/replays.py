"""A lesson of ten seconds that can be watched: a film, a board with three strokes, captions, chapters, previews."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone
from PIL import Image

from classroom import actions as lessons
from classroom.models import Lesson, LessonStatus
from common.clock import to_ms
from recordings import actions
from recordings.chapters import Chapter
from recordings.compositing import poster
from recordings.models import Recording, RecordingState, Rendition, RenditionKind, RenditionState
from recordings.sample import make_sample_clip
from recordings.storage import storage
from recordings.thumbnails import Sheets
from tests.conftest import Cast
from whiteboard.actions import open_board
from whiteboard.models import Board

SECONDS = 10
# A stroke a colour, on a line of its own of page 1, done at these seconds; then everybody is on page 2.
STROKES = ((2.0, "#c4161c", 100), (5.0, "#00703a", 300), (8.0, "#374ea2", 500))
TURNED_AT = 9.0
CAPTIONS = (
    "WEBVTT\n\n00:01.000 --> 00:04.000\nA half is <i>two</i> quarters\n\n00:06.000 --> 00:08.000\nنصف واحد\n"
)


def make_lesson(cast: Cast, seconds: int = SECONDS) -> Lesson:
    begun = timezone.now() - timedelta(hours=2)
    lesson = lessons.schedule_lesson(
        course=cast.course,
        title="Fractions",
        starts_at=begun,
        ends_at=begun + timedelta(hours=1),
        created_by=cast.teacher,
    )
    Lesson.objects.filter(pk=lesson.pk).update(
        status=LessonStatus.ENDED, opened_at=begun, ended_at=begun + timedelta(seconds=seconds)
    )
    lesson.refresh_from_db()
    return lesson


def draw_strokes(lesson: Lesson, cast: Cast) -> Board:
    board = open_board(room=lesson.room, now=lesson.starts_at)
    first = board.edits.get(type="page.added").data["page"]
    second = str(uuid.uuid4())
    page = {"page": second, "title": "Thirds", "position": 1, "background": None}
    write(board, lesson, cast, 0.5, "page.added", page)
    for seconds, colour, y in STROKES:
        points = [[float(x), float(y)] for x in range(100, 860, 10)]
        ink = {"kind": "pen", "page": first, "layer": "", "colour": colour, "width": 12, "points": points}
        write(board, lesson, cast, seconds, "item.added", {**ink, "duration_ms": 500})
    write(board, lesson, cast, TURNED_AT, "page.turned", {"page": second})
    return board


def write(board: Board, lesson: Lesson, cast: Cast, seconds: float, type_: str, data: dict[str, Any]) -> None:
    Board.objects.filter(pk=board.pk).update(seq=board.seq + 1)
    board.refresh_from_db()
    at = to_ms(lesson.starts_at + timedelta(seconds=seconds))
    board.edits.create(seq=board.seq, ref=uuid.uuid4(), type=type_, author=cast.teacher, at=at, data=data)


def make_replay(cast: Cast, folder: Path, seconds: int = SECONDS) -> Recording:
    lesson = make_lesson(cast, seconds)
    draw_strokes(lesson, cast)
    folder.mkdir(parents=True, exist_ok=True)
    film = make_sample_clip(folder / "film.mp4", seconds, width=640, height=360)
    begun = lesson.starts_at
    recording = Recording.objects.create(
        lesson=lesson,
        state=RecordingState.PUBLISHED,
        state_at=timezone.now(),
        starts_at=begun,
        published_at=timezone.now(),
        duration_seconds=float(seconds),
        shown=[[begun.timestamp(), begun.timestamp() + seconds]],
        video_key=f"here/{lesson.pk}/film.mp4",
        poster_key=f"here/{lesson.pk}/film.jpg",
        gaps=[_gap(begun)],
    )
    storage().put(recording.video_key, film, content_type="video/mp4")
    _put_pictures(recording, film, folder)
    found = [
        Chapter(0, 4, "Page 1", key="start"),
        Chapter(4, 9, "Quiz 1", "quiz", "quiz.opened:1"),
        Chapter(9, seconds, "Thirds", key="edit:2"),
    ]
    actions.keep_chapters(recording=recording, found=found)
    now = timezone.now()
    actions.upload_captions(
        recording=recording, language="en", data=CAPTIONS.encode(), by=cast.teacher, now=now
    )
    return recording


def _gap(begun: datetime) -> dict[str, Any]:
    ends = (begun + timedelta(seconds=65)).isoformat()
    return {
        "starts_at": begun.isoformat(),
        "ends_at": ends,
        "at_seconds": 6.0,
        "seconds": 65.0,
        "cause": "unknown",
    }


def _put_pictures(recording: Recording, film: Path, folder: Path) -> None:
    poster(film, folder / "film.jpg", 3.0)
    storage().put(recording.poster_key, folder / "film.jpg", content_type="image/jpeg")
    sheets = Sheets(2.0, 5, columns=3, width=160, height=90)
    sheet = folder / "sheet.jpg"
    Image.linear_gradient("L").resize((480, 180)).convert("RGB").save(sheet)
    key = f"here/{recording.lesson_id}/sheet.jpg"
    storage().put(key, sheet, content_type="image/jpeg")
    Rendition.objects.create(
        recording=recording,
        kind=RenditionKind.THUMBNAILS,
        state=RenditionState.READY,
        wanted_at=timezone.now(),
        object_key=key,
        extra_keys=[key],
        about=asdict(sheets),
    )


# A pixel of the board as it is painted, in the board's own coordinates; null for nothing.
PIXEL = """([x, y]) => {
  const canvas = document.querySelector('.board-plane canvas');
  if (canvas === null) return null;
  const at = canvas.getContext('2d').getImageData(Math.round(x * canvas.width / 960), Math.round(y * canvas.height / 720), 1, 1).data;
  return at[3] === 0 ? null : '#' + [...at.slice(0, 3)].map((part) => part.toString(16).padStart(2, '0')).join('');
}"""
SEEK = "(seconds) => { document.querySelector('video, audio').currentTime = seconds; }"
