from celery import shared_task
from django.utils import timezone

from accounts import actions


@shared_task(name="accounts.forget_answers")
def forget_answers() -> None:
    """Idempotent answers are kept for a day."""
    actions.forget_answers(now=timezone.now())
