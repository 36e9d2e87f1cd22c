"""Roster files that wait for their confirmation."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models

from accounts.models import Institution, Person

UPLOAD_LIFETIME = timedelta(hours=1)


class RosterUpload(models.Model):
    """The bytes that a dry run showed: exactly these are imported, by the same person, within the hour."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="roster_uploads")
    uploaded_by = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=200)
    content = models.BinaryField(help_text="Emptied once it is imported.")
    expires_at = models.DateTimeField(db_index=True)
    imported_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict, help_text="What the import did: word to number.")

    def __str__(self) -> str:
        return self.file_name
