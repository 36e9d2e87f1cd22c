"""Lessons: the scheduled meetings of a course."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, Person
from classroom.models.courses import Course
from classroom.models.series import Series

if TYPE_CHECKING:
    from classroom.models.rooms import Room

DOORS_OPEN_MINUTES = 15
LONGEST_DOORS_OPEN_MINUTES = 120


def doors_open_minutes_of(institution: Institution) -> int:
    """The school's own habit (`policy["doors_open_minutes"]`), ours when it has none or one out of bounds."""
    minutes = institution.policy.get("doors_open_minutes")
    is_sound = type(minutes) is int and 0 <= minutes <= LONGEST_DOORS_OPEN_MINUTES
    return minutes if is_sound else DOORS_OPEN_MINUTES


class Lobby(models.TextChoices):
    """Whom the lobby holds until staff lets them in. Guests always wait, staff and heads never."""

    GUESTS = "guests", _("Only guests wait")
    EVERYBODY = "everybody", _("Everybody waits")


class ChatMode(models.TextChoices):
    """Whom the class may write to during a lesson. Staff always writes to everybody."""

    OPEN = "open", _("Everybody writes to everybody")
    QUESTIONS = "questions", _("Questions to the teacher only")
    CLOSED = "closed", _("Only teachers write")


class Protection(models.TextChoices):
    """How those who may not be in recordings are kept out of a lesson's."""

    DEVICES = "devices", _("They take part without camera and microphone")
    LAYOUT = "layout", _("Only the teacher and the board are recorded")


class LessonStatus(models.TextChoices):
    SCHEDULED = "scheduled", _("Scheduled")
    LIVE = "live", _("Live")
    ENDED = "ended", _("Ended")
    CANCELLED = "cancelled", _("Cancelled")


LESSON_MOVES: dict[str, frozenset[str]] = {
    LessonStatus.SCHEDULED: frozenset({LessonStatus.LIVE, LessonStatus.CANCELLED, LessonStatus.ENDED}),
    LessonStatus.LIVE: frozenset({LessonStatus.ENDED}),
    LessonStatus.ENDED: frozenset(),
    LessonStatus.CANCELLED: frozenset(),
}


class Lesson(models.Model):
    """A scheduled meeting of a course."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="lessons")
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="lessons")
    title = models.CharField(max_length=200)
    starts_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField()
    status = models.CharField(
        max_length=20, choices=LessonStatus, default=LessonStatus.SCHEDULED, db_index=True
    )
    opened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    lobby = models.CharField(max_length=20, choices=Lobby, default=Lobby.GUESTS)
    chat_mode = models.CharField(max_length=20, choices=ChatMode, default=ChatMode.OPEN)
    doors_open_minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Before the start; null for the habit of the school."
    )
    protection = models.CharField(
        max_length=10, choices=Protection, blank=True, default="", help_text="Empty: as the school does."
    )
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        default="",
        help_text="IANA zone of its wall time; empty: the institution's.",
    )
    substitute = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="substitutions"
    )
    series = models.ForeignKey(
        Series, on_delete=models.SET_NULL, null=True, blank=True, related_name="lessons"
    )
    occurrence_on = models.DateField(
        null=True, blank=True, help_text="The day its series' rule names; stays when the lesson is moved."
    )
    own_fields = models.JSONField(
        default=list, blank=True, help_text="What was changed for this lesson alone; wider changes leave it."
    )
    is_streamed = models.BooleanField(
        default=False, help_text="Also shown as a live stream, beside the room."
    )
    room_seats = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Of a streamed lesson: so many in the room, everybody else watches."
    )
    continues_board = models.BooleanField(
        default=False, help_text="When it opens, its board begins with the pages of the course's last one."
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="lesson_ends_later"
            ),
            models.CheckConstraint(
                condition=models.Q(doors_open_minutes__isnull=True)
                | models.Q(doors_open_minutes__lte=LONGEST_DOORS_OPEN_MINUTES),
                name="doors_open_within_two_hours",
            ),
            models.UniqueConstraint(fields=["series", "occurrence_on"], name="one_lesson_an_occurrence"),
        ]
        indexes = [
            models.Index(fields=["institution", "starts_at"], name="lessons_of_institution"),
            models.Index(fields=["course", "starts_at"], name="lessons_of_course"),
        ]

    def __str__(self) -> str:
        return self.title

    @cached_property
    def room(self) -> Room:
        """The main one. Lists bring it along for all their lessons at once: `main_room`."""
        brought: list[Room] | None = self.__dict__.get("main_rooms")
        return brought[0] if brought else self.rooms.get(kind="main")

    @property
    def doors_open_at(self) -> datetime:
        minutes = self.doors_open_minutes
        if minutes is None:
            minutes = doors_open_minutes_of(self.institution)
        return self.starts_at - timedelta(minutes=minutes)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone or self.institution.time_zone)

    @property
    def is_over(self) -> bool:
        return self.status in {LessonStatus.ENDED, LessonStatus.CANCELLED}
