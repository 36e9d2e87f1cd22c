"""captured → composing: what there is, and whether there is room for it."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common.crashpoints import crash_point
from common.refusals import Unavailable
from recordings import actions
from recordings.clock import Span, Timeline, merge
from recordings.compositing import Track
from recordings.footage import Footage, footage_of
from recordings.models import Reason, Recording, RecordingState
from recordings.pipeline.job import PRODUCTS, Job, fail
from recordings.pipeline.tracks import gaps_of, timeline_of, tracks_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stock:
    """Usable tracks, `(file, reason)` of what is not, and the footage that all of it was read from."""

    footage: Footage
    tracks: list[Track]
    left_out: list[tuple[str, str]]

    @property
    def reason(self) -> str:
        """Why there is nothing, when there are no tracks."""
        return self.left_out[0][1] if self.left_out else Reason.NO_VIDEO


def look(recording: Recording) -> Stock:
    # In this order: what is written meanwhile is found to be more afterwards, and not taken for composed.
    footage = footage_of(recording)
    return Stock(footage, *tracks_of(recording))


def told_of(recording: Recording, stock: Stock, timeline: Timeline) -> dict[str, Any]:
    """What the row says of a video of this stock on this clock."""
    return {
        "left_out": stock.left_out,
        "composed": stock.footage,
        "starts_at": datetime.fromtimestamp(timeline.spans[0].starts_at, tz=UTC),
        "duration_seconds": round(timeline.duration, 3),
        "gaps": gaps_of(recording, stock.tracks, timeline),
        "captured": _pairs(merge(track.span for track in stock.tracks)),
        "shown": _pairs(timeline.spans),
    }


def take_stock(job: Job) -> None:
    """Find out what there is; a recording with nothing usable ends here."""
    job.begin("probing", 2)
    leave_room(job)
    stock = look(job.recording)
    if not stock.tracks:
        # Remembered too: a file that is finished after all is more than this.
        job.lease.renew(composed=stock.footage)
        return fail(job, stock.reason)
    told = told_of(job.recording, stock, timeline_of(job.recording, stock.tracks))
    drop_products(job)  # of an earlier failure, before another folder was adopted
    crash_point("recordings.probed")
    shown = job.recording.shown
    with transaction.atomic():
        if actions.move(job.recording, RecordingState.COMPOSING, now=timezone.now(), **told):
            actions.move_places(recording=job.recording, before=shown, after=told["shown"])
    return None


def take_stock_again(job: Job, stock: Stock, timeline: Timeline) -> None:
    """More has come since it was taken: what is made is made of that, and the row says so."""
    drop_products(job)
    told = told_of(job.recording, stock, timeline)
    with transaction.atomic():
        job.lease.renew(**told)
        actions.move_places(recording=job.recording, before=job.recording.shown, after=told["shown"])
    job.recording.refresh_from_db()


def drop_products(job: Job) -> None:
    for product in PRODUCTS:
        (job.folder / product).unlink(missing_ok=True)


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
