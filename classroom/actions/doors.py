"""When the doors of a lesson open, and for whom the lobby is."""

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from classroom.models import LONGEST_DOORS_OPEN_MINUTES, Lesson, Lobby
from common.refusals import Refused


@transaction.atomic
def change_doors(*, lesson: Lesson, lobby: Lobby, doors_open_minutes: int | None, by: Person) -> None:
    """`doors_open_minutes` before the start, None for the school's habit. Whoever is inside stays inside."""
    if doors_open_minutes is not None and not 0 <= doors_open_minutes <= LONGEST_DOORS_OPEN_MINUTES:
        raise Refused("minutes_out_of_bounds")
    lesson.lobby, lesson.doors_open_minutes = lobby, doors_open_minutes
    lesson.save(update_fields=["lobby", "doors_open_minutes"])
    record_audit(
        "doors.changed",
        institution=lesson.institution,
        by=by,
        target=f"lesson:{lesson.pk}",
        detail={"lobby": lobby, "minutes": doors_open_minutes},
    )
