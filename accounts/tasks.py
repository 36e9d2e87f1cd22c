from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from accounts import actions
from accounts.models import PasswordRequest
from common.queue import enqueue_on_commit

# A letter that could not go for so long would only surprise.
TOO_LATE = timedelta(hours=1)


@shared_task(name="accounts.send_password_letter")
def send_password_letter(request_id: str) -> None:
    actions.send_password_letter(request_id=request_id)


@shared_task(name="accounts.sweep_password_letters")
def sweep_password_letters() -> None:
    """Letters whose knock was not heard."""
    actions.forget_requests(now=timezone.now())
    waiting = PasswordRequest.objects.filter(sent_at=None, asked_at__gt=timezone.now() - TOO_LATE)
    for request_id in waiting.order_by("asked_at").values_list("pk", flat=True)[:50]:
        # Each in a task of its own: one address that the mail server refuses must not stop the others.
        enqueue_on_commit("accounts.send_password_letter", request_id)
