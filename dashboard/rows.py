"""A lesson as the pages show it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from accounts.models import Person
from classroom import rules
from classroom.models import Lesson, LessonStatus, Standing
from recordings.models import GONE, IN_PIPELINE, Reason, Recording, RecordingState
from whiteboard.queries import board_of, is_continued, last_board
from whiteboard.rules import may_continue_board, standing_at_board


@dataclass(frozen=True, slots=True)
class LessonRow:
    """`state` is one of live, doors_open, scheduled, making, watch, failed, past, cancelled."""

    id: UUID
    title: str
    course: str
    teacher: str
    starts_at: datetime
    ends_at: datetime
    state: str
    percent: int | None

    @property
    def is_changing(self) -> bool:
        return self.state in {"live", "doors_open", "making"}

    @property
    def day(self) -> str:
        """`today`, `tomorrow` or `later`; a lesson that is running is today's."""
        days = (self.starts_at.date() - timezone.localdate()).days
        if days <= 0 or self.state in {"live", "doors_open"}:
            return "today"
        return "tomorrow" if days == 1 else "later"


@dataclass(frozen=True, slots=True)
class RecordingCard:
    state: str
    percent: int
    reason: str
    is_ready: bool
    duration_minutes: int


def lesson_row(lesson: Lesson, *, now: datetime) -> LessonRow:
    """Needs `lessons_for`'s prefetched staff and the recording."""
    recording: Recording | None = getattr(lesson, "recording", None)
    staff = getattr(lesson.course, "staff", [])
    return LessonRow(
        id=lesson.pk,
        title=lesson.title,
        course=lesson.course.title,
        teacher=lesson.substitute.name if lesson.substitute else staff[0].person.name if staff else "",
        starts_at=timezone.localtime(lesson.starts_at),
        ends_at=timezone.localtime(lesson.ends_at),
        state=state_of(lesson, recording, now=now),
        percent=recording.percent if recording and recording.state in IN_PIPELINE else None,
    )


def state_of(lesson: Lesson, recording: Recording | None, *, now: datetime) -> str:
    if lesson.status == LessonStatus.CANCELLED:
        return "cancelled"
    if lesson.status == LessonStatus.LIVE:
        return "live"
    if lesson.status == LessonStatus.SCHEDULED:
        return "doors_open" if rules.doors_are_open(lesson, now=now) else "scheduled"
    return _after(recording)


def _after(recording: Recording | None) -> str:
    if recording is None or recording.state in GONE:
        return "past"
    if recording.state == RecordingState.FAILED and recording.reason == Reason.NOBODY_CAME:
        return "past"
    return {RecordingState.PUBLISHED: "watch", RecordingState.FAILED: "failed"}.get(
        RecordingState(recording.state), "making"
    )


def recording_card(recording: Recording | None) -> RecordingCard | None:
    if recording is None:
        return None
    return RecordingCard(
        state=recording.state,
        percent=recording.percent,
        reason=str(Reason(recording.reason).label) if recording.reason else "",
        is_ready=recording.is_published,
        duration_minutes=max(1, round((recording.duration_seconds or 0) / 60)),
    )


def group_rows(rows: list[LessonRow]) -> list[dict[str, object]]:
    """`[{key, rows}]` for today, tomorrow, later and past, empty groups left out; the live ones are today's."""
    today = timezone.localdate()
    groups: dict[str, list[LessonRow]] = {"today": [], "tomorrow": [], "later": [], "past": []}
    for row in rows:
        groups[_group_of(row, (row.starts_at.date() - today).days)].append(row)
    return [{"key": key, "rows": members} for key, members in groups.items() if members]


def _group_of(row: LessonRow, days: int) -> str:
    if row.state in {"making", "watch", "failed", "past", "cancelled"}:
        return "past"
    if days <= 0 or row.state == "live":
        return "today"
    return "tomorrow" if days == 1 else "later"


def rows_of(lessons: Iterable[Lesson], *, now: datetime) -> list[LessonRow]:
    return [lesson_row(lesson, now=now) for lesson in lessons]


@dataclass(frozen=True, slots=True)
class BoardCard:
    """`source` is the title of the lesson whose board this one may go on with, or has gone on with; `is_planned` that
    it will by itself."""

    may_read: bool
    source: str
    is_continued: bool
    is_planned: bool = False


def board_card(person: Person, lesson: Lesson, standing: Standing | None) -> BoardCard | None:
    """None when there is nothing to say; `standing` is what `may_enter_room` answered."""
    at_board = standing_at_board(person, lesson, standing)
    if at_board is None:
        return None
    board = board_of(lesson)
    if lesson.is_over:
        return BoardCard(True, "", False) if board else None
    source = last_board(lesson) if may_continue_board(at_board) else None
    if source is None:
        return None
    is_done = board is not None and is_continued(board.pk, source.pk)
    return BoardCard(False, source.room.lesson.title, is_done, lesson.continues_board)


def clock_time(seconds: float) -> str:
    """1:15 or 1:01:15: a place in a recording."""
    hours, rest = divmod(int(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
