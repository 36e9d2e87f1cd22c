from celery import shared_task
from django.utils import timezone

from accounts.models import Institution
from attendance import actions


@shared_task(name="attendance.sweep")
def sweep() -> None:
    """Compare which registers should stand, of lessons that are over, with those that do."""
    while actions.settle_due(now=timezone.now()):
        continue  # a backlog comes at once


@shared_task(name="attendance.forget")
def forget() -> None:
    """Raw activity whose days are over, school by school."""
    for institution in Institution.objects.all():
        actions.forget_raw_activity(institution=institution, now=timezone.now())


@shared_task(name="attendance.write_notes")
def write_notes() -> None:
    """Compare who should have been written to with who was."""
    actions.write_due_notes(now=timezone.now())


@shared_task(name="attendance.make_reports")
def make_reports() -> None:
    """What is wanted by schedule is ordered, what was ordered is made, what is over its days goes."""
    actions.order_due_reports(now=timezone.now())
    actions.make_due_reports()
    actions.forget_reports(now=timezone.now())
