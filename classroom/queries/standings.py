"""As what somebody is in a lesson."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.callers import Caller
from accounts.models import Person, Role
from accounts.queries import counting_memberships
from classroom.models import STAFF, Enrolment, Expulsion, Knock, KnockState, Lesson, Promotion, Standing
from classroom.queries.lessons import SUBSTITUTES

Asked = tuple[Person, Lesson]


def standing_in(person: Person, lesson: Lesson) -> Standing | None:
    """What `person` is in `lesson` today; None for a stranger.

    As its substitute, by enrolment, as head of the institution, in this order, or as a guest who was let in; and
    whoever of the staff was promoted in the lesson helps to hold it.
    """
    (standing,) = standings_in([(person, lesson)])
    return standing


def standings_in(asked: Sequence[Asked]) -> list[Standing | None]:
    """The same for many at once: one question for each table, however many ask."""
    roles = _roles(asked)
    members = [(one, lesson) for one, lesson in asked if roles[one.pk, lesson.institution_id]]
    enrolled = _enrolled(members)

    def find(person: Person, lesson: Lesson) -> Standing | None:
        own = roles[person.pk, lesson.institution_id]
        if own and lesson.substitute_id == person.pk and own & SUBSTITUTES:
            return Standing.TEACHER
        standing = enrolled.get((person.pk, lesson.course_id)) if own else None
        return standing or (Standing.OBSERVER if Role.HEAD in own else None)

    found = [find(*one) for one in asked]
    # Asked of colleagues alone: whoever is a pupil here and nothing else is never made to hold a lesson.
    colleagues = [
        (person, lesson)
        for (person, lesson), standing in zip(asked, found, strict=True)
        if standing not in {None, *STAFF} and roles[person.pk, lesson.institution_id] & SUBSTITUTES
    ]
    guests = [
        (one, lesson)
        for one, lesson in asked
        if getattr(one, "is_guest", False) and not roles[one.pk, lesson.institution_id]
    ]
    raised = dict.fromkeys(_pairs(Promotion.objects.all(), colleagues), Standing.CO_TEACHER)
    # An admission is all that a guest's right consists of, and it is for one lesson.
    admitted = Knock.objects.filter(state=KnockState.ADMITTED)
    raised |= dict.fromkeys(_pairs(admitted, guests), Standing.GUEST)
    return [
        raised.get((person.pk, lesson.pk), standing)
        for (person, lesson), standing in zip(asked, found, strict=True)
    ]


def put_out_of(asked: Sequence[Asked]) -> set[tuple[UUID, UUID]]:
    """(person, lesson) of those who were sent out of a lesson that goes on."""
    going_on = [(person, lesson) for person, lesson in asked if not lesson.is_over]
    return _pairs(Expulsion.objects.all(), going_on)


def _roles(asked: Sequence[Asked]) -> dict[tuple[Any, Any], set[str]]:
    people = {one.pk for one, _ in asked if one.is_authenticated and one.is_active}
    roles: dict[tuple[Any, Any], set[str]] = defaultdict(set)
    if people:
        schools = {lesson.institution_id for _, lesson in asked}
        # Asked anew: an open socket holds the person as they were at the handshake.
        places = counting_memberships().filter(
            institution__in=schools, person__in=people, person__is_active=True
        )
        for person, school, role in places.values_list("person", "institution", "role"):
            roles[person, school].add(role)
    return roles


def _enrolled(members: Sequence[Asked]) -> dict[tuple[Any, Any], Standing]:
    if not members:
        return {}
    rows = Enrolment.objects.filter(
        course__in={lesson.course_id for _, lesson in members},
        person__in={one.pk for one, _ in members},
        is_active=True,
    )
    told = rows.values_list("person", "course", "standing")
    return {(person, course): Standing(standing) for person, course, standing in told}


def _pairs(rows: QuerySet[Any], asked: Sequence[Asked]) -> set[tuple[UUID, UUID]]:
    """Of these pairs those that have a row with this `person` and `lesson`."""
    if not asked:
        return set()
    found = rows.filter(
        person__in={one.pk for one, _ in asked}, lesson__in={lesson.pk for _, lesson in asked}
    )
    return set(found.values_list("person", "lesson"))


def standing_of_caller(caller: Caller, lesson: Lesson) -> Standing | None:
    """As `standing_in`; a client of the institution looks on like its head."""
    if caller.is_client_of(lesson.institution_id):
        return Standing.OBSERVER
    if caller.person is None or not caller.reaches(lesson.institution_id):
        return None
    return standing_in(caller.person, lesson)
