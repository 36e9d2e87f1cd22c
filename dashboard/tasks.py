"""Letters leave from here, because pages and letters share templates and addresses."""

from __future__ import annotations

import logging
import smtplib
import time
from collections.abc import Iterator
from datetime import datetime

from celery import shared_task
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from accounts.letters import NO_ADDRESS, has_mailbox
from accounts.models import Role
from accounts.policy import read_policy
from accounts.queries import has_role, heads_of
from attendance.actions import due_at
from attendance.models import NoteWay
from attendance.queries import notes_of_letter
from attendance.rules import may_read_report
from classroom import actions
from classroom.models import Concern, Letter, LetterKind
from classroom.queries import lessons_of_letter
from common.crashpoints import crash_point
from dashboard.family_letters import compose_notes, compose_report
from dashboard.letters import compose_concern, compose_letter, compose_warning

log = logging.getLogger(__name__)
# What passes between these tasks and `dashboard.checkup`, through the cache.
TICK, CALL = "doctor.tick", "doctor.call."


@shared_task(name="dashboard.note_tick")
def note_tick() -> None:
    """From beat, every few seconds: `manage.py doctor` reads how long ago."""
    cache.set(TICK, time.time(), timeout=None)


@shared_task(name="dashboard.answer_call")
def answer_call(call: str) -> None:
    """Somebody listens to this queue."""
    if call.startswith(CALL):
        cache.set(call, True, timeout=60)


@shared_task(name="dashboard.send_letters")
def send_letters() -> None:
    """Send every letter that is due, over one connection. Several may run at once."""
    connection = get_connection()
    try:
        while (letter := actions.claim_letter(now=timezone.now())) is not None:
            if not _send(letter, connection):
                break
    finally:
        connection.close()


@shared_task(name="dashboard.tell_concerns")
def tell_concerns() -> None:
    """Write to the contact of the school, or to its heads, about every concern that nobody was written about yet.

    The row is locked meanwhile: of several workers one writes. A mail server that is away is tried again by the clock.
    """
    while _tell_next_concern():
        continue


def _tell_next_concern() -> bool:
    with transaction.atomic():
        untold = Concern.objects.filter(told_at__isnull=True).select_related("lesson__institution")
        concern = untold.select_for_update(skip_locked=True, of=("self",)).order_by("raised_at").first()
        if concern is None:
            return False
        try:
            get_connection().send_messages(list(_concern_letters(concern)))
        except (smtplib.SMTPException, OSError) as error:
            log.warning("Nobody could be written to about a concern: %s", type(error).__name__)
            return False
        return actions.note_concern_told(concern=concern, now=timezone.now())


def _concern_letters(concern: Concern) -> Iterator[EmailMultiAlternatives]:
    institution = concern.lesson.institution
    contact = read_policy(institution.policy).safeguarding_contact
    if contact:
        yield compose_concern(concern, contact, "", institution.language)
        return
    for head in heads_of(institution):
        if has_mailbox(head.email):
            language = head.language or institution.language
            yield compose_concern(concern, head.email, head.name, language)


def _send(letter: Letter, connection: BaseEmailBackend) -> bool:
    """False when the mail server is away and the others had better wait too."""
    now = timezone.now()
    if letter.person.is_guest or not has_mailbox(letter.person.email):
        actions.drop_letter(letter=letter, reason=NO_ADDRESS)
        return True
    if letter.kind == LetterKind.NOTE and (due := due_at(letter.institution, NoteWay.AT_ONCE, now)) > now:
        actions.hold_letter(letter=letter, until=due)  # the quiet hours have begun while it waited
        return True
    try:
        message = _compose(letter, now)
        if message is None:
            actions.drop_letter(letter=letter, reason="nothing to say")
            return True
        message.connection = connection
        connection.open()
        message.send()
    except ValueError as error:  # an address or a header that no mail can have
        actions.drop_letter(letter=letter, reason=str(error))
        return True
    except (smtplib.SMTPException, OSError) as error:
        connection.close()
        return _give_back(letter, error)
    crash_point("letters.sent")
    actions.note_letter_sent(letter=letter, now=now)
    return True


def _compose(letter: Letter, now: datetime) -> EmailMultiAlternatives | None:
    """None when there is nothing to say to this person any more."""
    if letter.kind == LetterKind.NOTE:
        notes = notes_of_letter(letter)
        return compose_notes(letter, notes) if notes else None
    if letter.kind == LetterKind.REPORT:
        report = letter.reports.select_related("lesson", "person").first()
        return compose_report(letter, report) if report and may_read_report(letter.person, report) else None
    if letter.lesson is not None:
        is_head = has_role(letter.person, letter.institution_id, Role.HEAD)
        return compose_warning(letter, letter.lesson) if is_head else None
    said = lessons_of_letter(letter, now=now)
    return compose_letter(letter, said, now=now) if said else None


def _give_back(letter: Letter, error: Exception) -> bool:
    reason = f"{type(error).__name__}: {error}"
    if _is_final(error):
        actions.drop_letter(letter=letter, reason=reason)
        return True
    actions.postpone_letter(letter=letter, reason=reason, now=timezone.now())
    return isinstance(error, smtplib.SMTPRecipientsRefused)


def _is_final(error: Exception) -> bool:
    """The server says that this one letter will never go (5xx), not that it is busy or we are unwelcome."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500
