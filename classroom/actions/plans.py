"""What can be done with a lesson that has not begun; each act is audited."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actions import record_audit
from accounts.callers import Caller
from accounts.models import Person
from classroom import signals
from classroom.actions.lessons import move_lesson, schedule_lesson
from classroom.models import STAFF, Course, Enrolment, Lesson, LessonStatus
from classroom.recurrence import LONGEST_LESSON
from common.refusals import Refused


@transaction.atomic
def plan_lesson(
    *, course: Course, title: str, starts_at: datetime, ends_at: datetime, caller: Caller
) -> Lesson:
    """A lesson made by a person or by a client, which leaves it to whom it answers to, or to the teacher.

    Raises Refused("course_has_no_teacher") and what `schedule_lesson` raises.
    """
    return schedule_lesson(
        course=course,
        title=title,
        starts_at=starts_at,
        ends_at=ends_at,
        created_by=caller.answerable or _teacher_of(course),
        by=caller.id,
    )


def _teacher_of(course: Course) -> Person:
    staff = Enrolment.objects.filter(course=course, is_active=True, standing__in=STAFF).order_by("pk")
    first = staff.select_related("person").first()
    if first is None:
        raise Refused("course_has_no_teacher")
    return first.person


@transaction.atomic
def change_lesson(
    *,
    lesson: Lesson,
    by: UUID,
    title: str | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Lesson:
    """Title and times; what is None stays. Raises Refused("lesson_has_begun"), `ends_before_start`, `too_long`."""
    begins, ends = starts_at or lesson.starts_at, ends_at or lesson.ends_at
    if ends <= begins:
        raise Refused("ends_before_start")
    if ends - begins > LONGEST_LESSON:
        raise Refused("too_long")
    coming = Lesson.objects.filter(pk=lesson.pk, status=LessonStatus.SCHEDULED)
    if not coming.update(title=title or lesson.title, starts_at=begins, ends_at=ends):
        raise Refused("lesson_has_begun")
    lesson.refresh_from_db()
    signals.lesson_changed.send(Lesson, lesson=lesson)
    _note("lesson.changed", lesson, by)
    return lesson


@transaction.atomic
def cancel_lesson(*, lesson: Lesson, by: UUID) -> Lesson:
    """Raises Refused("lesson_has_begun"); a cancelled lesson stays cancelled."""
    if lesson.status == LessonStatus.CANCELLED:
        return lesson
    if not move_lesson(lesson, LessonStatus.CANCELLED, cancelled_at=timezone.now()):
        raise Refused("lesson_has_begun")
    signals.lesson_cancelled.send(Lesson, lesson=lesson)
    _note("lesson.cancelled", lesson, by)
    return lesson


def _note(act: str, lesson: Lesson, by: UUID) -> None:
    record_audit(act, institution=lesson.institution, by=by, target=f"lesson:{lesson.pk}")
