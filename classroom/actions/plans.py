"""A lesson that somebody or something else than a page plans."""

from datetime import datetime

from django.db import transaction

from accounts.callers import Caller
from accounts.models import Person
from classroom.actions.lessons import schedule_lesson
from classroom.models import STAFF, Course, Enrolment, Lesson
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
