"""Reads of the classroom that more than one door needs."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import Membership, Person, Role
from accounts.queries import active_memberships
from classroom.models import (
    STAFF,
    Course,
    Enrolment,
    Lesson,
    LessonStatus,
    Letter,
    LetterKind,
    NoticeKind,
    Presence,
    Room,
    Standing,
)


def standing_in(person: Person, lesson: Lesson) -> Standing | None:
    """What `person` is in `lesson` today: by enrolment, or as head of the institution; None for a stranger."""
    roles = set(
        active_memberships(person).filter(institution_id=lesson.institution_id).values_list("role", flat=True)
    )
    if not roles:
        return None
    enrolment = Enrolment.objects.filter(course_id=lesson.course_id, person=person, is_active=True).first()
    if enrolment:
        return Standing(enrolment.standing)
    return Standing.OBSERVER if Role.HEAD in roles else None


def lessons_for(person: Person) -> QuerySet[Lesson]:
    """Lessons that `person` may see: of their courses, all of the institution for a head, of their children."""
    active = active_memberships(person)
    headed = active.filter(role=Role.HEAD).values("institution")
    mine = active.values("institution")
    enrolled = Q(course__enrolments__person=person, course__enrolments__is_active=True, institution__in=mine)
    children = Q(
        course__enrolments__person__guardian_links__guardian=person,
        course__enrolments__is_active=True,
        institution__in=active.filter(role=Role.GUARDIAN).values("institution"),
    )
    seen = Lesson.objects.filter(Q(institution__in=headed) | enrolled | children)
    return (
        Lesson.objects.filter(pk__in=seen.values("pk"))
        .select_related("course", "institution", "room")
        .prefetch_related(
            Prefetch(
                "course__enrolments",
                Enrolment.objects.filter(standing__in=STAFF, is_active=True).select_related("person"),
                to_attr="staff",
            )
        )
    )


def open_presences(room: Room) -> QuerySet[Presence]:
    return (
        Presence.objects.filter(room=room, left_at__isnull=True)
        .select_related("person")
        .order_by("joined_at", "pk")
    )


def living_enrolments() -> QuerySet[Enrolment]:
    """Enrolments of whomever that count today: active, of active people whose membership has not expired."""
    unexpired = Q(expires_on__isnull=True) | Q(expires_on__gte=timezone.localdate())
    member = Membership.objects.filter(
        unexpired,
        institution=OuterRef("course__institution"),
        person=OuterRef("person"),
        is_active=True,
    )
    living = Enrolment.objects.filter(Exists(member), is_active=True, person__is_active=True)
    return living.exclude(person__email="")


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


def courses_with_calendar(person: Person) -> QuerySet[Course]:
    """Courses whose lessons `lessons_for` shows to `person`, whether they have any yet or not."""
    active = active_memberships(person)
    headed = Q(institution__in=active.filter(role=Role.HEAD).values("institution"))
    mine = Course.objects.filter(
        enrolments__person=person, enrolments__is_active=True, institution__in=active.values("institution")
    )
    children = Course.objects.filter(
        enrolments__person__guardian_links__guardian=person,
        enrolments__is_active=True,
        institution__in=active.filter(role=Role.GUARDIAN).values("institution"),
    )
    return Course.objects.filter(headed | Q(pk__in=mine.values("pk")) | Q(pk__in=children.values("pk")))


def lessons_in_feed(
    person: Person, *, course_id: UUID | None, since: datetime, until: datetime
) -> QuerySet[Lesson]:
    """What a calendar feed holds, earliest first; cancelled ones too, so that calendars take them out."""
    lessons = lessons_for(person).prefetch_related(None).select_related(None)
    if course_id is not None:
        lessons = lessons.filter(course=course_id)
    within = lessons.filter(starts_at__gte=since, starts_at__lt=until)
    return within.select_related("course", "calendar_entry").order_by("starts_at", "pk")
