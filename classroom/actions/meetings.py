"""Meetings that start now, without a timetable."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.actions import record_audit
from accounts.models import Institution, Person
from accounts.policy import read_policy
from classroom.actions.courses import enrol
from classroom.actions.guests import create_guest_link
from classroom.actions.lessons import schedule_lesson
from classroom.models import Course, Lesson, Standing

MEETING = timedelta(hours=1)
MEETING_GUESTS = 20


@transaction.atomic
def start_meeting(*, institution: Institution, by: Person, title: str, now: datetime) -> tuple[Lesson, str]:
    """A lesson that began this moment in the person's own course of meetings, and the secret of its guest link ("" without guests)."""
    course = _course_of_meetings(institution, by)
    with translation.override(institution.language):
        title = title.strip() or _("Meeting")
    lesson = schedule_lesson(course=course, title=title, starts_at=now, ends_at=now + MEETING, created_by=by)
    secret = ""
    if read_policy(institution.policy).guests_allowed:
        _link, secret = create_guest_link(lesson=lesson, by=by, max_guests=MEETING_GUESTS, now=now)
    record_audit("meeting.started", institution=institution, by=by, target=f"lesson:{lesson.pk}")
    return lesson, secret


def _course_of_meetings(institution: Institution, person: Person) -> Course:
    """One a person, so that colleagues do not find themselves in each other's meetings."""
    with translation.override(institution.language):
        title = _("Meetings of %(name)s") % {"name": person.name}
    course, created = Course.objects.get_or_create(
        institution=institution,
        meetings_of=person,
        defaults={"title": title[:200], "language": institution.language},
    )
    if created:
        enrol(course=course, person=person, standing=Standing.TEACHER)
    return course
