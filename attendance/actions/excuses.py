"""Excuses: known before, or accepted afterwards."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from attendance.actions.registers import settle_lesson
from attendance.models import Excuse
from classroom.models import Enrolment, Lesson, Standing
from common.refusals import Refused


@transaction.atomic
def excuse_absence(*, lesson: Lesson, person: Person, reason: str, by: Person, now: datetime) -> Excuse:
    """The one that there is already, if there is one. Raises Refused("no_reason"), and Refused("not_found") for
    whoever is no student of the course."""
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("no_reason")
    place = Enrolment.objects.filter(course=lesson.course_id, person=person, standing=Standing.STUDENT)
    if not place.filter(is_active=True).exists():
        raise Refused("not_found")
    excuse, is_new = Excuse.objects.get_or_create(
        lesson=lesson, person=person, withdrawn_at=None, defaults={"reason": reason, "by": by, "at": now}
    )
    if is_new:
        _settle(lesson, person, "absence.excused", by, now)
    return excuse


@transaction.atomic
def withdraw_excuse(*, lesson: Lesson, person: Person, by: Person, now: datetime) -> bool:
    open_ones = Excuse.objects.filter(lesson=lesson, person=person, withdrawn_at=None)
    gone = open_ones.update(withdrawn_at=now)
    if gone:
        _settle(lesson, person, "absence.not_excused", by, now)
    return bool(gone)


def _settle(lesson: Lesson, person: Person, act: str, by: Person, now: datetime) -> None:
    target, detail = f"person:{person.pk}", {"lesson": str(lesson.pk)}
    record_audit(act, institution=lesson.institution, by=by, target=target, detail=detail)
    settle_lesson(lesson=lesson, now=now)
