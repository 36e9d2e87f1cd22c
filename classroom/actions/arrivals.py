"""Many come at once: when a class divides, and when a web process is lost.

What concerns nobody else (a new presence, or the old one under a new connection) is written for all together; whoever
is not so simple (a third tab, the first of a lesson, one who needs a seat) comes in alone, by `come_in`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.models import Person
from classroom import facts, live, messages, timeline
from classroom.actions.presences import fact_of
from classroom.actions.seats import BREAKOUT_SEATED, come_in
from classroom.models import (
    STAFF,
    BreakoutSeat,
    BreakoutState,
    Door,
    Lesson,
    LessonStatus,
    Presence,
    Room,
    Standing,
)
from common.refusals import Refused
from common.sockets import codes


@dataclass(frozen=True, slots=True)
class Arrival:
    """One tab that comes into a room: the arguments of `come_in`."""

    room: Room
    person: Person
    standing: Standing
    occupant: UUID
    connection: str
    has_video: bool = True


@transaction.atomic
def come_in_together(*, arrivals: Sequence[Arrival], now: datetime) -> list[Presence | Refused]:
    """`come_in` for many in one transaction: to each their own presence, or why not, in their order."""
    simple = _Simple(arrivals)
    outcomes: dict[int, Presence | Refused] = {}
    back = {place: old for place, one in enumerate(arrivals) if (old := simple.presence_of(one)) is not None}
    new = {place: one for place, one in enumerate(arrivals) if place not in back and simple.is_new(one)}
    outcomes |= _return_together({place: (arrivals[place], old) for place, old in back.items()}, now)
    outcomes |= _join_together(new, simple.rooms, now)
    for place, one in enumerate(arrivals):
        if place not in outcomes:
            outcomes[place] = _come_in_alone(one, now)
    return [outcomes[place] for place in range(len(arrivals))]


class _Simple:
    """What has to be known of those who come, asked once for all; each tab and each new person is simple once.

    Rooms are locked main room first, like everywhere: who locks several never waits in a circle.
    """

    def __init__(self, arrivals: Sequence[Arrival]) -> None:
        locked = Room.objects.select_for_update(of=("self",)).select_related("lesson__institution")
        wanted = {one.room.pk for one in arrivals}
        self.rooms = {
            room.pk: room for room in locked.filter(pk__in=wanted).order_by("lesson", "number", "pk")
        }
        self.here: dict[UUID, list[Presence]] = defaultdict(list)
        theirs = Q(occupant__in=[one.occupant for one in arrivals])
        theirs |= Q(person__in={one.person.pk for one in arrivals})
        inside = Presence.objects.filter(theirs, room__in=wanted, left_at__isnull=True)
        for presence in inside.select_related("person"):
            presence.room = self.rooms[presence.room_id]
            self.here[presence.room_id].append(presence)
        self.unseated = _unseated(arrivals)
        self.taken: set[tuple[UUID, UUID]] = set()

    def presence_of(self, one: Arrival) -> Presence | None:
        """Their own, that goes on."""
        same = [old for old in self.here[one.room.pk] if old.occupant == one.occupant]
        is_own = len(same) == 1 and same[0].person_id == one.person.pk and same[0].door == Door.PAGE
        return same[0] if is_own and self._is_open_to(one) and self._take(one) else None

    def is_new(self, one: Arrival) -> bool:
        """Nobody has to go and nothing has to be opened for them."""
        known = any(
            old.occupant == one.occupant or old.person_id == one.person.pk for old in self.here[one.room.pk]
        )
        has_place = settings.JITSI_DOMAIN or not one.has_video or one.standing in _UNCOUNTED
        return bool(has_place) and not known and self._is_open_to(one) and self._take(one)

    def _is_open_to(self, one: Arrival) -> bool:
        room = self.rooms.get(one.room.pk)
        if room is None or room.is_shut or room.lesson.status != LessonStatus.LIVE:
            return False
        if room.is_breakout:
            return one.standing not in STAFF  # help comes with them
        return (room.lesson_id, one.person.pk) not in self.unseated

    def _take(self, one: Arrival) -> bool:
        mine = {(one.room.pk, one.occupant), (one.room.pk, one.person.pk)}
        is_first = not mine & self.taken
        self.taken |= mine
        return is_first


_UNCOUNTED = {*STAFF, Standing.OBSERVER}


def _unseated(arrivals: Sequence[Arrival]) -> set[tuple[UUID, UUID]]:
    """(lesson, person) of those who come into the main room of a divided lesson and have no seat yet."""
    coming = {
        (one.room.lesson_id, one.person.pk)
        for one in arrivals
        if one.standing in BREAKOUT_SEATED and not one.room.is_breakout
    }
    lessons = Lesson.objects.filter(
        pk__in={lesson for lesson, _ in coming}, breakouts__state=BreakoutState.OPEN
    )
    divided = set(lessons.values_list("pk", flat=True))
    coming = {(lesson, person) for lesson, person in coming if lesson in divided}
    if not coming:
        return coming
    seats = BreakoutSeat.objects.filter(
        breakout__lesson__in=divided,
        breakout__state=BreakoutState.OPEN,
        person__in={person for _, person in coming},
    )
    return coming - set(seats.values_list("breakout__lesson", "person"))


def _return_together(
    back: dict[int, tuple[Arrival, Presence]], now: datetime
) -> dict[int, Presence | Refused]:
    replaced = []
    for one, presence in back.values():
        if presence.connection and presence.connection != one.connection:
            replaced.append(presence.connection)
        presence.connection, presence.last_seen_at = one.connection, now
    Presence.objects.bulk_update([presence for _, presence in back.values()], ["connection", "last_seen_at"])
    live.dismiss_each(replaced, codes.REPLACED)
    return {place: presence for place, (_, presence) in back.items()}


def _join_together(
    new: dict[int, Arrival], rooms: dict[UUID, Room], now: datetime
) -> dict[int, Presence | Refused]:
    """As `enter_room` does for one: presence, fact, and a number for each in their room."""
    coming = Counter(one.room.pk for one in new.values())
    seqs = {key: iter(live.take_seqs(rooms[key], count)) for key, count in coming.items()}
    presences = Presence.objects.bulk_create(
        Presence(
            told_seq=next(seqs[one.room.pk]),
            room=rooms[one.room.pk],
            occupant=one.occupant,
            person=one.person,
            standing=one.standing,
            connection=one.connection,
            has_video=one.has_video,
            joined_at=now,
            last_seen_at=now,
        )
        for one in new.values()
    )
    timeline.record_all(fact_of(presence, facts.PARTICIPANT_JOINED, at=now) for presence in presences)
    by_room: dict[UUID, list[Presence]] = defaultdict(list)
    for presence in presences:
        by_room[presence.room_id].append(presence)
    live.announce_together([(rooms[key], _joined(theirs)) for key, theirs in by_room.items()])
    return dict(zip(new, presences, strict=True))


def _joined(presences: Sequence[Presence]) -> list[dict[str, object]]:
    return [messages.participant_joined(one, one.told_seq or 0) for one in presences]


def _come_in_alone(one: Arrival, now: datetime) -> Presence | Refused:
    try:
        with transaction.atomic():
            return come_in(
                room=one.room,
                person=one.person,
                standing=one.standing,
                occupant=one.occupant,
                connection=one.connection,
                has_video=one.has_video,
                now=now,
            )
    except Refused as refusal:
        return refusal
