"""From a recorder's folders to a published video: adopt → probe → compose → chapters → poster → store → verify → publish.

Each step leaves its product under a final name (written aside, then renamed) and is skipped when
the product is there, so a killed worker costs at most one step. Crash points stand between all side effects.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from common.refusals import Refused, Unavailable
from recordings import actions
from recordings.full_disk import is_full
from recordings.lease import LeaseLost, lease_of
from recordings.models import IN_PIPELINE, Reason, Recording, RecordingState
from recordings.pipeline.job import Job, fail
from recordings.pipeline.keeping import store
from recordings.pipeline.making import make_poster_again, make_video, poster_time
from recordings.pipeline.stock import take_stock
from recordings.pipeline.tracks import excluded_from, timeline_of, tracks_of
from recordings.residency import is_ours

__all__ = [
    "MAX_ATTEMPTS",
    "advance",
    "excluded_from",
    "make_poster_again",
    "poster_time",
    "tidy",
    "timeline_of",
    "tracks_of",
]
log = logging.getLogger(__name__)
MAX_ATTEMPTS = 3
STEPS: dict[str, Callable[[Job], None]] = {
    RecordingState.CAPTURED: take_stock,
    RecordingState.COMPOSING: make_video,
    RecordingState.STORING: store,
}


def advance(recording_id: UUID | str) -> None:
    """Work until the recording is published or failed; nothing when another worker is at it."""
    with lease_of(recording_id) as lease:
        if lease is None:
            return
        job = Job(
            Recording.objects.select_related("lesson__institution").get(pk=recording_id),
            lease,
        )
        if not is_ours(job.recording):
            log.warning("Recording %s is of another zone, and left to it", recording_id)
            return
        try:
            while job.recording.state in IN_PIPELINE:
                STEPS[job.recording.state](job)
        except LeaseLost:
            log.warning("Recording %s went to another worker", recording_id)
        except Unavailable as away:
            log.warning("Recording %s waits: %s", recording_id, away.code)
            _come_back(job, attempts=job.recording.attempts, step=_waits_for(away.code))
        except Refused as refusal:
            fail(job, refusal.code)
        except Exception as error:
            # Whatever it was, it is counted: what always fails must not be tried for ever.
            log.exception("Recording %s stumbled", recording_id)
            _try_again_or_fail(job, error)


def _waits_for(code: str) -> str:
    return (
        actions.WAITS_FOR_DISK if code in (actions.WAITS_FOR_DISK, "store_full") else actions.WAITS_FOR_STORE
    )


def _come_back(job: Job, *, attempts: int, step: str = "") -> None:
    """Free the lease, but for nobody before a while has passed; `step` says meanwhile what it waits for."""
    wait = timedelta(seconds=min(60, 5 * 2**attempts))
    mine = Recording.objects.filter(pk=job.recording.pk, lease_owner=job.lease.owner)
    told = {"step": step} if step else {}
    mine.update(lease_owner="", lease_until=timezone.now() + wait, attempts=attempts, **told)


def _try_again_or_fail(job: Job, error: Exception) -> None:
    """A full disk fails nothing: what is made of the lesson waits for room, beside the original."""
    if is_full(error):
        _come_back(job, attempts=job.recording.attempts, step=actions.WAITS_FOR_DISK)
    elif job.recording.attempts + 1 < MAX_ATTEMPTS:
        _come_back(job, attempts=job.recording.attempts + 1)
    else:
        fail(job, Reason.COMPOSING_FAILED)


def tidy() -> int:
    """Drop the work folders of published recordings, whose worker died before it could."""
    root: Path = settings.WORK_DIR
    left = {path.name: path for path in root.iterdir() if path.is_dir()} if root.is_dir() else {}
    published = Recording.objects.filter(state=RecordingState.PUBLISHED, pk__in=filter(_is_uuid, left))
    done = [left[str(pk)] for pk in published.values_list("pk", flat=True)]
    for folder in done:
        shutil.rmtree(folder, ignore_errors=True)
    return len(done)


def _is_uuid(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
