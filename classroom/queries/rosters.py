"""Who takes part in a course, and what an import must know of a school."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.conf import settings
from django.db.models import (
    Case,
    Exists,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    When,
)
from django.utils import timezone

from accounts.models import Guardianship, Institution, Membership, Person
from accounts.queries import (
    last_answers,
    people_here,
)
from classroom.models import (
    STAFF,
    Course,
    Enrolment,
    Group,
    GroupMember,
    Standing,
)
from classroom.roster import Known, KnownPerson


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


def students_of(course: Course) -> QuerySet[Person]:
    enrolled = Enrolment.objects.filter(course=course, is_active=True, standing=Standing.STUDENT)
    return Person.objects.filter(pk__in=enrolled.values("person")).order_by("name", "pk")


def roster_of(course: Course) -> QuerySet[Enrolment]:
    """Who is in the course today, staff first; each person with `.here`, their groups of this course."""
    groups = GroupMember.objects.filter(group__course=course).select_related("group").order_by("group__title")
    last = Case(When(standing__in=STAFF, then=False), default=True)
    return (
        Enrolment.objects.filter(course=course, is_active=True)
        .select_related("person")
        .prefetch_related(Prefetch("person__group_memberships", groups, to_attr="here"))
        .order_by(last, "person__name", "pk")
    )


def known_to_school(institution: Institution, emails: Collection[str]) -> Known:
    """What an import of these people must know: them, and every course and group that is not archived."""
    courses = Course.objects.listed().filter(institution=institution, archived_at__isnull=True)
    groups = Group.objects.filter(course__in=courses)
    known = Known(languages=frozenset(code for code, _ in settings.LANGUAGES))
    for course_id, title in courses.values_list("pk", "title"):
        known.courses.setdefault(title.casefold(), []).append(course_id)
    for group_id, course_id, title in groups.values_list("pk", "course_id", "title"):
        known.groups[course_id, title.casefold()] = group_id
    known.people = _known_people(institution, emails)
    here = {person.pk: person.address for person in people_here(institution, emails)}
    enrolled = Enrolment.objects.filter(course__in=courses, is_active=True, person__in=here)
    known.enrolments = {
        (course_id, here[person_id]): standing
        for course_id, person_id, standing in enrolled.values_list("course_id", "person_id", "standing")
    }
    members = GroupMember.objects.filter(group__in=groups, person__in=here)
    known.group_members = {(group, here[one]) for group, one in members.values_list("group_id", "person_id")}
    links = Guardianship.objects.filter(institution=institution, child__in=here).select_related("guardian")
    known.guardianships = {(link.guardian.address, here[link.child_id]) for link in links}
    known.permissions = {here[pk]: answer for pk, answer in last_answers(institution, here).items()}
    return known


def _known_people(institution: Institution, emails: Collection[str]) -> dict[str, KnownPerson]:
    here: dict[UUID, list[tuple[str, bool]]] = {}
    elsewhere: set[UUID] = set()
    people = list(people_here(institution, emails))
    places = Membership.objects.filter(person__in=people)
    for person_id, institution_id, role, is_active in places.values_list(
        "person_id", "institution_id", "role", "is_active"
    ):
        if institution_id == institution.pk:
            here.setdefault(person_id, []).append((role, is_active))
        else:
            elsewhere.add(person_id)
    return {
        person.address: KnownPerson(
            name=person.name,
            language=person.language,
            roles=frozenset(role for role, _ in here.get(person.pk, [])),
            is_suspended=not all(is_active for _, is_active in here.get(person.pk, [])),
            is_ours=person.pk not in elsewhere and not person.is_platform_admin,
        )
        for person in people
    }
