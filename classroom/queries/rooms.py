"""Who is inside, and what the Jitsi stack told of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import (
    Q,
    QuerySet,
)

from classroom.models import (
    Door,
    EventState,
    HookEvent,
    Lesson,
    LessonStatus,
    Presence,
    PutAside,
    Room,
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
    inside = list(open_presences(room))
    at_page = {presence.person_id for presence in inside if presence.door == Door.PAGE}
    return [one for one in inside if one.door == Door.PAGE or one.person_id not in at_page]


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
