"""Courses, lessons, rooms, who is inside, and the timeline of facts."""

from classroom.models.courses import STAFF, Course, Enrolment, Standing
from classroom.models.lessons import DOORS_OPEN, LESSON_MOVES, Lesson, LessonStatus
from classroom.models.letters import (
    LETTER_MOVES,
    CalendarEntry,
    Letter,
    LetterKind,
    LetterSettings,
    LetterState,
    Notice,
    NoticeKind,
    Reminder,
    ReminderChoice,
)
from classroom.models.rooms import Fact, Presence, Room

__all__ = [
    "DOORS_OPEN",
    "LESSON_MOVES",
    "LETTER_MOVES",
    "STAFF",
    "CalendarEntry",
    "Course",
    "Enrolment",
    "Fact",
    "Lesson",
    "LessonStatus",
    "Letter",
    "LetterKind",
    "LetterSettings",
    "LetterState",
    "Notice",
    "NoticeKind",
    "Presence",
    "Reminder",
    "ReminderChoice",
    "Room",
    "Standing",
]
