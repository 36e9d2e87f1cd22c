"""What comes by itself once a recording is published, beside what RENDITIONS names."""

from datetime import datetime

from recordings.actions.renditions import want_rendition
from recordings.models import Recording, RenditionKind
from recordings.speech import find_engine


def want_automatic_captions(*, recording: Recording, now: datetime) -> None:
    """In the course's language, where the operator has a speech engine; anew when the video is another one."""
    if find_engine() is not None:
        language = recording.lesson.course.language
        want_rendition(
            recording=recording, kind=RenditionKind.CAPTIONS, now=now, language=language, again=True
        )
