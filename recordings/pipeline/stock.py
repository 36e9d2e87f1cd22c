"""captured → composing: what there is, and whether there is room for it."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from common.crashpoints import crash_point
from common.refusals import Unavailable
from recordings import actions
from recordings.clock import Span, merge
from recordings.models import Reason, Recording, RecordingState
from recordings.pipeline.job import PRODUCTS, Job, fail
from recordings.pipeline.tracks import gaps_of, timeline_of, tracks_of

log = logging.getLogger(__name__)


def take_stock(job: Job) -> None:
    """Find out what there is; a recording with nothing usable ends here."""
    job.begin("probing", 2)
    leave_room(job)
    tracks, left_out = tracks_of(job.recording)
    if not tracks:
        return fail(job, left_out[0][1] if left_out else Reason.NO_VIDEO)
    timeline = timeline_of(job.recording, tracks)
    for product in PRODUCTS:  # of an earlier failure, before another folder was adopted
        (job.folder / product).unlink(missing_ok=True)
    crash_point("recordings.probed")
    actions.move(
        job.recording,
        RecordingState.COMPOSING,
        now=timezone.now(),
        left_out=left_out,
        starts_at=datetime.fromtimestamp(timeline.spans[0].starts_at, tz=UTC),
        duration_seconds=round(timeline.duration, 3),
        gaps=gaps_of(job.recording, tracks, timeline),
        captured=_pairs(merge(track.span for track in tracks)),
        shown=_pairs(timeline.spans),
    )
    return None


def _pairs(spans: Iterable[Span]) -> list[list[float]]:
    return [[round(span.starts_at, 3), round(span.ends_at, 3)] for span in spans]


def leave_room(job: Job) -> None:
    """Composing takes up to twice what was recorded. Unavailable while the disk does not have it: the sources
    stay, the reconciler tells, and the work goes on by itself when there is space."""
    needed = 2 * source_bytes(job.recording)
    if shutil.disk_usage(job.folder).free >= needed:
        return
    log.error("Recording %s waits for %d bytes of disk", job.recording.pk, needed)
    raise Unavailable(actions.WAITS_FOR_DISK)


def source_bytes(recording: Recording) -> int:
    root: Path = settings.RECORDINGS_DIR
    folders = [root / session for session in recording.captures.values_list("session_id", flat=True)]
    files = (path for folder in folders if folder.is_dir() for path in folder.iterdir())
    return sum(path.stat().st_size for path in files if path.is_file() and not path.is_symlink())
