"""Requests about one person's data in one institution. The row is the job: workers come and go."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Institution, Person

ANSWER_WITHIN = timedelta(days=30)
EXPORT_KEPT = timedelta(days=7)


class Kind(models.TextChoices):
    EXPORT = "export", pgettext_lazy("of data", "Copy")
    ERASURE = "erasure", pgettext_lazy("of data", "Erasure")


class RequestState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", pgettext_lazy("request", "Under way")
    DONE = "done", pgettext_lazy("request", "Done")
    CANCELLED = "cancelled", pgettext_lazy("request", "Cancelled")
    FAILED = "failed", pgettext_lazy("request", "Failed")
    EXPIRED = "expired", _("No longer kept")


_S = RequestState
REQUEST_MOVES: dict[str, frozenset[str]] = {
    _S.QUEUED: frozenset({_S.RUNNING, _S.CANCELLED}),
    _S.RUNNING: frozenset({_S.DONE, _S.CANCELLED, _S.FAILED}),
    _S.DONE: frozenset({_S.EXPIRED}),
    _S.CANCELLED: frozenset(),
    _S.FAILED: frozenset(),
    _S.EXPIRED: frozenset(),
}
OPEN = (_S.QUEUED, _S.RUNNING)


class Reason(models.TextChoices):
    """Why a request was not fulfilled."""

    HELD = "held", _("A legal hold was set meanwhile. Release it, then begin again.")
    SOLE_HEAD = "sole_head", _("This person has become the only head. Name another one first.")
    STUMBLED = "stumbled", _("Something went wrong three times. The log of the server says what.")


class DataRequest(models.Model):
    """`told` holds numbers only: for an export its rows by name, for an erasure what went and what stays."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="data_requests")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="data_requests")
    kind = models.CharField(max_length=20, choices=Kind)
    state = models.CharField(max_length=20, choices=RequestState, default=RequestState.QUEUED, db_index=True)
    reason = models.CharField(max_length=40, choices=Reason, blank=True, default="")
    requested_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_owner = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    key = models.CharField(max_length=300, blank=True, default="")
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    told = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "person", "kind"],
                condition=models.Q(state__in=["queued", "running"]),
                name="one_open_request_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_ready(self) -> bool:
        """Whether an export can be fetched right now."""
        return bool(self.state == RequestState.DONE and self.key and not self.has_expired)

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_at <= timezone.now()
