"""The books of the recording guarantee: what each lesson owes, and what the reconciler found and when it looked."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

# It looks each minute; two that were missed are an alarm.
LATE_AFTER = timedelta(minutes=3)


class LedgerState(models.TextChoices):
    """Every lesson is in exactly one, at any moment."""

    PLANNED = "planned", _("Planned")
    WAITING = "waiting", _("Nobody inside yet")
    RECORDING = "recording", _("Being recorded")
    UNATTENDED = "unattended", _("Not being recorded")
    MAKING = "making", _("Being made")
    OVERDUE = "overdue", _("Takes too long")
    COMPLETE = "complete", _("Complete")
    LATE = "late", _("More has come")
    GAPS = "gaps", _("With gaps")
    DAMAGED = "damaged", _("Damaged")
    FAILED = "failed", _("Failed")
    EMPTY = "empty", _("Nobody came")
    CANCELLED = "cancelled", _("Cancelled")
    DELETED = "deleted", _("Deleted in time")


class FindingKind(models.TextChoices):
    OBJECT_MISSING = "object_missing", _("The store has lost a published video")
    OBJECT_DIFFERS = "object_differs", _("The store holds other bytes than were published")
    OBJECT_UNKNOWN = "object_unknown", _("The store holds something of no lesson")
    OBJECT_ELSEWHERE = "object_elsewhere", _("Something is kept in another zone than its school")
    FOOTAGE_LATE = "footage_late", _("Footage came after its video was made")
    FOLDER_UNKNOWN = "folder_unknown", _("A recorder’s folder belongs to no lesson")
    WORK_UNKNOWN = "work_unknown", _("A work folder belongs to no recording")
    RECORDER_ALONE = "recorder_alone", _("A recorder works for no lesson")
    CAPTURE_OPEN = "capture_open", _("A recorder was still open long after its lesson")
    CAPTURE_IDLE = "capture_idle", _("A lesson counted as recorded while its recorder was free")
    STUCK = "stuck", _("A recording does not get on")
    DISK_FULL = "disk_full", _("A recording waits for space on the disk")
    STORE_AWAY = "store_away", _("The store could not be asked")
    LOOK_FAILED = "look_failed", _("A part of the comparison failed")


DAMAGES = (FindingKind.OBJECT_MISSING, FindingKind.OBJECT_DIFFERS)


class Finding(models.Model):
    """Where timetable, recorders, disks, store and rows disagree; closed when they agree again.

    It names things and links to nothing: what it is about may be the row that is missing.
    """

    kind = models.CharField(max_length=20, choices=FindingKind)
    about = models.CharField(max_length=300)
    recording = models.UUIDField(null=True, blank=True)
    detail = models.JSONField(default=dict, blank=True, help_text="Ids, names of files and numbers.")
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, help_text="When the operators were written to.")
    is_mended = models.BooleanField(default=False, help_text="Whether the reconciler put it right itself.")

    class Meta:
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about"],
                condition=models.Q(closed_at__isnull=True),
                name="one_open_finding_a_thing",
            )
        ]
        indexes = [
            models.Index(
                fields=["recording"], condition=models.Q(closed_at__isnull=True), name="open_findings_of"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.about}"


class Reconciliation(models.Model):
    """When the comparison was made the last time. One row; `cursor` is where the next look into the store goes on."""

    slot = models.CharField(max_length=10, primary_key=True, default="all")
    claimed_until = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    late_since = models.DateTimeField(null=True, blank=True, help_text="Set while it is late: told once.")
    told_at = models.DateTimeField(null=True, blank=True, help_text="When the operators were written to.")
    found = models.PositiveIntegerField(default=0)
    mended = models.PositiveIntegerField(default=0)
    cursor = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"finished at {self.finished_at}"

    def is_late(self, now: datetime) -> bool:
        last = self.finished_at or self.began_at
        return last is None or now - last > LATE_AFTER
