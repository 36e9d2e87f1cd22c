"""What recorders left of a published recording goes by the school's policy, and only against proof from the store."""

from __future__ import annotations

import logging
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actions import record_audit
from common.crashpoints import crash_point
from recordings.expiry import remove_folder
from recordings.footage import folders_in_video, late_footage
from recordings.models import Recording, RecordingState
from recordings.storage import storage_for

log = logging.getLogger(__name__)


def find_proven(recording_id: UUID | str) -> Recording | None:
    """A published recording whose originals are kept, if the store proves at this moment that it holds the whole
    video. Raises what the store raises."""
    recording = Recording.objects.select_related("lesson__institution").get(pk=recording_id)
    if recording.state != RecordingState.PUBLISHED or recording.originals_gone_at is not None:
        return None
    held = storage_for(recording.lesson.institution).head(recording.video_key)
    proven = (recording.size_bytes, recording.sha256)
    if held is None or not recording.sha256 or (held.size, held.sha256) != proven:
        log.error("The originals of recording %s stay: the store does not hold its video", recording.pk)
        return None
    return recording


@transaction.atomic
def delete_originals(proven: Recording) -> bool:
    """Of what `find_proven` has found; False when the recording is another one by now. Nobody can have it composed
    of them meanwhile. Whoever is killed between two folders comes again: that they are gone is noted last."""
    as_proven = {"state": RecordingState.PUBLISHED, "sha256": proven.sha256, "originals_gone_at": None}
    mine = Recording.objects.select_for_update(of=("self",)).select_related("lesson__institution")
    recording = mine.filter(pk=proven.pk, **as_proven).first()
    if recording is None:
        return False
    if late_footage(recording):
        log.warning("The originals of recording %s stay: its video lacks what came later", recording.pk)
        return False
    # What was left out of it is in no video: it stays for repair until the recording itself goes.
    for folder in folders_in_video(recording):
        remove_folder(folder)
        crash_point("recordings.original_deleted")
    Recording.objects.filter(pk=recording.pk).update(originals_gone_at=timezone.now())
    record_audit(
        "recording.originals_deleted",
        institution=recording.lesson.institution,
        by=None,
        target=f"recording:{recording.pk}",
        detail={"lesson": str(recording.lesson_id)},
    )
    return True
