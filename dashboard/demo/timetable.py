"""What else the demo school teaches: two courses of other teachers, their weeks ahead, a group, a holiday."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from django.utils import timezone

from accounts import actions as people
from accounts.models import Institution, Person, Role
from classroom import actions as lessons
from classroom.models import Course, Standing


@dataclass(frozen=True, slots=True)
class Subject:
    """A course that meets every week on `days`."""

    title: str
    language: str
    teacher: str
    email: str
    lesson: str
    days: str
    at: time


SUBJECTS = (
    Subject("Science 7b", "en", "Grace Otieno", "grace@demo.test", "Living things", "MO,WE", time(10, 30)),
    Subject("الأدب العربي ٧", "ar", "يوسف الشامي", "yusuf@demo.test", "قراءة ومناقشة", "TU,TH", time(8, 30)),
)
WEEKS, MINUTES = 5, 45


def plan_term(school: Institution, cast: Mapping[str, Person], class_: Sequence[Person]) -> None:
    """`class_`: everybody who learns in 7b, Amina and Bilal among them."""
    today = timezone.localdate()
    _add_holiday(school, cast["head"], today)
    for subject in SUBJECTS:
        course = lessons.create_course(
            institution=school, title=subject.title, language=subject.language, by=cast["head"]
        )
        _teach(course, subject, school, class_, cast["head"])
        _meet_weekly(course, subject, cast["head"], today)


def group_up(course: Course, class_: Sequence[Person], by: Person) -> None:
    group = lessons.create_group(course=course, title="Group A", by=by)
    lessons.change_group(group=group, title=group.title, people=class_[:5], by=by)


def _add_holiday(school: Institution, head: Person, today: date) -> None:
    first = today + timedelta(days=24)
    lessons.add_holiday(
        institution=school, name="End of term", first_on=first, last_on=first + timedelta(days=9), by=head
    )


def _teach(
    course: Course, subject: Subject, school: Institution, class_: Sequence[Person], head: Person
) -> None:
    teacher = people.add_person(
        institution=school, email=subject.email, name=subject.teacher, role=Role.TEACHER, by=head
    )
    lessons.enrol(course=course, person=teacher, standing=Standing.TEACHER, by=head)
    for student in class_:
        lessons.enrol(course=course, person=student, standing=Standing.STUDENT, by=head)


def _meet_weekly(course: Course, subject: Subject, head: Person, today: date) -> None:
    lessons.schedule_series(
        course=course,
        title=subject.lesson,
        rule=f"FREQ=WEEKLY;BYDAY={subject.days};COUNT={WEEKS * 2}",
        first_on=today + timedelta(days=1),
        at=subject.at,
        seconds=MINUTES * 60,
        time_zone=course.institution.time_zone,
        created_by=head,
        now=timezone.now(),
    )
