"""The register of a lesson: what its facts say, and what somebody has put right."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import pgettext_lazy

from accounts.models import Person
from classroom.models import Lesson, Standing

LONGEST_REASON = 300


class RegisterStatus(models.TextChoices):
    PRESENT = "present", pgettext_lazy("register", "Present")
    LATE = "late", pgettext_lazy("register", "Late")
    LEFT_EARLY = "left_early", pgettext_lazy("register", "Left early")
    ABSENT = "absent", pgettext_lazy("register", "Absent")
    EXCUSED = "excused", pgettext_lazy("register", "Excused")


PRESENT_STATUSES = frozenset({RegisterStatus.PRESENT, RegisterStatus.LATE, RegisterStatus.LEFT_EARLY})


class Register(models.Model):
    """Up to which facts a lesson's register was reckoned. `fact_count` differs from the timeline's when more were
    told since; the sweep then reckons again."""

    lesson = models.OneToOneField(Lesson, on_delete=models.CASCADE, related_name="register")
    fact_count = models.PositiveIntegerField()
    settled_at = models.DateTimeField()
    rules = models.JSONField(default=dict, help_text="The institution's rules as they were then.")

    def __str__(self) -> str:
        return f"Register of {self.lesson}"


class RegisterEntry(models.Model):
    """One person's line. `status` is what counts, `reckoned` what the facts alone say; they differ while a
    correction holds."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="register_entries")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="register_entries")
    standing = models.CharField(max_length=20, choices=Standing)
    status = models.CharField(max_length=20, choices=RegisterStatus)
    reckoned = models.CharField(max_length=20, choices=RegisterStatus)
    first_joined_at = models.DateTimeField(null=True, blank=True)
    last_left_at = models.DateTimeField(null=True, blank=True)
    seconds = models.PositiveIntegerField(default=0, help_text="Inside.")
    active_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="Really active; null where nothing could measure it."
    )
    late_seconds = models.PositiveIntegerField(default=0)
    early_seconds = models.PositiveIntegerField(default=0)
    rejoins = models.PositiveSmallIntegerField(default=0)
    reckoned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lesson", "person"], name="one_register_entry_a_person")
        ]
        indexes = [models.Index(fields=["person", "lesson"], name="register_entries_of_person")]

    def __str__(self) -> str:
        return f"{self.person} {self.status} in {self.lesson}"

    @property
    def is_corrected(self) -> bool:
        return self.status != self.reckoned

    @property
    def minutes(self) -> float:
        return round(self.seconds / 60, 1)


class Correction(models.Model):
    """Somebody of the staff knew better. The last one that was not undone holds."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(RegisterEntry, on_delete=models.CASCADE, related_name="corrections")
    status = models.CharField(max_length=20, choices=RegisterStatus)
    before = models.CharField(max_length=20, choices=RegisterStatus)
    reason = models.CharField(max_length=LONGEST_REASON)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.entry}: {self.status}"


class Excuse(models.Model):
    """Known before, or accepted afterwards: this person need not be in this lesson."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="excuses")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="excuses")
    reason = models.CharField(max_length=LONGEST_REASON)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lesson", "person"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_excuse_a_lesson",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} excused from {self.lesson}"
