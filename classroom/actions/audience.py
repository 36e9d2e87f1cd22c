"""Those who watch a lesson's stream: planned, counted, in the register, and never in the room's list."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.db import IntegrityError, transaction

from accounts.actions import record_audit
from accounts.models import Person
from accounts.policy import read_policy
from classroom import diversion, facts, live, messages, timeline
from classroom.actions.presences import close_presence
from classroom.actions.rooms import lock_room_of
from classroom.admission import Door as Way
from classroom.models import (
    Diversion,
    Door,
    Enrolment,
    KeptSeat,
    Lesson,
    LessonStatus,
    Presence,
    Room,
    RoomKind,
    Standing,
)
from classroom.queries import count_audience
from classroom.timetable import Scope, reached_lessons
from common.refusals import Refused

MOST_SEATS = 500
# Pages say every half minute that they are there; a browser lets one that is hidden say so once a minute.
AWAY = timedelta(seconds=100)
# From the page that lets somebody in to their being inside: a slow telephone, and a word with the app that opens.
SEAT_KEPT = timedelta(minutes=2)
# Whoever comes into the room hears of the audience within this.
SAID_AGAIN_SECONDS = 15
ADVISED_AGAIN_SECONDS = 60


@transaction.atomic
def change_stream(
    *,
    lesson: Lesson,
    is_streamed: bool,
    room_seats: int | None,
    by: Person,
    now: datetime,
    scope: Scope = Scope.THIS,
) -> int:
    """Whether it is also a stream, and how many of the class sit in the room; None: as many as there is room for.
    Whoever is inside stays inside. A wider scope reaches what an edit would; how many lessons it was.

    Raises Refused("seats_out_of_bounds" | "lesson_over"), and with a wider scope those of `reached_lessons`."""
    if lesson.is_over:
        raise Refused("lesson_over")
    if room_seats is not None and not 0 <= room_seats <= MOST_SEATS:
        raise Refused("seats_out_of_bounds")
    lesson.is_streamed, lesson.room_seats = is_streamed, room_seats
    lesson.save(update_fields=["is_streamed", "room_seats"])
    others = 0
    if scope != Scope.THIS:
        wider = reached_lessons(lesson, scope, now).exclude(pk=lesson.pk)
        others = wider.update(is_streamed=is_streamed, room_seats=room_seats)
    record_audit(
        "stream.changed",
        institution=lesson.institution,
        by=by,
        target=f"lesson:{lesson.pk}",
        detail={"is_streamed": is_streamed, "seats": room_seats, "lessons": others + 1},
    )
    return others + 1


@transaction.atomic
def keep_seat(*, lesson: Lesson, person: Person, now: datetime) -> bool:
    """Before somebody is given what lets them into Jitsi: False when the planned seats are taken, and they watch. Pages
    are open before anybody is inside, so that a seat counts from now on; whoever asks again has the same one.

    Nothing is kept where seats are not counted, nor for those who need none."""
    if not lesson.is_streamed or diversion.seats_of(lesson) is None:
        return True
    if not diversion.is_newcomer(person, lesson):
        return True
    lock_room_of(lesson)
    if not diversion.is_called(person, lesson, now) and diversion.is_full_for(person, lesson, now):
        return False
    until = now + SEAT_KEPT
    KeptSeat.objects.update_or_create(lesson=lesson, person=person, defaults={"kept_until": until})
    return True


@transaction.atomic
def watch_stream(*, room: Room, person: Person, standing: Standing, viewer: UUID, now: datetime) -> None:
    """One page of one person watches, or still does. `viewer` is made by the page, and a key to nothing."""
    mine = Presence.objects.filter(room=room, occupant=viewer, person=person, left_at__isnull=True)
    if room.lesson.status != LessonStatus.LIVE or mine.filter(door=Door.HLS).update(last_seen_at=now):
        return
    try:
        with transaction.atomic():
            presence = Presence.objects.create(
                room=room,
                occupant=viewer,
                person=person,
                standing=standing,
                door=Door.HLS,
                has_video=False,
                joined_at=now,
                last_seen_at=now,
            )
    except IntegrityError:
        return  # two requests of the same page, or somebody else's id
    timeline.record(
        room.lesson,
        facts.PARTICIPANT_JOINED,
        at=now,
        source="stream",
        key=f"{facts.PARTICIPANT_JOINED}:{presence.pk}",
        person=person,
        data={"occupant": str(viewer), "role": standing, "door": Door.HLS},
    )


def close_silent_viewers(*, now: datetime) -> int:
    """They left when they were last heard of."""
    silent = Presence.objects.filter(door=Door.HLS, left_at__isnull=True, last_seen_at__lt=now - AWAY)
    rows = silent.select_related("room__lesson", "person")
    return sum(close_presence(presence, at=presence.last_seen_at, is_silent=True) for presence in rows)


def leave_stream(*, room: Room, person: Person, viewer: UUID, now: datetime) -> bool:
    """The page was closed, or its owner goes into the room."""
    mine = Presence.objects.filter(
        room=room, occupant=viewer, person=person, door=Door.HLS, left_at__isnull=True
    )
    return any(close_presence(one, at=now) for one in mine.select_related("room__lesson", "person"))


def tell_audiences() -> None:
    """Rooms of streamed lessons hear how many watch: at each change, and now and then for those who came since."""
    rooms = Room.objects.filter(
        kind=RoomKind.MAIN, lesson__is_streamed=True, lesson__status=LessonStatus.LIVE
    ).select_related("lesson")
    for room in rooms:
        count, key = count_audience(room.lesson), f"audience:{room.pk}"
        if cache.get(key) != count:
            cache.set(key, count, SAID_AGAIN_SECONDS)
            live.announce(room, messages.audience_counted(count))


def start_streams(*, now: datetime) -> int:
    """Where the bridges are full, a lesson that some of its class have not come to yet begins a stream by itself:
    newcomers watch as soon as there is a picture, and nobody inside is moved. How many lessons. A school may
    keep that to its staff: newcomers then come into the room, however full it is."""
    crowded = [room.lesson for room in _crowded_rooms(now)]
    expecting = [one for one in crowded if _may_begin_by_itself(one) and _expects_newcomers(one)]
    return sum(_start_stream(lesson) for lesson in expecting)


def _may_begin_by_itself(lesson: Lesson) -> bool:
    return read_policy(lesson.institution.policy).streams_begin_by_themselves


def _crowded_rooms(now: datetime) -> list[Room]:
    """Of lessons without a stream that go on where the bridges are full."""
    full = Diversion.objects.filter(door=Way.HLS, judged_at__gt=now - diversion.STALE)
    if not full.exists():
        return []
    rooms = Room.objects.filter(
        kind=RoomKind.MAIN, lesson__is_streamed=False, lesson__status=LessonStatus.LIVE
    ).select_related("lesson__institution")
    regions = [(room, diversion.region_of(room.lesson.institution)) for room in rooms]
    return [room for room, region in regions if diversion.door_of_region(region, now=now) == Way.HLS]


def _expects_newcomers(lesson: Lesson) -> bool:
    """Somebody is inside, and somebody of the class has not been yet."""
    came = Presence.objects.filter(room__lesson=lesson)
    class_ = Enrolment.objects.filter(course=lesson.course_id, is_active=True, standing=Standing.STUDENT)
    return came.filter(left_at=None).exists() and class_.exclude(person__in=came.values("person")).exists()


@transaction.atomic
def _start_stream(lesson: Lesson) -> bool:
    if not Lesson.objects.filter(pk=lesson.pk, is_streamed=False).update(is_streamed=True):
        return False
    record_audit(
        "stream.begun_by_load", institution=lesson.institution, by=None, target=f"lesson:{lesson.pk}"
    )
    return True


def advise_streams(*, now: datetime) -> int:
    """Where the bridges are full, those who hold a lesson without a stream hear that one would help; how many rooms."""
    told = 0
    for room in _crowded_rooms(now):
        # `add` keeps one that is there: whoever comes later hears of it within the minute.
        if cache.add(f"stream-advised:{room.pk}", 1, ADVISED_AGAIN_SECONDS):
            live.announce_to_staff(room, messages.stream_advised())
            told += 1
    return told
