"""Lessons as calendars show them, and letters as they are sent: subject, text, HTML, calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import formataddr, parseaddr
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.letters import compose
from classroom.addresses import feed_token, unsubscribe_token
from classroom.calendar import Envelope, Meeting, make_invitation
from classroom.models import CalendarEntry, Concern, Lesson, LessonStatus, Letter, LetterKind, NoticeKind


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A lesson in a letter; times are those of the institution's zone."""

    title: str
    course: str
    starts_at: datetime
    ends_at: datetime
    url: str
    kind: NoticeKind


def public_url(name: str, **kwargs: object) -> str:
    return settings.PUBLIC_URL + reverse(name, kwargs=kwargs)


def feed_url(person_id: UUID, course_id: UUID | None, version: int) -> str:
    return public_url("calendar_feed", token=feed_token(person_id, course_id, version))


def meeting_of(lesson: Lesson, *, now: datetime) -> Meeting:
    """Already with the next sequence, if the lesson has changed and the sweep has not been here yet."""
    entry: CalendarEntry | None = getattr(lesson, "calendar_entry", None)
    cancelled = lesson.status == LessonStatus.CANCELLED
    known = entry and (entry.title, entry.starts_at, entry.ends_at, entry.is_cancelled)
    is_known = known == (lesson.title, lesson.starts_at, lesson.ends_at, cancelled)
    return Meeting(
        lesson_id=lesson.pk,
        title=lesson.title,
        course=lesson.course.title,
        url=public_url("lesson", lesson_id=lesson.pk),
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        sequence=(entry.sequence + (0 if is_known else 1)) if entry else 0,
        changed_at=entry.changed_at if entry and is_known else now,
        is_cancelled=cancelled,
    )


def compose_letter(
    letter: Letter, said: list[tuple[Lesson, NoticeKind]], *, now: datetime
) -> EmailMultiAlternatives:
    """The letter in the reader's language, with the institution's times."""
    language = letter.person.language or letter.institution.language
    with translation.override(language), timezone.override(ZoneInfo(letter.institution.time_zone)):
        lines = [_line(lesson, kind) for lesson, kind in said]
        message = _message(letter, lines)
        if letter.kind == LetterKind.INVITATION:
            _enclose(message, letter, [meeting_of(lesson, now=now) for lesson, _kind in said], now)
    return message


def compose_warning(letter: Letter, lesson: Lesson) -> EmailMultiAlternatives:
    """A head is told that a lesson is not being recorded, or that it is after all and what is missing."""
    language = letter.person.language or letter.institution.language
    with translation.override(language), timezone.override(ZoneInfo(letter.institution.time_zone)):
        message = _warning(letter, lesson)
    message.from_email = formataddr((_one_line(letter.institution.name), sender()))
    message.extra_headers = _headers(letter)
    return message


def _warning(letter: Letter, lesson: Lesson) -> EmailMultiAlternatives:
    alarm = lesson.recording.alarm
    words = {"title": lesson.title, "course": lesson.course.title, "since": _clock(alarm.since)}
    if letter.kind == LetterKind.RECORDED_AGAIN and alarm.repaired_at:
        words |= {"from": _clock(alarm.repaired_at), "minutes": str(alarm.missing_minutes)}
        subject = _("Being recorded after all: %(title)s (%(course)s)") % words
        said = ngettext(
            "A recorder has come: “%(title)s” is recorded from %(from)s on; %(minutes)s minute is missing, "
            "from %(since)s.",
            "A recorder has come: “%(title)s” is recorded from %(from)s on; %(minutes)s minutes are missing, "
            "from %(since)s.",
            alarm.missing_minutes or 1,
        )
        paragraphs = [said % words, _("Nothing needs to be done.")]
    else:
        subject = _("No recorder: %(title)s (%(course)s)") % words
        paragraphs = [
            _("“%(title)s” has had people inside and no recorder since %(since)s.") % words,
            _(
                "The people inside have been told, and so has whoever runs this platform. A recorder is still "
                "looked for; you will hear when one has come."
            ),
        ]
    return compose(
        to=formataddr((_one_line(letter.person.name), letter.person.email)),
        subject=subject,
        greeting=_("Hello %(name)s,") % {"name": _one_line(letter.person.name)},
        paragraphs=paragraphs,
        link=public_url("lesson", lesson_id=lesson.pk),
        link_text=_("See the lesson"),
        closing=_("You get this letter because you administer %(school)s.")
        % {"school": _one_line(letter.institution.name)},
    )


