"""What can be done with courses, lessons, rooms and presences."""

from classroom.actions.bridges import (
    claim_bridges,
    drain_bridge,
    forget_readings,
    judge_doors,
    note_answer,
    note_silence,
    record_peaks,
    register_bridges,
    undrain_bridge,
    unsettled_bridges,
)
from classroom.actions.courses import (
    archive_course,
    create_course,
    enrol,
    restore_course,
    unenrol,
    update_course,
)
from classroom.actions.doors import (
    change_doors,
)
from classroom.actions.expulsions import (
    let_back_in,
    put_out,
)
from classroom.actions.fronts import (
    change_front,
)
from classroom.actions.groups import (
    change_group,
    create_group,
    delete_group,
)
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
from classroom.actions.holidays import (
    add_holiday,
    cancel_lessons_on_holiday,
    change_holiday,
    remove_holiday,
)
from classroom.actions.hooks import (
    apply_events,
    dismiss_event,
    read_deliveries,
    take_delivery,
    try_event_again,
)
from classroom.actions.join_links import (
    find_join_link,
    make_join_link,
    revoke_join_link,
    use_join_link,
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
from classroom.actions.letters import (
    change_letter_settings,
    note_calendar_changes,
    renew_feed_addresses,
    unsubscribe,
    warn_of_lesson,
    write_invitations,
    write_reminders,
)
from classroom.actions.meetings import (
    start_meeting,
)
from classroom.actions.plans import plan_lesson, replan_lesson
from classroom.actions.posting import (
    claim_letter,
    drop_letter,
    note_letter_sent,
    postpone_letter,
)
from classroom.actions.promotions import (
    promote,
)
from classroom.actions.roster import (
    forget_uploads,
    import_roster,
    try_roster,
    upload_roster,
)
from classroom.actions.rosters import (
    change_course,
    open_course,
    put_on_roster,
    take_off_roster,
)
from classroom.actions.series import (
    cancel_lessons,
    change_lesson,
    edit_lessons,
    schedule_series,
)
from classroom.actions.visits import (
    close_vanished_visits,
    compare_with_snapshot,
)

__all__ = [
    "PEER_ROOM_SEATS",
    "add_holiday",
    "admit_everybody",
    "admit_knock",
    "apply_events",
    "archive_course",
    "cancel_lessons",
    "cancel_lessons_on_holiday",
    "change_course",
    "change_doors",
    "change_front",
    "change_group",
    "change_holiday",
    "change_lesson",
    "change_letter_settings",
    "change_media",
    "claim_bridges",
    "claim_letter",
    "close_silent_presences",
    "close_vanished_visits",
    "compare_with_snapshot",
    "create_course",
    "create_group",
    "create_guest_link",
    "delete_group",
    "dismiss_event",
    "drain_bridge",
    "drop_letter",
    "edit_lessons",
    "end_lesson",
    "end_overdue_lessons",
    "enrol",
    "enter_room",
    "expire_knocks",
    "find_join_link",
    "forget_readings",
    "forget_uploads",
    "import_roster",
    "judge_doors",
    "knock_as_guest",
    "knock_as_member",
    "leave_room",
    "let_back_in",
    "make_join_link",
    "move_lesson",
    "note_answer",
    "note_calendar_changes",
    "note_letter_sent",
    "note_silence",
    "open_course",
    "open_lesson",
    "open_prepared_lessons",
    "plan_lesson",
    "postpone_letter",
    "promote",
    "put_on_roster",
    "put_out",
    "put_out_unwelcome_guests",
    "read_deliveries",
    "record_peaks",
    "refuse_knock",
    "register_bridges",
    "remove_holiday",
    "renew_feed_addresses",
    "replan_lesson",
    "restore_course",
    "revoke_guest_link",
    "revoke_join_link",
    "schedule_lesson",
    "schedule_series",
    "see",
    "start_meeting",
    "take_delivery",
    "take_off_roster",
    "try_event_again",
    "try_roster",
    "undrain_bridge",
    "unenrol",
    "unsettled_bridges",
    "unsubscribe",
    "update_course",
    "upload_roster",
    "use_join_link",
    "warn_of_lesson",
    "withdraw_knock",
    "write_invitations",
    "write_reminders",
]
