"""Who may be drifting away, why we think so, and what was done about it."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Person
from classroom.models import Course

LONGEST_NOTE = 2000


class WatchState(models.TextChoices):
    OPEN = "open", pgettext_lazy("watch-list", "Open")
    CLOSED = "closed", pgettext_lazy("watch-list", "Closed")


WATCH_MOVES: dict[str, frozenset[str]] = {
    WatchState.OPEN: frozenset({WatchState.CLOSED}),
    WatchState.CLOSED: frozenset(),
}


class WatchEntry(models.Model):
    """`signs` are `attendance.trend.Sign` as JSON, as they are now. Opened by the rules, closed by people: signs that
    have passed leave it open and empty. Never shown to other students."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="watch_entries")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="watch_entries")
    state = models.CharField(max_length=20, choices=WatchState, default=WatchState.OPEN)
    signs = models.JSONField(default=list)
    week_on = models.DateField(help_text="The last week that was looked at.")
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name_plural = "watch entries"
        constraints = [
            models.UniqueConstraint(
                fields=["course", "person"], condition=models.Q(state="open"), name="one_open_watch_entry"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.course}"


class ContactWay(models.TextChoices):
    TALK = "talk", _("In person")
    CALL = "call", _("By telephone")
    WRITING = "writing", _("In writing")
    OTHER = "other", _("Another way")


class ContactNote(models.Model):
    """What was done: one line of the log."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(WatchEntry, on_delete=models.CASCADE, related_name="contacts")
    way = models.CharField(max_length=20, choices=ContactWay)
    text = models.TextField(max_length=LONGEST_NOTE)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.way} about {self.entry}"
