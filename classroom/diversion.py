"""By which door one person comes into one lesson: the one place that knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Institution, Person
from classroom.admission import Door
from classroom.models import STAFF, Diversion, Front, Lesson, Presence, Standing
from classroom.queries import standing_in

# Not judged for so long: the sweep is away, and nobody is sent away by an old opinion.
STALE = timedelta(seconds=60)
# What somebody who comes to a full call is advised to use.
SAVER = "saver"


@dataclass(frozen=True, slots=True)
class Way:
    """`profile` is a network profile to suggest, or empty."""

    door: Door
    profile: str = ""


INSIDE = Way(Door.WEBRTC)
DIVERTED = Way(Door.HLS, SAVER)


def door_for(person: Person, lesson: Lesson, now: datetime) -> Way:
    """Only newcomers are ever sent elsewhere: nobody who holds the lesson, and nobody who has been inside."""
    standing = standing_in(person, lesson)
    if standing in STAFF or standing == Standing.OBSERVER:
        return INSIDE
    if Presence.objects.filter(room__lesson=lesson, person=person).exists():
        return INSIDE
    return DIVERTED if door_of_region(region_of(lesson.institution), now=now) == Door.HLS else INSIDE


def region_of(institution: Institution) -> str:
    """Of its people: the school's own zone, unless its front says another."""
    front = Front.objects.filter(institution=institution).first()
    return (front.region if front else "") or institution.region


def door_of_region(region: str, *, now: datetime) -> Door:
    """Of the pool as a whole where the region has no bridges of its own."""
    judged = Diversion.objects.filter(region__in={region, ""}, judged_at__gt=now - STALE)
    latest = {one.region: one.door for one in judged.order_by("decided_at", "pk")}
    return Door(latest.get(region) or latest.get("") or Door.WEBRTC)
