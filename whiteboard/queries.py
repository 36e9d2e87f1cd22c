"""Reads of boards."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import msgspec
from django.db.models import Exists, F, OuterRef, TextField
from django.db.models.functions import Cast

from accounts.models import Person
from classroom.models import Course, Lesson, LessonStatus, Room, RoomKind
from whiteboard.board import BoardState, Edit, fold, settle_points
from whiteboard.models import Board, BoardExport, BoardFile, FileKind, WorkState
from whiteboard.models import Edit as EditRow

MAX_RESUME = 2000
# Later, somebody has begun to draw on what there is: then only they decide.
CONTINUED_WITHIN = timedelta(minutes=5)
LEAVING = ("item.added", "slides.added", "board.continued")  # after these a board may hold something


def edits_after(board_id: UUID | str, seq: int) -> list[Edit]:
    """A full board is half a million numbers: read as text, decoded here, they cost a third."""
    rows = EditRow.objects.filter(board_id=board_id, seq__gt=seq).order_by("seq")
    found = rows.values_list("seq", "type", "ref", "author_id", "at", Cast("data", TextField()))
    return [
        Edit(seq, type_, str(ref), str(author), at, settle_points(msgspec.json.decode(data)))
        for seq, type_, ref, author, at, data in found.iterator(chunk_size=2000)
    ]


def load_state(board_id: UUID | str) -> BoardState:
    """The board as PostgreSQL has it now."""
    return fold(edits_after(board_id, 0))


def files_of(board_id: UUID | str, wanted: Iterable[str]) -> set[str]:
    """Which of these are pictures that this board has."""
    ready = {"kind": FileKind.IMAGE, "state": WorkState.READY}
    rows = BoardFile.objects.filter(board_id=board_id, pk__in=list(wanted), **ready)
    return {str(pk) for pk in rows.values_list("pk", flat=True)}


def names_of(persons: Iterable[str]) -> dict[str, str]:
    """Of authors on a board: whoever sees it may know them, as in the room."""
    rows = Person.objects.filter(pk__in=list(persons)).values_list("pk", "name")
    return {str(pk): name for pk, name in rows}


def board_of(lesson: Lesson) -> Board | None:
    """The main room's, once somebody has opened it."""
    return Board.objects.filter(room__lesson=lesson, room__kind=RoomKind.MAIN).first()


def breakout_boards(lesson: Lesson) -> list[Board]:
    """Of all its breakout rooms, those of its first division first; they stay when the rooms are closed."""
    boards = Board.objects.filter(room__lesson=lesson, room__kind=RoomKind.BREAKOUT).select_related("room")
    found = list(boards.order_by(F("room__closed_at").asc(nulls_last=True), "room__number"))
    for board in found:
        board.room.lesson = lesson
    return found


def next_lesson(lesson: Lesson) -> Lesson | None:
    """The course's next one, that may go on with this one's board: the latest that anybody can go on with."""
    later = Lesson.objects.filter(course=lesson.course_id, starts_at__gt=lesson.starts_at)
    coming = later.exclude(status=LessonStatus.CANCELLED).order_by("starts_at", "pk").first()
    return None if coming is None or coming.is_over else coming


def last_board(lesson: Lesson) -> Board | None:
    """Of the latest earlier lesson of the same course in which something was drawn or shown."""
    return _last_board_before(lesson.course_id, lesson.starts_at)


def lesson_to_go_on_from(course: Course, starts_at: datetime) -> Lesson | None:
    """For a lesson that is planned for then: the one whose board it would go on with, if all before it take place."""
    before = Lesson.objects.filter(course=course, starts_at__lt=starts_at)
    coming = before.filter(status__in=(LessonStatus.SCHEDULED, LessonStatus.LIVE))
    if (last := coming.order_by("-starts_at", "-pk").first()) is not None:
        return last
    board = _last_board_before(course.pk, starts_at)
    return board.room.lesson if board else None


def lessons_to_continue(*, now: datetime) -> list[UUID]:
    """Opened just now, and their board was to go on with the last one and does not yet."""
    opened = Lesson.objects.filter(
        status=LessonStatus.LIVE, continues_board=True, opened_at__gt=now - CONTINUED_WITHIN
    )
    done = EditRow.objects.filter(board__room__lesson=OuterRef("pk"), type="board.continued")
    waiting = [lesson for lesson in opened.filter(~Exists(done)) if last_board(lesson) is not None]
    return [lesson.pk for lesson in waiting]


def _last_board_before(course_id: UUID, starts_at: datetime) -> Board | None:
    earlier = Board.objects.filter(
        room__kind=RoomKind.MAIN,
        room__lesson__course=course_id,
        room__lesson__status=LessonStatus.ENDED,
        room__lesson__starts_at__lt=starts_at,
    )
    drawn = EditRow.objects.filter(board=OuterRef("pk"), type__in=LEAVING)
    found = earlier.filter(Exists(drawn)).select_related("room__lesson")
    return found.order_by("-room__lesson__starts_at", "-pk").first()


def is_continued(board_id: UUID | str, source_id: UUID) -> bool:
    ref = continuation_ref(board_id, source_id)
    return EditRow.objects.filter(board_id=board_id, ref=ref).exists()


def continuation_ref(board_id: UUID | str, source_id: UUID) -> UUID:
    """The `ref` of the edit that brings that board's pages to this one: asked for twice, it happens once."""
    return uuid5(source_id, f"continued on {board_id}")


def is_board_work_going_on(*, now: datetime) -> bool:
    """Whether some worker is at an import or an export."""
    leased = {"state": WorkState.WORKING, "lease_until__gt": now}
    return any(model._default_manager.filter(**leased).exists() for model in (BoardFile, BoardExport))


def breakouts_without_board(room_ids: Iterable[UUID]) -> dict[UUID, Room]:
    """Open breakout rooms; their boards, which will bear the same ids, are not there yet."""
    rooms = Room.objects.filter(pk__in=list(room_ids), kind=RoomKind.BREAKOUT, closed_at__isnull=True)
    return {room.pk: room for room in rooms.select_related("lesson__institution")}


def rooms_of_boards(board_ids: Iterable[UUID]) -> dict[UUID, Room]:
    boards = Board.objects.filter(pk__in=list(board_ids)).select_related("room__lesson__institution")
    return {board.pk: board.room for board in boards}


def board_for_door(board_id: UUID | str) -> Board | None:
    return Board.objects.select_related("room__lesson").filter(pk=board_id).first()
