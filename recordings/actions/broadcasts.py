"""Broadcasts: wanted, taken by a host, shown, interrupted, over."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from classroom.models import Lesson, LessonStatus, Presence
from recordings.models import OPEN_BROADCAST, Broadcast, BroadcastState, Destination, SendingState

# A host that says nothing for so long has taken its stations with it: another one begins where they stopped.
HOST_SILENCE = timedelta(seconds=6)


def want_broadcasts(*, now: datetime) -> int:
    """Of lessons that are planned with a stream, go on and have somebody inside."""
    inside = Presence.objects.filter(room__lesson=OuterRef("pk"), left_at__isnull=True)
    due = Lesson.objects.filter(
        Exists(inside), is_streamed=True, status=LessonStatus.LIVE, broadcast__isnull=True
    )
    rows = [Broadcast(lesson=lesson, state_at=now) for lesson in due]
    Broadcast.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def claim_broadcast(*, broadcast: Broadcast, host: str, now: datetime) -> bool:
    """For whoever asks first: one that is new, or whose host is silent."""
    unhosted = Broadcast.objects.filter(pk=broadcast.pk, state__in=OPEN_BROADCAST, host=broadcast.host)
    return bool(unhosted.update(host=host, seen_at=now))


def unhosted_broadcasts(*, now: datetime) -> list[Broadcast]:
    of_live = Broadcast.objects.filter(state__in=OPEN_BROADCAST, lesson__status=LessonStatus.LIVE)
    silent = of_live.filter(seen_at__lt=now - HOST_SILENCE) | of_live.filter(host="")
    return list(silent.select_related("lesson"))


def see_broadcast(*, broadcast: Broadcast, host: str, now: datetime) -> bool:
    """Its host is alive; False when the broadcast is another one's by now, or over."""
    mine = Broadcast.objects.filter(pk=broadcast.pk, host=host, state__in=OPEN_BROADCAST)
    return bool(mine.update(seen_at=now))


def note_listening(*, broadcast: Broadcast, address: str, port: int, now: datetime) -> None:
    here = Broadcast.objects.filter(pk=broadcast.pk, state__in=OPEN_BROADCAST)
    here.update(address=address, port=port)
    here.filter(state=BroadcastState.WANTED).update(state=BroadcastState.LISTENING, state_at=now)


def note_shown(*, broadcast: Broadcast, now: datetime) -> bool:
    """There is something to see, for the first time or again."""
    rows = Broadcast.objects.filter(pk=broadcast.pk, state__in=OPEN_BROADCAST)
    rows.filter(shown_at__isnull=True).update(shown_at=now)
    return bool(rows.exclude(state=BroadcastState.LIVE).update(state=BroadcastState.LIVE, state_at=now))


@transaction.atomic
def note_interrupted(*, broadcast: Broadcast, now: datetime) -> bool:
    live = Broadcast.objects.select_for_update().filter(pk=broadcast.pk, state=BroadcastState.LIVE).first()
    if live is None:
        return False
    live.state, live.state_at, live.interruptions = BroadcastState.INTERRUPTED, now, live.interruptions + 1
    live.save(update_fields=["state", "state_at", "interruptions"])
    return True


def end_broadcasts(*, now: datetime) -> int:
    """Of lessons that are over. The station hears of it from its host, and tells the players."""
    over = (LessonStatus.ENDED, LessonStatus.CANCELLED)
    sent = Destination.objects.filter(is_wanted=True, lesson__status__in=over)
    sent.update(is_wanted=False, state=SendingState.OFF, reason="", state_at=now)
    ended = Broadcast.objects.filter(state__in=OPEN_BROADCAST, lesson__status__in=over)
    return ended.update(state=BroadcastState.OVER, state_at=now, ended_at=now, port=None)
