from celery import shared_task
from django.utils import timezone

from classroom import actions


@shared_task(name="classroom.sweep")
def sweep() -> None:
    """Compare who should be inside and which lessons should be open with the rows, and mend."""
    now = timezone.now()
    actions.close_silent_presences(now=now)
    actions.end_overdue_lessons(now=now)
    actions.forget_uploads(now=now)
