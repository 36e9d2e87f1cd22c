"""Reads of the classroom that more than one door needs."""

from uuid import UUID

from django.db.models import CharField, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts.models import AuditEvent, Guardianship, Person, Role
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


LOOKS_AT_A_LESSON = ("register.read", "register.exported")


def audit_lines_about(person: Person) -> QuerySet[AuditEvent]:
    """Who looked at or changed what is kept of `person` and of their children, where they belong today.

    A register is about everybody who was in it, so its readers are told to all of them.
    """
    here = active_memberships(person).values("institution")
    links = Guardianship.objects.filter(guardian=person, institution__in=here)
    family: list[UUID] = [person.pk, *links.values_list("child_id", flat=True)]
    attended = Presence.objects.filter(person__in=family, room__lesson__institution__in=here)
    lesson = Concat(Value("lesson:"), Cast("room__lesson_id", CharField()), output_field=CharField())
    of_lessons = Q(act__in=LOOKS_AT_A_LESSON, target__in=attended.values_list(lesson, flat=True))
    about = Q(target__in=[f"person:{pk}" for pk in family]) | of_lessons
    return AuditEvent.objects.filter(about, institution__in=here).order_by("-at", "-seq")
