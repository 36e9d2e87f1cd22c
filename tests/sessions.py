"""Whoever is signed in before a test begins, when how they came in is not what it asks."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone

from accounts.models import Person

BACKEND = "django.contrib.auth.backends.ModelBackend"


def sign_in(client: Client, person: Person) -> None:
    """Leaves what `Client.force_login` does, in three statements instead of twelve: nobody is told."""
    session = SessionStore()
    session.update(
        {
            SESSION_KEY: str(person.pk),
            BACKEND_SESSION_KEY: BACKEND,
            HASH_SESSION_KEY: person.get_session_auth_hash(),
        }
    )
    session.create()
    Person.objects.filter(pk=person.pk).update(last_login=timezone.now())
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
