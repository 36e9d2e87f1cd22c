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
from classroom.actions.letters import (
    change_letter_settings,
    note_calendar_changes,
    renew_feed_addresses,
    unsubscribe,
    write_invitations,
    write_reminders,
)
from classroom.actions.posting import claim_letter, drop_letter, note_letter_sent, postpone_letter

__all__ = [
    "PEER_ROOM_SEATS",
    "change_letter_settings",
    "change_media",
    "claim_letter",
    "close_silent_presences",
    "create_course",
    "drop_letter",
    "end_lesson",
    "end_overdue_lessons",
    "enrol",
    "enter_room",
    "leave_room",
    "move_lesson",
    "note_calendar_changes",
    "note_letter_sent",
    "open_lesson",
    "postpone_letter",
    "renew_feed_addresses",
    "schedule_lesson",
    "see",
    "unsubscribe",
    "write_invitations",
    "write_reminders",
]
