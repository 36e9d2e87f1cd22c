"""What can be done with courses, lessons, rooms and presences."""

from classroom.actions.courses import create_course, enrol
from classroom.actions.lessons import (
    PEER_ROOM_SEATS,
    change_media,
    close_silent_presences,
    end_lesson,
    end_overdue_lessons,
    enter_room,
    leave_room,
    move_lesson,
    open_lesson,
    schedule_lesson,
    see,
)

__all__ = [
    "PEER_ROOM_SEATS",
    "change_media",
    "close_silent_presences",
    "create_course",
    "end_lesson",
    "end_overdue_lessons",
    "enrol",
    "enter_room",
    "leave_room",
    "move_lesson",
    "open_lesson",
    "schedule_lesson",
    "see",
]
