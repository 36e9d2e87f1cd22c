"""What is left of lessons: registers, engagement, weeks, and whom somebody should look after."""

from attendance.models.engagement import EngagementLine
from attendance.models.notes import Every, FamilyNote, Measure, NoteRule, NoteWay, NoteWish, NoteWording
from attendance.models.registers import (
    PRESENT_STATUSES,
    Correction,
    Excuse,
    Register,
    RegisterEntry,
    RegisterStatus,
)
from attendance.models.reports import REPORT_MOVES, Report, ReportKind, ReportPlan, ReportState
from attendance.models.watching import WATCH_MOVES, ContactNote, ContactWay, WatchEntry, WatchState
from attendance.models.weeks import WeeklyLine

__all__ = [
    "PRESENT_STATUSES",
    "REPORT_MOVES",
    "WATCH_MOVES",
    "ContactNote",
    "ContactWay",
    "Correction",
    "EngagementLine",
    "Every",
    "Excuse",
    "FamilyNote",
    "Measure",
    "NoteRule",
    "NoteWay",
    "NoteWish",
    "NoteWording",
    "Register",
    "RegisterEntry",
    "RegisterStatus",
    "Report",
    "ReportKind",
    "ReportPlan",
    "ReportState",
    "WatchEntry",
    "WatchState",
    "WeeklyLine",
]
