"""Who may do what on a board; what a student may draw right now is the board's own state."""

from accounts.models import Person
from classroom.models import STAFF, Lesson, Standing
from classroom.queries import standing_in
from classroom.rules import is_kept_waiting


def board_standing(person: Person, lesson: Lesson) -> str | None:
    """`staff`, `student` or `reader` (see `board.Command`); None for somebody who may not see the board."""
    standing = standing_in(person, lesson)
    if standing is None or is_kept_waiting(person, lesson, standing):
        return None
    if standing == Standing.GUEST and lesson.is_over:
        return None
    if standing in STAFF:
        return "staff"
    return "reader" if standing == Standing.OBSERVER else "student"
