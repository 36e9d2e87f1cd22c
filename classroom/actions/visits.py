"""Visits to the Jitsi room: begun and ended by what Prosody tells, in any order, and mended by what it answers.

A visit has one id in every event and snapshot. The fact that it began has one key, and so has the one that it
ended by Prosody's own word; whoever hears twice, or of the end before the beginning, changes nothing by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import Person
from classroom import facts, signals, timeline
from classroom.actions.lessons import open_lesson
from classroom.actions.media import note_media
from classroom.actions.presences import announce_joined, announce_left, close_presence
from classroom.actions.seats import place_latecomer
from classroom.jitsi.events import Occupant, RoomInside, Snapshot
from classroom.models import Door, Enrolment, Fact, LessonStatus, Presence, Prosody, Room, Standing
from classroom.queries import open_presences, standing_in
from common.clock import from_ms, to_ms
from common.refusals import Refused

SOURCE = "prosody"
HUMAN, RECORDER = "human", "recorder"
# What the way itself takes; a clock that differs by less is right.
TOLERATED_OFFSET_MS = 2000
# Whoever came so shortly before a snapshot may not have stood in it yet.
FRESH = timedelta(seconds=2)
# A Prosody that neither spoke nor answered for so long has taken its rooms with it.
VANISHED_AFTER = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Clock:
    """From the sender's clock to ours; nothing that is told can have happened later than it was heard."""

    offset_ms: int
    heard_at: datetime

    def ours(self, milliseconds: int) -> datetime:
        offset = self.offset_ms if abs(self.offset_ms) >= TOLERATED_OFFSET_MS else 0
        return min(from_ms(milliseconds + offset), self.heard_at)


def lock_room(name: str) -> Room | None:
    """The room with its lesson; locked before any presence in it."""
    rooms = Room.objects.select_for_update(of=("self",)).select_related("lesson__institution")
    return rooms.filter(name=name).first()


def begin_visit(*, room: Room, occupant: Occupant, seen_at: datetime, clock: Clock) -> None:
    """Somebody came, or was seen inside at `seen_at`. Raises Refused for whom the school does not know.

    The room is locked by the caller, here and below.
    """
    if occupant.kind == RECORDER:
        _record_recorder(room, facts.RECORDER_JOINED, occupant, clock.ours(occupant.joined_at))
    elif occupant.kind == HUMAN:
        presence = _find_or_begin(room, occupant, clock)
        if presence.left_at is None:
            Presence.objects.filter(pk=presence.pk, last_seen_at__lt=seen_at).update(last_seen_at=seen_at)
        elif seen_at > presence.left_at:
            _go_on(presence, seen_at)
        _open_lesson(room, presence, now=clock.heard_at)


def end_visit(*, room: Room, occupant: Occupant, at: datetime, reason: str, clock: Clock) -> None:
    """Prosody's own word that somebody is gone; it replaces whatever was found out before."""
    if occupant.kind == RECORDER:
        _record_recorder(room, facts.RECORDER_JOINED, occupant, clock.ours(occupant.joined_at))
        _record_recorder(room, facts.RECORDER_LEFT, occupant, at, reason=reason)
    elif occupant.kind == HUMAN:
        presence = _find_or_begin(room, occupant, clock, until=at)
        at = max(at, presence.joined_at)
        if _record(presence, facts.PARTICIPANT_LEFT, at, reason=reason):
            was_inside = presence.left_at is None
            Presence.objects.filter(pk=presence.pk).update(left_at=at)
            presence.left_at = at
            if was_inside:
                announce_left(presence)
        _open_lesson(room, presence, now=clock.heard_at)


def _find_or_begin(
    room: Room, occupant: Occupant, clock: Clock, *, until: datetime | None = None
) -> Presence:
    """The presence of this visit. `until` when it is over already, so that nobody hears of it as begun."""
    visits = Presence.objects.filter(room=room, occupant=occupant.visit, door=Door.JITSI)
    presence = visits.select_related("person").first()
    if presence is not None:
        presence.room = room
        return presence
    joined_at = clock.ours(occupant.joined_at)
    if room.lesson.is_over:  # told late
        until = max(joined_at, until or room.lesson.ended_at or joined_at)
    person, standing = _who(room, occupant)
    presence = Presence.objects.create(
        room=room,
        occupant=UUID(occupant.visit),
        person=person,
        standing=standing,
        door=Door.JITSI,
        joined_at=joined_at,
        last_seen_at=joined_at,
        left_at=until if until is None else max(until, joined_at),
    )
    _record(presence, facts.PARTICIPANT_JOINED, joined_at, endpoint=occupant.nick)
    if until is None:
        _arrive(presence, joined_at)
    return presence


