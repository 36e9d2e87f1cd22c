"""Who may do what around a lesson; `standing` comes from `queries.standing_in`."""

from datetime import datetime
from uuid import UUID

from accounts.callers import Caller
from accounts.models import Institution, Person, Role
from accounts.queries import has_role
from classroom.models import STAFF, Course, Enrolment, Lesson, Standing
from classroom.queries import lessons_for, standing_in, standing_of_caller


def may_see_lesson(person: Person, lesson: Lesson) -> bool:
    return lessons_for(person).filter(pk=lesson.pk).exists()


def may_schedule(person: Person, course: Course) -> bool:
    if has_role(person, course.institution_id, Role.HEAD):
        return True
    enrolled = Enrolment.objects.filter(course=course, person=person, is_active=True, standing__in=STAFF)
    return has_role(person, course.institution_id, Role.TEACHER) and enrolled.exists()


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


def may_run_courses(caller: Caller, institution: Institution) -> bool:
    """Open courses and decide who takes part in them."""
    return caller.is_client_of(institution.pk) or caller.has_role(institution.pk, Role.HEAD)


def may_change_course(caller: Caller, course: Course) -> bool:
    """Its name and its timetable: those who run courses, and its own teachers."""
    if may_run_courses(caller, course.institution):
        return True
    return (
        caller.person is not None
        and caller.reaches(course.institution_id)
        and may_schedule(caller.person, course)
    )


def may_read_roster(caller: Caller, course: Course) -> bool:
    """The class itself and those who run it; a guardian sees the course, not the other children."""
    if may_run_courses(caller, course.institution):
        return True
    enrolled = Enrolment.objects.filter(course=course, person=caller.person, is_active=True)
    return caller.person is not None and enrolled.exists()


def may_read_addresses(caller: Caller, course: Course) -> bool:
    """Classmates see names, teachers also e-mail addresses."""
    return may_change_course(caller, course)


def may_link_in(caller: Caller, lesson: Lesson, person_id: UUID) -> bool:
    """A join link signs somebody in: for oneself, or by the system that the school trusts with it."""
    return caller.is_client_of(lesson.institution_id) or (
        caller.person is not None and caller.person.pk == person_id
    )


def may_fetch_register(caller: Caller, lesson: Lesson) -> bool:
    standing = standing_of_caller(caller, lesson)
    return standing in STAFF or standing == Standing.OBSERVER
