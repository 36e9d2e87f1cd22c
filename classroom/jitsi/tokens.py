"""Jitsi's tokens: exactly what Prosody's `mod_auth_token` and `token_verification` read.

`typ` must be JWT; `aud` a string, never a list; `sub` the XMPP domain, not the public host; `exp`
always, because Prosody takes a token without one for eternal; strings only in `context.user`.
The room is one exact, unguessable name: no `*`, no pattern.
"""

from datetime import datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Person
from classroom.models import STAFF, Room, Standing

EARLY = timedelta(seconds=60)
LATE = timedelta(hours=2)
STAFF_FEATURES = ("recording", "livestreaming", "moderation", "screen-sharing", "lobby", "send-groupchat")
ALL_FEATURES = (*STAFF_FEATURES, "transcription", "outbound-call", "create-polls", "file-upload", "flip")


def make_token(*, person: Person, room: Room, standing: Standing, now: datetime) -> str:
    """An HS256 token for one person in one room, valid until well after the lesson: Prosody checks it again
    at every reconnect, and a student whose network flaps must not be locked out."""
    return jwt.encode(
        claims(person=person, room=room, standing=standing, now=now),
        settings.JITSI_APP_SECRET,
        algorithm="HS256",
    )


def claims(*, person: Person, room: Room, standing: Standing, now: datetime) -> dict[str, Any]:
    ends = max(room.lesson.ends_at, now) + LATE
    return {
        "iss": settings.JITSI_APP_ID,
        "aud": settings.JITSI_AUDIENCE,
        "sub": settings.JITSI_XMPP_DOMAIN,
        "room": room.name,
        "nbf": int((now - EARLY).timestamp()),
        "exp": int(ends.timestamp()),
        "context": {"user": user(person, standing), "features": features(standing)},
    }


def shown_name(person: Person, standing: Standing) -> str:
    """Jitsi shows a name and nothing else, so a guest's says that they are one."""
    if standing != Standing.GUEST:
        return person.name
    return _("%(name)s (guest)") % {"name": person.name}


def user(person: Person, standing: Standing) -> dict[str, Any]:
    name = shown_name(person, standing)
    shown: dict[str, Any] = {"id": str(person.pk), "name": name, "moderator": standing in STAFF}
    if standing == Standing.OBSERVER:
        shown["hidden-from-recorder"] = True
    return shown


def features(standing: Standing) -> dict[str, bool]:
    """Everything is named: once `features` exists, Prosody takes a missing one for false."""
    granted = STAFF_FEATURES if standing in STAFF else ()
    return {feature: feature in granted for feature in ALL_FEATURES}
