"""A forgotten password: the row is the letter that is still to be sent."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models.people import Person


class PasswordRequest(models.Model):
    """Somebody asked for a way back in. It holds no token: that is made when the letter is written."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="password_requests")
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=models.Q(sent_at=None),
                name="password_letters_to_send",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.asked_at:%Y-%m-%d %H:%M}"
