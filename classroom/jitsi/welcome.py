"""Who is in a Jitsi room and may not be, asked of the database for all rooms at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from accounts.models import Person
from classroom.models import Room
from classroom.rules import may_go_into_each


def find_unwelcome(inside: Mapping[str, Collection[UUID]]) -> tuple[set[tuple[str, UUID]], set[str]]:
    """Of who is in which Jitsi room (its name → ids of people): those who may not be there, and the rooms whose
    lesson is over.

    Rooms and people that we do not know are not ours to judge.
    """
    rooms = list(Room.objects.filter(name__in=inside).select_related("lesson"))
    over = {room.name for room in rooms if room.lesson.is_over or room.closed_at is not None}
    going_on = [room for room in rooms if room.name not in over]
    named = {person for room in going_on for person in inside[room.name]}
    known = Person.objects.in_bulk(named)
    asked = [(known[one], room) for room in going_on for one in inside[room.name] if one in known]
    standings = may_go_into_each(asked)
    return {
        (room.name, one.pk)
        for (one, room), standing in zip(asked, standings, strict=True)
        if standing is None
    }, over
