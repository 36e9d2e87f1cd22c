"""The layout of a video: chosen before it is composed, or composed again while the old one stays."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from common.refusals import Refused
from recordings.actions.beside import renew_made_of_video
from recordings.actions.chapters import keep_chapters
from recordings.actions.places import move_places
from recordings.actions.renditions import want_rendition
from recordings.chapters import Chapter
from recordings.models import (
    AT_REST,
    GONE,
    IN_PIPELINE,
    Look,
    Recording,
    RecordingState,
    Rendition,
    RenditionKind,
    RenditionState,
)


@transaction.atomic
def choose_look(*, recording: Recording, look: Look | None, by: Person, now: datetime) -> Rendition | None:
    """None: as the institution says. Of a finished video another one is made, which replaces it when it is ready.

    Refused("being_composed") while it is at work, Refused("is_gone") when it was deleted.
    """
    if recording.state in GONE or recording.state == RecordingState.FAILED:
        raise Refused("is_gone")
    if recording.state in IN_PIPELINE:
        raise Refused("being_composed")
    Recording.objects.filter(pk=recording.pk).update(look=look or "")
    recording.refresh_from_db()
    record_audit(
        "recording.laid_out",
        institution=recording.lesson.institution,
        by=by,
        target=f"recording:{recording.pk}",
        detail={"look": recording.look, "lesson": str(recording.lesson_id)},
    )
    if recording.state not in AT_REST:
        return None
    return want_rendition(recording=recording, kind=RenditionKind.LAYOUT, now=now, by=by, again=True)


@transaction.atomic
def replace_video(*, rendition: Rendition, now: datetime) -> list[str]:
    """The new composition takes the old one's place; the keys that nobody names any more. All else is made anew."""
    recording = Recording.objects.select_for_update().get(pk=rendition.recording_id)
    made = rendition.keys
    if recording.state != RecordingState.PUBLISHED:
        rendition.delete()
        return made
    old = (recording.video_key, recording.poster_key)
    picture = next((key for key in rendition.extra_keys if key.endswith(".jpg")), recording.poster_key)
    changes = {
        "poster_key": picture,
        "video_key": rendition.object_key,
        "size_bytes": rendition.about["video_bytes"],
        "sha256": rendition.sha256,
    }
    Recording.objects.filter(pk=recording.pk).update(**changes)
    holds_more = "told" in rendition.about
    if holds_more:
        _keep_clock(recording, rendition.about["told"], rendition.about["chapters"])
    rendition.delete()
    if holds_more:
        renew_made_of_video(recording=recording, now=now)
    stale = recording.renditions.filter(state=RenditionState.READY)
    made_of_it = (RenditionKind.LOW, RenditionKind.AUDIO, RenditionKind.LADDER, RenditionKind.THUMBNAILS)
    for one in stale.filter(kind__in=made_of_it):
        want_rendition(
            recording=recording, kind=RenditionKind(one.kind), now=now, language=one.language, again=True
        )
    return [key for key in old if key and key not in (rendition.object_key, picture)]


def _keep_clock(recording: Recording, told: dict[str, Any], found: list[dict[str, Any]]) -> None:
    """It holds more than the one before, so its clock is another one."""
    told = {**told, "starts_at": datetime.fromisoformat(told["starts_at"])}
    Recording.objects.filter(pk=recording.pk).update(**told)
    keep_chapters(recording=recording, found=[Chapter(**one) for one in found])
    move_places(recording=recording, before=recording.shown, after=told["shown"])
