from celery import shared_task
from django.utils import timezone

from accounts import actions


@shared_task(name="accounts.deliver_webhooks")
def deliver_webhooks() -> None:
    """Send what is due. Several may run at once: each delivery is claimed by one of them."""
    actions.deliver_due()


@shared_task(name="accounts.sweep_webhooks")
def sweep_webhooks() -> None:
    """Give up what has waited a day, forget what is a month old."""
    now = timezone.now()
    actions.abandon_overdue(now=now)
    actions.forget_old_events(now=now)
