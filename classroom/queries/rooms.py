"""Who is inside, and what the Jitsi stack told of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import (
    Q,
    QuerySet,
)

from classroom.models import (
    Door,
    EventState,
    HookEvent,
    KeptSeat,
    Lesson,
    LessonStatus,
    Presence,
    PutAside,
    Room,
    Standing,
)


def open_presences(room: Room) -> QuerySet[Presence]:
    return (
        Presence.objects.filter(room=room, left_at__isnull=True)
        .select_related("person")
        .order_by("joined_at", "pk")
    )


def presences_inside(lesson: Lesson) -> QuerySet[Presence]:
    """In whichever of its rooms."""
    inside = Presence.objects.filter(room__lesson=lesson, left_at__isnull=True)
    return inside.select_related("room__lesson", "person").order_by("room__number", "joined_at", "pk")


def shown_presences(room: Room) -> list[Presence]:
    """As the room's list shows them: whoever has the page open is not shown once more for their Jitsi."""
    return shown_in([room])[room.pk]


def shown_in(rooms: Iterable[Room]) -> dict[UUID, list[Presence]]:
    """The same for many rooms at once."""
    inside: dict[UUID, list[Presence]] = {room.pk: [] for room in rooms}
    found = Presence.objects.filter(room__in=list(inside), left_at__isnull=True).select_related("person")
    for presence in found.order_by("joined_at", "pk"):
        inside[presence.room_id].append(presence)
    return {pk: _shown(some) for pk, some in inside.items()}


def _shown(inside: Sequence[Presence]) -> list[Presence]:
    at_page = {presence.person_id for presence in inside if presence.door == Door.PAGE}
    at_jitsi = {one.pk for one in inside if one.door == Door.JITSI and one.person_id not in at_page}
    return [one for one in inside if one.door == Door.PAGE or one.pk in at_jitsi]


def count_audience(lesson: Lesson) -> int:
    """People who watch its stream, however many pages each has open."""
    watching = Presence.objects.filter(room__lesson=lesson, door=Door.HLS, left_at__isnull=True)
    return watching.values("person").distinct().count()


def audience_of(lesson: Lesson, most: int) -> list[Presence]:
    """The first so many by name, each once, however many pages they have open; since when the first of these is."""
    watching = Presence.objects.filter(room__lesson=lesson, door=Door.HLS, left_at__isnull=True)
    first = watching.order_by("person__name", "person", "joined_at").distinct("person__name", "person")
    return list(first.select_related("person")[:most])


def count_seated(lesson: Lesson) -> int:
    """People of the class in the room: not those who hold the lesson, and not those who watch the stream."""
    return _seated(lesson).values("person").distinct().count()


def count_taken(lesson: Lesson, *, now: datetime) -> int:
    """Of its seats: those of who is in the room, and those that are kept for who comes in just now."""
    kept = KeptSeat.objects.filter(lesson=lesson, kept_until__gt=now)
    return count_seated(lesson) + kept.exclude(person__in=_seated(lesson).values("person")).count()


def _seated(lesson: Lesson) -> QuerySet[Presence]:
    inside = Presence.objects.filter(room__lesson=lesson, left_at__isnull=True).exclude(door=Door.HLS)
    return inside.filter(standing__in=(Standing.STUDENT, Standing.GUEST)).exclude(
        door=Door.PAGE, has_video=False
    )


ABOUT = timedelta(hours=2)


def has_rooms_in_use(*, now: datetime) -> bool:
    """Whether somebody may be in a Jitsi room: a lesson runs or is about to, or somebody is still believed inside."""
    near = Lesson.objects.filter(starts_at__lt=now + ABOUT, ends_at__gt=now - ABOUT)
    if near.filter(status__in=(LessonStatus.SCHEDULED, LessonStatus.LIVE)).exists():
        return True
    return Presence.objects.filter(door=Door.JITSI, left_at__isnull=True).exists()


def events_put_aside(search: str = "") -> QuerySet[HookEvent]:
    """What changed nothing and waits for somebody to look at it, newest first; found by room, type or reason."""
    rows = HookEvent.objects.filter(state=EventState.QUARANTINED).select_related("delivery")
    if search:
        reasons = [code for code, label in PutAside.choices if search.casefold() in str(label).casefold()]
        rows = rows.filter(Q(room__icontains=search) | Q(type__icontains=search) | Q(reason__in=reasons))
    return rows.order_by("-received_at", "pk")
