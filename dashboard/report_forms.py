"""What somebody may order a report on, and for when."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Institution, Person, Role
from accounts.queries import active_memberships, institutions_where, week_begins
from attendance.actions import Subject
from attendance.models import Every, ReportKind
from attendance.periods import Period, period_before, period_of
from attendance.queries import courses_readable
from classroom.models import Lesson
from classroom.queries import children_of

WHEN = (
    ("last_week", gettext_lazy("Last week")),
    ("this_week", gettext_lazy("This week so far")),
    ("last_month", gettext_lazy("Last month")),
    ("this_month", gettext_lazy("This month so far")),
    ("every_week", gettext_lazy("Every week, by e-mail as a link")),
    ("every_month", gettext_lazy("Every month, by e-mail as a link")),
)
EVERY = {"every_week": Every.WEEK, "every_month": Every.MONTH}
MOST_COURSES = 500


def subjects_for(person: Person) -> list[tuple[str, str]]:
    """What stands in the list; a lesson and a head's students are ordered from their own pages."""
    schools = Institution.objects.filter(pk__in=institutions_where(person, Role.HEAD)).order_by("name")
    whole = _("The whole school")
    found = [(f"institution:{one.pk}", f"{one.name} · {whole}") for one in schools]
    found += [(f"course:{one.pk}", one.title) for one in courses_readable(person)[:MOST_COURSES]]
    studying = active_memberships(person).filter(role=Role.STUDENT).select_related("institution")
    found += [(f"student:{one.institution_id}:{person.pk}", person.name) for one in studying]
    links = children_of(person).select_related("child")
    return [*found, *((f"student:{one.institution_id}:{one.child_id}", one.child.name) for one in links)]


class OrderForm(forms.Form):
    about = forms.ChoiceField(label=gettext_lazy("About"))
    when = forms.ChoiceField(label=gettext_lazy("When"), choices=WHEN)

    def __init__(self, subjects: list[tuple[str, str]], data: Any = None) -> None:
        super().__init__(data)
        self.fields["about"] = AboutField(label=gettext_lazy("About"), choices=subjects)


class AboutField(forms.ChoiceField):
    """Also what is in no list; whether they may is asked of what it names."""

    def valid_value(self, value: Any) -> bool:
        return str(value).partition(":")[0] in ReportKind.values


def subject_of(text: str, person: Person) -> Subject | None:
    """None for what this person may not know of; the action asks whether they may read it."""
    kind, _colon, rest = text.partition(":")
    first, _colon, second = rest.partition(":")
    try:
        key, other = UUID(first), UUID(second) if second else None
    except ValueError:
        return None
    if kind == ReportKind.COURSE:
        course = courses_readable(person).filter(pk=key).first()
        return Subject(kind, course.institution, course=course) if course else None
    if kind == ReportKind.LESSON:
        lessons = Lesson.objects.filter(pk=key, course__in=courses_readable(person))
        lesson = lessons.select_related("institution").first()
        return Subject(kind, lesson.institution, lesson=lesson) if lesson else None
    school = active_memberships(person).filter(institution=key).select_related("institution").first()
    if school is None:
        return None
    if kind == ReportKind.INSTITUTION:
        return Subject(kind, school.institution)
    student = other and Person.objects.filter(pk=other, memberships__institution=key).first()
    return Subject(kind, school.institution, person=student) if student else None


def period_at(when: str, subject: Subject, now: datetime) -> Period:
    zone = ZoneInfo(subject.institution.time_zone)
    if subject.lesson:
        day = subject.lesson.starts_at.astimezone(zone).date()
        return Period("", day, day.fromordinal(day.toordinal() + 1))
    side, _underline, every = when.partition("_")
    current = period_of(every, now.astimezone(zone).date(), week_begins(subject.institution))
    return current if side == "this" else period_before(current)
