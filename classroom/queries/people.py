"""Whom somebody may look up, and who looked at what is kept of them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import (
    CharField,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Concat

from accounts.models import AuditEvent, Guardianship, Membership, Person, Role
from accounts.queries import (
    active_memberships,
    institutions_where,
)
from classroom.models import (
    STAFF,
    Enrolment,
    Presence,
)
from classroom.queries.courses import own_courses


def people_for(person: Person) -> QuerySet[Person]:
    """Whom `person` may look up: a head everybody of the institution, staff their whole courses, everybody
    else the staff of their courses; a guardian also their children."""
    if not (person.is_authenticated and person.is_active):
        return Person.objects.none()
    here = Membership.objects.filter(institution__in=institutions_where(person, Role.HEAD), is_active=True)
    taught = Enrolment.objects.filter(
        person=person,
        is_active=True,
        standing__in=STAFF,
        course__institution__in=institutions_where(person),
    )
    mates = Enrolment.objects.filter(course__in=taught.values("course"), is_active=True)
    staff = Enrolment.objects.filter(course__in=own_courses(person), is_active=True, standing__in=STAFF)
    return Person.objects.listed().filter(
        Q(pk__in=here.values("person"))
        | Q(pk__in=mates.values("person"))
        | Q(pk__in=staff.values("person"))
        | Q(pk__in=children_of(person).values("child"))
    )


def children_of(person: Person) -> QuerySet[Guardianship]:
    """The links of a guardian whose membership counts today."""
    guarding = active_memberships(person).filter(role=Role.GUARDIAN).values("institution")
    return Guardianship.objects.filter(guardian=person, institution__in=guarding)


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
