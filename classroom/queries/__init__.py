"""Reads of the classroom that more than one door needs."""

from classroom.queries.courses import (
    courses_for,
    courses_of,
    courses_open_to,
    courses_scheduled_by,
    courses_with_calendar,
)
from classroom.queries.doors import guest_behind, link_holds, link_of, open_join_links, waiting_at
from classroom.queries.lessons import (
    SUBSTITUTES,
    lessons_for,
    lessons_in_feed,
    lessons_of_letter,
    lessons_open_to,
    lessons_seen_by,
    possible_substitutes,
    with_staff,
)
from classroom.queries.people import audit_lines_about, children_of, people_for
from classroom.queries.rooms import events_put_aside, has_rooms_in_use, open_presences, shown_presences
from classroom.queries.rosters import known_to_school, living_enrolments, roster_of, students_of
from classroom.queries.standings import standing_in, standing_of_caller
from classroom.queries.talk import (
    CHAT_PAGE,
    PULSE_LASTS,
    chat_mode_of,
    chat_of,
    concerns_of,
    count_pulses,
    hands_up,
    messages_for,
    newest,
    pulse_of,
    talk_seq,
)

__all__ = [
    "CHAT_PAGE",
    "PULSE_LASTS",
    "SUBSTITUTES",
    "audit_lines_about",
    "chat_mode_of",
    "chat_of",
    "children_of",
    "concerns_of",
    "count_pulses",
    "courses_for",
    "courses_of",
    "courses_open_to",
    "courses_scheduled_by",
    "courses_with_calendar",
    "events_put_aside",
    "guest_behind",
    "hands_up",
    "has_rooms_in_use",
    "known_to_school",
    "lessons_for",
    "lessons_in_feed",
    "lessons_of_letter",
    "lessons_open_to",
    "lessons_seen_by",
    "link_holds",
    "link_of",
    "living_enrolments",
    "messages_for",
    "newest",
    "open_join_links",
    "open_presences",
    "people_for",
    "possible_substitutes",
    "pulse_of",
    "roster_of",
    "shown_presences",
    "standing_in",
    "standing_of_caller",
    "students_of",
    "talk_seq",
    "waiting_at",
    "with_staff",
]
