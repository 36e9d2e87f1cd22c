from celery import shared_task
from django.utils import timezone

from classroom import actions


@shared_task(name="classroom.sweep")
def sweep() -> None:
    """Compare who should be inside and which lessons should be open with the rows, and mend."""
    now = timezone.now()
    actions.close_silent_presences(now=now)
    actions.open_prepared_lessons(now=now)
    actions.end_overdue_lessons(now=now)
    actions.expire_knocks(now=now)
    actions.put_out_unwelcome_guests(now=now)
    actions.forget_uploads(now=now)


@shared_task(name="classroom.sweep_letters")
def sweep_letters() -> None:
    """Compare what calendars and people know of lessons with the lessons, and write what is missing."""
    now = timezone.now()
    actions.note_calendar_changes(now=now)
    actions.write_invitations(now=now)
    actions.write_reminders(now=now)
