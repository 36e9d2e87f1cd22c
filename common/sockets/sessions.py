"""Whether the session behind an open socket still is somebody's."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
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
    known = person.get_session_auth_hash() if person else ""
    return bool(known) and constant_time_compare(str(said.get(HASH_SESSION_KEY, "")), known)
