"""As what somebody is in a lesson."""

from __future__ import annotations

from accounts.callers import Caller
from accounts.models import Person, Role
from accounts.queries import (
    active_memberships,
)
from classroom.models import (
    STAFF,
    Enrolment,
    Knock,
    KnockState,
    Lesson,
    Promotion,
    Standing,
)
from classroom.queries.lessons import SUBSTITUTES


def standing_in(person: Person, lesson: Lesson) -> Standing | None:
    """What `person` is in `lesson` today; None for a stranger.

    As its substitute, by enrolment, as head of the institution, in this order, or as a guest who was let in; and
    whoever of the staff was promoted in the lesson helps to hold it.
    """
    roles = set(
        active_memberships(person).filter(institution_id=lesson.institution_id).values_list("role", flat=True)
    )
    if not roles:
        return _guest_standing(person, lesson)
    if lesson.substitute_id == person.pk and roles & SUBSTITUTES:
        return Standing.TEACHER
    enrolment = Enrolment.objects.filter(course_id=lesson.course_id, person=person, is_active=True).first()
    standing = (
        Standing(enrolment.standing) if enrolment else Standing.OBSERVER if Role.HEAD in roles else None
    )
    return Standing.CO_TEACHER if _is_promoted(person, lesson, standing, roles) else standing


def _is_promoted(person: Person, lesson: Lesson, standing: Standing | None, roles: set[str]) -> bool:
    """Asked of colleagues alone: whoever is a pupil here and nothing else is never made to hold a lesson."""
    if standing is None or standing in STAFF or not roles & SUBSTITUTES:
        return False
    return Promotion.objects.filter(lesson=lesson, person=person).exists()


def _guest_standing(person: Person, lesson: Lesson) -> Standing | None:
    """An admission is all that a guest's right consists of, and it is for one lesson."""
    if not getattr(person, "is_guest", False):
        return None
    admitted = Knock.objects.filter(lesson=lesson, person=person, state=KnockState.ADMITTED)
    return Standing.GUEST if admitted.exists() else None


def standing_of_caller(caller: Caller, lesson: Lesson) -> Standing | None:
    """As `standing_in`; a client of the institution looks on like its head."""
    if caller.is_client_of(lesson.institution_id):
        return Standing.OBSERVER
    if caller.person is None or not caller.reaches(lesson.institution_id):
        return None
    return standing_in(caller.person, lesson)
