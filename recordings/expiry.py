"""The end of a recording: doomed in one transaction, its files deleted one by one, its rows last.

Whoever dooms it has asked policy and holds. From then on every step may be repeated: what is gone stays
gone, and a killed worker's rest is done by the next one. Crash points stand between all side effects.
"""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.actions import record_audit
from common.crashpoints import crash_point
from recordings import actions
from recordings.models import Recording, RecordingState
from recordings.storage import prefix_of, storage_for


@transaction.atomic
def doom(recording: Recording, *, days: int, now: datetime) -> bool:
    """Nobody can watch it from now on; False when somebody else was first."""
    if not actions.move(recording, RecordingState.EXPIRING, now=now):
        return False
    record_audit(
        "recording.expired",
        institution=recording.lesson.institution,
        by=None,
        target=f"recording:{recording.pk}",
        detail={"lesson": str(recording.lesson_id), "days": days},
    )
    return True


def expire(recording_id: UUID | str) -> bool:
    """Delete what a doomed recording left; False when there is nothing to do. Raises what the store raises."""
    recording = Recording.objects.select_related("lesson__institution").get(pk=recording_id)
    if recording.state != RecordingState.EXPIRING:
        return False
    crash_point("recordings.doomed")
    _delete_objects(recording)
    for folder in folders_of(recording):
        remove_folder(folder)
        crash_point("recordings.folder_deleted")
    return _forget(recording)


def _delete_objects(recording: Recording) -> None:
    """The video, and whatever else was made of it: all of them bear the lesson in their keys."""
    store, named = storage_for(recording.lesson.institution), (recording.video_key, recording.poster_key)
    for key in filter(None, named):
        store.delete(key)
        crash_point("recordings.object_deleted")
    while made := store.listed(prefix_of(recording)):
        for one in made:
            store.delete(one.key)
        crash_point("recordings.renditions_deleted")


def folders_of(recording: Recording) -> list[Path]:
    """What its recorders left, and where it was composed."""
    sessions = recording.captures.order_by("wanted_at").values_list("session_id", flat=True)
    return [
        *(settings.RECORDINGS_DIR / session_id for session_id in sessions),
        settings.WORK_DIR / str(recording.pk),
    ]


def remove_folder(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


@transaction.atomic
def _forget(recording: Recording) -> bool:
    recording.chapters.all().delete()
    for rows in (
        recording.watches,
        recording.captions,
        recording.notes,
        recording.chapter_titles,
        recording.renditions,
        recording.chunks,
    ):
        rows.all().delete()
    blank: dict[str, object] = {
        "video_key": "",
        "poster_key": "",
        "sha256": "",
        "size_bytes": None,
        "left_out": [],
        "composed": None,
    }
    return actions.move(recording, RecordingState.EXPIRED, now=timezone.now(), **blank)
