"""Who may do what around a lesson; `standing` comes from `queries.standing_in`."""

from datetime import datetime

from accounts.models import Institution, Person, Role
from accounts.queries import has_role
from classroom.models import STAFF, Course, Enrolment, Lesson, Standing
from classroom.queries import lessons_for, standing_in


def may_see_lesson(person: Person, lesson: Lesson) -> bool:
    return lessons_for(person).filter(pk=lesson.pk).exists()


def may_schedule(person: Person, course: Course) -> bool:
    if has_role(person, course.institution_id, Role.HEAD):
        return True
    enrolled = Enrolment.objects.filter(course=course, person=person, is_active=True, standing__in=STAFF)
    return has_role(person, course.institution_id, Role.TEACHER) and enrolled.exists()


def may_change_lesson(person: Person, lesson: Lesson) -> bool:
    """Whoever plans the course; a substitute holds the lesson but does not plan it."""
    return may_schedule(person, lesson.course)


def may_plan_holidays(person: Person, institution: Institution) -> bool:
    return has_role(person, institution.pk, Role.HEAD)


def may_enter_room(person: Person, lesson: Lesson) -> Standing | None:
    """The standing with which `person` would enter, or None. Whether the doors are open is `doors_are_open`."""
    return standing_in(person, lesson)


def doors_are_open(lesson: Lesson, *, now: datetime) -> bool:
    return not lesson.is_over and now >= lesson.doors_open_at


def may_end_lesson(standing: Standing | None) -> bool:
    return standing in STAFF or standing == Standing.OBSERVER


def may_read_register(person: Person, lesson: Lesson) -> bool:
    standing = standing_in(person, lesson)
    return standing in STAFF or standing == Standing.OBSERVER
