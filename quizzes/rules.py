"""Who may ask, answer, and see what came of it."""

from uuid import UUID

from accounts.models import Person
from accounts.queries import active_memberships
from classroom.models import STAFF, Course, Lesson, Standing
from classroom.queries import children_of, standing_in
from classroom.rules import is_kept_waiting, may_schedule


def quiz_standing(person: Person, lesson: Lesson, standing: Standing | None) -> str | None:
    """`staff` runs quizzes, `student` answers, `reader` looks on: guests, and the head, who is no pupil to be asked.
    `standing` is what `may_go_into` says; None for somebody who may not see the room."""
    if standing is None or is_kept_waiting(person, lesson, standing):
        return None
    if standing == Standing.GUEST and lesson.is_over:
        return None
    if standing in STAFF:
        return "staff"
    return "student" if standing == Standing.STUDENT else "reader"


def may_keep_questions(person: Person, course: Course) -> bool:
    """Read and write the bank: who teaches the course, and the head. It holds the answers to what will be asked."""
    return may_schedule(person, course)


def may_read_results(person: Person, lesson: Lesson) -> bool:
    standing = standing_in(person, lesson)
    return standing in STAFF or standing == Standing.OBSERVER


def may_read_results_of(person: Person, lesson: Lesson, pupil: UUID) -> bool:
    """Of this one alone: also the pupil, who may have left the course since, and who guards them in this school."""
    here = active_memberships(person).filter(institution=lesson.institution_id)
    if (
        person.pk == pupil
        and lesson.course.enrolments.filter(person=pupil, standing=Standing.STUDENT).exists()
    ):
        return here.exists()
    guarded = children_of(person).filter(institution=lesson.institution_id, child=pupil)
    return may_read_results(person, lesson) or guarded.exists()
