"""composing → storing: the video with its chapters inside, and the poster."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from common.crashpoints import crash_point
from common.refusals import Refused
from common.storage.contract import sha256_of
from recordings import actions
from recordings.board_log import edits_of
from recordings.chapters import Chapter, chapters
from recordings.chips import count_failed_chip
from recordings.chunks import share_out, work_folder
from recordings.clock import Timeline
from recordings.compositing import NothingUsable, Track, compose, finish, poster
from recordings.direction import composition_of
from recordings.models import Reason, Recording, RecordingState
from recordings.moments import moments_of
from recordings.pipeline.job import PRODUCTS, Job
from recordings.pipeline.stock import look, take_stock_again
from recordings.pipeline.tracks import timeline_of
from recordings.residency import is_ours
from recordings.storage import prefix_of, storage_for
from whiteboard.board import Edit, fold


def make_video(job: Job) -> None:
    """The composite with its chapters inside, and the poster."""
    composite, video, picture = (job.folder / name for name in PRODUCTS)
    job.recording.refresh_from_db(fields=["state"])
    if job.recording.state != RecordingState.COMPOSING:
        return  # another folder has been found, and stock is taken anew
    stock = look(job.recording)
    tracks, timeline = stock.tracks, timeline_of(job.recording, stock.tracks)
    if tracks and stock.footage != job.recording.composed:
        take_stock_again(job, stock, timeline)
    edits = edits_of(job.recording)
    _once(composite, lambda out: _compose(job, tracks, timeline, edits, out))
    crash_point("recordings.composed")
    job.begin("joining", 82)
    found = chapters_of(job.recording, edits, timeline)
    found = actions.keep_chapters(recording=job.recording, found=found)
    crash_point("recordings.chaptered")
    _once(video, lambda out: finish(composite, found, out, title=job.recording.lesson.title))
    crash_point("recordings.finished")
    job.begin("joining", 88)
    _once(picture, lambda out: poster(video, out, poster_time(found, timeline.duration)))
    crash_point("recordings.poster")
    actions.move(job.recording, RecordingState.STORING, now=timezone.now())


def _compose(job: Job, tracks: list[Track], timeline: Timeline, edits: list[Edit], out: Path) -> None:
    job.begin("composing", 5)
    composition = composition_of(job.recording, timeline, tracks, edits)
    workshop = partial(share_out, job.recording)
    try:
        composed = compose(
            composition, out, work=work_folder(job.recording), progress=job.progress(5, 80), workshop=workshop
        )
    except NothingUsable as nothing:
        raise Refused(nothing.codes[0] if nothing.codes else Reason.NO_VIDEO) from nothing
    if composed.failed_chip:
        count_failed_chip()
    known = [[path.name, code] for path, code in composed.left_out]
    job.lease.renew(left_out=[*job.recording.left_out, *known], loudness=composed.loudness)


def _once(product: Path, make: Callable[[Path], object]) -> None:
    """Make `product` unless it is there; a half-made one never bears its name."""
    if product.exists():
        return
    part = product.with_name(f"{product.stem}.part-{time.time_ns()}{product.suffix}")
    try:
        make(part)
        part.rename(product)
    finally:
        part.unlink(missing_ok=True)


def chapters_of(recording: Recording, edits: list[Edit], timeline: Timeline) -> list[Chapter]:
    """Chapters from the lesson's timeline; the first is named after the page the lesson began on."""
    pages = fold(edit for edit in edits if edit.type == "page.added").pages
    first = pages[0].title if pages else recording.lesson.title
    return chapters(moments_of(recording, first), timeline, first)


def poster_time(found: Sequence[Chapter], duration_seconds: float) -> float:
    """Just before the longest chapter ends: the page is full then, while a chapter's beginning is a blank board."""
    longest = max(found, key=lambda chapter: chapter.ends_seconds - chapter.starts_seconds, default=None)
    return max(0.0, (longest.ends_seconds if longest else duration_seconds) - 1.0)


def make_poster_again(recording_id: UUID | str) -> None:
    """Of the published video, when the store has lost the old one."""
    published = Recording.objects.filter(pk=recording_id, state=RecordingState.PUBLISHED)
    recording = published.select_related("lesson__institution").first()
    if recording is None or not is_ours(recording):
        return
    place, rows = storage_for(recording.lesson.institution), recording.chapters.all()
    found = [Chapter(row.starts_seconds, row.ends_seconds, row.title) for row in rows]
    with TemporaryDirectory(dir=settings.WORK_DIR, prefix="poster-") as folder:
        video, picture = Path(folder) / "video.mp4", Path(folder) / "poster.jpg"
        with video.open("wb") as file:
            file.writelines(place.read(recording.video_key))
        poster(video, picture, poster_time(found, recording.duration_seconds or 0.0))
        key = f"{prefix_of(recording)}{sha256_of(picture)[:16]}.jpg"
        place.put(key, picture, content_type="image/jpeg")
    published.filter(video_key=recording.video_key).update(poster_key=key)
