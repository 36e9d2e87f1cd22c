"""Who is inside, from the first word to the last: told to the room and to the timeline, seen, and closed."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from classroom import facts, live, messages, timeline
from classroom.actions.media import begin_beside, show_beside
from classroom.actions.rooms import lock_room
from classroom.models import Door, Fact, Presence, Room
from classroom.queries import open_presences
from common.clock import to_ms

SILENCE = timedelta(seconds=20)


def announce_joined(presence: Presence) -> None:
    """To the room's list: a visit to Jitsi only of somebody who has no page open, and no longer than that."""
    others, room = _others(presence), presence.room
    if presence.door == Door.JITSI and others[Door.PAGE]:
        show_beside(room=room, person=presence.person, now=timezone.now())
        return
    begin_beside(presence, others[Door.JITSI], now=timezone.now())
    live.announce(room, messages.participant_joined(presence, number_word(presence, room)))
    if presence.door == Door.PAGE and not others[Door.PAGE]:
        for visit in others[Door.JITSI]:
            live.announce(room, messages.participant_left(visit, number_word(visit, room)))


def announce_left(presence: Presence) -> None:
    """The other way round: with the last page gone, visits of the same person stand in the list again."""
    others, room = _others(presence), presence.room
    if presence.door == Door.JITSI and others[Door.PAGE]:
        show_beside(room=room, person=presence.person, now=timezone.now())
        return
    live.announce(room, messages.participant_left(presence, number_word(presence, room)))
    if presence.door == Door.PAGE and not others[Door.PAGE]:
        for visit in others[Door.JITSI]:
            live.announce(room, messages.participant_joined(visit, number_word(visit, room)))


def number_word(presence: Presence, room: Room) -> int:
    """The number of the room's next word, which is about this one: whoever comes back finds by it what they missed."""
    presence.told_seq = seq = live.next_seq(room)
    Presence.objects.filter(pk=presence.pk).update(told_seq=seq)
    return seq


def _others(presence: Presence) -> dict[str, list[Presence]]:
    """Where else the same person is in this room, by door."""
    others: dict[str, list[Presence]] = defaultdict(list)
    for one in open_presences(presence.room).filter(person=presence.person_id).exclude(pk=presence.pk):
        others[one.door].append(one)
    return others


@transaction.atomic
def leave_room(*, room: Room, occupant: UUID, connection: str, now: datetime) -> bool:
    """The tab was closed on purpose; False when another connection speaks for it by now."""
    room = lock_room(pk=room.pk)
    presence = open_presences(room).filter(occupant=occupant, connection=connection).first()
    return presence is not None and close_presence(presence, at=now)


def close_presence(presence: Presence, *, at: datetime, is_silent: bool = False) -> bool:
    """False when it was closed before. `is_silent`: nobody left, but nothing was heard of them since `at`. The room's
    row is locked by the caller, before any presence."""
    closed = Presence.objects.filter(pk=presence.pk, left_at__isnull=True).update(left_at=at, connection="")
    if closed:
        presence.left_at = at
        if presence.door == Door.JITSI:
            _infer(presence, facts.PARTICIPANT_LEFT, at=at)
        else:
            tell(presence, facts.PARTICIPANT_LEFT, at=at, reason="silence" if is_silent else "")
        if presence.door != Door.HLS:
            announce_left(presence)
    return bool(closed)


def _infer(presence: Presence, type_: str, *, at: datetime) -> None:
    """A visit is over, but Prosody has not said so. When it does, its word counts and this one does not."""
    timeline.record(
        presence.room.lesson,
        type_,
        at=at,
        source="prosody",
        key=f"{type_}:{presence.occupant}:{to_ms(at)}",
        person=presence.person,
        data={
            "occupant": str(presence.occupant),
            "role": presence.standing,
            "door": Door.JITSI,
            "inferred": True,
            "seen_at": to_ms(presence.last_seen_at),
        },
    )


def tell(presence: Presence, type_: str, *, at: datetime, reason: str = "") -> None:
    fact = fact_of(presence, type_, at=at)
    data = fact.data | ({"reason": reason} if reason else {})
    timeline.record(
        fact.lesson, type_, at=at, source=fact.source, key=fact.key, person=fact.person, data=data
    )


def fact_of(presence: Presence, type_: str, *, at: datetime) -> Fact:
    """What the timeline keeps of somebody who comes or goes by a page."""
    data: dict[str, Any] = {"occupant": str(presence.occupant), "role": presence.standing}
    if presence.door == Door.HLS:
        data["door"] = Door.HLS
    elif not presence.has_video:
        data["companion"] = True
    return Fact(
        lesson=presence.room.lesson,
        type=type_,
        at=at,
        source="room",
        key=f"{type_}:{presence.pk}",
        person=presence.person,
        data=data,
    )


@transaction.atomic
def note_activity(*, room: Room, person: Person, occupant: UUID, activity: str, now: datetime) -> None:
    """What a page says of itself from now on, by our clock."""
    timeline.record_all(
        [activity_of(room=room, person=person, occupant=occupant, activity=activity, now=now)]
    )


def activity_of(*, room: Room, person: Person, occupant: UUID, activity: str, now: datetime) -> Fact:
    return Fact(
        lesson=room.lesson,
        type=facts.ACTIVITY_CHANGED,
        at=now,
        source="page",
        key=f"{facts.ACTIVITY_CHANGED}:{occupant}:{to_ms(now)}",
        person=person,
        data={"occupant": str(occupant), "activity": activity},
    )


@transaction.atomic
def see(*, connections: list[str], now: datetime) -> None:
    """These sockets are alive. Waits for nobody: a presence that is being changed is seen the next time."""
    alive = Presence.objects.filter(connection__in=connections, left_at__isnull=True)
    free = alive.select_for_update(skip_locked=True).values_list("pk", flat=True)
    Presence.objects.filter(pk__in=list(free)).update(last_seen_at=now)


def close_silent_presences(*, now: datetime) -> int:
    """Presences whose socket has been silent too long end at the moment they were last seen."""
    silent = Presence.objects.filter(left_at__isnull=True, door=Door.PAGE, last_seen_at__lt=now - SILENCE)
    return sum(_close_one(pk) for pk in silent.values_list("pk", flat=True))


@transaction.atomic
def _close_one(pk: int) -> bool:
    lock_room(presences=pk)
    presence = Presence.objects.select_related("room__lesson", "person").get(pk=pk)
    return close_presence(presence, at=presence.last_seen_at, is_silent=True)
