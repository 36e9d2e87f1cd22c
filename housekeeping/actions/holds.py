"""Legal holds: what is held is neither deleted nor erased."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Institution, Person
from classroom.models import Lesson
from common.refusals import Refused
from housekeeping.actions.retention import lock_house
from housekeeping.models import Hold, Kind
from housekeeping.models.requests import OPEN, DataRequest
from housekeeping.queries import active_holds, subjects_of
from recordings.models import GONE, Recording


@transaction.atomic
def set_hold(
    *,
    institution: Institution,
    reason: str,
    by: Person,
    now: datetime,
    lesson: Lesson | None = None,
    person: Person | None = None,
) -> Hold:
    """On a lesson or on a person.

    Raises Refused: `reason_missing`, `not_here`, `held_already`, `already_gone` when the recording is being
    deleted by now, `being_erased` when the person is.
    """
    institution = lock_house(institution)
    if not reason.strip():
        raise Refused("reason_missing")
    if active_holds(institution).filter(lesson=lesson, person=person).exists():
        raise Refused("held_already")
    _refuse_what_goes(institution, lesson, person)
    hold = Hold.objects.create(
        institution=institution, lesson=lesson, person=person, reason=reason.strip(), set_by=by, set_at=now
    )
    told = {"hold": str(hold.pk)}
    record_audit("hold.set", institution=institution, by=by, target=hold.target, detail=told)
    return hold


def _refuse_what_goes(institution: Institution, lesson: Lesson | None, person: Person | None) -> None:
    if lesson is not None:
        if lesson.institution_id != institution.pk:
            raise Refused("not_here")
        if Recording.objects.filter(lesson=lesson, state__in=GONE).exists():
            raise Refused("already_gone")
    if person is not None:
        if not subjects_of(institution).filter(pk=person.pk).exists():
            raise Refused("not_here")
        erasures = DataRequest.objects.filter(institution=institution, person=person, kind=Kind.ERASURE)
        if erasures.filter(state__in=OPEN).exists():
            raise Refused("being_erased")


@transaction.atomic
def release_hold(*, hold: Hold, by: Person, now: datetime) -> bool:
    """False when it was released before."""
    free = Hold.objects.filter(pk=hold.pk, released_at__isnull=True)
    if not free.update(released_at=now, released_by=by):
        return False
    told = {"hold": str(hold.pk)}
    record_audit("hold.released", institution=hold.institution, by=by, target=hold.target, detail=told)
    return True
