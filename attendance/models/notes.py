"""When a school writes to students and guardians, in which words, and what it wrote."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Institution, Person
from attendance import periods, thresholds
from classroom.models import Letter

LONGEST_SUBJECT, LONGEST_TEXT = 150, 2000


class Measure(models.TextChoices):
    ABSENCE = thresholds.ABSENCE, _("Lessons missed")
    LATENESS = thresholds.LATENESS, _("Times late")
    ACTIVITY = thresholds.ACTIVITY, _("Share of active time")
    TREND = thresholds.TREND, _("Signs of drifting away")


class Every(models.TextChoices):
    WEEK = periods.WEEK, _("Week")
    MONTH = periods.MONTH, _("Month")


class NoteRule(models.Model):
    """One threshold of a school. `on_since` keeps what was before it was switched on out of it; null is off."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="note_rules")
    measure = models.CharField(max_length=20, choices=Measure)
    every = models.CharField(max_length=20, choices=Every, default=Every.WEEK)
    limit = models.PositiveSmallIntegerField()
    to_student = models.BooleanField(default=False)
    to_guardian = models.BooleanField(default=True)
    on_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["institution", "measure"], name="one_rule_a_measure")]

    def __str__(self) -> str:
        return f"{self.measure} {self.limit} a {self.every}"


class NoteWording(models.Model):
    """A school's own words in one language; `attendance.wording` says what may stand between braces."""

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="note_wordings")
    measure = models.CharField(max_length=20, choices=Measure)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    subject = models.CharField(max_length=LONGEST_SUBJECT)
    text = models.TextField(max_length=LONGEST_TEXT)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "measure", "language"], name="one_wording_a_measure_and_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.measure} in {self.language}"


class NoteWay(models.TextChoices):
    NONE = "none", pgettext_lazy("notes", "None")
    AT_ONCE = "at_once", _("Each one at once")
    DAILY = "daily", _("Together, once a day")
    WEEKLY = "weekly", _("Together, once a week")


class NoteWish(models.Model):
    """What a person wants; without a row, what the school does of itself (`Policy.notes_unasked`)."""

    person = models.OneToOneField(
        Person, on_delete=models.CASCADE, primary_key=True, related_name="note_wish"
    )
    way = models.CharField(max_length=20, choices=NoteWay)

    def __str__(self) -> str:
        return f"{self.person_id}: {self.way}"


class FamilyNote(models.Model):
    """One crossing told to one reader, once. The numbers are those that were written; what became of it says
    its letter."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rule = models.ForeignKey(NoteRule, on_delete=models.CASCADE, related_name="notes")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notes_about")
    reader = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notes_to_read")
    every = models.CharField(max_length=20, choices=Every)
    since_on = models.DateField()
    until_on = models.DateField(help_text="The day after the last.")
    number = models.PositiveSmallIntegerField()
    limit = models.PositiveSmallIntegerField()
    lessons = models.PositiveSmallIntegerField()
    written_at = models.DateTimeField()
    letter = models.ForeignKey(Letter, on_delete=models.SET_NULL, null=True, related_name="family_notes")

    class Meta:
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "person", "reader", "every", "since_on"], name="one_note_a_crossing"
            )
        ]
        indexes = [models.Index(fields=["reader", "-written_at"], name="notes_of_reader")]

    def __str__(self) -> str:
        return f"{self.rule} about {self.person_id} to {self.reader_id}"

    @property
    def last_on(self) -> date:
        return self.until_on - timedelta(days=1)
