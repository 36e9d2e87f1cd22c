"""Who may load the pieces of a stream: a signed word in a cookie, for one broadcast and a few minutes.

The page asks for a new one as long as it may watch. So whoever is put out sees the stream for no longer than the
word lasts, and no piece needs a look into the database.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.urls import reverse

from recordings.models import StreamLink

SALT = "recordings.streaming.pass"
COOKIE = "darasa_stream"
LIFETIME_SECONDS = 90
RENEW_SECONDS = 30
# Whoever gave the password of a link for viewers outside.
DOOR_SALT = "recordings.streaming.door"
DOOR_COOKIE = "darasa_outside"
DOOR_SECONDS = 12 * 3600


@dataclass(frozen=True, slots=True)
class Pass:
    broadcast: str
    holder: str


def hand_out(
    response: HttpResponse,
    *,
    broadcast: UUID,
    holder: str,
    lifetime_seconds: int = LIFETIME_SECONDS,
    now: float | None = None,
) -> None:
    """To this browser, and for the addresses of this broadcast alone."""
    until = int((now or time.time()) + lifetime_seconds)
    word = signing.dumps([str(broadcast), holder, until], salt=SALT)
    response.set_cookie(
        COOKIE,
        word,
        max_age=lifetime_seconds,
        path=reverse("stream_piece", args=[broadcast, "x"]).removesuffix("x"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def read_pass(word: str, broadcast: UUID, *, now: float | None = None) -> Pass | None:
    """None for one that is not ours, of another broadcast, or over."""
    try:
        told, holder, until = signing.loads(word, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Pass(told, holder) if told == str(broadcast) and until > (now or time.time()) else None


def open_door(response: HttpResponse, *, link: StreamLink, path: str) -> None:
    """To this browser, and for the addresses of this link alone."""
    word = signing.dumps(str(link.pk), salt=DOOR_SALT)
    response.set_cookie(
        DOOR_COOKIE,
        word,
        max_age=DOOR_SECONDS,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def may_pass(word: str, link: StreamLink) -> bool:
    """Whether this link asks for no password, or was given it."""
    if not link.password:
        return True
    try:
        return bool(signing.loads(word, salt=DOOR_SALT, max_age=DOOR_SECONDS) == str(link.pk))
    except signing.BadSignature:
        return False
