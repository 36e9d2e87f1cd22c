"""Turning off the microphone of somebody who is in Jitsi's app, where no page of ours does as it is told."""

from __future__ import annotations

import logging
from uuid import UUID

from accounts.models import Person
from classroom.jitsi.border import BorderFailure
from classroom.jitsi.control import Orders, RoomControl
from classroom.jitsi.sweeps import nicks_in
from classroom.models import STAFF, Door, Presence, Room
from common.refusals import Unavailable

log = logging.getLogger(__name__)


def mute_in_app(control: RoomControl, *, room: Room, person: UUID | None, by: Person) -> int:
    """This one, or without `person` everybody, wherever in this room's Jitsi they are by the app alone; how many
    connections were told. Those who hold the lesson are spared. Raises Unavailable when Prosody cannot be asked."""
    wanted = _by_app_alone(room, person)
    if not wanted:
        return 0
    try:
        orders = _orders(control, room, wanted, by)
        for failure in control.carry_out(orders):
            raise failure
    except BorderFailure as failure:
        log.warning("Somebody could not be muted in Jitsi: %s", failure.code)
        raise Unavailable("unavailable") from failure
    return len(orders.mute)


def _orders(control: RoomControl, room: Room, wanted: set[UUID], by: Person) -> Orders:
    """On each of their devices, in the name of whoever wants it if they are there too."""
    inside = [one for one in control.find_rooms().rooms if one.room == room.name]
    nicks = [found for one in inside for found in nicks_in(one)]
    mine = next((nick for _, nick, who in nicks if who == by.pk), "")
    return Orders(mute=[(name, nick, mine) for name, nick, who in nicks if who in wanted])


def _by_app_alone(room: Room, person: UUID | None) -> set[UUID]:
    """Whoever has the room's page open with video is asked there, and would be asked twice: a page toggles."""
    here = Presence.objects.filter(room=room, left_at__isnull=True)
    in_app = here.filter(door=Door.JITSI).exclude(standing__in=STAFF)
    if person is not None:
        in_app = in_app.filter(person=person)
    at_page = here.filter(door=Door.PAGE, has_video=True, board_only=False)
    return set(in_app.exclude(person__in=at_page.values("person")).values_list("person", flat=True))
