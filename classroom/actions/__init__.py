"""What can be done with courses, lessons, rooms and presences."""

from classroom.actions.courses import create_course, enrol
from classroom.actions.join_links import find_join_link, make_join_link, use_join_link
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
from classroom.actions.plans import cancel_lesson, change_lesson, plan_lesson
from classroom.actions.rosters import change_course, open_course, put_on_roster, take_off_roster

__all__ = [
    "PEER_ROOM_SEATS",
    "cancel_lesson",
    "change_course",
    "change_lesson",
    "change_media",
    "close_silent_presences",
    "create_course",
    "end_lesson",
    "end_overdue_lessons",
    "enrol",
    "enter_room",
    "find_join_link",
    "leave_room",
    "make_join_link",
    "move_lesson",
    "open_course",
    "open_lesson",
    "plan_lesson",
    "put_on_roster",
    "schedule_lesson",
    "see",
    "take_off_roster",
    "use_join_link",
]
