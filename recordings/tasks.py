from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone

from common.queue import enqueue_on_commit
from recordings import actions
from recordings.models import IN_PIPELINE, Engine, Recording
from recordings.notices import hear_notices


@shared_task(name="recordings.sweep")
def sweep() -> None:
    """Compare what should be recorded, captured and published with what is, and mend."""
    # Media libraries, which the web process never needs.
    from recordings.adoption import adopt_folders
    from recordings.pipeline import tidy
    from recordings.renditions import ring_for_renditions

    now = timezone.now()
    actions.expect_recordings(now=now)
    hear_notices()
    actions.lose_silent_captures(now=now)
    actions.start_due_recorders(now=now)
    actions.want_broadcasts(now=now)
    actions.end_broadcasts(now=now)
    actions.note_unrecorded(now=now)
    actions.note_repaired(now=now)
    adopt_folders(now=now)
    actions.finish_captured(now=now)
    actions.note_late_reconciler(now=now)
    _ring_for_operators()
    tidy()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    for pk in Recording.objects.filter(free, state__in=IN_PIPELINE).values_list("pk", flat=True):
        enqueue_on_commit("recordings.advance", pk)
    ring_for_renditions()


def _ring_for_operators() -> None:
    """At most once a minute: a mail server that is away is not asked every two seconds."""
    if actions.has_untold_alarms() and cache.add("recordings.operators", 1, timeout=60):
        enqueue_on_commit("recordings.tell_operators")


@shared_task(name="recordings.tell_operators")
def tell_operators() -> None:
    actions.tell_operators(now=timezone.now())


@shared_task(name="recordings.reconcile")
def reconcile() -> None:
    """Compare timetable, recorders, folders, store and rows; asks the store, so it may take seconds."""
    from recordings.reconciler import reconcile as compare

    compare()


@shared_task(name="recordings.advance")
def advance(recording_id: str) -> None:
    from recordings import pipeline

    pipeline.advance(recording_id)


@shared_task(name="recordings.compose_live")
def compose_live() -> None:
    """Lessons are composed while they go on."""
    from recordings.live import ring_for_chunks

    ring_for_chunks(now=timezone.now())


@shared_task(name="recordings.make_chunks")
def make_chunks(recording_id: str) -> None:
    from recordings import live

    live.make_chunks(recording_id)


@shared_task(name="recordings.make_rendition")
def make_rendition(rendition_id: str) -> None:
    from recordings import renditions

    renditions.make_rendition(rendition_id)


@shared_task(name="recordings.make_poster")
def make_poster(recording_id: str) -> None:
    """The store has lost the picture of a video that it has."""
    from recordings import pipeline

    pipeline.make_poster_again(recording_id)


@shared_task(name="recordings.tend_fleet")
def tend_fleet() -> None:
    """Compare what the Jibris should do with what they do. Talks to them, so it may take seconds."""
    from recordings.fleet import tend
    from recordings.jibri import HttpJibri

    if settings.RECORDER_ENGINE == Engine.JIBRI:
        with HttpJibri() as client:
            tend(client)


@shared_task(name="recordings.scale")
def scale() -> None:
    """As many recorders and bridges as the timetable needs. Asks the cloud, so it may take seconds."""
    from recordings.cell import answer_departures, tell_figures
    from recordings.scaling import scale_all

    # Silence is what the cloud's alarm listens for: figures are told only after the pools were looked at.
    looked_at = scale_all(now=timezone.now())
    answer_departures()
    if looked_at:
        tell_figures(now=timezone.now())


@shared_task(name="recordings.hear")
def hear() -> None:
    """A Jibri has posted something."""
    hear_notices()
