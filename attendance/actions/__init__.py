"""What can be done with registers, excuses and the watch-list."""

from attendance.actions.excuses import excuse_absence, withdraw_excuse
from attendance.actions.notes import (
    RuleWish,
    due_at,
    set_note_rules,
    wish_notes,
    word_note,
    write_due_notes,
    write_notes,
)
from attendance.actions.registers import correct_entry, settle_due, settle_lesson, undo_correction
from attendance.actions.reports import (
    Subject,
    cancel_report,
    claim_report,
    end_report_plan,
    forget_reports,
    make_due_reports,
    make_report,
    note_report_read,
    order_due_reports,
    order_report,
    plan_report,
)
from attendance.actions.retention import forget_raw_activity
from attendance.actions.watching import add_contact, close_watch
from attendance.actions.weeks import reckon_week

__all__ = [
    "RuleWish",
    "Subject",
    "add_contact",
    "cancel_report",
    "claim_report",
    "close_watch",
    "correct_entry",
    "due_at",
    "end_report_plan",
    "excuse_absence",
    "forget_raw_activity",
    "forget_reports",
    "make_due_reports",
    "make_report",
    "note_report_read",
    "order_due_reports",
    "order_report",
    "plan_report",
    "reckon_week",
    "set_note_rules",
    "settle_due",
    "settle_lesson",
    "undo_correction",
    "wish_notes",
    "withdraw_excuse",
    "word_note",
    "write_due_notes",
    "write_notes",
]
