"""Pools of machines that follow the timetable, and every decision about their number."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class PoolKind(models.TextChoices):
    RECORDERS = "recorders", _("Recorders")
    BRIDGES = "bridges", _("Bridges")


class MachinePool(models.Model):
    """What MACHINE_POOLS names. `machines` is what was seen there last: {name: address}."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=PoolKind)
    zone = models.SlugField(max_length=40, blank=True, default="", help_text="Empty: every institution.")
    is_fixed = models.BooleanField(
        default=True, help_text="Set up by hand: nobody starts or stops them for us."
    )
    machines = models.JSONField(default=dict, blank=True)
    leaving = models.JSONField(default=list, blank=True, help_text="Names of those that we are emptying.")
    asked_for = models.PositiveIntegerField(default=0)
    least = models.PositiveIntegerField(default=0)
    most = models.PositiveIntegerField(default=0)
    needed = models.PositiveIntegerField(default=0)
    looked_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=40, blank=True, default="")
    less_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when fewer would have been enough."
    )
    wish_number = models.PositiveIntegerField(null=True, blank=True)
    wish_expires_at = models.DateTimeField(null=True, blank=True)
    habits = models.JSONField(default=dict, blank=True, help_text="What earlier weeks taught.")
    learned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "zone"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "zone"], name="one_pool_a_kind_and_zone"),
            models.CheckConstraint(
                condition=models.Q(wish_number__isnull=False, wish_expires_at__isnull=False)
                | models.Q(wish_number__isnull=True, wish_expires_at__isnull=True),
                name="a_wish_expires",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}@{self.zone}" if self.zone else self.kind

    def has_wish(self, now: datetime) -> bool:
        return self.wish_expires_at is not None and now < self.wish_expires_at


class ScalingReason(models.TextChoices):
    """Why a number was chosen."""

    TIMETABLE = "timetable", _("Lessons begin soon")
    WAITING = "waiting", _("Lessons wait for one")
    WISH = "wish", _("Somebody wishes this number")
    LESS = "less", _("Fewer are enough")
    HELD = "held", _("Fewer would be enough, but not for long yet")
    UNKNOWN = "unknown", _("Fewer would be enough, but some are silent and may be at work")
    STEADY = "steady", _("The number is right")
    UNSEEN = "unseen", _("The pool could not be asked")


class ScalingDecision(models.Model):
    """From `old` to `new`. Written when something changes; until `judged_at` it stayed the same."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pool = models.ForeignKey(MachinePool, on_delete=models.CASCADE, related_name="decisions")
    decided_at = models.DateTimeField()
    judged_at = models.DateTimeField()
    old = models.PositiveIntegerField()
    new = models.PositiveIntegerField()
    needed = models.PositiveIntegerField()
    short = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=20, choices=ScalingReason)
    inputs = models.JSONField(default=dict, help_text="Numbers alone: what was seen and what was assumed.")

    class Meta:
        ordering = ["-decided_at", "-pk"]
        indexes = [models.Index(fields=["pool", "decided_at"], name="decisions_of_pool")]

    def __str__(self) -> str:
        return f"{self.pool} {self.decided_at:%H:%M:%S}: {self.old} to {self.new}, {self.reason}"
