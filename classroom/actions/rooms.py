"""A lesson's rooms: whose row is the lock of what, and the end of those into which the class was divided."""

from __future__ import annotations

from datetime import datetime

from classroom import live
from classroom.models import Lesson, Room, RoomKind


def lock_room(**which: object) -> Room:
    """The room's row comes first, then its presences: two who close presences never wait for each other.
    Of several rooms of a lesson the main one comes first."""
    return Room.objects.select_for_update(of=("self",)).select_related("lesson__institution").get(**which)


def lock_room_of(lesson: Lesson) -> Room:
    """The main room, whose row is also the lock of everything that concerns the lesson as a whole."""
    return lock_room(lesson=lesson, kind=RoomKind.MAIN)


def close_breakout_rooms(lesson: Lesson, *, code: int, now: datetime) -> None:
    """Nobody comes in any more, and whoever is inside goes; each socket ends its own presence."""
    rooms = Room.objects.filter(lesson=lesson, kind=RoomKind.BREAKOUT, closed_at__isnull=True)
    for room in rooms.select_for_update().order_by("number"):
        live.hang_up(room, code)
        live.hang_up_beside(room, code)
    rooms.update(closed_at=now)
