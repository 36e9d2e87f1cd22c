"""What can be done with courses, lessons, rooms and presences."""

from classroom.actions.courses import create_course, enrol
from classroom.actions.holidays import (
    add_holiday,
    cancel_lessons_on_holiday,
    change_holiday,
    remove_holiday,
)
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
from classroom.actions.series import cancel_lessons, edit_lessons, move_lesson_time, schedule_series

__all__ = [
    "PEER_ROOM_SEATS",
    "add_holiday",
    "cancel_lessons",
    "cancel_lessons_on_holiday",
    "change_holiday",
    "change_media",
    "close_silent_presences",
    "create_course",
    "edit_lessons",
    "end_lesson",
    "end_overdue_lessons",
    "enrol",
    "enter_room",
    "leave_room",
    "move_lesson",
    "move_lesson_time",
    "open_lesson",
    "remove_holiday",
    "schedule_lesson",
    "schedule_series",
    "see",
]
