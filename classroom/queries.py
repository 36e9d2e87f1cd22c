"""Reads of the classroom that more than one door needs."""

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import Person, Role
from accounts.queries import active_memberships
from classroom.models import STAFF, Enrolment, Lesson, Presence, Room, Standing


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
