"""A sentence for every refusal and every finding that people and rosters know."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.refusals import Refused
from common.sheets import Finding

REFUSALS: dict[str, str | Promise] = {
    "wrong_zone": _("That lesson belongs to another zone. What was recorded here must not get there."),
    "folder_gone": _("That folder is not there any more."),
    "not_again": _("This recording cannot be composed again in the state it is in."),
    "not_over": _("That lesson is not over yet."),
    "nothing_left": _("Nothing is left to compose it from: the recorders’ own files are gone."),
    "originals_gone": _(
        "What the video was made of was deleted in time: a new one would hold less than this one."
    ),
    "recording_gone": _("That lesson has no recording any more."),
    "already_invited": _("This person has an open invitation. Send it again instead."),
    "already_member": _("This person has that role here already."),
    "board_full": _("The board has no room for that many pages."),
    "bad_status": _("Choose one of the words from the list."),
    "bad_way": _("Choose one of the ways from the list."),
    "bad_limit": _("That limit is outside what makes sense."),
    "bad_place": _("Something between braces means nothing here."),
    "no_reader": _("Choose whom the note is for."),
    "not_yours": _("You may not read this."),
    "no_printer": _("This server makes no PDF."),
    "no_letters": _("This server has no letters for a name or word in it. Print this page instead."),
    "no_reason": _("Say why: the reason is kept with it."),
    "no_text": _("Write down what was said, in at most 2000 characters."),
    "not_settled": _("The register of this lesson is not finished yet. Try again in a minute."),
    "same_status": _("The register says so already."),
    "captions_after_the_end": _("These captions go on after the recording has ended. Is it the right file?"),
    "captions_bad_time": _("A time cannot be read, or ends before it begins."),
    "captions_control_characters": _("There is a character here that captions may not contain."),
    "captions_markup": _("Only bold, italic, underlined and speakers’ names may be marked here."),
    "captions_no_cues": _("There are no captions in this file."),
    "captions_not_utf8": _("This cannot be read. Save the file as UTF-8."),
    "captions_out_of_order": _("This begins earlier than the one before."),
    "captions_too_big": _("This file is larger than 2 MB."),
    "captions_too_long": _("This is longer than 1,000 characters."),
    "captions_too_many": _("There are more than 20,000 captions."),
    "captions_too_many_languages": _("There are captions in twelve languages already."),
    "bad_expiry": _("A wish holds for a week at most."),
    "cloud_busy": _("The cloud is busy. It is asked again by itself."),
    "cloud_refused": _("The cloud refused. Look at what the role of this server may do."),
    "cloud_unreachable": _("The cloud could not be reached. It is asked again by itself."),
    "closed": _("This was done or withdrawn before, or it is too old."),
    "has_findings": _("Something at your school has changed since. Look at the list again."),
    "fixed_pool": _("These machines were set up by hand. Nobody starts or stops them for you."),
    "last_bridge": _("Lessons are running, and no other bridge of this region takes anybody. Add one first."),
    "last_head": _("This is the school’s last head. Another one is needed first."),
    "last_role": _("This is the person’s last role here. Remove the person instead."),
    "leaving": _("This bridge is shutting down; that cannot be taken back."),
    "lesson_over": _("The lesson is over."),
    "in_the_past": _("That is in the past."),
    "link_full": _("As many watch by this link as it is for."),
    "logo_too_big": _("This file is larger than 2 MB, or the picture has too many pixels."),
    "logo_too_small": _("This picture is smaller than 16 pixels."),
    "logo_unreadable": _(
        "This is no PNG, JPEG or WebP picture that we can read. Drawings (SVG) are not taken."
    ),
    "no_guests": _("Your school lets no guests in."),
    "no_such_group": _("There is no such auto-scaling group in this region."),
    "out_of_bounds": _("The pool does not allow that many, or that few."),
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
    "stream_key": _("A stream key has only letters, digits and signs, and no spaces."),
    "stream_key_again": _("For a new address the stream key is needed again."),
    "stream_not_planned": _("This lesson is not shown as a live stream."),
    "stream_protected": _(
        "Somebody who takes part must not be recorded, so this lesson cannot leave the school."
    ),
    "too_many_links": _("There are twenty links already. Revoke one of them first."),
    "too_soon": _("This address has had several letters today. Try again tomorrow."),
    "title_taken": _("Another group of this course has this name."),
    "yourself": _("You cannot do this to yourself."),
}

FINDINGS: dict[str, str | Promise] = {
    "ambiguous_course": _("Several courses are called “%(value)s”. Give them different titles."),
    "bad_email": _("“%(value)s” is not an e-mail address."),
    "bad_choice": _("A choice is empty or longer than 300 characters."),
    "bad_seconds": _("The time must be between 5 seconds and an hour."),
    "bad_tags": _("At most ten tags, each of at most 40 characters."),
    "bad_variant": _("An accepted text is empty or longer than 200 characters."),
    "broken_quotes": _("A quotation mark is not closed, or stands in the middle of a cell."),
    "contradicts": _("This differs from row %(value)s, which is about the same person."),
    "duplicate_column": _("This column is there twice."),
    "duplicate_row": _("The same as row %(value)s."),
    "empty": _("There are no rows in this file."),
    "file_too_large": _("This file is larger than 1 MB. Split it into several."),
    "gift_answers": _("No answers were found between the braces of “%(value)s”."),
    "gift_braces": _("“%(value)s” needs its answers between one { and one }."),
    "gift_essay": _("Essays cannot be asked here: “%(value)s”."),
    "gift_matching": _("Matching questions cannot be asked here: “%(value)s”."),
    "guardian_in_course": _("Guardians do not take part in courses. Leave this cell empty."),
    "head_not_allowed": _("A new head is made by the platform’s administration."),
    "missing": _("Something must stand here."),
    "missing_column": _("This column is missing."),
    "needs_course": _("This needs a course in the same row."),
    "no_right_choice": _("Mark at least one choice as right."),
    "no_rows": _("There is a first row with names of columns, but nothing below it."),
    "no_such_choice": _("“%(value)s” names a choice that is not there."),
    "not_a_number": _("This is not a number."),
    "not_true_or_false": _("Write true or false."),
    "not_utf8": _("This row cannot be read. Save the file as “CSV UTF-8”."),
    "number_of_choices": _("Two to twelve choices are needed."),
    "not_whole": _("This must be a whole number."),
    "nul": _("There is a character here that no text may contain (NUL)."),
    "one_right_choice": _("Exactly one choice must be right."),
    "only_students": _("Only students have this. Leave this cell empty."),
    "own_guardian": _("Nobody is their own guardian."),
    "question_too_long": _("This is longer than 2,000 characters."),
    "required": _("This cell must not be empty."),
    "same_choice": _("Two choices are the same."),
    "suspended": _("“%(value)s” is suspended. Reactivate this person first, or take out the row."),
    "too_large": _("This file is larger than 5 MB. Split it into several."),
    "too_long": _("This is longer than %(value)s characters."),
    "too_many_cells": _("This row has more cells than there are columns."),
    "too_many_questions": _("There are %(value)s questions; a file may have 1,000. Split it into several."),
    "too_many_rows": _("There are %(value)s rows; a file may have 10,000. Split it into several."),
    "unknown_column": _("No column is called this. Take it out, or correct its name."),
    "unknown_course": _("No course is called “%(value)s”. Make it first."),
    "unknown_group": _("This course has no group called “%(value)s”. Make it first."),
    "unknown_guardian": _("“%(value)s” is no guardian at your school, nor in this file."),
    "unknown_kind": _("“%(value)s” is no kind of question."),
    "unknown_language": _("“%(value)s” is no language that Darasa speaks; use a code such as en or ar."),
    "unknown_role": _("“%(value)s” is no role; use student, teacher or guardian."),
    "unknown_permission": _("“%(value)s” is not yes, no or unknown."),
    "unknown_standing": _("“%(value)s” does not fit the role of this row."),
    "unnamed_column": _("Column %(column)s has no name in the first row."),
}

CHANGES: dict[str, str | Promise] = {
    "account": _("new account"),
    "course": _("joins the course"),
    "group": _("joins the group"),
    "guardian": _("is linked to the guardian"),
    "recording": _("has another answer about recordings"),
    "language": _("new language"),
    "name": _("new name"),
    "role": _("new role"),
    "standing": _("other role in the course"),
}


def say_refusal(refusal: Refused) -> str:
    """With the line of a file, when the refusal names one."""
    line = dict(refusal.reasons).get("line", "0")
    said = _say(refusal)
    return said if line == "0" else str(_("Line %(line)s: %(what)s")) % {"line": line, "what": said}


def _say(refusal: Refused) -> str:
    return str(REFUSALS.get(refusal.code, _("That did not work.")))


def say_finding(finding: Finding) -> str:
    value = finding.value if len(finding.value) <= 80 else finding.value[:79] + "…"
    return str(FINDINGS[finding.code]) % {"value": value, "column": finding.column}
