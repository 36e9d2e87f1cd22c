"""A command has one effect, however often it is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from accounts.models import Person
from classroom.models import CarriedOut


@transaction.atomic
def carry_out_once(
    *, room_id: UUID | str, ref: UUID, by: Person, now: datetime, act: Callable[[], object]
) -> bool:
    """`act` and the note of it in one transaction; False when `by` had said this `ref` here before.

    Of two at once the second waits for the first. What is refused leaves no note: it had no effect.
    """
    key = uuid5(UUID(str(room_id)), f"{by.pk}:{ref}")
    _, is_new = CarriedOut.objects.get_or_create(pk=key, defaults={"carried_out_at": now})
    if is_new:
        act()
    return is_new
