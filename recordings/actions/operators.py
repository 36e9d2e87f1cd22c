"""Who runs the platform hears of what stops all recordings, once an outage."""

import logging
import smtplib
from datetime import datetime, timedelta

from django.core.mail import get_connection
from django.db import transaction
from django.db.models import QuerySet

from accounts.letters import has_mailbox
from accounts.models import Person
from recordings.letters import alarm_letter
from recordings.models import Finding, FindingKind, Reconciliation

log = logging.getLogger(__name__)
# A disk that is full fills again and again: one letter is enough for so long.
QUIET = timedelta(hours=6)


def has_untold_alarms() -> bool:
    return _late().exists() or _full().exists()


def _late() -> QuerySet[Reconciliation]:
    return Reconciliation.objects.filter(late_since__isnull=False, told_at__isnull=True)


def _full() -> QuerySet[Finding]:
    return Finding.objects.filter(kind=FindingKind.DISK_FULL, closed_at__isnull=True, told_at__isnull=True)


@transaction.atomic
def tell_operators(*, now: datetime) -> int:
    """How many letters. The rows are locked meanwhile, so of several workers one writes; a mail server that is away
    leaves them untold, for the next time."""
    late = list(_late().select_for_update(skip_locked=True))
    full = list(_full().select_for_update(skip_locked=True))
    knows = Finding.objects.filter(kind=FindingKind.DISK_FULL, told_at__gt=now - QUIET).exists()
    waiting = 0 if knows else len(full)
    sent = 0
    if late or waiting:
        admins = Person.objects.filter(is_platform_admin=True, is_active=True)
        letters = [
            alarm_letter(person, is_late=bool(late), waiting_for_disk=waiting)
            for person in admins
            if has_mailbox(person.email)
        ]
        try:
            sent = get_connection().send_messages(letters) or 0
        except (smtplib.SMTPException, OSError) as error:
            log.warning("Nobody could be written to about recordings: %s", type(error).__name__)
            return 0
    Reconciliation.objects.filter(pk__in=[one.pk for one in late]).update(told_at=now)
    Finding.objects.filter(pk__in=[one.pk for one in full]).update(told_at=now)
    return sent
