"""Courses, groups, lessons, rooms, who is inside, and the timeline of facts."""

from classroom.models.courses import STAFF, Course, Enrolment, Standing
from classroom.models.groups import Group, GroupMember
from classroom.models.lessons import DOORS_OPEN, LESSON_MOVES, Lesson, LessonStatus
from classroom.models.rooms import Fact, Presence, Room
from classroom.models.uploads import UPLOAD_LIFETIME, RosterUpload

__all__ = [
    "DOORS_OPEN",
    "LESSON_MOVES",
    "STAFF",
    "UPLOAD_LIFETIME",
    "Course",
    "Enrolment",
    "Fact",
    "Group",
    "GroupMember",
    "Lesson",
    "LessonStatus",
    "Presence",
    "Room",
    "RosterUpload",
    "Standing",
]
