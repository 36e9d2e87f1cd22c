from celery import shared_task
from django.conf import settings
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

    now = timezone.now()
    actions.expect_recordings(now=now)
    hear_notices()
    actions.lose_silent_captures(now=now)
    actions.start_due_recorders(now=now)
    actions.note_unrecorded(now=now)
    actions.note_repaired(now=now)
    adopt_folders(now=now)
    actions.finish_captured(now=now)
    tidy()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    for pk in Recording.objects.filter(free, state__in=IN_PIPELINE).values_list("pk", flat=True):
        enqueue_on_commit("recordings.advance", pk)


@shared_task(name="recordings.advance")
def advance(recording_id: str) -> None:
    from recordings import pipeline

    pipeline.advance(recording_id)


@shared_task(name="recordings.tend_fleet")
def tend_fleet() -> None:
    """Compare what the Jibris should do with what they do. Talks to them, so it may take seconds."""
    from recordings.fleet import tend
    from recordings.jibri import HttpJibri

    if settings.RECORDER_ENGINE == Engine.JIBRI:
        with HttpJibri() as client:
            tend(client)


@shared_task(name="recordings.hear")
def hear() -> None:
    """A Jibri has posted something."""
    hear_notices()
