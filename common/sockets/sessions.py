"""Whose session a socket came by, and whether it still is theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    get_user_model,
    load_backend,
)
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare


def session_holds(key: str, person_id: object) -> bool:
    """Neither signed out nor of an earlier password.

    One whose hours are over holds until it is swept: nobody is cut off in the middle of a lesson.
    """
    row = Session.objects.filter(pk=key).first()
    said: dict[str, Any] = row.get_decoded() if row else {}
    if said.get(SESSION_KEY) != str(person_id):
        return False
    person: Any = get_user_model()._default_manager.filter(pk=str(person_id)).first()
    return person is not None and _is_of_password(said, person)


class Said(dict[str, Any]):
    """What a session says when its browser knocks. Sockets never write into it."""

    session_key: str | None = None


Known = tuple[Said, Any]


def recognise(keys: Sequence[str]) -> list[Known]:
    """Whose sessions these are today, as `django.contrib.auth.get_user` would say, by two questions for all."""
    rows = Session.objects.filter(pk__in=keys, expire_date__gt=timezone.now())
    said = {row.pk: row.get_decoded() for row in rows}
    people = _people(said.values())
    return [_recognise(key, said.get(key, {}), people) for key in keys]


def _people(sessions: Iterable[dict[str, Any]]) -> dict[str, Any]:
    model: Any = get_user_model()
    ids = {one[SESSION_KEY] for one in sessions if SESSION_KEY in one}
    found = model._default_manager.filter(pk__in=ids) if ids else ()
    return {str(person.pk): person for person in found}


def _recognise(key: str, said: dict[str, Any], people: dict[str, Any]) -> Known:
    session = Said(said)
    session.session_key = key if said else None
    person = people.get(str(said.get(SESSION_KEY)))
    if person is not None and _may_sign_in(said, person) and _is_of_password(said, person):
        return session, person
    return session, AnonymousUser()


def _may_sign_in(said: dict[str, Any], person: Any) -> bool:
    name = said.get(BACKEND_SESSION_KEY)
    backend = load_backend(name) if name in settings.AUTHENTICATION_BACKENDS else None
    return isinstance(backend, ModelBackend) and backend.user_can_authenticate(person)


def _is_of_password(said: dict[str, Any], person: Any) -> bool:
    """Not of an earlier one."""
    known = person.get_session_auth_hash()
    return bool(known) and constant_time_compare(str(said.get(HASH_SESSION_KEY, "")), known)
