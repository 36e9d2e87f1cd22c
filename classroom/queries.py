"""Reads of the classroom that more than one door needs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Count, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from accounts.models import Guardianship, Institution, Membership, Person, Role
from accounts.queries import active_memberships
from classroom.models import STAFF, Course, Enrolment, Group, GroupMember, Lesson, Presence, Room, Standing
from classroom.roster import Known, KnownPerson


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


def known_to_school(institution: Institution, emails: Collection[str]) -> Known:
    """What an import of these people must know: them, and every course and group that is not archived."""
    courses = Course.objects.filter(institution=institution, archived_at__isnull=True)
    groups = Group.objects.filter(course__in=courses)
    known = Known(languages=frozenset(code for code, _ in settings.LANGUAGES))
    for course_id, title in courses.values_list("pk", "title"):
        known.courses.setdefault(title.casefold(), []).append(course_id)
    for group_id, course_id, title in groups.values_list("pk", "course_id", "title"):
        known.groups[course_id, title.casefold()] = group_id
    known.people = _known_people(institution, emails)
    enrolled = Enrolment.objects.filter(course__in=courses, is_active=True, person__email__in=emails)
    known.enrolments = {
        (course_id, email): standing
        for course_id, email, standing in enrolled.values_list("course_id", "person__email", "standing")
    }
    members = GroupMember.objects.filter(group__in=groups, person__email__in=emails)
    known.group_members = set(members.values_list("group_id", "person__email"))
    links = Guardianship.objects.filter(institution=institution, child__email__in=emails)
    known.guardianships = set(links.values_list("guardian__email", "child__email"))
    return known


def _known_people(institution: Institution, emails: Collection[str]) -> dict[str, KnownPerson]:
    here: dict[UUID, list[tuple[str, bool]]] = {}
    elsewhere: set[UUID] = set()
    places = Membership.objects.filter(person__email__in=emails)
    for person_id, institution_id, role, is_active in places.values_list(
        "person_id", "institution_id", "role", "is_active"
    ):
        if institution_id == institution.pk:
            here.setdefault(person_id, []).append((role, is_active))
        else:
            elsewhere.add(person_id)
    return {
        person.email: KnownPerson(
            name=person.name,
            language=person.language,
            roles=frozenset(role for role, _ in here.get(person.pk, [])),
            is_suspended=not all(is_active for _, is_active in here.get(person.pk, [])),
            is_ours=person.pk not in elsewhere and not person.is_platform_admin,
        )
        for person in Person.objects.filter(email__in=emails)
    }


def students_of(course: Course) -> QuerySet[Person]:
    enrolled = Enrolment.objects.filter(course=course, is_active=True, standing=Standing.STUDENT)
    return Person.objects.filter(pk__in=enrolled.values("person")).order_by("name", "pk")


def courses_of(institution: Institution) -> QuerySet[Course]:
    """Courses with `.staff` (enrolments with their people), `.students` and `.group_count`."""
    places = Enrolment.objects.filter(course=OuterRef("pk"), is_active=True, standing=Standing.STUDENT)
    groups = Group.objects.filter(course=OuterRef("pk"))
    return (
        Course.objects.filter(institution=institution)
        .annotate(
            students=_count(places.values("course")),
            group_count=_count(groups.values("course")),
        )
        .prefetch_related(_staff_prefetch("enrolments"))
        .order_by("title", "pk")
    )


def _count(rows: QuerySet[Any, Any]) -> Coalesce:
    """Two counts in one query must not multiply each other."""
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


def _staff_prefetch(path: str) -> Prefetch[Any]:
    staff = Enrolment.objects.filter(standing__in=STAFF, is_active=True).select_related("person")
    return Prefetch(path, staff.order_by("person__name"), to_attr="staff")


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
