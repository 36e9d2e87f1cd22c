"""What somebody missed of a room while they had no connection: of each person who came, changed or went, how it is by now.

Every numbered word about people leaves its number with their presence (`told_seq`), and what somebody sends leaves the
time (`media_at`), because that is told without a number. So what came after word `since` is read from PostgreSQL, also
by a web process that never held the room, and is never longer than the words themselves. Everything else that a
newcomer is told (recording, door, breakouts, …) is short, and told as it is.

Only whoever was inside all along is told so: their presence went on, nothing was said about them, and everything that
is answered was said to them, had they been connected. Anybody else is told the whole, like a newcomer: who came and
went while they had no right to be there is nothing that they get to know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Exists, OuterRef, Q

from classroom import messages
from classroom.models import Door, Presence, Room
from common.clock import from_ms, to_ms

# Whoever missed more words, or was away for longer, is told the whole.
MOST_WORDS, LONGEST_AWAY = 200, timedelta(minutes=10)
# From an act to its word at a socket, at most, also of one that reads slowly and for which the newest answer takes the
# place of the one that waits: what was done so long before the last sign of life is told again. And
# whoever falls silent is told as gone after a while, as of the moment when they were seen last.
ON_ITS_WAY, FOUND_SILENT = timedelta(seconds=30), timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks: `since` is the last word of theirs, `heard_at` when we said the last answer that came to them, in
    milliseconds of our own clock."""

    room: UUID
    occupant: UUID
    person: UUID | None = None
    since: int | None = None
    heard_at: int | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """`you` as a participant; `facts` an array of envelopes, in their order."""

    you: dict[str, Any]
    facts: msgspec.Raw


Back = tuple[Question, int, datetime]  # with its `since` and `heard_at`


def find_missed(
    rooms: Mapping[UUID, Room], asked: Sequence[Question], *, now: datetime
) -> dict[Question, Missed]:
    """For those alone who can be answered so."""
    back = [found for one in asked if (found := _read(one, rooms.get(one.room), now)) is not None]
    if not back:
        return {}
    own = _own([one for one, *_ in back])
    news = _news(back)
    return {
        one: Missed(messages.participant(you), _tell(news, one, since, heard_at))
        for one, since, heard_at in back
        if (you := own.get((one.room, one.occupant))) is not None
        and you.person_id == one.person
        and _was_here_at(you, since)
    }


def _read(one: Question, room: Room | None, now: datetime) -> Back | None:
    if room is None or one.since is None or one.heard_at is None:
        return None
    earliest, latest = to_ms(now - LONGEST_AWAY), to_ms(now + ON_ITS_WAY)
    if not (0 <= room.seq - one.since <= MOST_WORDS and earliest <= one.heard_at <= latest):
        return None
    return one, one.since, from_ms(one.heard_at)


def _was_here_at(you: Presence, since: int) -> bool:
    """All along, and as what they are now: the last word about them is one that they heard."""
    return you.told_seq is not None and you.told_seq <= since


def _own(back: Sequence[Question]) -> dict[tuple[UUID, UUID], Presence]:
    theirs = Presence.objects.filter(
        room__in={one.room for one in back}, occupant__in=[one.occupant for one in back], left_at__isnull=True
    )
    return {(one.room_id, one.occupant): one for one in theirs.select_related("person")}


def _news(back: Iterable[Back]) -> dict[UUID, list[Presence]]:
    """Of each room what is new to whoever was away longest."""
    wanted: dict[UUID, Q] = {}
    for room in {one.room for one, *_ in back}:
        mine = [(since, heard_at) for one, since, heard_at in back if one.room == room]
        wanted[room] = Q(room=room) & _is_new(min(since for since, _ in mine), min(at for _, at in mine))
    any_of = Q()
    for one in wanted.values():
        any_of |= one
    pages = Presence.objects.filter(
        room=OuterRef("room"), person=OuterRef("person"), door=Door.PAGE, left_at__isnull=True
    )
    again = Presence.objects.filter(
        room=OuterRef("room"), occupant=OuterRef("occupant"), left_at__isnull=True
    )
    found = Presence.objects.filter(any_of).exclude(door=Door.HLS)
    found = found.annotate(has_page=Exists(pages), is_back=Exists(again))
    news: dict[UUID, list[Presence]] = {room: [] for room in wanted}
    for presence in found.select_related("person").order_by("told_seq", "pk"):
        news[presence.room_id].append(presence)
    return news


def _is_new(since: int, heard_at: datetime) -> Q:
    """While a version goes and the next one comes, the old one's words leave no number: those are known by their time."""
    unnumbered = Q(told_seq__isnull=True) | Q(left_at__gte=heard_at - FOUND_SILENT)
    return Q(told_seq__gt=since) | Q(media_at__gte=heard_at - ON_ITS_WAY, left_at__isnull=True) | unnumbered


def _is_new_to(presence: Presence, since: int, heard_at: datetime) -> bool:
    """As `_is_new` asks for it."""
    if presence.told_seq is None or presence.told_seq > since:
        return True
    if presence.left_at is not None:
        return presence.left_at >= heard_at - FOUND_SILENT
    return presence.media_at is not None and presence.media_at >= heard_at - ON_ITS_WAY


def _tell(
    news: Mapping[UUID, Sequence[Presence]], one: Question, since: int, heard_at: datetime
) -> msgspec.Raw:
    new = [presence for presence in news[one.room] if _is_new_to(presence, since, heard_at)]
    told = [_word_about(presence, since) for presence in new]
    return msgspec.Raw(msgspec.json.encode([word for word in told if word is not None]))


def _word_about(presence: Presence, since: int) -> dict[str, Any] | None:
    seq, is_inside = presence.told_seq or 0, presence.left_at is None
    if not is_inside and vars(presence)["is_back"]:
        return None  # that one is told, or known
    if not is_inside or (presence.door == Door.JITSI and vars(presence)["has_page"]):
        return messages.participant_left(presence, seq)
    if presence.told_seq is None or seq > since:
        return messages.participant_joined(presence, seq)
    return messages.media_changed(presence)
