"""When the doors of a lesson open, and for whom the lobby is."""

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from classroom.models import LONGEST_DOORS_OPEN_MINUTES, Lesson, Lobby, Presence, Protection
from common.refusals import Refused
from common.sockets.recheck import recheck_sockets


@transaction.atomic
def change_doors(
    *,
    lesson: Lesson,
    lobby: Lobby,
    doors_open_minutes: int | None,
    by: Person,
    protection: str | None = None,
) -> None:
    """`doors_open_minutes` before the start, None for the school's habit. Whoever is inside stays inside.

    `protection`: how those without permission are kept out of the recording, "" as the school does, None as before.
    """
    if doors_open_minutes is not None and not 0 <= doors_open_minutes <= LONGEST_DOORS_OPEN_MINUTES:
        raise Refused("minutes_out_of_bounds")
    lesson.lobby, lesson.doors_open_minutes = lobby, doors_open_minutes
    was = lesson.protection
    lesson.protection = was if protection is None else Protection(protection) if protection else ""
    lesson.save(update_fields=["lobby", "doors_open_minutes", "protection"])
    if lesson.protection != was:
        inside = Presence.objects.filter(room__lesson=lesson, left_at__isnull=True)
        recheck_sockets(*inside.order_by("person").values_list("person", flat=True).distinct())
    record_audit(
        "doors.changed",
        institution=lesson.institution,
        by=by,
        target=f"lesson:{lesson.pk}",
        detail={"lobby": lobby, "minutes": doors_open_minutes, "protection": lesson.protection},
    )
