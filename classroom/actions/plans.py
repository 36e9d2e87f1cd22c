"""A lesson that somebody or something else than a page plans."""

from datetime import datetime

from django.db import transaction

from accounts.callers import Caller
from accounts.models import Person
from classroom.actions.lessons import schedule_lesson
from classroom.actions.series import change_lesson
from classroom.conflicts import Proposal, describe_conflicts, find_conflicts
from classroom.models import STAFF, Course, Enrolment, Lesson
from classroom.recurrence import Interval
from classroom.timetable import GRACE
from common.refusals import Refused


@transaction.atomic
def plan_lesson(
    *,
    course: Course,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    caller: Caller,
    now: datetime,
    accept_conflicts: bool = False,
    continues_board: bool = False,
) -> Lesson:
    """A lesson made by a person or by a client, which leaves it to whom it answers to, or to the teacher.

    Raises Refused: "course_has_no_teacher", "in_the_past", "conflicts", and what `schedule_lesson` raises.
    """
    if starts_at < now - GRACE:
        raise Refused("in_the_past")
    lesson = schedule_lesson(
        course=course,
        title=title,
        starts_at=starts_at,
        ends_at=ends_at,
        created_by=caller.answerable or _teacher_of(course),
        by=caller.id,
        continues_board=continues_board,
    )
    if not accept_conflicts:
        _refuse_conflicts(lesson, caller)
    return lesson


@transaction.atomic
def replan_lesson(
    *,
    lesson: Lesson,
    caller: Caller,
    now: datetime,
    title: str | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    accept_conflicts: bool = False,
    continues_board: bool | None = None,
) -> bool:
    """False when it was so already. Raises Refused("conflicts") when it moves into some, and as `change_lesson`."""
    was = (lesson.starts_at, lesson.ends_at)
    changed = change_lesson(
        lesson=lesson,
        by=caller.id,
        now=now,
        title=title,
        starts_at=starts_at,
        ends_at=ends_at,
        continues_board=continues_board,
    )
    lesson.refresh_from_db()
    if not accept_conflicts and (lesson.starts_at, lesson.ends_at) != was:
        _refuse_conflicts(lesson, caller)
    return changed


def _refuse_conflicts(lesson: Lesson, caller: Caller) -> None:
    """After the act, which the refusal takes back: then the instants are known to be sound."""
    proposal = Proposal(Interval(lesson.starts_at, lesson.ends_at), lesson.substitute_id)
    asker = caller.answerable or lesson.created_by
    found = find_conflicts(course=lesson.course, proposals=[proposal], by=asker, ignoring=[lesson.pk])[0]
    if not caller.has_scope("courses:read"):  # which shows who is in a course; without it, only how many
        found = found.without_names()
    if found:
        raise Refused("conflicts", describe_conflicts(found, lesson.zone))


def _teacher_of(course: Course) -> Person:
    staff = Enrolment.objects.filter(course=course, is_active=True, standing__in=STAFF).order_by("pk")
    first = staff.select_related("person").first()
    if first is None:
        raise Refused("course_has_no_teacher")
    return first.person
