"""Reads of the classroom that more than one door needs."""

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import Institution, Membership, Person, Role
from accounts.queries import active_memberships
from classroom.models import STAFF, Course, Enrolment, Lesson, Presence, Room, Standing

SUBSTITUTES = frozenset({Role.TEACHER, Role.HEAD})


def standing_in(person: Person, lesson: Lesson) -> Standing | None:
    """What `person` is in `lesson` today; None for a stranger.

    As its substitute, by enrolment, or as head of the institution, in this order.
    """
    roles = set(
        active_memberships(person).filter(institution_id=lesson.institution_id).values_list("role", flat=True)
    )
    if not roles:
        return None
    if lesson.substitute_id == person.pk and roles & SUBSTITUTES:
        return Standing.TEACHER
    enrolment = Enrolment.objects.filter(course_id=lesson.course_id, person=person, is_active=True).first()
    if enrolment:
        return Standing(enrolment.standing)
    return Standing.OBSERVER if Role.HEAD in roles else None


def courses_seen_by(person: Person) -> QuerySet[Course]:
    """All of the institution for a head, one's own, those of one's children.

    Subqueries, not joins: a join over enrolments and guardians would multiply five thousand lessons by them.
    """
    active = active_memberships(person)
    enrolled = Enrolment.objects.filter(is_active=True)
    mine = enrolled.filter(person=person)
    childrens = enrolled.filter(person__guardian_links__guardian=person)
    return Course.objects.filter(
        Q(institution__in=active.filter(role=Role.HEAD).values("institution"))
        | Q(pk__in=mine.values("course"), institution__in=active.values("institution"))
        | Q(
            pk__in=childrens.values("course"),
            institution__in=active.filter(role=Role.GUARDIAN).values("institution"),
        )
    )


def lessons_seen_by(person: Person) -> QuerySet[Lesson]:
    """Lessons that `person` may see, bare: of their courses, and those in which they stand in for a teacher."""
    there = active_memberships(person).filter(role__in=SUBSTITUTES)
    return Lesson.objects.filter(
        Q(course__in=courses_seen_by(person).values("pk"))
        | Q(substitute=person, institution__in=there.values("institution"))
    )


def lessons_for(person: Person) -> QuerySet[Lesson]:
    """The same with all that a page about a lesson shows."""
    return (
        lessons_seen_by(person)
        .select_related("course", "institution", "room", "substitute")
        .prefetch_related(
            Prefetch(
                "course__enrolments",
                Enrolment.objects.filter(standing__in=STAFF, is_active=True).select_related("person"),
                to_attr="staff",
            )
        )
    )


def courses_scheduled_by(person: Person) -> QuerySet[Course]:
    """Courses for which `rules.may_schedule` says yes."""
    active = active_memberships(person)
    taught = Enrolment.objects.filter(person=person, is_active=True, standing__in=STAFF)
    return (
        Course.objects.filter(
            Q(institution__in=active.filter(role=Role.HEAD).values("institution"))
            | Q(
                pk__in=taught.values("course"),
                institution__in=active.filter(role=Role.TEACHER).values("institution"),
            )
        )
        .select_related("institution")
        .order_by("title", "pk")
    )


def possible_substitutes(institution: Institution) -> QuerySet[Person]:
    """Who may stand in for a teacher: the teachers and heads of today."""
    unexpired = Q(expires_on__isnull=True) | Q(expires_on__gte=timezone.localdate())
    there = Membership.objects.filter(
        unexpired, institution=institution, role__in=SUBSTITUTES, is_active=True
    )
    return Person.objects.filter(is_active=True, pk__in=there.values("person")).order_by("name", "pk")


def open_presences(room: Room) -> QuerySet[Presence]:
    return (
        Presence.objects.filter(room=room, left_at__isnull=True)
        .select_related("person")
        .order_by("joined_at", "pk")
    )
