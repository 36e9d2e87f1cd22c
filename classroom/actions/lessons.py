"""What can be done with a lesson itself: scheduled, opened, ended."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from accounts.actions import api_link, publish_event, record_audit
from accounts.models import EventType, Person
from classroom import facts, live, messages, signals, timeline
from classroom.actions.presences import close_presence
from classroom.actions.rooms import close_breakout_rooms, lock_room_of
from classroom.models import (
    LESSON_MOVES,
    Breakout,
    BreakoutState,
    Course,
    Door,
    Knock,
    KnockState,
    Lesson,
    LessonStatus,
    Presence,
    Room,
    Series,
)
from classroom.queries import presences_inside
from classroom.recurrence import LONGEST_LESSON
from common.refusals import Refused
from common.sockets import codes

EMPTY_AFTER_END = timedelta(minutes=2)
OVERTIME = timedelta(hours=1)


@transaction.atomic
def schedule_lesson(
    *,
    course: Course,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    created_by: Person,
    time_zone: str = "",
    key: UUID | None = None,
    by: Person | UUID | None = None,
    is_streamed: bool = False,
    room_seats: int | None = None,
    continues_board: bool = False,
) -> Lesson:
    """A lesson with its room; everything that hangs on it (board, recording) follows by signal and sweep.

    `key`, made by the client, becomes its id: the same key twice is the same lesson. `by` is who
    acts, if not `created_by`: an API client.
    """
    lesson, is_new = make_lesson(
        key=key,
        course=course,
        title=title,
        starts_at=starts_at,
        ends_at=ends_at,
        created_by=created_by,
        time_zone=time_zone,
        is_streamed=is_streamed,
        room_seats=room_seats,
        continues_board=continues_board,
    )
    if is_new:
        record_audit(
            "lesson.scheduled",
            institution=course.institution,
            by=by or created_by,
            target=f"lesson:{lesson.pk}",
        )
    return lesson


def make_lesson(
    *,
    course: Course,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    created_by: Person,
    time_zone: str,
    key: UUID | None = None,
    series: Series | None = None,
    occurrence_on: date | None = None,
    is_streamed: bool = False,
    room_seats: int | None = None,
    continues_board: bool = False,
) -> tuple[Lesson, bool]:
    """One lesson, alone or of a series, and whether it is new; the audit line is the caller's."""
    if ends_at <= starts_at:
        raise Refused("ends_before_start")
    if ends_at - starts_at > LONGEST_LESSON:
        raise Refused("too_long")
    values = {
        "institution": course.institution,
        "course": course,
        "title": title,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "created_by": created_by,
        "time_zone": time_zone,
        "series": series,
        "occurrence_on": occurrence_on,
        "is_streamed": is_streamed,
        "room_seats": room_seats,
        "continues_board": continues_board,
    }
    lesson, is_new = _keyed_lesson(key, values)
    if is_new:
        lesson.room = Room.objects.create(lesson=lesson)
        signals.lesson_scheduled.send(Lesson, lesson=lesson)
    return lesson, is_new


def _keyed_lesson(key: UUID | None, values: dict[str, Any]) -> tuple[Lesson, bool]:
    if key is None:
        return Lesson.objects.create(**values), True
    lesson, is_new = Lesson.objects.get_or_create(pk=key, defaults=values)
    if (lesson.course_id, lesson.created_by_id) != (values["course"].pk, values["created_by"].pk):
        raise Refused("key_taken")
    return lesson, is_new


def move_lesson(lesson: Lesson, status: LessonStatus, **changes: object) -> bool:
    """One move of the state machine; False when somebody else was first."""
    if status not in LESSON_MOVES[lesson.status]:
        return False
    moved = Lesson.objects.filter(pk=lesson.pk, status=lesson.status).update(status=status, **changes)
    lesson.refresh_from_db()
    return moved == 1