def _arrive(presence: Presence, at: datetime) -> None:
    """As `come_in` does for pages: who comes late by Jitsi's app alone has no socket, and is given a seat as well."""
    announce_joined(presence)
    room, standing = presence.room, Standing(presence.standing)
    if not room.is_breakout:
        place_latecomer(lesson=room.lesson, person=presence.person, standing=standing, now=at)


def _go_on(presence: Presence, seen_at: datetime) -> None:
    """Seen after we had given them up. Not after Prosody's own goodbye, and not after the lesson."""
    said = Fact.objects.filter(
        lesson=presence.room.lesson_id, key=f"{facts.PARTICIPANT_LEFT}:{presence.occupant}"
    )
    if presence.room.lesson.is_over or said.exists():
        return
    Presence.objects.filter(pk=presence.pk).update(left_at=None, last_seen_at=seen_at)
    presence.left_at = None
    key = f"{facts.PARTICIPANT_JOINED}:{presence.occupant}:{to_ms(seen_at)}"
    _record(presence, facts.PARTICIPANT_JOINED, seen_at, key=key, again=True)
    _arrive(presence, seen_at)


def _who(room: Room, occupant: Occupant) -> tuple[Person, Standing]:
    """The person whom our token named, and as what they came. Raises Refused("no_person" | "unknown_person")."""
    if occupant.person is None:
        raise Refused("no_person")
    try:
        key = UUID(occupant.person)
    except ValueError as error:
        raise Refused("unknown_person") from error
    known = Person.objects.filter(acquaintances__institution=room.lesson.institution_id)
    person = known.filter(pk=key).first()
    if person is None:
        raise Refused("unknown_person")
    standing = standing_in(person, room.lesson) or _former_standing(person, room)
    if standing is None:
        raise Refused("unknown_person")
    return person, standing


def _former_standing(person: Person, room: Room) -> Standing | None:
    """Of somebody who was taken off the roster between being inside and being told of."""
    former = Enrolment.objects.filter(course=room.lesson.course_id, person=person).first()
    if former is not None:
        return Standing(former.standing)
    return Standing.GUEST if person.is_guest else None


def _record(
    presence: Presence, type_: str, at: datetime, *, key: str = "", reason: str = "", **more: str | bool
) -> bool:
    data = {"occupant": str(presence.occupant), "role": presence.standing, "door": Door.JITSI, **more}
    return timeline.record(
        presence.room.lesson,
        type_,
        at=at,
        source=SOURCE,
        key=key or f"{type_}:{presence.occupant}",
        person=presence.person,
        data=data | ({"reason": reason} if reason else {}),
    )


def _record_recorder(room: Room, type_: str, occupant: Occupant, at: datetime, reason: str = "") -> None:
    if room.is_breakout:
        return  # the recorder belongs to the main room
    new = timeline.record(
        room.lesson,
        type_,
        at=at,
        source=SOURCE,
        key=f"{type_}:{occupant.visit}",
        data={"occupant": occupant.visit, "jid": occupant.jid, "door": Door.JITSI, "reason": reason},
    )
    if new:
        signals.recorder_heard.send(Room, lesson=room.lesson)


def _open_lesson(room: Room, presence: Presence, *, now: datetime) -> None:
    """For the first to come, at the moment they came or the doors opened; also when that is told late."""
    lesson = room.lesson
    at = max(presence.joined_at, lesson.doors_open_at)
    stayed = presence.left_at is None or presence.left_at > at
    if lesson.status == LessonStatus.SCHEDULED and at <= now and stayed:
        open_lesson(lesson=lesson, now=at)


def end_everybody(*, room: Room, at: datetime, except_visits: Iterable[str] = ()) -> None:
    """The Jitsi room is gone at `at`: whoever was inside left before, and nobody told us."""
    inside = open_presences(room).filter(door=Door.JITSI, joined_at__lte=at)
    for presence in inside.exclude(occupant__in=list(except_visits)):
        presence.room = room
        close_presence(presence, at=_between(presence, at))


def _between(presence: Presence, at: datetime) -> datetime:
    """The middle of the time in which they must have left is wrong by half of it at most."""
    seen_at = min(max(presence.last_seen_at, presence.joined_at), at)
    return seen_at + (at - seen_at) / 2


