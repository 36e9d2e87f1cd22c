"""A sentence for every refusal and every finding that people and rosters know."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.refusals import Refused
from common.sheets import Finding

REFUSALS: dict[str, str | Promise] = {
    "already_invited": _("This person has an open invitation. Send it again instead."),
    "already_member": _("This person has that role here already."),
    "board_full": _("The board has no room for that many pages."),
    "closed": _("This was done or withdrawn before, or it is too old."),
    "has_findings": _("Something at your school has changed since. Look at the list again."),
    "last_bridge": _("Lessons are running, and no other bridge of this region takes anybody. Add one first."),
    "last_head": _("This is the school’s last head. Another one is needed first."),
    "last_role": _("This is the person’s last role here. Remove the person instead."),
    "leaving": _("This bridge is shutting down; that cannot be taken back."),
    "lesson_over": _("The lesson is over."),
    "not_a_guardian_here": _("This person is not a guardian at your school."),
    "not_a_member": _("This person does not belong to your school."),
    "not_a_student_here": _("This person is not a student here."),
    "nothing_to_continue": _("No earlier lesson of this course has a board to go on with."),
    "shared_account": _("This account belongs to another school too; its name is the person’s own."),
    "sign_in_first": _("This address has an account already. Sign in first, then open the link again."),
    "slug_taken": _("Another institution has this short name."),
    "somebody_else": _("This invitation is for somebody else. Sign out first."),
    "somebody_was_first": _("Somebody made one of these accounts at the same moment. Please try again."),
    "suspended": _("This person is suspended. Reactivate them first."),
    "too_soon": _("This address has had several letters today. Try again tomorrow."),
    "title_taken": _("Another group of this course has this name."),
    "yourself": _("You cannot do this to yourself."),
}

FINDINGS: dict[str, str | Promise] = {
    "ambiguous_course": _("Several courses are called “%(value)s”. Give them different titles."),
    "bad_email": _("“%(value)s” is not an e-mail address."),
    "broken_quotes": _("A quotation mark is not closed, or stands in the middle of a cell."),
    "contradicts": _("This differs from row %(value)s, which is about the same person."),
    "duplicate_column": _("This column is there twice."),
    "duplicate_row": _("The same as row %(value)s."),
    "empty": _("There are no rows in this file."),
    "guardian_in_course": _("Guardians do not take part in courses. Leave this cell empty."),
    "head_not_allowed": _("A new head is made by the platform’s administration."),
    "missing_column": _("This column is missing."),
    "needs_course": _("This needs a course in the same row."),
    "no_rows": _("There is a first row with names of columns, but nothing below it."),
    "not_utf8": _("This row cannot be read. Save the file as “CSV UTF-8”."),
    "nul": _("There is a character here that no text may contain (NUL)."),
    "only_students": _("Only students have this. Leave this cell empty."),
    "own_guardian": _("Nobody is their own guardian."),
    "required": _("This cell must not be empty."),
    "suspended": _("“%(value)s” is suspended. Reactivate this person first, or take out the row."),
    "too_large": _("This file is larger than 5 MB. Split it into several."),
    "too_long": _("This is longer than %(value)s characters."),
    "too_many_cells": _("This row has more cells than there are columns."),
    "too_many_rows": _("There are %(value)s rows; a file may have 10,000. Split it into several."),
    "unknown_column": _("No column is called this. Take it out, or correct its name."),
    "unknown_course": _("No course is called “%(value)s”. Make it first."),
    "unknown_group": _("This course has no group called “%(value)s”. Make it first."),
    "unknown_guardian": _("“%(value)s” is no guardian at your school, nor in this file."),
    "unknown_language": _("“%(value)s” is no language that Darasa speaks; use a code such as en or ar."),
    "unknown_role": _("“%(value)s” is no role; use student, teacher or guardian."),
    "unknown_standing": _("“%(value)s” does not fit the role of this row."),
    "unnamed_column": _("Column %(column)s has no name in the first row."),
}

CHANGES: dict[str, str | Promise] = {
    "account": _("new account"),
    "course": _("joins the course"),
    "group": _("joins the group"),
    "guardian": _("is linked to the guardian"),
    "language": _("new language"),
    "name": _("new name"),
    "role": _("new role"),
    "standing": _("other role in the course"),
}


def say_refusal(refusal: Refused) -> str:
    return str(REFUSALS.get(refusal.code, _("That did not work.")))


def say_finding(finding: Finding) -> str:
    value = finding.value if len(finding.value) <= 80 else finding.value[:79] + "…"
    return str(FINDINGS[finding.code]) % {"value": value, "column": finding.column}
