"""Raising and lowering hands, calling on who waits, and saying how the pace is."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Person
from classroom import facts, timeline
from classroom.models import (
    BreakoutSeat,
    Hand,
    Lesson,
    LessonStatus,
    Lowered,
    Pulse,
    Room,
    RoomKind,
    Standing,
)
from classroom.queries import PULSE_LASTS
from classroom.talk import bell
from common.refusals import Refused

# A phone in a tunnel comes back within this; who does not has left.
AWAY = timedelta(seconds=60)


@transaction.atomic
def raise_hand(*, room: Room, person: Person, standing: Standing, now: datetime) -> Hand:
    """The one that is up already, if there is one: its place in the queue is kept. Raises Refused("lesson_over")."""
    # The lesson's row: whoever ends it waits, and then finds this hand.
    lesson = Lesson.objects.select_for_update(of=("self",), no_key=True).get(pk=room.lesson_id)
    if lesson.is_over or Room.objects.filter(pk=room.pk, closed_at__isnull=False).exists():
        raise Refused("lesson_over")
    hand, is_new = Hand.objects.get_or_create(
        room=room,
        person=person,
        lowered_at=None,
        defaults={"standing": standing, "raised_at": now, "seen_at": now},
    )
    if is_new:
        timeline.record(
            lesson,
            facts.HAND_RAISED,
            at=now,
            source="talk",
            key=f"{facts.HAND_RAISED}:{hand.pk}",
            person=person,
            data={"hand": str(hand.pk), "room": str(room.pk)},
        )
        bell.announce_hands(room.pk)
    return hand


@transaction.atomic
def lower_hand(*, hand: Hand, how: Lowered, now: datetime) -> bool:
    """False when it was down before: of two who call on the same hand one is first."""
    if not Hand.objects.filter(pk=hand.pk, lowered_at__isnull=True).update(lowered_at=now, how=how):
        return False
    waited = max(0.0, (now - hand.raised_at).total_seconds())
    timeline.record(
        hand.room.lesson,
        facts.HAND_LOWERED,
        at=now,
        source="talk",
        key=f"{facts.HAND_LOWERED}:{hand.pk}",
        person=hand.person,
        data={
            "hand": str(hand.pk),
            "room": str(hand.room_id),
            "how": how,
            "waited_seconds": round(waited, 1),
        },
    )
    bell.announce_hands(hand.room_id)
    if how == Lowered.CALLED:
        bell.announce_call(hand.room_id, hand.pk)
    return True


def lower_own_hand(*, room_id: UUID | str, person: Person, now: datetime) -> bool:
    return any(
        lower_hand(hand=hand, how=Lowered.SELF, now=now) for hand in _up(room_id).filter(person=person)
    )


def dismiss_hand(*, room_id: UUID | str, hand_id: UUID, now: datetime) -> bool:
    """Without calling on its owner."""
    return any(lower_hand(hand=hand, how=Lowered.STAFF, now=now) for hand in _up(room_id).filter(pk=hand_id))


@transaction.atomic
def lower_all_hands(*, room_id: UUID | str, now: datetime) -> int:
    return sum(lower_hand(hand=hand, how=Lowered.STAFF, now=now) for hand in _up(room_id))


def call_hand(*, room_id: UUID | str, hand_id: UUID | None, now: datetime) -> Hand:
    """This one, or who waits longest; it comes down with that. Raises Refused("not_found") when nobody waits."""
    waiting = _up(room_id).filter(pk=hand_id) if hand_id else _up(room_id)
    for hand in waiting:  # somebody else may call on the first at this moment: then the second is ours
        if lower_hand(hand=hand, how=Lowered.CALLED, now=now):
            return hand
    raise Refused("not_found")


def keep_hands_up(*, room_id: UUID | str, people: list[UUID], now: datetime) -> None:
    """Their owners are there."""
    Hand.objects.filter(room_id=room_id, person__in=people, lowered_at__isnull=True).update(seen_at=now)


def lower_left_hands(*, now: datetime) -> int:
    """Compare whose hands are up with who is there, and with which lessons and rooms are open."""
    over = Q(room__lesson__status__in=(LessonStatus.ENDED, LessonStatus.CANCELLED))
    over |= Q(room__closed_at__isnull=False)
    seats = BreakoutSeat.objects.filter(room=OuterRef("room"), person=OuterRef("person"))
    moved = Q(room__kind=RoomKind.BREAKOUT) & ~Q(Exists(seats))
    gone = Hand.objects.filter(over | moved | Q(seen_at__lt=now - AWAY), lowered_at__isnull=True)
    lowered = 0
    for hand in gone.select_related("room__lesson", "person"):
        how = Lowered.OVER if hand.room.is_shut else Lowered.LEFT
        lowered += lower_hand(hand=hand, how=how, now=now)
    return lowered


def _up(room_id: UUID | str) -> QuerySet[Hand]:
    rows = Hand.objects.filter(room_id=room_id, lowered_at__isnull=True)
    return rows.select_related("room__lesson", "person").order_by("raised_at", "pk")


@transaction.atomic
def set_pulse(*, room: Room, person: Person, value: str, now: datetime) -> None:
    """`none` takes it back."""
    if value == "none":
        Pulse.objects.filter(room=room, person=person).delete()
    else:
        Pulse.objects.update_or_create(room=room, person=person, defaults={"value": value, "set_at": now})
    bell.announce_pulse(room.pk)


def forget_pulses(*, now: datetime) -> int:
    return Pulse.objects.filter(set_at__lte=now - PULSE_LASTS).delete()[0]
