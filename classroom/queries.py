"""Reads of the classroom that more than one door needs."""

from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet

from accounts.models import Guardianship, Membership, Person, Role
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
    """Lessons that `person` may see: of their courses, all of the institution for a head, of their children.

    Whole courses are chosen first, by key: joining the rosters would multiply every lesson by its class.
    """
    return (
        Lesson.objects.filter(Q(institution__in=_headed(person)) | Q(course__in=_own_courses(person)))
        .select_related("course", "institution", "room")
        .prefetch_related(
            Prefetch(
                "course__enrolments",
                Enrolment.objects.filter(standing__in=STAFF, is_active=True).select_related("person"),
                to_attr="staff",
            )
        )
    )


def courses_for(person: Person) -> QuerySet[Course]:
    """Courses whose lessons `person` may see."""
    return Course.objects.filter(Q(institution__in=_headed(person)) | Q(pk__in=_own_courses(person)))


def people_for(person: Person) -> QuerySet[Person]:
    """Whom `person` may look up: a head everybody of the institution, staff their whole courses, everybody
    else the staff of their courses; a guardian also their children."""
    active = active_memberships(person)
    here = Membership.objects.filter(institution__in=_headed(person), is_active=True)
    taught = Enrolment.objects.filter(
        person=person,
        is_active=True,
        standing__in=STAFF,
        course__institution__in=active.values("institution"),
    )
    mates = Enrolment.objects.filter(course__in=taught.values("course"), is_active=True)
    staff = Enrolment.objects.filter(course__in=_own_courses(person), is_active=True, standing__in=STAFF)
    return Person.objects.filter(
        Q(pk__in=here.values("person"))
        | Q(pk__in=mates.values("person"))
        | Q(pk__in=staff.values("person"))
        | Q(pk__in=children_of(person).values("child"))
    )


def children_of(person: Person) -> QuerySet[Guardianship]:
    """The links of a guardian whose membership counts today."""
    guarding = active_memberships(person).filter(role=Role.GUARDIAN).values("institution")
    return Guardianship.objects.filter(guardian=person, institution__in=guarding)


def _headed(person: Person) -> QuerySet[Membership, Any]:
    return active_memberships(person).filter(role=Role.HEAD).values("institution")


def _own_courses(person: Person) -> QuerySet[Course, Any]:
    """Courses in which `person` or a child of theirs is enrolled, in institutions that still count them."""
    active = active_memberships(person)
    mine = Enrolment.objects.filter(
        person=person, is_active=True, course__institution__in=active.values("institution")
    )
    theirs = Enrolment.objects.filter(
        person__guardian_links__in=children_of(person),
        person__guardian_links__institution=F("course__institution"),
        is_active=True,
    )
    return Course.objects.filter(Q(pk__in=mine.values("course")) | Q(pk__in=theirs.values("course"))).values(
        "pk"
    )


def open_presences(room: Room) -> QuerySet[Presence]:
    return (
        Presence.objects.filter(room=room, left_at__isnull=True)
        .select_related("person")
        .order_by("joined_at", "pk")
    )
