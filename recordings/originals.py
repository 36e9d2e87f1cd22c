"""What recorders left of a published recording goes by the school's policy, and only against proof from the store."""

from __future__ import annotations

import logging
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actions import record_audit
from common.crashpoints import crash_point
from recordings.expiry import folders_of, remove_folder
from recordings.models import Recording, RecordingState
from recordings.storage import storage_for

log = logging.getLogger(__name__)


def drop_originals(recording_id: UUID | str) -> bool:
    """Delete what the recorders left of a published recording; False unless the store proves at this moment
    that it holds the whole video. Raises what the store raises."""
    recording = Recording.objects.select_related("lesson__institution").get(pk=recording_id)
    if recording.state != RecordingState.PUBLISHED or recording.originals_gone_at is not None:
        return False
    held = storage_for(recording.lesson.institution).head(recording.video_key)
    proven = (recording.size_bytes, recording.sha256)
    if held is None or not recording.sha256 or (held.size, held.sha256) != proven:
        log.error("The originals of recording %s stay: the store does not hold its video", recording.pk)
        return False
    for folder in folders_of(recording):
        remove_folder(folder)
        crash_point("recordings.original_deleted")
    _note_originals_gone(recording)
    return True


@transaction.atomic
def _note_originals_gone(recording: Recording) -> None:
    """After the folders: whoever is killed between them comes again."""
    Recording.objects.filter(pk=recording.pk).update(originals_gone_at=timezone.now())
    record_audit(
        "recording.originals_deleted",
        institution=recording.lesson.institution,
        by=None,
        target=f"recording:{recording.pk}",
        detail={"lesson": str(recording.lesson_id)},
    )
