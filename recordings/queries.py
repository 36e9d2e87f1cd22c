"""Reads of recordings."""

from uuid import UUID

from accounts.models import Person
from recordings.models import Recording, Watch


def recording_for_door(lesson_id: UUID | str) -> Recording | None:
    return (
        Recording.objects.select_related("lesson__course", "lesson__institution")
        .filter(lesson_id=lesson_id)
        .first()
    )


def position_of(recording: Recording, person: Person) -> float:
    """Seconds at which `person` stopped watching; 0 at first, and again after the end."""
    watch = Watch.objects.filter(recording=recording, person=person).first()
    position = watch.position_seconds if watch else 0.0
    return 0.0 if recording.duration_seconds and position > recording.duration_seconds - 5 else position