def compare_with_snapshot(*, snapshot: Snapshot, asked_at: datetime, now: datetime) -> None:
    """What should be against what is, room by room: opens and closes what events have lost.

    A clock is only as wrong as the time between question and answer cannot explain. Where not everybody can be read,
    nobody is taken to be gone.
    """
    earliest, latest = to_ms(asked_at), to_ms(now)
    clock = Clock(min(max(snapshot.at, earliest), latest) - snapshot.at, now)
    inside = {one.room: one for one in snapshot.rooms if not one.is_breakout}
    note_prosody(name=snapshot.source, heard_at=now, offset_ms=clock.offset_ms, snapshot_at=now)
    running = Q(name__in=inside, lesson__status__in=(LessonStatus.SCHEDULED, LessonStatus.LIVE))
    believed = Q(presences__door=Door.JITSI, presences__left_at__isnull=True)
    unclear = {name for name, room in inside.items() if not room.is_whole}
    for name in Room.objects.filter(running | believed).values_list("name", flat=True).distinct():
        if name not in unclear:
            _compare_room(name, inside.get(name), clock, clock.ours(snapshot.at))


@transaction.atomic
def _compare_room(name: str, seen: RoomInside | None, clock: Clock, said_at: datetime) -> None:
    room = lock_room(name)
    if room is None:
        return
    occupants = seen.occupants if seen else ()
    for occupant in occupants:
        try:
            with transaction.atomic():
                begin_visit(room=room, occupant=occupant, seen_at=clock.heard_at, clock=clock)
                note_media(room=room, occupant=occupant, said_at=said_at, now=clock.heard_at)
        except Refused:
            continue  # the event about them is put aside, with the reason
    visits = [one.visit for one in occupants]
    end_everybody(room=room, at=clock.heard_at - FRESH, except_visits=visits)
    if not room.is_breakout:
        _lose_recorders(room, visits, clock.heard_at)


def _lose_recorders(room: Room, visits: list[str], now: datetime) -> None:
    told = room.lesson.facts.filter(type__in=(facts.RECORDER_JOINED, facts.RECORDER_LEFT))
    words = list(told.values_list("type", "data__occupant", "at"))
    gone = {visit for type_, visit, _ in words if type_ == facts.RECORDER_LEFT}
    for type_, visit, at in words:
        if type_ == facts.RECORDER_JOINED and visit not in gone.union(visits) and at < now - FRESH:
            _lose_recorder(room, visit, now)


def _lose_recorder(room: Room, visit: str, now: datetime) -> None:
    data = {"occupant": visit, "door": Door.JITSI, "inferred": True}
    key = f"{facts.RECORDER_LEFT}:{visit}"
    if timeline.record(room.lesson, facts.RECORDER_LEFT, at=now, source=SOURCE, key=key, data=data):
        signals.recorder_heard.send(Room, lesson=room.lesson)


def note_prosody(
    *, name: str, heard_at: datetime, offset_ms: int | None, snapshot_at: datetime | None = None
) -> None:
    """When a Prosody was last heard, and what its clock says; older news change nothing."""
    told = {"heard_at": heard_at} | ({} if offset_ms is None else {"offset_ms": offset_ms})
    told |= {} if snapshot_at is None else {"snapshot_at": snapshot_at}
    _, is_new = Prosody.objects.get_or_create(pk=name or "prosody", defaults=told)
    if not is_new:
        Prosody.objects.filter(pk=name or "prosody", heard_at__lte=heard_at).update(**told)


def close_vanished_visits(*, now: datetime) -> int:
    """Prosody could be asked once, and has neither answered nor spoken for two minutes: it is gone, and whoever
    was inside with it, at the moment they were last seen. Whoever is seen again later was there all along."""
    known = Prosody.objects.filter(snapshot_at__isnull=False)
    if not known.exists() or known.filter(heard_at__gte=now - VANISHED_AFTER).exists():
        return 0
    visits = Presence.objects.filter(
        door=Door.JITSI, left_at__isnull=True, last_seen_at__lt=now - VANISHED_AFTER
    )
    names = list(visits.values_list("room__name", flat=True).distinct())
    return sum(_close_vanished(name, now) for name in names)


@transaction.atomic
def _close_vanished(name: str, now: datetime) -> int:
    room = lock_room(name)
    if room is None:
        return 0
    old = open_presences(room).filter(door=Door.JITSI, last_seen_at__lt=now - VANISHED_AFTER)
    closed = 0
    for presence in old:
        presence.room = room
        closed += close_presence(presence, at=presence.last_seen_at)
    return closed
