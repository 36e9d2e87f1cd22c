"""Seats of the room that are promised: between the page that lets somebody in and their being inside."""

from __future__ import annotations

from django.db import models

from accounts.models import Person
from classroom.models.lessons import Lesson


class KeptSeat(models.Model):
    """Of a streamed lesson with so many seats. It counts until `kept_until`, and is written anew by whoever asks again;
    who is inside by then needs it no more."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="kept_seats")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="kept_seats")
    kept_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lesson", "person"], name="one_kept_seat_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} until {self.kept_until}"
