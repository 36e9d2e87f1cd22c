"""Courses, lessons, rooms, who is inside, and the timeline of facts."""

from classroom.models.courses import STAFF, Course, Enrolment, Standing
from classroom.models.guests import KNOCK_MOVES, GuestLink, Knock, KnockState
from classroom.models.lessons import (
    LESSON_MOVES,
    LONGEST_DOORS_OPEN_MINUTES,
    Lesson,
    LessonStatus,
    Lobby,
    doors_open_minutes_of,
)
from classroom.models.rooms import Fact, Presence, Room

__all__ = [
    "KNOCK_MOVES",
    "LESSON_MOVES",
    "LONGEST_DOORS_OPEN_MINUTES",
    "STAFF",
    "Course",
    "Enrolment",
    "Fact",
    "GuestLink",
    "Knock",
    "KnockState",
    "Lesson",
    "LessonStatus",
    "Lobby",
    "Presence",
    "Room",
    "Standing",
    "doors_open_minutes_of",
]
