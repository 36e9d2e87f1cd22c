"""Letters that speak of a child's attendance: notes to students and guardians, and links to reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from email.utils import formataddr
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.letters import compose, one_line
from attendance.models import FamilyNote, Measure, Report
from attendance.queries.notes import wordings_of
from attendance.wording import fill
from classroom.addresses import unsubscribe_token
from classroom.models import Letter, LetterKind
from dashboard.letters import public_url, sender

LINK_SALT = "dashboard.report"
LINK_LASTS = timedelta(days=7)
# What a school has no words of its own for; the places are those of `attendance.wording`.
SUBJECTS = {
    Measure.ABSENCE: gettext_lazy("{student} has missed lessons"),
    Measure.LATENESS: gettext_lazy("{student} has come late to lessons"),
    Measure.ACTIVITY: gettext_lazy("{student} has been less active in lessons"),
    Measure.TREND: gettext_lazy("{student} may need help to keep up"),
}
TEXTS = {
    Measure.ABSENCE: gettext_lazy(
        "Between {from} and {until}, {student} was missing in {number} of {lessons} lessons. "
        "If there is a reason that we do not know, please tell the school."
    ),
    Measure.LATENESS: gettext_lazy(
        "Between {from} and {until}, {student} came late to {number} of {lessons} lessons."
    ),
    Measure.ACTIVITY: gettext_lazy(
        "Between {from} and {until}, {student} was active for {number} percent of the time in {lessons} lessons. "
        "A bad connection can be the reason; please talk about it with the teacher."
    ),
    Measure.TREND: gettext_lazy(
        "In the last weeks, {student} has changed in a way that we would like to talk about: "
        "there are {number} signs in lessons. The teacher can explain each of them."
    ),
}


def words_for(measure: str, institution_words: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """Subject and text in the language that is active now."""
    return institution_words.get(measure) or (str(SUBJECTS[Measure(measure)]), str(TEXTS[Measure(measure)]))


def compose_notes(letter: Letter, notes: list[FamilyNote]) -> EmailMultiAlternatives:
    """One letter about everything that its reader is to know, in their language."""
    language = letter.person.language or letter.institution.language
    own = wordings_of(letter.institution, language)
    words = {measure: (row.subject, row.text) for measure, row in own.items()}
    with translation.override(language), timezone.override(ZoneInfo(letter.institution.time_zone)):
        message = _notes_message(letter, notes, words)
    _seal(message, letter)
    stop = public_url("unsubscribe", token=unsubscribe_token(letter.person_id, LetterKind.NOTE))
    message.extra_headers |= {
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return message


def _notes_message(
    letter: Letter, notes: list[FamilyNote], words: Mapping[str, tuple[str, str]]
) -> EmailMultiAlternatives:
    written = [write_out(note, words) for note in notes]
    school = {"school": one_line(letter.institution.name), "count": len(written)}
    subject = written[0][0]
    if len(written) > 1:
        subject = (
            ngettext("%(count)s note from %(school)s", "%(count)s notes from %(school)s", len(written))
            % school
        )
    return compose(
        to=formataddr((one_line(letter.person.name), letter.person.email)),
        subject=subject,
        greeting=_("Hello %(name)s,") % {"name": one_line(letter.person.name)},
        paragraphs=[part for _subject, text in written for part in text.split("\n\n") if part.strip()],
        link=public_url("notes"),
        link_text=_("See the notes, and choose how you get them"),
        closing=_("You get this letter because notes of %(school)s about attendance reach you.") % school,
    )


def write_out(note: FamilyNote, words: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """Subject and text of one note, filled, in the language that is active now."""
    subject, text = words_for(note.rule.measure, words)
    places = {
        "reader": note.reader.name,
        "student": note.person.name,
        "school": note.rule.institution.name,
        "number": str(note.number),
        "limit": str(note.limit),
        "lessons": str(note.lessons),
        "from": date_format(note.since_on, "DATE_FORMAT"),
        "until": date_format(note.last_on, "DATE_FORMAT"),
    }
    places = {name: one_line(value) for name, value in places.items()}
    return fill(subject, places), fill(text, places)


def _seal(message: EmailMultiAlternatives, letter: Letter) -> None:
    """From the school; with the name of the letter, by which one that comes back is known."""
    message.from_email = formataddr((one_line(letter.institution.name), sender()))
    message.extra_headers = {
        "Message-ID": f"<{letter.pk}@{urlsplit(settings.PUBLIC_URL).hostname}>",
        "Auto-Submitted": "auto-generated",
    }


def compose_report(letter: Letter, report: Report) -> EmailMultiAlternatives:
    """Only where it stands: what it says about children stays here."""
    language = letter.person.language or letter.institution.language
    with translation.override(language), timezone.override(ZoneInfo(letter.institution.time_zone)):
        school = {"school": one_line(letter.institution.name)}
        until = date_format(timezone.localtime(timezone.now() + LINK_LASTS), "DATE_FORMAT")
        message = compose(
            to=formataddr((one_line(letter.person.name), letter.person.email)),
            subject=_("A report of %(school)s is ready") % school,
            greeting=_("Hello %(name)s,") % {"name": one_line(letter.person.name)},
            paragraphs=[
                _("The report about attendance that you ordered is ready."),
                _("The link works for you alone, signed in, and until %(day)s.") % {"day": until},
            ],
            link=public_url("report_link", token=report_link_token(report)),
            link_text=_("Open the report"),
            closing=_("You get this letter because you ordered this report at %(school)s.") % school,
        )
    _seal(message, letter)
    return message


def report_link_token(report: Report) -> str:
    return signing.dumps(str(report.pk), salt=LINK_SALT)


def read_report_link(token: str) -> tuple[UUID | None, bool]:
    """Of which report, and whether the link is too old; None for what we did not sign."""
    try:
        report_id = UUID(signing.loads(token, salt=LINK_SALT))
        signing.loads(token, salt=LINK_SALT, max_age=LINK_LASTS)
    except signing.SignatureExpired:
        return report_id, True
    except (signing.BadSignature, ValueError):
        return None, False
    return report_id, False
