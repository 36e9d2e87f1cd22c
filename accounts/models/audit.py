"""The audit log: who did what to whom, append-only, each line sealed by the one before."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models.people import Institution


class AuditEvent(models.Model):
    """One sensitive act. Ids only, never names: the line outlives the person it speaks of.

    `institution` is null for acts of the platform itself. PostgreSQL refuses to change or delete a row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, null=True, related_name="audit_events"
    )
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor = models.UUIDField(null=True, help_text="A person's or API key's id; null for the system.")
    act = models.CharField(max_length=60)
    target = models.CharField(max_length=120, help_text="kind:id")
    detail = models.JSONField(default=dict)
    seal = models.CharField(max_length=64, help_text="SHA-256 over the seal before and this line.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "seq"], nulls_distinct=False, name="one_audit_line_a_seq"
            ),
        ]
        indexes = [models.Index(fields=["institution", "target", "-seq"], name="audit_by_target")]

    def __str__(self) -> str:
        return f"{self.seq} {self.act} {self.target}"
