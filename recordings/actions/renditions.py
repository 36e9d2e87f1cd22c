"""Renditions: wanted, begun, finished, cancelled. Each move is a conditional update."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.models import Person
from common.queue import enqueue_on_commit
from recordings.models import (
    RENDITION_MOVES,
    Capture,
    Engine,
    Recording,
    RecordingState,
    Rendition,
    RenditionKind,
    RenditionState,
)


def move_rendition(rendition: Rendition, state: RenditionState, **changes: object) -> bool:
    """One move; False when somebody else was first."""
    if state not in RENDITION_MOVES[rendition.state]:
        return False
    as_it_is = Rendition.objects.filter(pk=rendition.pk, state=rendition.state)
    moved = as_it_is.update(state=state, **changes)
    rendition.refresh_from_db()
    return moved == 1


@transaction.atomic
def want_rendition(
    *,
    recording: Recording,
    kind: RenditionKind,
    now: datetime,
    language: str = "",
    by: Person | None = None,
    again: bool = False,
) -> Rendition:
    """The one there is, or a new one that is wanted. What failed is tried again; `again`, also what is ready."""
    rendition, created = Rendition.objects.get_or_create(
        recording=recording,
        kind=kind,
        language=language,
        defaults={"wanted_at": now, "asked_by": by},
    )
    if not created and (rendition.state == RenditionState.FAILED or (again and rendition.is_ready)):
        blank: dict[str, object] = {"reason": "", "percent": 0, "attempts": 0, "asked_by": by}
        move_rendition(rendition, RenditionState.WANTED, wanted_at=now, **blank)
    enqueue_on_commit("recordings.make_rendition", rendition.pk)
    return rendition


@transaction.atomic
def cancel_rendition(*, rendition: Rendition) -> bool:
    """Not wanted any more; whoever makes it notices at the next step and leaves no trace."""
    unfinished = Rendition.objects.filter(pk=rendition.pk, object_key="").exclude(state=RenditionState.READY)
    deleted, _ = unfinished.delete()
    return deleted > 0


def want_usual_renditions(*, now: datetime) -> int:
    """What RENDITIONS names, of what was published in the last day; what a Jibri filmed, until it is composed."""
    usual = [RenditionKind(kind) for kind in settings.RENDITIONS if kind in RenditionKind.values]
    fresh = Recording.objects.filter(state=RecordingState.PUBLISHED, published_at__gt=now - timedelta(days=1))
    jibris = Capture.objects.filter(engine=Engine.JIBRI).values("recording")
    early = Recording.objects.filter(
        state__in=(RecordingState.CAPTURED, RecordingState.COMPOSING), pk__in=jibris
    )
    made = 0
    for kind in usual:
        owing = early if kind == RenditionKind.RAW else fresh
        have = Rendition.objects.filter(kind=kind).values("recording")
        for recording in owing.exclude(pk__in=have):
            want_rendition(recording=recording, kind=kind, now=now)
            made += 1
    return made
