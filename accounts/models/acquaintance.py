"""Whom an institution knows."""

from __future__ import annotations

from django.db import models

from accounts.models.people import Institution, Person


class Acquaintance(models.Model):
    """Members, from the moment of joining and after they left; guests who were let in.

    PostgreSQL lets rows of an institution name nobody else (accounts/tenancy.py), and writes the row
    of a member itself. It gives no right to anything.
    """

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="acquaintances")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="acquaintances")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["institution", "person"], name="one_acquaintance_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.institution_id}"
