"""By which door one person comes into one lesson: the one place that knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import Institution, Person
from classroom.admission import Door
from classroom.models import (
    STAFF,
    Bridge,
    Diversion,
    Front,
    Hand,
    KeptSeat,
    Lesson,
    Lowered,
    Presence,
    Standing,
)
from classroom.models import Door as By
from classroom.queries import count_taken, standing_in

# Not judged for so long: the sweep is away, and nobody is sent away by an old opinion.
STALE = timedelta(seconds=60)
REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
# What somebody who comes to a full call is advised to use.
SAVER = "saver"
# So long whoever was called on may come in.
CALL_LASTS = timedelta(minutes=10)
# Of the built-in room, which has six places and keeps one for those who hold the lesson.
BUILT_IN_SEATS = 5


@dataclass(frozen=True, slots=True)
class Way:
    """`profile` is a network profile to suggest, or empty. `is_planned`: by the lesson's seats, and not by the load."""

    door: Door
    profile: str = ""
    is_planned: bool = False


INSIDE = Way(Door.WEBRTC)
DIVERTED = Way(Door.HLS, SAVER)
UNSEATED = Way(Door.HLS, SAVER, is_planned=True)


def door_for(person: Person, lesson: Lesson, now: datetime, *, near: str = "") -> Way:
    """`near` as `region_of` takes it. Only newcomers are ever sent elsewhere: nobody who holds the lesson, and nobody who has been inside."""
    if not is_newcomer(person, lesson) or is_called(person, lesson, now):
        return INSIDE
    if is_full_for(person, lesson, now):
        return UNSEATED
    return (
        DIVERTED if door_of_region(region_of(lesson.institution, near=near), now=now) == Door.HLS else INSIDE
    )


def is_newcomer(person: Person, lesson: Lesson) -> bool:
    """Of the class, and not in the room until now."""
    standing = standing_in(person, lesson)
    if standing in STAFF or standing == Standing.OBSERVER:
        return False
    been_inside = Presence.objects.filter(room__lesson=lesson, person=person).exclude(door=By.HLS)
    return not been_inside.exists()


def is_full_for(person: Person, lesson: Lesson, now: datetime) -> bool:
    """Every planned seat is taken, and none is kept for them. It holds only while the room's row is locked."""
    if not lesson.is_streamed or (seats := seats_of(lesson)) is None:
        return False
    kept = KeptSeat.objects.filter(lesson=lesson, person=person.pk, kept_until__gt=now)
    return not kept.exists() and count_taken(lesson, now=now) >= seats


def is_called(person: Person, lesson: Lesson, now: datetime) -> bool:
    """Whoever raised a hand and was called on may come in, however full it is: the call is their pass."""
    called = Hand.objects.filter(room__lesson=lesson, person=person.pk, how=Lowered.CALLED)
    return called.filter(lowered_at__gt=now - CALL_LASTS).exists()


def seats_of(lesson: Lesson) -> int | None:
    """How many of the class a streamed lesson has in the room; None is no limit of ours."""
    if lesson.room_seats is not None:
        return lesson.room_seats
    return None if settings.JITSI_DOMAIN else BUILT_IN_SEATS


def region_told(header: str) -> str:
    """Of somebody's address, as our nginx has it (`X-Proxy-Region`); empty when no line there holds the address."""
    return header if REGION.fullmatch(header) else ""


def region_of(institution: Institution, *, near: str = "") -> str:
    """Of one of its people: what is told of their address, else what its front says, else the school's own zone."""
    front = None if near else Front.objects.filter(institution=institution).first()
    return near or (front.region if front else "") or institution.region


def region_to_say(institution: Institution, *, near: str = "") -> str:
    """What a page says to Jitsi: nothing that nginx says already, and no zone that has no bridges."""
    region = "" if near else region_of(institution)
    return region if region and Bridge.objects.filter(region=region).exists() else ""


def door_of_region(region: str, *, now: datetime) -> Door:
    """Of the pool as a whole where the region has no bridges of its own."""
    judged = Diversion.objects.filter(region__in={region, ""}, judged_at__gt=now - STALE)
    latest = {one.region: one.door for one in judged.order_by("decided_at", "pk")}
    return Door(latest.get(region) or latest.get("") or Door.WEBRTC)
