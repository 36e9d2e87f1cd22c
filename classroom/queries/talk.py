"""What was said in a room, whose hands are up, how the class finds the pace, and what worries somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts.models import Institution, Person
from classroom.models import ChatMessage, Concern, Hand, Lesson, Pace, Pulse, Room, Talk

CHAT_PAGE = 100
PULSE_LASTS = timedelta(minutes=2)


def talk_seq(room_id: UUID | str) -> int:
    return Talk.objects.filter(room_id=room_id).values_list("seq", flat=True).first() or 0


def chat_mode_of(room_id: UUID | str) -> str:
    return Room.objects.values_list("lesson__chat_mode", flat=True).get(pk=room_id)


def messages_for(room_id: UUID | str, person_id: UUID | str, *, sees_all: bool) -> QuerySet[ChatMessage]:
    rows = ChatMessage.objects.filter(room_id=room_id)
    return rows if sees_all else rows.filter(Q(to_staff=False) | Q(author=person_id))


def newest(rows: QuerySet[ChatMessage], count: int = CHAT_PAGE) -> tuple[list[ChatMessage], bool]:
    """The last `count` in the order they were said, and whether there are more before them."""
    found = list(rows.order_by("-seq")[: count + 1])
    return found[:count][::-1], len(found) > count


def count_written(author: Person, *, since: datetime) -> int:
    """In all rooms, through whichever web process."""
    return ChatMessage.objects.filter(author=author, sent_at__gt=since).count()


def hands_up(room_id: UUID | str) -> Sequence[Hand]:
    rows = Hand.objects.filter(room_id=room_id, lowered_at=None).select_related("person")
    return list(rows.order_by("raised_at", "pk"))


def pulse_of(room_id: UUID | str, person_id: UUID | str, *, now: datetime) -> str | None:
    rows = Pulse.objects.filter(room_id=room_id, person_id=person_id, set_at__gt=now - PULSE_LASTS)
    return rows.values_list("value", flat=True).first()


def count_pulses(room_id: UUID | str, *, now: datetime) -> dict[str, int]:
    rows = Pulse.objects.filter(room_id=room_id, set_at__gt=now - PULSE_LASTS).values_list("value")
    counted = dict(rows.annotate(times=Count("pk")))
    return {value: counted.get(value, 0) for value in Pace.values}


def chat_of(lesson: Lesson, query: str = "") -> QuerySet[ChatMessage]:
    """All that was written in the rooms of a lesson; what is deleted is not found by its words."""
    rows = ChatMessage.objects.filter(room__lesson=lesson).order_by("sent_at", "seq", "pk")
    if query:
        text = Q(text__icontains=query, deleted_at__isnull=True)
        rows = rows.filter(text | Q(name__icontains=query))
    return rows


def concerns_of(institution: Institution, query: str = "") -> QuerySet[Concern]:
    """What nobody has looked at first, the latest on top."""
    rows = Concern.objects.filter(lesson__institution=institution)
    if query:
        where = Q(lesson__title__icontains=query) | Q(lesson__course__title__icontains=query)
        said = Q(text__icontains=query) | Q(message__text__icontains=query)
        rows = rows.filter(where | said | Q(by__name__icontains=query) | Q(message__name__icontains=query))
    return rows.select_related("lesson__course", "message", "by", "seen_by").order_by(
        "state", "-raised_at", "pk"
    )
