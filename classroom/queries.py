"""Reads of the classroom that more than one door needs."""

from django.db.models import F, Prefetch, Q, QuerySet

from accounts.callers import Caller
from accounts.models import Person, Role
from accounts.queries import active_memberships
from classroom.models import STAFF, Course, Enrolment, Lesson, Presence, Room, Standing


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
    return with_staff(Lesson.objects.filter(pk__in=seen.values("pk")))


def with_staff(lessons: QuerySet[Lesson]) -> QuerySet[Lesson]:
    """With course, institution and room; `.course.staff` are the enrolments of its teachers."""
    return lessons.select_related("course", "institution", "room").prefetch_related(
        Prefetch(
            "course__enrolments",
            Enrolment.objects.filter(standing__in=STAFF, is_active=True).select_related("person"),
            to_attr="staff",
        )
    )


def lessons_open_to(caller: Caller) -> QuerySet[Lesson]:
    """What a caller of the API may see: a client all of its institution."""
    if caller.person is None:
        return with_staff(Lesson.objects.filter(institution=caller.institution))
    lessons = lessons_for(caller.person)
    return lessons.filter(institution=caller.institution) if caller.institution else lessons


def courses_open_to(caller: Caller) -> QuerySet[Course]:
    """All of the institution for a client and a head, one's own and one's children's for the others."""
    if caller.person is None:
        return Course.objects.filter(institution=caller.institution)
    courses = _courses_for(caller.person)
    return courses.filter(institution=caller.institution) if caller.institution else courses


def _courses_for(person: Person) -> QuerySet[Course]:
    active = active_memberships(person)
    mine = Enrolment.objects.filter(is_active=True).filter(
        Q(person=person, course__institution__in=active.values("institution"))
        | Q(
            person__guardian_links__guardian=person,
            person__guardian_links__institution=F("course__institution"),
            course__institution__in=active.filter(role=Role.GUARDIAN).values("institution"),
        )
    )
    headed = active.filter(role=Role.HEAD).values("institution")
    return Course.objects.filter(Q(pk__in=mine.values("course")) | Q(institution__in=headed))


def standing_of_caller(caller: Caller, lesson: Lesson) -> Standing | None:
    """As `standing_in`; a client of the institution looks on like its head."""
    if caller.is_client_of(lesson.institution_id):
        return Standing.OBSERVER
    if caller.person is None or not caller.reaches(lesson.institution_id):
        return None
    return standing_in(caller.person, lesson)


def open_presences(room: Room) -> QuerySet[Presence]:
    return (
        Presence.objects.filter(room=room, left_at__isnull=True)
        .select_related("person")
        .order_by("joined_at", "pk")
    )
