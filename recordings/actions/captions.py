"""Captions: uploaded by whoever holds the lesson, or written by an engine; one track a language."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from common.refusals import Refused
from recordings.models import Captions, Recording
from recordings.models import Cue as CueRow
from recordings.vtt import BadCaptions, Cue, read_captions

MOST_LANGUAGES = 12


@transaction.atomic
def upload_captions(
    *, recording: Recording, language: str, data: bytes, by: Person, now: datetime
) -> Captions:
    """In the place of what there was in that language. Refused with the code of `BadCaptions`, its line as a reason."""
    try:
        cues = read_captions(data, duration_seconds=recording.duration_seconds or 0.0)
    except BadCaptions as bad:
        raise Refused(f"captions_{bad.code}", [("line", str(bad.line))]) from bad
    others = recording.captions.exclude(language=language)
    if others.count() >= MOST_LANGUAGES:
        raise Refused("captions_too_many_languages")
    captions = _keep(recording, language, cues, is_automatic=False, now=now)
    _audit("recording.captions_added", recording, by, language, len(cues))
    return captions


@transaction.atomic
def keep_automatic_captions(
    *, recording: Recording, language: str, cues: Sequence[Cue], now: datetime
) -> Captions | None:
    """What an engine heard; None where people have written captions of that language: theirs stay."""
    Recording.objects.select_for_update(of=("self",)).get(pk=recording.pk)
    if recording.captions.filter(language=language, is_automatic=False).exists():
        return None
    captions = _keep(recording, language, cues, is_automatic=True, now=now)
    _audit("recording.captions_added", recording, None, language, len(cues))
    return captions


@transaction.atomic
def remove_captions(*, captions: Captions, by: Person) -> None:
    recording, language = captions.recording, captions.language
    count = captions.cues.count()
    captions.delete()
    _audit("recording.captions_removed", recording, by, language, count)


def _keep(
    recording: Recording, language: str, cues: Sequence[Cue], *, is_automatic: bool, now: datetime
) -> Captions:
    Recording.objects.select_for_update(of=("self",)).get(pk=recording.pk)
    recording.captions.filter(language=language).delete()
    captions = Captions.objects.create(
        recording=recording, language=language, is_automatic=is_automatic, written_at=now
    )
    CueRow.objects.bulk_create(
        (
            CueRow(
                captions=captions,
                position=position,
                starts_seconds=cue.starts_seconds,
                ends_seconds=cue.ends_seconds,
                text=cue.text,
            )
            for position, cue in enumerate(cues)
        ),
        batch_size=2000,
    )
    return captions


def _audit(act: str, recording: Recording, by: Person | None, language: str, cues: int) -> None:
    record_audit(
        act,
        institution=recording.lesson.institution,
        by=by,
        target=f"recording:{recording.pk}",
        detail={"lesson": str(recording.lesson_id), "language": language, "cues": cues},
    )
