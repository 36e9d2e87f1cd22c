"""Raised hands, and how the class finds the pace."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import Person
from classroom.models.courses import Standing
from classroom.models.rooms import Room


class Lowered(models.TextChoices):
    """How a hand came down."""

    SELF = "self", "self"
    STAFF = "staff", "staff"
    CALLED = "called", "called"
    LEFT = "left", "left"
    OVER = "over", "over"


class Hand(models.Model):
    """Up until `lowered_at`. `seen_at` is when its owner was last there: a reload keeps a hand up, leaving does not."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="hands")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="hands")
    standing = models.CharField(max_length=20, choices=Standing)
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    lowered_at = models.DateTimeField(null=True, blank=True)
    how = models.CharField(max_length=20, choices=Lowered, blank=True, default="")

    class Meta:
        ordering = ["raised_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["room", "person"],
                condition=models.Q(lowered_at__isnull=True),
                name="one_raised_hand_a_person",
            )
        ]
        indexes = [
            models.Index(fields=["seen_at"], condition=models.Q(lowered_at__isnull=True), name="raised_hands")
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.room}"


class Pace(models.TextChoices):
    TOO_FAST = "too_fast", "too fast"
    TOO_SLOW = "too_slow", "too slow"
    GOT_IT = "got_it", "got it"


class Pulse(models.Model):
    """How one person finds the pace: for two minutes, then it is forgotten."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="pulses")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="pulses")
    value = models.CharField(max_length=20, choices=Pace)
    set_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "person"], name="one_pulse_a_person")]

    def __str__(self) -> str:
        return f"{self.value} in {self.room}"
