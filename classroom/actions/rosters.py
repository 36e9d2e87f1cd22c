"""What can be done with a course and its roster by those who run the school; each act is audited."""

from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Institution, Membership, Person, Role
from classroom.actions.courses import create_course, enrol
from classroom.models import STAFF, Course, Enrolment, Standing
from common.refusals import Refused


@transaction.atomic
def open_course(*, institution: Institution, title: str, language: str, by: UUID) -> Course:
    course = create_course(institution=institution, title=title, language=language)
    _note("course.created", course, by)
    return course


@transaction.atomic
def change_course(*, course: Course, changes: dict[str, Any], by: UUID) -> Course:
    """Title and language."""
    for field, value in changes.items():
        setattr(course, field, value)
    course.save(update_fields=list(changes))
    _note("course.changed", course, by, fields=sorted(changes))
    return course


@transaction.atomic
def put_on_roster(*, course: Course, person: Person, standing: Standing, by: UUID) -> Enrolment:
    """Raises Refused("role_does_not_fit"): a student leads no course, and only members take part."""
    fitting = (Role.TEACHER, Role.HEAD) if standing in STAFF else (Role.STUDENT,)
    mine = Membership.objects.filter(
        institution=course.institution_id, person=person, is_active=True, role__in=fitting
    )
    if not mine.exists():
        raise Refused("role_does_not_fit")
    enrolment = enrol(course=course, person=person, standing=standing)
    _note("roster.added", course, by, person=str(person.pk), standing=standing)
    return enrolment


@transaction.atomic
def take_off_roster(*, course: Course, person: Person, by: UUID) -> bool:
    """False when the person was not on it."""
    mine = Enrolment.objects.filter(course=course, person=person, is_active=True)
    gone = mine.update(is_active=False)
    if gone:
        _note("roster.removed", course, by, person=str(person.pk))
    return bool(gone)


def _note(act: str, course: Course, by: UUID, **detail: object) -> None:
    record_audit(act, institution=course.institution, by=by, target=f"course:{course.pk}", detail=detail)
