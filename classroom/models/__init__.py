"""Courses, lessons, rooms, who is inside, and the timeline of facts."""

from classroom.models.courses import STAFF, Course, Enrolment, Standing
from classroom.models.join_links import JoinLink
from classroom.models.lessons import DOORS_OPEN, LESSON_MOVES, Lesson, LessonStatus
from classroom.models.rooms import Fact, Presence, Room

__all__ = [
    "DOORS_OPEN",
    "LESSON_MOVES",
    "STAFF",
    "Course",
    "Enrolment",
    "Fact",
    "JoinLink",
    "Lesson",
    "LessonStatus",
    "Presence",
    "Room",
    "Standing",
]
