"""Jitsi's tokens: exactly what Prosody's `mod_auth_token` and `token_verification` read.

`typ` must be JWT; `aud` a string, never a list; `sub` the XMPP domain, not the public host; `exp` always,
because Prosody takes a token without one for eternal; names are strings, flags booleans (to Lua, the text
"false" is true). The room is one exact, unguessable name: no `*`, no pattern. `sign` refuses anything else,
whoever asks.

Prosody looks at a token when somebody connects, and never again while they stay. So the web page gets one for
minutes and renews it (docs/decisions/0020-tokens-of-ten-minutes.md); the app cannot, and gets one for the lesson.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Person
from classroom.actions.lessons import OVERTIME
from classroom.jitsi import keys
from classroom.models import STAFF, Lesson, Room, Standing
from classroom.protection import Shield
from classroom.recurrence import LONGEST_LESSON

# Prosody grants no leeway: its clock may be this much behind ours.
EARLY = timedelta(seconds=60)
# No token lives longer, whatever the timetable says; a retired key is served until then.
LONGEST = LONGEST_LESSON + OVERTIME
TRIAL = timedelta(seconds=60)
STAFF_FEATURES = ("recording", "livestreaming", "moderation", "screen-sharing", "lobby")
# Nobody writes in Jitsi's own chat, teachers neither: the lesson's is Darasa's, for everybody and in no recording.
NOBODYS_FEATURES = ("send-groupchat", "transcription", "outbound-call", "create-polls", "file-upload", "flip")
ALL_FEATURES = (*STAFF_FEATURES, *NOBODYS_FEATURES)
ROOM_NAME = re.compile(r"[a-z0-9-]{22,80}")
# `receive-only` is ours: our module in Prosody lets nothing of them through to the conference.
FLAGS = frozenset({"moderator", "hidden-from-recorder", "receive-only"})
LONGEST_NAME = 200
# Not allowed in XML, even escaped: in a presence they would break the stream of everybody in the room.
NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# They turn the text around that follows: a guest could write their own "(guest)" out of sight.
OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")


class UnsafeToken(Exception):
    """A token that would open more, or longer, than one room for one person. Nobody may sign it."""


@dataclass(frozen=True, slots=True)
class Token:
    jwt: str
    expires_at: datetime


def make_web_token(*, person: Person, room: Room, standing: Standing, shield: Shield, now: datetime) -> Token:
    """For a page of ours, which renews it: whoever was removed can come in with it for minutes only."""
    expires_at = now + timedelta(seconds=settings.JITSI_WEB_TOKEN_SECONDS)
    return _issue(user(person, room, standing, shield), room.name, standing, now=now, expires_at=expires_at)


def make_app_token(*, person: Person, room: Room, standing: Standing, shield: Shield, now: datetime) -> Token:
    """For the Jitsi app, which cannot renew: until the lesson ends at the latest."""
    shown = user(person, room, standing, shield)
    return _issue(shown, room.name, standing, now=now, expires_at=end_of(room.lesson, now))


def make_recorder_token(*, room: Room, now: datetime) -> Token:
    """For a recorder that comes with a token and not with an account of its own. It sees and hears, nothing else;
    hidden, so that two recorders do not keep each other in an empty room."""
    shown = {
        "id": f"recorder-{room.pk}",
        "name": "Recorder",
        "moderator": False,
        "hidden-from-recorder": True,
    }
    return _issue(shown, room.name, None, now=now, expires_at=end_of(room.lesson, now))


def make_trial_token(*, room_name: str, now: datetime) -> Token:
    """For a room that nobody will ever make: `manage.py doctor` asks whether Prosody would let it in."""
    shown = {"id": "doctor", "name": "Doctor", "moderator": False, "hidden-from-recorder": True}
    return _issue(shown, room_name, None, now=now, expires_at=now + TRIAL)


def end_of(lesson: Lesson, now: datetime) -> datetime:
    """When the sweep has ended the lesson for certain; never further away than any lesson is long."""
    return min(max(lesson.ends_at, now) + OVERTIME, now + LONGEST)


def _issue(
    shown: dict[str, Any], room_name: str, standing: Standing | None, *, now: datetime, expires_at: datetime
) -> Token:
    claims: dict[str, Any] = {
        "iss": settings.JITSI_APP_ID,
        "aud": settings.JITSI_AUDIENCE,
        "sub": settings.JITSI_XMPP_DOMAIN,
        "room": room_name,
        "nbf": int((now - EARLY).timestamp()),
        "exp": int(expires_at.timestamp()),
        "context": {"user": shown, "features": features(standing)},
    }
    return Token(
        sign(claims, standing=standing, now=now), datetime.fromtimestamp(claims["exp"], expires_at.tzinfo)
    )


def sign(claims: dict[str, Any], *, standing: Standing | None, now: datetime) -> str:
    """The one place where a token for Jitsi is signed. UnsafeToken for what must not exist."""
    _refuse_eternal(claims, now)
    _refuse_wide(claims)
    _refuse_unfit_person(claims["context"], may_moderate=standing in STAFF)
    if settings.JITSI_SIGNING == "HS256":
        return jwt.encode(claims, settings.JITSI_APP_SECRET, algorithm="HS256")
    key = keys.find_signing_key(keys.read_keys(settings.JITSI_KEYS_DIR), now=now)
    return jwt.encode(claims, key.private, algorithm="RS256", headers={"kid": key.kid})


def _refuse_eternal(claims: dict[str, Any], now: datetime) -> None:
    begins, ends = claims.get("nbf"), claims.get("exp")
    if type(begins) is not int or type(ends) is not int:
        raise UnsafeToken("It needs a beginning and an end, in whole seconds.")
    if not begins < ends <= (now + LONGEST).timestamp():
        raise UnsafeToken("It would live longer than any lesson.")


def _refuse_wide(claims: dict[str, Any]) -> None:
    room = claims.get("room")
    if not isinstance(room, str) or not ROOM_NAME.fullmatch(room):
        raise UnsafeToken("Its room is not one unguessable name.")
    for name in ("iss", "aud", "sub"):
        value = claims.get(name)
        if not isinstance(value, str) or not value or "*" in value:
            raise UnsafeToken(f"Its {name} is not one name.")


def _refuse_unfit_person(context: dict[str, Any], *, may_moderate: bool) -> None:
    if set(context) != {"user", "features"}:
        raise UnsafeToken("Its context holds more than a user and features.")
    for name, value in context["user"].items():
        if not isinstance(value, bool if name in FLAGS else str):
            raise UnsafeToken(f"Its user's {name} is neither text nor a flag that we know.")
    if "affiliation" in context["user"]:
        raise UnsafeToken("Prosody would read an affiliation as the power of a teacher.")
    for power in (context["user"].get("moderator", False), *context["features"].values()):
        if not isinstance(power, bool) or (power and not may_moderate):
            raise UnsafeToken("It would give the powers of a teacher to somebody else.")


def shown_name(person: Person, room: Room, standing: Standing) -> str:
    """Jitsi shows a name and nothing else, so a guest's says that they are one, in the school's language:
    everybody reads the same, whatever language the page is in that asked."""
    name = OVERRIDES.sub("", NO_XML.sub("", person.name)).strip()[:LONGEST_NAME]
    with translation.override(room.lesson.institution.language):
        name = name or _("Without a name")
        return _("%(name)s (guest)") % {"name": name} if standing == Standing.GUEST else name


def user(person: Person, room: Room, standing: Standing, shield: Shield) -> dict[str, Any]:
    name = shown_name(person, room, standing)
    shown: dict[str, Any] = {"id": str(person.pk), "name": name, "moderator": standing in STAFF}
    if standing == Standing.OBSERVER or not shield.is_recorded:
        shown["hidden-from-recorder"] = True
    if not shield.may_send:
        shown["receive-only"] = True
    return shown


def features(standing: Standing | None) -> dict[str, bool]:
    """Everything is named: once `features` exists, Prosody takes a missing one for false."""
    granted = STAFF_FEATURES if standing in STAFF else ()
    return {feature: feature in granted for feature in ALL_FEATURES}
