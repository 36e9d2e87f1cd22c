"""Reads of recordings."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, F, Q, QuerySet, Value

from accounts.callers import Caller
from accounts.models import Institution, Person, Role
from accounts.queries import active_memberships
from classroom.models import Course, Lesson, Room
from classroom.queries import lessons_open_to
from recordings.models import (
    LATE_AFTER,
    Broadcast,
    BroadcastState,
    Chapter,
    Cue,
    Reconciliation,
    Recording,
    RecordingState,
    Rendition,
    RenditionState,
    Watch,
)
from recordings.storage import read_link


def recording_for_door(lesson_id: UUID | str) -> Recording | None:
    return (
        Recording.objects.select_related("lesson__course", "lesson__institution")
        .filter(lesson_id=lesson_id)
        .first()
    )


def has_picture(lesson: Lesson) -> bool:
    """Whether its stream shows something, or did and comes back."""
    shown = (BroadcastState.LIVE, BroadcastState.INTERRUPTED)
    return Broadcast.objects.filter(lesson=lesson, state__in=shown).exists()


def is_reconciler_late(now: datetime) -> bool:
    """Also when it never looked, as soon as there has been a school for as long as it may take."""
    books = Reconciliation.objects.first()
    if books is not None and (books.finished_at or books.began_at):
        return books.is_late(now)
    return Institution.objects.filter(created_at__lt=now - LATE_AFTER).exists()


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
    recording = recording_of_key(key) if key else None
    return recording.lesson_id if recording else None


def recording_of_key(key: str) -> Recording | None:
    """Whose object this is: its video, its picture, or one of its renditions'."""
    named = Q(video_key=key) | Q(poster_key=key)
    of_rendition = Rendition.objects.filter(Q(object_key=key) | Q(extra_keys__contains=[key]))
    named |= Q(pk__in=of_rendition.values("recording"))
    return Recording.objects.select_related("lesson").filter(named).first()


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


def ready_renditions(recording: Recording) -> list[Rendition]:
    return list(recording.renditions.filter(state=RenditionState.READY))


def ready_rendition(recording: Recording, kind: str) -> Rendition | None:
    rendition = rendition_of(recording, kind)
    return rendition if rendition is not None and rendition.is_ready else None


def rendition_of(recording: Recording, kind: str) -> Rendition | None:
    return recording.renditions.filter(kind=kind).first()


def published_in(course: Course) -> QuerySet[Recording]:
    """The latest lesson first; the ones of cancelled or erased lessons are not there any more."""
    found = Recording.objects.filter(lesson__course=course, state=RecordingState.PUBLISHED)
    return found.select_related("lesson").order_by("-lesson__starts_at", "pk")


def finds_in(course: Course, query: str) -> QuerySet[Any, dict[str, Any]]:
    """Where chapters and captions of a course have these words: lesson, second and words, the latest lesson first."""
    of_course = {"state": RecordingState.PUBLISHED, "lesson__course": course}
    chapters = Chapter.objects.filter(
        title__icontains=query, **{f"recording__{key}": value for key, value in of_course.items()}
    )
    cues = Cue.objects.filter(
        text__icontains=query, **{f"captions__recording__{key}": value for key, value in of_course.items()}
    )
    return (
        _finds(chapters, "recording__lesson", "title", False)
        .union(_finds(cues, "captions__recording__lesson", "text", True), all=True)
        .order_by("-starts_at", "lesson_id", "at_seconds", "in_captions")
    )


def _finds(rows: QuerySet[Any], lesson: str, words: str, in_captions: bool) -> QuerySet[Any, dict[str, Any]]:
    return rows.order_by().values(
        lesson_id=F(lesson),
        lesson_title=F(f"{lesson}__title"),
        starts_at=F(f"{lesson}__starts_at"),
        at_seconds=F("starts_seconds"),
        words=F(words),
        in_captions=Value(in_captions, output_field=BooleanField()),
    )
