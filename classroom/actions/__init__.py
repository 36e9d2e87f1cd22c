"""What can be done with courses, lessons, rooms and presences."""

from classroom.actions.courses import (
    archive_course,
    create_course,
    enrol,
    restore_course,
    unenrol,
    update_course,
)
from classroom.actions.groups import change_group, create_group, delete_group
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
from classroom.actions.roster import forget_uploads, import_roster, try_roster, upload_roster

__all__ = [
    "PEER_ROOM_SEATS",
    "archive_course",
    "change_group",
    "change_media",
    "close_silent_presences",
    "create_course",
    "create_group",
    "delete_group",
    "end_lesson",
    "end_overdue_lessons",
    "enrol",
    "enter_room",
    "forget_uploads",
    "import_roster",
    "leave_room",
    "move_lesson",
    "open_lesson",
    "restore_course",
    "schedule_lesson",
    "see",
    "try_roster",
    "unenrol",
    "update_course",
    "upload_roster",
]
