"""What is read of registers, weeks and trends."""

from attendance.queries.notes import (
    crossings_of,
    notes_for,
    notes_of_letter,
    notes_of_school,
    way_of,
    wordings_of,
)
from attendance.queries.readings import LessonReading, Reading, read_lesson, rules_of
from attendance.queries.registers import (
    RegisterLine,
    entries_of,
    excused_from,
    lesson_minutes,
    lessons_to_settle,
    minutes_inside,
    register_of,
)
from attendance.queries.reports import courses_readable, reports_for
from attendance.queries.weeks import (
    engagement_of,
    entries_between,
    open_entries,
    trends_of,
    watched_by,
    week_of,
    weeks_of,
    weeks_of_person,
)

__all__ = [
    "LessonReading",
    "Reading",
    "RegisterLine",
    "courses_readable",
    "crossings_of",
    "engagement_of",
    "entries_between",
    "entries_of",
    "excused_from",
    "lesson_minutes",
    "lessons_to_settle",
    "minutes_inside",
    "notes_for",
    "notes_of_letter",
    "notes_of_school",
    "open_entries",
    "read_lesson",
    "register_of",
    "reports_for",
    "rules_of",
    "trends_of",
    "watched_by",
    "way_of",
    "week_of",
    "weeks_of",
    "weeks_of_person",
    "wordings_of",
]
