"""Coming into a room: a presence for each tab, as long as there is a seat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.models import Person
from classroom import facts, live
from classroom.actions.lessons import open_lesson
from classroom.actions.presences import announce_joined, close_presence, tell
from classroom.actions.rooms import lock_room
from classroom.models import STAFF, Door, LessonStatus, Presence, Room, Standing
from classroom.queries import open_presences
from common.refusals import Refused
from common.sockets import codes

PEER_ROOM_SEATS = 6
# More than one, because whoever reloads or changes the device is twice inside for a moment.
TABS_EACH = 2


@transaction.atomic
def enter_room(
    *,
    room: Room,
    person: Person,
    standing: Standing,
    occupant: UUID,
    connection: str,
    now: datetime,
    has_video: bool = True,
) -> Presence:
    """A presence for this tab, the old one when it is still open; opens the lesson for the first to come.
    Without `has_video` it takes no place among the pictures.

    Of too many tabs the oldest goes. Raises Refused("lesson_over") and, for the built-in room, Refused("room_full").
    """
    room = lock_room(pk=room.pk)
    if room.lesson.is_over:
        raise Refused("lesson_over")
    if room.closed_at is not None:
        raise Refused("breakout_over")
    here = list(open_presences(room).filter(Q(occupant=occupant) | Q(person=person.pk)))
    for presence in here:
        if presence.occupant == occupant:
            return _return_to(presence, person, connection, now)
    if has_video and not settings.JITSI_DOMAIN and not _has_seat(room, person, standing):
        raise Refused("room_full")
    is_waiting = room.lesson.status == LessonStatus.SCHEDULED
    if (
        is_waiting and now >= room.lesson.doors_open_at
    ):  # earlier, a teacher prepares: `open_prepared_lessons` follows
        open_lesson(lesson=room.lesson, now=now)
        if room.lesson.is_over:  # cancelled between our reading it and opening it
            raise Refused("lesson_over")
    _close_oldest_tabs([one for one in here if one.door == Door.PAGE], now)
    return _join(room, person, standing, occupant, connection, has_video, now)


def _has_seat(room: Room, person: Person, standing: Standing) -> bool:
    """People count, not tabs, and only those with pictures; one seat is kept for those who hold the lesson: nobody shuts them out."""
    if standing in STAFF or standing == Standing.OBSERVER:
        return True
    others = (
        open_presences(room)
        .filter(has_video=True)
        .exclude(standing__in=[*STAFF, Standing.OBSERVER])
        .exclude(person=person.pk)
    )
    return others.values("person").order_by().distinct().count() < PEER_ROOM_SEATS - 1


def _close_oldest_tabs(tabs: Sequence[Presence], now: datetime) -> None:
    """`tabs` in the order in which they came."""
    for tab in tabs[: max(0, len(tabs) + 1 - TABS_EACH)]:
        if tab.connection:
            live.dismiss(tab.connection, codes.REPLACED)
        close_presence(tab, at=now)


def _return_to(presence: Presence, person: Person, connection: str, now: datetime) -> Presence:
    if presence.person_id != person.pk or presence.door != Door.PAGE:
        raise Refused("not_found")  # somebody else's tab, or no tab: an occupant id is not a key
    if presence.connection and presence.connection != connection:
        live.dismiss(presence.connection, codes.REPLACED)
    presence.connection, presence.last_seen_at = connection, now
    presence.save(update_fields=["connection", "last_seen_at"])
    return presence


def _join(
    room: Room,
    person: Person,
    standing: Standing,
    occupant: UUID,
    connection: str,
    has_video: bool,
    now: datetime,
) -> Presence:
    presence = Presence.objects.create(
        room=room,
        occupant=occupant,
        person=person,
        standing=standing,
        connection=connection,
        has_video=has_video,
        joined_at=now,
        last_seen_at=now,
    )
    tell(presence, facts.PARTICIPANT_JOINED, at=now)
    announce_joined(presence)
    return presence
