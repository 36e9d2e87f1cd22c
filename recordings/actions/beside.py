"""What comes by itself once a recording is published, beside what RENDITIONS names."""

from datetime import datetime

from recordings.actions.renditions import want_rendition
from recordings.models import MADE_OF_VIDEO, Recording, RenditionKind, RenditionState
from recordings.speech import find_engine


def want_automatic_captions(*, recording: Recording, now: datetime) -> None:
    """In the course's language, where the operator has a speech engine; anew when the video is another one."""
    if find_engine() is not None:
        language = recording.lesson.course.language
        want_rendition(
            recording=recording, kind=RenditionKind.CAPTIONS, now=now, language=language, again=True
        )


def renew_made_of_video(*, recording: Recording, now: datetime) -> None:
    """The published video holds something else than the one before: whatever was made of that one is made again.
    Captions by people stay as they are."""
    for one in recording.renditions.filter(state=RenditionState.READY, kind__in=MADE_OF_VIDEO):
        want_rendition(
            recording=recording, kind=RenditionKind(one.kind), now=now, language=one.language, again=True
        )
    by_hand = recording.captions.filter(language=recording.lesson.course.language, is_automatic=False)
    if not by_hand.exists():
        want_automatic_captions(recording=recording, now=now)
