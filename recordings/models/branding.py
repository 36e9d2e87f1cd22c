"""How a school shows itself in its recordings."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import Institution


class Logo(models.Model):
    """One a school. The picture lies in the school's store; `name` says what it holds (the first half of its SHA-256)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.OneToOneField(Institution, on_delete=models.CASCADE, related_name="logo")
    name = models.CharField(max_length=32)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.institution}: {self.name}"

    @property
    def key(self) -> str:
        return f"{self.institution.slug}/branding/{self.name}.png"
