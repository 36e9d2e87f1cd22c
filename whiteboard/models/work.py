"""What a worker does for a board: it waits, is worked on by one process at a time, and ends in one of three ways."""

from __future__ import annotations

from django.db import models


class WorkState(models.TextChoices):
    WAITING = "waiting"
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


# Each move is a conditional update from one of these; what is finished stays as it is.
UNFINISHED = (WorkState.WAITING, WorkState.WORKING)
FINISHED = (WorkState.READY, WorkState.FAILED, WorkState.CANCELLED)


class Work(models.Model):
    """`error` is a stable word (docs/wire.md) for whoever waits."""

    state = models.CharField(max_length=12, choices=WorkState.choices, default=WorkState.WAITING)
    percent = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=40, blank=True)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_ready(self) -> bool:
        return self.state == WorkState.READY
