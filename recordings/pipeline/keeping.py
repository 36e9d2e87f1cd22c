"""storing → published: put, read back, told once."""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from accounts.actions import api_link, publish_event
from accounts.models import EventType
from classroom import timeline as facts_timeline
from common.crashpoints import crash_point
from common.refusals import Refused, Unavailable
from common.storage import Storage
from common.storage.contract import Stored, sha256_of
from recordings import actions, facts
from recordings.models import Reason, Recording, RecordingState
from recordings.pipeline.job import Job, fail
from recordings.pipeline.tracks import tracks_of
from recordings.storage import prefix_of, storage_for

log = logging.getLogger(__name__)
SUFFIXES = {"video/mp4": ".mp4", "image/jpeg": ".jpg"}


def store(job: Job) -> None:
    """Put video and poster, read back what the store holds, publish, and only then drop the local copy."""
    video, picture = job.folder / "video.mp4", job.folder / "poster.jpg"
    if not (video.exists() and picture.exists()):
        # The work folder was emptied between two steps: make them again rather than lose the lesson.
        return make_again(job)
    job.begin("uploading", 92)
    digest = sha256_of(video)
    place = storage_for(job.recording.lesson.institution)
    base = _base_of(place, job.recording, digest, video.stat().st_size)
    beside = f"{prefix_of(job.recording)}{digest[:16]}-{digest[16:24]}"
    kept = _put(place, (base, beside), video, content_type="video/mp4")
    crash_point("recordings.stored")
    shown = _put(place, (base, beside), picture, content_type="image/jpeg")
    crash_point("recordings.poster_stored")
    job.begin("verifying", 97)
    proof = place.head(kept.key)
    if proof is None or (proof.size, proof.sha256) != (video.stat().st_size, digest):
        return fail(job, Reason.STORAGE_REFUSED)
    crash_point("recordings.verified")
    before = Before(
        job.recording.video_key, job.recording.poster_key, job.recording.size_bytes, job.recording.sha256
    )
    if not publish(job.recording, kept.key, shown.key, size=proof.size, sha256=digest):
        return _take_back(place, job.recording, kept.key, shown.key)
    crash_point("recordings.published")
    _drop_replaced(place, before, {kept.key, shown.key})
    shutil.rmtree(job.folder, ignore_errors=True)
    return None


@dataclass(frozen=True, slots=True)
class Before:
    """What was published until now; empty the first time."""

    video_key: str
    poster_key: str
    size_bytes: int | None
    sha256: str


def _drop_replaced(place: Storage, before: Before, named: set[str]) -> None:
    """The video that this one replaces, and its poster; not one that holds other bytes by now: that may be evidence."""
    if not before.video_key or before.video_key in named:
        return
    try:
        held = place.head(before.video_key)
        if held is not None and (held.size, held.sha256) != (before.size_bytes, before.sha256):
            return
        for key in {before.video_key, before.poster_key} - {*named, ""}:
            place.delete(key)
    except (Refused, Unavailable) as no:  # it goes with the recording, as all that bears its lesson's name
        log.warning("The video %s stays beside the new one: %s", before.video_key, no.code)


def _take_back(place: Storage, recording: Recording, *keys: str) -> None:
    """Another folder was found meanwhile: the video is made anew with it, and nobody's row will name these."""
    recording.refresh_from_db()
    for key in set(keys) - {recording.video_key, recording.poster_key}:
        place.delete(key)


def _put(place: Storage, bases: tuple[str, str], path: Path, *, content_type: str) -> Stored:
    """Under the first name, or once more under the second when the store holds other bytes there, such as half of
    these: they cannot be written again, and stay as evidence until the recording goes."""
    first, second = (f"{base}{SUFFIXES[content_type]}" for base in bases)
    try:
        return place.put(first, path, content_type=content_type)
    except Refused as refusal:
        if refusal.code != "key_taken" or second == first:
            raise
    log.warning("The store holds other bytes under %s; trying %s", first, second)
    return place.put(second, path, content_type=content_type)


def _base_of(place: Storage, recording: Recording, digest: str, size: int) -> str:
    """Beside what was published under this name before and holds other bytes by now: they may be evidence."""
    base = f"{prefix_of(recording)}{digest[:16]}"
    held = place.head(f"{base}.mp4") if recording.video_key == f"{base}.mp4" else None
    return base if held is None or (held.size, held.sha256) == (size, digest) else f"{base}-{digest[16:24]}"


def make_again(job: Job) -> None:
    tracks, _ = tracks_of(job.recording)
    if not tracks:
        return fail(job, Reason.NO_VIDEO)
    Recording.objects.filter(pk=job.recording.pk, state=RecordingState.STORING).update(
        state=RecordingState.COMPOSING
    )
    job.recording.refresh_from_db()
    return None


@transaction.atomic
def publish(recording: Recording, video_key: str, poster_key: str, *, size: int, sha256: str) -> bool:
    """Exactly once: the move succeeds for one worker, and its fact stands in the same transaction."""
    now = timezone.now()
    old = recording.sha256
    changes = {"video_key": video_key, "poster_key": poster_key, "size_bytes": size, "sha256": sha256}
    if not actions.move(
        recording, RecordingState.PUBLISHED, now=now, published_at=now, percent=100, **changes
    ):
        return False
    is_first = facts_timeline.record(
        recording.lesson,
        facts.RECORDING_PUBLISHED,
        at=now,
        source="recordings",
        key=facts.RECORDING_PUBLISHED,
    )
    if is_first:  # what was composed again is no news
        actions.want_automatic_captions(recording=recording, now=now)
        _publish_event(recording)
    elif old != sha256:
        actions.renew_made_of_video(recording=recording, now=now)
    return True


def _publish_event(recording: Recording) -> None:
    lesson = recording.lesson
    ids = {"recording_id": str(recording.pk), "lesson_id": str(lesson.pk)}
    link = api_link("recordings", recording.pk)
    publish_event(institution=lesson.institution, type_=EventType.RECORDING_READY, data={**ids, "url": link})
