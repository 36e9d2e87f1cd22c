"""Reads of the classroom that more than one door needs."""

from classroom.queries.breakouts import breakout_of, people_to_divide, picture_of, sits_in
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
from classroom.queries.rooms import (
    events_put_aside,
    has_rooms_in_use,
    open_presences,
    presences_inside,
    shown_presences,
)
from classroom.queries.rosters import known_to_school, living_enrolments, roster_of, students_of
from classroom.queries.standings import standing_in, standing_of_caller

__all__ = [
    "SUBSTITUTES",
    "audit_lines_about",
    "breakout_of",
    "children_of",
    "courses_for",
    "courses_of",
    "courses_open_to",
    "courses_scheduled_by",
    "courses_with_calendar",
    "events_put_aside",
    "guest_behind",
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
    "open_join_links",
    "open_presences",
    "people_for",
    "people_to_divide",
    "picture_of",
    "possible_substitutes",
    "presences_inside",
    "roster_of",
    "shown_presences",
    "sits_in",
    "standing_in",
    "standing_of_caller",
    "students_of",
    "waiting_at",
    "with_staff",
]
