"""By which door one person comes into one lesson: the one place that knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Institution, Person
from classroom.admission import Door
from classroom.models import STAFF, Bridge, Diversion, Front, Lesson, Presence, Standing
from classroom.queries import standing_in

# Not judged for so long: the sweep is away, and nobody is sent away by an old opinion.
STALE = timedelta(seconds=60)
REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
# What somebody who comes to a full call is advised to use.
SAVER = "saver"


@dataclass(frozen=True, slots=True)
class Way:
    """`profile` is a network profile to suggest, or empty."""

    door: Door
    profile: str = ""


INSIDE = Way(Door.WEBRTC)
DIVERTED = Way(Door.HLS, SAVER)


def door_for(person: Person, lesson: Lesson, now: datetime, *, near: str = "") -> Way:
    """`near` as `region_of` takes it. Only newcomers are ever sent elsewhere: nobody who holds the lesson, and nobody who has been inside."""
    standing = standing_in(person, lesson)
    if standing in STAFF or standing == Standing.OBSERVER:
        return INSIDE
    if Presence.objects.filter(room__lesson=lesson, person=person).exists():
        return INSIDE
    return (
        DIVERTED if door_of_region(region_of(lesson.institution, near=near), now=now) == Door.HLS else INSIDE
    )


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
