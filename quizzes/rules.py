"""Who may ask, answer, and see what came of it."""

from accounts.models import Person
from classroom.models import STAFF, Course, Lesson, Room, Standing
from classroom.queries import standing_in
from classroom.rules import is_kept_waiting, may_go_into, may_schedule


def quiz_standing(person: Person, room: Room) -> str | None:
    """`staff` runs quizzes, `student` answers, `reader` looks on: guests, and the head, who is no pupil to be asked.
    None for somebody who may not see the room."""
    lesson, standing = room.lesson, may_go_into(person, room)
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