@transaction.atomic
def open_lesson(*, lesson: Lesson, now: datetime) -> bool:
    """The first person is inside; False when the lesson was open already."""
    if not move_lesson(lesson, LessonStatus.LIVE, opened_at=now):
        return False
    timeline.record(lesson, facts.LESSON_OPENED, at=now, source="classroom", key="lesson.opened")
    _publish(lesson, EventType.LESSON_STARTED)
    signals.lesson_opened.send(Lesson, lesson=lesson)
    return True


def open_prepared_lessons(*, now: datetime) -> int:
    """Lessons whose doors have opened while somebody was inside already, preparing."""
    inside = Presence.objects.filter(room__lesson=OuterRef("pk"), left_at__isnull=True)
    scheduled = Lesson.objects.filter(status=LessonStatus.SCHEDULED)
    prepared = scheduled.filter(Exists(inside)).select_related("institution")
    return sum(open_lesson(lesson=one, now=now) for one in prepared if now >= one.doors_open_at)


def _publish(lesson: Lesson, type_: EventType) -> None:
    """Other platforms hear of it, in the same transaction."""
    instants = {name: getattr(lesson, name) for name in ("starts_at", "ends_at", "opened_at", "ended_at")}
    data = {name: at.isoformat() if at else None for name, at in instants.items()}
    ids = {"lesson_id": str(lesson.pk), "course_id": str(lesson.course_id)}
    link = api_link("lessons", lesson.pk)
    publish_event(institution=lesson.institution, type_=type_, data={**ids, **data, "url": link})


@transaction.atomic
def end_lesson(*, lesson: Lesson, now: datetime, by: Person | None = None) -> bool:
    """Everybody leaves, the room hangs up; False when it had ended before."""
    room = lock_room_of(lesson)
    lesson.refresh_from_db()
    if not move_lesson(lesson, LessonStatus.ENDED, ended_at=now):
        return False
    for presence in presences_inside(lesson):
        close_presence(presence, at=now)
    timeline.record(lesson, facts.LESSON_ENDED, at=now, source="classroom", key="lesson.ended", person=by)
    if by is not None:
        record_audit("lesson.ended", institution=lesson.institution, by=by, target=f"lesson:{lesson.pk}")
    live.announce(room, messages.lesson_ended(live.next_seq(room)))
    live.hang_up(room, codes.LESSON_OVER)
    guests = Knock.objects.filter(lesson=lesson, state=KnockState.ADMITTED, link__isnull=False)
    Breakout.objects.filter(lesson=lesson).exclude(state=BreakoutState.CLOSED).update(
        state=BreakoutState.CLOSED, closed_at=now
    )
    close_breakout_rooms(lesson, code=codes.LESSON_OVER, now=now)
    for guest in guests.values_list("person", flat=True):
        live.hang_up_person(guest, codes.LESSON_OVER)
    _publish(lesson, EventType.LESSON_ENDED)
    _publish(lesson, EventType.REGISTER_READY)  # all presences are closed above
    signals.lesson_ended.send(Lesson, lesson=lesson)
    return True


def end_overdue_lessons(*, now: datetime) -> int:
    """Live lessons past their end and empty for two minutes, or an hour over time; unused ones of the past."""
    ended = 0
    for lesson in Lesson.objects.filter(status=LessonStatus.LIVE, ends_at__lt=now):
        ended += _is_overdue(lesson, now) and end_lesson(lesson=lesson, now=now)
    for lesson in Lesson.objects.filter(status=LessonStatus.SCHEDULED, ends_at__lt=now - EMPTY_AFTER_END):
        ended += end_lesson(lesson=lesson, now=now)
    return ended


def _is_overdue(lesson: Lesson, now: datetime) -> bool:
    if now > lesson.ends_at + OVERTIME:
        return True
    if presences_inside(lesson).exclude(door=Door.HLS).exists():  # a page left open watches for ever
        return False
    last = Presence.objects.filter(room__lesson=lesson).aggregate(at=Max("left_at"))["at"]
    return last is None or now - last > EMPTY_AFTER_END
