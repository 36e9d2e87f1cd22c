from celery import shared_task
from django.utils import timezone

from quizzes import actions


@shared_task(name="quizzes.sweep")
def sweep() -> None:
    """Compare which quizzes should be open with the rows: whoever launched one may be gone."""
    actions.close_overdue_quizzes(now=timezone.now())
