"""Lessons: whose they are to see, in pages, feeds and letters."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import (
    Prefetch,
    Q,
    QuerySet,
)
from django.utils import timezone

from accounts.callers import Caller
from accounts.models import Institution, Membership, Person, Role
from accounts.queries import (
    institutions_where,
)
from classroom.models import (
    STAFF,
    Enrolment,
    Lesson,
    LessonStatus,
    Letter,
    LetterKind,
    NoticeKind,
    main_room,
)
from classroom.queries.courses import own_courses
from classroom.queries.rosters import living_enrolments

SUBSTITUTES = frozenset({Role.TEACHER, Role.HEAD})


def lessons_seen_by(person: Person) -> QuerySet[Lesson]:
    """Lessons that `person` may see, bare: of the institution for a head, of their courses and their
    children's, and those in which they stand in for a teacher.

    Whole courses are chosen first, by key: joining the rosters would multiply every lesson by its class.
    """
    if not (person.is_authenticated and person.is_active):
        return Lesson.objects.none()
    return Lesson.objects.filter(
        Q(institution__in=institutions_where(person, Role.HEAD))
        | Q(course__in=own_courses(person))
        | Q(substitute=person, institution__in=institutions_where(person, *SUBSTITUTES))
    )


def lessons_for(person: Person) -> QuerySet[Lesson]:
    """The same with all that a page about a lesson shows."""
    return with_staff(lessons_seen_by(person))


def with_staff(lessons: QuerySet[Lesson]) -> QuerySet[Lesson]:
    """With course, institution, room and substitute; `.course.staff` are the enrolments of its teachers."""
    return lessons.select_related("course", "institution", "substitute").prefetch_related(
        main_room(),
        Prefetch(
            "course__enrolments",
            Enrolment.objects.filter(standing__in=STAFF, is_active=True).select_related("person"),
            to_attr="staff",
        ),
    )


def lessons_open_to(caller: Caller) -> QuerySet[Lesson]:
    """What a caller of the API may see: a client all of its institution."""
    if caller.person is None:
        return with_staff(Lesson.objects.filter(institution=caller.institution))
    lessons = lessons_for(caller.person)
    return lessons.filter(institution=caller.institution) if caller.institution else lessons


def lessons_in_feed(
    person: Person, *, course_id: UUID | None, since: datetime, until: datetime
) -> QuerySet[Lesson]:
    """What a calendar feed holds, earliest first; cancelled ones too, so that calendars take them out."""
    lessons = lessons_for(person).prefetch_related(None).select_related(None)
    if course_id is not None:
        lessons = lessons.filter(course=course_id)
    within = lessons.filter(starts_at__gte=since, starts_at__lt=until)
    return within.select_related("course", "calendar_entry").order_by("starts_at", "pk")


def lessons_of_letter(letter: Letter, *, now: datetime) -> list[tuple[Lesson, NoticeKind]]:
    """What there still is to say, earliest first: lessons to come, of courses in which the reader still is."""
    courses = living_enrolments().filter(person=letter.person_id).values("course")
    lessons = Lesson.objects.filter(course__in=courses, starts_at__gt=now).select_related(
        "course", "institution", "calendar_entry"
    )
    if letter.kind == LetterKind.REMINDER:
        found = lessons.filter(reminders__letter=letter, status=LessonStatus.SCHEDULED)
        return [(lesson, NoticeKind.NEW) for lesson in found]
    told = dict(letter.notices.values_list("lesson_id", "kind"))
    shown = lessons.filter(pk__in=told).order_by("starts_at", "pk")
    return [(lesson, NoticeKind(told[lesson.pk])) for lesson in shown]


def possible_substitutes(institution: Institution) -> QuerySet[Person]:
    """Who may stand in for a teacher: the teachers and heads of today."""
    unexpired = Q(expires_on__isnull=True) | Q(expires_on__gte=timezone.localdate())
    there = Membership.objects.filter(
        unexpired, institution=institution, role__in=SUBSTITUTES, is_active=True
    )
    return (
        Person.objects.listed().filter(is_active=True, pk__in=there.values("person")).order_by("name", "pk")
    )
