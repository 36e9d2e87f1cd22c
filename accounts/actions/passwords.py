"""Passwords: forgotten, chosen anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from axes.utils import reset
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.backends.base import SessionBase
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from accounts.actions.audit import record_audit
from accounts.letters import has_mailbox
from accounts.models import PasswordRequest, Person, ProviderSession
from accounts.queries import institutions_of
from common.queue import enqueue_on_commit
from common.sockets.recheck import recheck_sockets, renew_sockets

# Somebody's mailbox must not be filled by a stranger who knows the address.
REPEAT_AFTER = timedelta(minutes=2)


@transaction.atomic
def ask_for_password(*, email: str) -> None:
    """A letter with a link, if somebody of that address has a password here. Nobody can tell from outside."""
    person = Person.objects.filter(email=email.lower(), is_active=True).first()
    if person is None or not person.has_usable_password() or not has_mailbox(person.email):
        return
    now = timezone.now()
    if PasswordRequest.objects.filter(person=person, asked_at__gt=now - REPEAT_AFTER).exists():
        return
    request = PasswordRequest.objects.create(person=person, asked_at=now)
    enqueue_on_commit("accounts.send_password_letter", request.pk)


@transaction.atomic
def send_password_letter(*, request_id: str) -> bool:
    """Once, whoever knocks how often; False when it was sent before. The row is locked while the letter goes."""
    waiting = PasswordRequest.objects.select_for_update(skip_locked=True, of=("self",))
    request = waiting.select_related("person").filter(pk=request_id, sent_at=None).first()
    if request is None:
        return False
    PasswordRequest.objects.filter(pk=request.pk).update(sent_at=timezone.now())
    _send_link(request.person, expires_at=timezone.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT))
    return True


def _send_link(person: Person, *, expires_at: datetime) -> None:
    institution = institutions_of(person).first()
    zone = ZoneInfo(institution.time_zone) if institution else ZoneInfo(settings.TIME_ZONE)
    language = person.language or (institution.language if institution else settings.LANGUAGE_CODE)
    uid = urlsafe_base64_encode(force_bytes(person.pk))
    path = reverse("new_password", args=[uid, default_token_generator.make_token(person)])
    with translation.override(language), timezone.override(zone):
        context = {
            "person": person,
            "institution": institution,
            "link": f"{settings.PUBLIC_URL}{path}",
            "expires_at": expires_at,
        }
        body = render_to_string("accounts/letters/new_password.txt", context)
        send_mail(_("Choose a new password"), body, None, [person.email])


def forget_requests(*, now: datetime) -> None:
    """The rows have served; who asked when is nobody's business a day later."""
    PasswordRequest.objects.filter(asked_at__lt=now - timedelta(days=1)).delete()


@transaction.atomic
def change_password(*, person: Person, password: str, session: SessionBase | None = None) -> None:
    """Ends every session of `person` but `session`, with their sockets, and the rest after too many wrong ones.

    `session` goes on under a new key, so that a stolen copy of its cookie ends with the old password.
    """
    person.set_password(password)
    person.save(update_fields=["password"])
    reset(username=person.email)
    record_audit("password.changed", institution=None, by=person, target=f"person:{person.pk}")
    if session is not None:
        _renew(session, person)
    recheck_sockets(person.pk)


def _renew(session: SessionBase, person: Person) -> None:
    """What Django's `update_session_auth_hash` does, written before anybody's socket looks."""
    old = str(session.session_key)
    session.cycle_key()
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    ProviderSession.objects.filter(session_key=old).update(session_key=str(session.session_key))
    renew_sockets(person.pk, session_key=old)
