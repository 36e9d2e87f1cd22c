"""What can be done with courses, lessons, rooms and presences."""

from classroom.actions.courses import create_course, enrol
from classroom.actions.doors import change_doors
from classroom.actions.guests import (
    admit_everybody,
    admit_knock,
    create_guest_link,
    expire_knocks,
    knock_as_guest,
    knock_as_member,
    put_out_unwelcome_guests,
    refuse_knock,
    revoke_guest_link,
    withdraw_knock,
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
    open_prepared_lessons,
    schedule_lesson,
    see,
)
from classroom.actions.meetings import start_meeting

__all__ = [
    "PEER_ROOM_SEATS",
    "admit_everybody",
    "admit_knock",
    "change_doors",
    "change_media",
    "close_silent_presences",
    "create_course",
    "create_guest_link",
    "end_lesson",
    "end_overdue_lessons",
    "enrol",
    "enter_room",
    "expire_knocks",
    "knock_as_guest",
    "knock_as_member",
    "leave_room",
    "move_lesson",
    "open_lesson",
    "open_prepared_lessons",
    "put_out_unwelcome_guests",
    "refuse_knock",
    "revoke_guest_link",
    "schedule_lesson",
    "see",
    "start_meeting",
    "withdraw_knock",
]
