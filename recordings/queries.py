"""Reads of recordings."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.callers import Caller
from accounts.models import Person, Role
from accounts.queries import active_memberships
from classroom.models import Room
from classroom.queries import lessons_open_to
from recordings.models import Recording, Watch
from recordings.storage import read_link


def recording_for_door(lesson_id: UUID | str) -> Recording | None:
    return (
        Recording.objects.select_related("lesson__course", "lesson__institution")
        .filter(lesson_id=lesson_id)
        .first()
    )


def recording_of_room(name: str) -> tuple[str, Recording | None] | None:
    """The room's name as we keep it, and the recording that its lesson owes, if any; None for no room of ours.
    Of a breakout nothing is recorded: the recorder stays in the main room."""
    room = Room.objects.select_related("lesson__recording").filter(name=name.lower()).first()
    if room is None:
        return None
    recording: Recording | None = None if room.is_breakout else getattr(room.lesson, "recording", None)
    return room.name, recording


def lesson_of_link(token: str) -> UUID | None:
    """The lesson whose video or picture this link of our storage names."""
    key = read_link(token)
    named = (
        Recording.objects.filter(Q(video_key=key) | Q(poster_key=key)) if key else Recording.objects.none()
    )
    return named.values_list("lesson_id", flat=True).first()


def position_of(recording: Recording, person: Person) -> float:
    """Seconds at which `person` stopped watching; 0 at first, and again after the end."""
    watch = Watch.objects.filter(recording=recording, person=person).first()
    position = watch.position_seconds if watch else 0.0
    return 0.0 if recording.duration_seconds and position > recording.duration_seconds - 5 else position


def recordings_open_to(caller: Caller) -> QuerySet[Recording]:
    """Of the lessons that a caller of the API may see, but for a guardian's: those are the class's own."""
    recordings = Recording.objects.filter(lesson__in=lessons_open_to(caller).values("pk"))
    if caller.person is not None:
        headed = active_memberships(caller.person).filter(role=Role.HEAD).values("institution")
        mine = caller.person.enrolments.filter(is_active=True).values("course")
        recordings = recordings.filter(Q(lesson__institution__in=headed) | Q(lesson__course__in=mine))
    return recordings.select_related("lesson").prefetch_related("chapters")
