"""What a person's calendar and letters should be like, and which letters were written about which lessons."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, Person
from classroom.models.lessons import Lesson


class ReminderChoice(models.TextChoices):
    NONE = "none", _("None")
    QUARTER = "quarter", _("15 minutes before")
    HOUR = "hour", _("One hour before")
    EVENING = "evening", _("The evening before")


class LetterSettings(models.Model):
    """A person without a row has the defaults. `feed_version` counts how often calendar addresses were renewed."""

    person = models.OneToOneField(
        Person, on_delete=models.CASCADE, primary_key=True, related_name="letter_settings"
    )
    reminders = models.CharField(
        max_length=20, choices=ReminderChoice, blank=True, default="", help_text="Empty: as the school does."
    )
    wants_invitations = models.BooleanField(default=True)
    feed_version = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.person_id}: {self.reminders or 'default'}"


class CalendarEntry(models.Model):
    """A lesson as calendars know it. The sweep compares it with the lesson; a difference is the next `sequence`."""

    lesson = models.OneToOneField(
        Lesson, on_delete=models.CASCADE, primary_key=True, related_name="calendar_entry"
    )
    title = models.CharField(max_length=200)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_cancelled = models.BooleanField(default=False)
    sequence = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()
    told_sequence = models.IntegerField(default=-1, help_text="Up to which sequence letters were written.")

    class Meta:
        indexes = [
            models.Index(
                fields=["changed_at"],
                condition=models.Q(told_sequence__lt=models.F("sequence")),
                name="entries_to_tell",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.sequence}"


class LetterKind(models.TextChoices):
    INVITATION = "invitation", _("Invitation")
    REMINDER = "reminder", _("Reminder")
    NO_RECORDER = "no_recorder", _("Warning: no recorder")
    RECORDED_AGAIN = "recorded_again", _("All clear: being recorded")
    NOTE = "note", _("Note about attendance")
    REPORT = "report", _("Report about attendance")


# Of these the audit log tells what became of them: they speak of children.
AUDITED_LETTERS = frozenset({LetterKind.NOTE, LetterKind.REPORT})


class LetterState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    DROPPED = "dropped", _("Not sent")
    BOUNCED = "bounced", _("Came back")


LETTER_MOVES: dict[str, frozenset[str]] = {
    LetterState.WAITING: frozenset({LetterState.SENT, LetterState.DROPPED}),
    LetterState.SENT: frozenset({LetterState.BOUNCED}),
    LetterState.BOUNCED: frozenset(),
    LetterState.DROPPED: frozenset(),
}


class Letter(models.Model):
    """One e-mail to one person: its notices or its reminder say of what. Written first, sent by whoever leases it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="letters")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField(max_length=20, choices=LetterKind)
    lesson = models.ForeignKey(
        Lesson,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="letters",
        help_text="What a warning is about. Invitations and reminders have notices instead.",
    )
    state = models.CharField(max_length=20, choices=LetterState, default=LetterState.WAITING)
    written_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=models.Q(state="waiting"), name="letters_due")
        ]
        # Where `lesson` is empty nothing is the same.
        constraints = [
            models.UniqueConstraint(
                fields=["lesson", "person", "kind"], name="one_warning_of_a_kind_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.person_id}: {self.state}"


class NoticeKind(models.TextChoices):
    NEW = "new", _("New")
    CHANGED = "changed", _("Changed")
    CANCELLED = "cancelled", _("Cancelled")


class Notice(models.Model):
    """What a person was last told of a lesson, and in which letter."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="notices")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notices")
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20, choices=NoticeKind)
    sequence = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lesson", "person"], name="one_notice_a_lesson_and_person"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.lesson_id} to {self.person_id}"


class Reminder(models.Model):
    """The one reminder of a lesson that a person gets; who inserts the row writes the letter."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="reminders")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="reminders")
    letter = models.OneToOneField(Letter, on_delete=models.CASCADE, related_name="reminder")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lesson", "person"], name="one_reminder_a_lesson_and_person"),
        ]

    def __str__(self) -> str:
        return f"{self.lesson_id} to {self.person_id}"
