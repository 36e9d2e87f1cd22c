"""What the Jitsi stack asks about recordings."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from classroom.jitsi.hooks import by_bearer, say
from classroom.models import LessonStatus
from recordings.models import CAPTURING, Engine, Recording, RecordingState
from recordings.queries import recording_of_room


@require_safe
@by_bearer
def recording_wanted(request: HttpRequest, room: str) -> HttpResponse:
    """Whether Prosody should have this room recorded now, and as which recording of ours; 404 for no room of ours."""
    found = recording_of_room(room)
    if found is None:
        return say(404, "not_found")
    name, recording = found
    if recording is None or not _is_wanted(recording):
        return JsonResponse({"record": False})
    return JsonResponse({"record": True, "recording": str(recording.pk), "room": name})


def _is_wanted(recording: Recording) -> bool:
    is_due = recording.state == RecordingState.EXPECTED or recording.state in CAPTURING
    over = (LessonStatus.ENDED, LessonStatus.CANCELLED)
    is_jibris = bool(settings.RECORDER_ENGINE == Engine.JIBRI)
    # A stream is asked for by us: what Prosody's module starts writes a file.
    return is_due and is_jibris and not recording.lesson.is_streamed and recording.lesson.status not in over
