"""Reports: which are wanted by schedule, and those that were made."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Institution, Person
from attendance.models.notes import Every
from classroom.models import Course, Lesson, Letter


class ReportKind(models.TextChoices):
    LESSON = "lesson", _("One lesson")
    COURSE = "course", _("A course")
    STUDENT = "student", _("A student")
    INSTITUTION = "institution", _("The whole school")


class ReportPlan(models.Model):
    """A report that somebody wants again and again. Whoever ordered it gets it, as long as they may read it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="report_plans")
    reader = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="report_plans")
    kind = models.CharField(max_length=20, choices=ReportKind)
    course = models.ForeignKey(
        Course, on_delete=models.CASCADE, null=True, blank=True, related_name="report_plans"
    )
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, null=True, blank=True, related_name="report_plans_about"
    )
    every = models.CharField(max_length=20, choices=Every)
    begun_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "reader", "kind", "course", "person", "every"],
                nulls_distinct=False,
                name="one_report_plan",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} every {self.every} for {self.reader_id}"


class ReportState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("report", "Waiting")
    MAKING = "making", pgettext_lazy("report", "Being made")
    READY = "ready", pgettext_lazy("report", "Ready")
    CANCELLED = "cancelled", pgettext_lazy("report", "Cancelled")
    FAILED = "failed", pgettext_lazy("report", "Failed")


REPORT_MOVES: dict[str, frozenset[str]] = {
    ReportState.WAITING: frozenset({ReportState.MAKING, ReportState.CANCELLED}),
    ReportState.MAKING: frozenset(
        {ReportState.READY, ReportState.WAITING, ReportState.CANCELLED, ReportState.FAILED}
    ),
    ReportState.READY: frozenset(),
    ReportState.CANCELLED: frozenset(),
    ReportState.FAILED: frozenset(),
}


class Report(models.Model):
    """`body` has numbers and keys and no names, so that whoever is renamed or erased is that here too:
    `attendance.queries.reports` says how it looks. It goes after its days."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="reports")
    reader = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="reports")
    kind = models.CharField(max_length=20, choices=ReportKind)
    lesson = models.ForeignKey(
        Lesson, on_delete=models.CASCADE, null=True, blank=True, related_name="reports"
    )
    course = models.ForeignKey(
        Course, on_delete=models.CASCADE, null=True, blank=True, related_name="reports"
    )
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, null=True, blank=True, related_name="reports_about"
    )
    plan = models.ForeignKey(
        ReportPlan, on_delete=models.SET_NULL, null=True, blank=True, related_name="reports"
    )
    since_on = models.DateField()
    until_on = models.DateField(help_text="The day after the last.")
    state = models.CharField(max_length=20, choices=ReportState, default=ReportState.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    body = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    letter = models.ForeignKey(
        Letter, on_delete=models.SET_NULL, null=True, blank=True, related_name="reports"
    )

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            # Where `plan` is empty nothing is the same.
            models.UniqueConstraint(fields=["plan", "since_on"], name="one_report_a_period")
        ]
        indexes = [
            models.Index(fields=["reader", "-asked_at"], name="reports_of_reader"),
            models.Index(
                fields=["asked_at"],
                condition=models.Q(state__in=["waiting", "making"]),
                name="reports_to_make",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.since_on} for {self.reader_id}"

    @property
    def last_on(self) -> date:
        return self.until_on - timedelta(days=1)

    @property
    def is_open(self) -> bool:
        return self.state in {ReportState.WAITING, ReportState.MAKING}
