from celery import shared_task
from django.utils import timezone

from quizzes import actions


@shared_task(name="quizzes.sweep")
def sweep() -> None:
    """Compare which quizzes should be open with the rows: whoever launched one may be gone. And what everybody
    sees of those that are open, with what the timeline knows of it."""
    now = timezone.now()
    actions.close_overdue_quizzes(now=now)
    actions.record_open_counts(now=now)