def compose_concern(concern: Concern, to: str, name: str, language: str) -> EmailMultiAlternatives:
    """Only that there is one: letters lie in other people's mail boxes, and what it says stays here."""
    institution = concern.lesson.institution
    with translation.override(language), timezone.override(ZoneInfo(institution.time_zone)):
        school = {"school": _one_line(institution.name)}
        at = date_format(timezone.localtime(concern.raised_at), "SHORT_DATETIME_FORMAT")
        message = compose(
            to=formataddr((_one_line(name), to)) if name else to,
            subject=_("A concern was reported at %(school)s") % school,
            greeting=_("Hello %(name)s,") % {"name": _one_line(name)} if name else _("Hello,"),
            paragraphs=[
                _("Somebody in a lesson reported a concern on %(at)s.") % {"at": at},
                _("Heads of the school read what it says on the page behind this link."),
            ],
            link=public_url("concerns", institution_id=institution.pk),
            link_text=_("See the concerns"),
            closing=_("You get this letter because reports from lessons of %(school)s reach you.") % school,
        )
    message.from_email = formataddr((_one_line(institution.name), sender()))
    return message


def _clock(moment: datetime) -> str:
    return time_format(timezone.localtime(moment), "H:i")


def _line(lesson: Lesson, kind: NoticeKind) -> LetterLine:
    return LetterLine(
        title=lesson.title,
        course=lesson.course.title,
        starts_at=timezone.localtime(lesson.starts_at),
        ends_at=timezone.localtime(lesson.ends_at),
        url=public_url("lesson", lesson_id=lesson.pk),
        kind=kind,
    )


def _message(letter: Letter, lines: list[LetterLine]) -> EmailMultiAlternatives:
    stop = public_url("unsubscribe", token=unsubscribe_token(letter.person_id, letter.kind))
    context = _context(letter, lines) | {"stop_url": stop}
    message = EmailMultiAlternatives(
        subject=_one_line(_subject(letter, lines)),
        body=render_to_string("dashboard/letters/letter.txt", context),
        from_email=formataddr((_one_line(letter.institution.name), sender())),
        to=[formataddr((_one_line(letter.person.name), letter.person.email))],
        headers=_headers(letter)
        | {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )
    message.attach_alternative(render_to_string("dashboard/letters/letter.html", context), "text/html")
    return message


def _headers(letter: Letter) -> dict[str, str]:
    return {
        "Message-ID": f"<{letter.pk}@{urlsplit(settings.PUBLIC_URL).hostname}>",
        "Auto-Submitted": "auto-generated",
    }


def _context(letter: Letter, lines: list[LetterLine]) -> dict[str, Any]:
    return {
        "letter": letter,
        "lines": lines,
        "institution": letter.institution,
        "is_reminder": letter.kind == LetterKind.REMINDER,
        "settings_url": public_url("calendar_settings"),
    }


def _subject(letter: Letter, lines: list[LetterLine]) -> str:
    if len(lines) > 1:
        count = len(lines)
        return ngettext(
            "%(count)s lesson for your calendar", "%(count)s lessons for your calendar", count
        ) % {"count": count}
    line = lines[0]
    said = {
        "title": line.title,
        "date": date_format(line.starts_at, "DATE_FORMAT"),
        "time": time_format(line.starts_at, "H:i"),
    }
    if letter.kind == LetterKind.REMINDER:
        return _("Reminder: %(title)s, %(date)s, %(time)s") % said
    if line.kind == NoticeKind.CANCELLED:
        return _("Cancelled: %(title)s, %(date)s, %(time)s") % said
    if line.kind == NoticeKind.CHANGED:
        return _("Changed: %(title)s, %(date)s, %(time)s") % said
    return _("Invitation: %(title)s, %(date)s, %(time)s") % said


def _enclose(message: EmailMultiAlternatives, letter: Letter, meetings: list[Meeting], now: datetime) -> None:
    """The calendar twice: mail programs read the alternative, people open the attachment."""
    envelope = Envelope(letter.institution.name, sender(), letter.person.name, letter.person.email)
    method, calendar = make_invitation(meetings, envelope, now=now)
    if method != "PUBLISH":
        message.attach_alternative(calendar.decode(), f"text/calendar; method={method}")
    message.attach("lessons.ics", calendar.decode(), f"text/calendar; method={method}")


def sender() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def _one_line(text: str) -> str:
    """What may stand in a header: a line end would begin another one."""
    return " ".join(text.split())
