"""Courses: who sees them, who plans for them, what the list of them shows."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    Count,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.callers import Caller
from accounts.models import Institution, Person, Role
from accounts.queries import (
    COUNTS_TODAY,
    active_memberships,
    institutions_where,
)
from classroom.models import (
    STAFF,
    Course,
    Enrolment,
    Group,
    Standing,
)


def courses_for(person: Person) -> QuerySet[Course]:
    """Courses whose lessons `person` may see."""
    if not (person.is_authenticated and person.is_active):
        return Course.objects.none()
    headed = institutions_where(person, Role.HEAD)
    return Course.objects.listed().filter(Q(institution__in=headed) | Q(pk__in=own_courses(person)))


_OWN_COURSES = f"""
SELECT enrolment.course_id FROM classroom_enrolment enrolment
JOIN classroom_course course ON course.id = enrolment.course_id
JOIN accounts_membership membership ON membership.institution_id = course.institution_id
WHERE enrolment.person_id = %s AND enrolment.is_active AND membership.person_id = %s AND {COUNTS_TODAY}
UNION ALL
SELECT enrolment.course_id FROM accounts_guardianship link
JOIN accounts_membership membership
  ON membership.institution_id = link.institution_id AND membership.person_id = link.guardian_id
JOIN classroom_enrolment enrolment ON enrolment.person_id = link.child_id
JOIN classroom_course course ON course.id = enrolment.course_id
WHERE link.guardian_id = %s AND course.institution_id = link.institution_id AND enrolment.is_active
  AND membership.role = 'guardian' AND {COUNTS_TODAY}
"""  # noqa: S608  constants


def own_courses(person: Person) -> RawSQL:
    """Courses in which `person` or a child of theirs is enrolled, in institutions that still count them."""
    key, today = person.pk, timezone.localdate()
    return RawSQL(_OWN_COURSES, (key, key, today, key, today))  # noqa: S611  nothing but keys and a day go in


def courses_scheduled_by(person: Person) -> QuerySet[Course]:
    """Those of the courses for which `rules.may_schedule` says yes that still go on."""
    if not (person.is_authenticated and person.is_active):
        return Course.objects.none()
    taught = Enrolment.objects.filter(person=person, is_active=True, standing__in=STAFF)
    return (
        Course.objects.listed()
        .filter(archived_at__isnull=True)
        .filter(
            Q(institution__in=institutions_where(person, Role.HEAD))
            | Q(pk__in=taught.values("course"), institution__in=institutions_where(person, Role.TEACHER))
        )
        .select_related("institution")
        .order_by("title", "pk")
    )


def courses_open_to(caller: Caller) -> QuerySet[Course]:
    """All of the institution for a client and a head, one's own and one's children's for the others."""
    if caller.person is None:
        return Course.objects.listed().filter(institution=caller.institution)
    courses = courses_for(caller.person)
    return courses.filter(institution=caller.institution) if caller.institution else courses


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
    return Course.objects.listed().filter(
        headed | Q(pk__in=mine.values("pk")) | Q(pk__in=children.values("pk"))
    )


def courses_of(institution: Institution) -> QuerySet[Course]:
    """Courses with `.staff` (enrolments with their people), `.students` and `.group_count`."""
    places = Enrolment.objects.filter(course=OuterRef("pk"), is_active=True, standing=Standing.STUDENT)
    groups = Group.objects.filter(course=OuterRef("pk"))
    return (
        Course.objects.listed()
        .filter(institution=institution)
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
