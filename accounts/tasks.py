import logging
from datetime import timedelta
from smtplib import SMTPException

from celery import shared_task
from django.utils import timezone

from accounts import actions
from accounts.letters import NO_ADDRESS, has_mailbox, invitation_letter
from accounts.models import PasswordRequest
from common.queue import enqueue_on_commit

# A letter that could not go for so long would only surprise.
TOO_LATE = timedelta(hours=1)


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


log = logging.getLogger(__name__)
MOST_AT_ONCE = 200


@shared_task(name="accounts.send_invitation")
def send_invitation(invitation_id: str) -> None:
    """Write and send one invitation when it is due; what fails stays due in the row."""
    claimed = actions.claim_letter(invitation_id=invitation_id, now=timezone.now())
    if claimed is None:
        return
    invitation, token = claimed
    if not has_mailbox(invitation.email):
        actions.note_letter_failed(invitation=invitation, reason=NO_ADDRESS, is_final=True)
        return
    try:
        invitation_letter(invitation, token).send()
    except (OSError, SMTPException) as error:
        log.warning("Invitation %s was not sent: %s", invitation.pk, type(error).__name__)
        actions.note_letter_failed(invitation=invitation, reason=type(error).__name__)
        return
    actions.note_letter_sent(invitation=invitation, token=token, now=timezone.now())


@shared_task(name="accounts.sweep_invitations")
def sweep_invitations() -> None:
    """Send what is due: after a lost knock, a mail server that was away, a worker that died."""
    for invitation in actions.letters_due(timezone.now())[:MOST_AT_ONCE]:
        send_invitation(str(invitation.pk))


@shared_task(name="accounts.forget_answers")
def forget_answers() -> None:
    """Idempotent answers are kept for a day."""
    actions.forget_answers(now=timezone.now())


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
