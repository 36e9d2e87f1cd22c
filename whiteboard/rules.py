"""Who may do what on a board; what a student may draw right now is the board's own state."""

from collections.abc import Sequence

from accounts.models import Person
from classroom.models import STAFF, Lesson, Standing
from classroom.rules import is_kept_waiting, may_enter_room, may_go_into_each
from whiteboard.models import Board
from whiteboard.queries import load_state


def board_standing(person: Person, lesson: Lesson) -> str | None:
    """`staff`, `student` or `reader` (see `board.Command`); None for somebody who may not see the board."""
    return standing_at_board(person, lesson, may_enter_room(person, lesson))


def standing_at_board(person: Person, lesson: Lesson, standing: Standing | None) -> str | None:
    """The same for who has asked `may_enter_room` or, for one of its rooms, `may_go_into` already."""
    if standing is None or (standing == Standing.GUEST and lesson.is_over):
        return None
    # Nobody stands at the door any more once the lesson is over: its board is the course's to read.
    if not lesson.is_over and is_kept_waiting(person, lesson, standing):
        return None
    if standing in STAFF:
        return "staff"
    return "reader" if standing == Standing.OBSERVER else "student"


def boards_to_read(person: Person, boards: Sequence[Board]) -> list[Board]:
    """Those of these breakout boards that are this one's to read: all for who holds the lesson, else where they sat."""
    standings = may_go_into_each([(person, board.room) for board in boards])
    return [
        board
        for board, standing in zip(boards, standings, strict=True)
        if standing_at_board(person, board.room.lesson, standing)
    ]


def may_bring_slides(standing: str) -> bool:
    """Slides make pages, and pages are for those who hold the lesson."""
    return standing == "staff"


def may_bring_images(person: Person, board: Board, standing: str) -> bool:
    """A picture is an item like any other: for whoever may draw at this moment."""
    if standing != "student":
        return standing == "staff"
    return load_state(board.pk).rights.may_draw(standing, str(person.pk))


def may_continue_board(standing: str | None) -> bool:
    """Begin with the pages of the course's last board: those who hold this lesson, a substitute too."""
    return standing == "staff"


def may_take_along(person: Person) -> bool:
    """A copy of the board outlives the lesson; guests are there for the lesson only."""
    return not person.is_guest
