"""Who may do what on a board; what a student may draw right now is the board's own state."""

from accounts.models import Person
from classroom.models import STAFF, Lesson, Standing
from classroom.rules import is_kept_waiting, may_enter_room


def board_standing(person: Person, lesson: Lesson) -> str | None:
    """`staff`, `student` or `reader` (see `board.Command`); None for somebody who may not see the board."""
    standing = may_enter_room(person, lesson)
    if standing is None or is_kept_waiting(person, lesson, standing):
        return None
    if standing == Standing.GUEST and lesson.is_over:
        return None
    if standing in STAFF:
        return "staff"
    return "reader" if standing == Standing.OBSERVER else "student"
