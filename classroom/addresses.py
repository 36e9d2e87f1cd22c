"""Signed addresses: calendar feeds and the end of a kind of letters open without signing in; a lesson's code only
names the lesson.

A feed's address holds whose it is, for which course (or none), and a signature over both and the person's feed
version: nothing secret is stored, and a new version makes every older address worthless.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

FEED_SALT = "classroom.feed"
UNSUBSCRIBE_SALT = "classroom.unsubscribe"
CODE_SALT = "classroom.code"
MAC_BYTES = 20
CODE_LIFETIME = timedelta(minutes=15)
CODE_MAC_BYTES = 10
NO_COURSE = bytes(16)


@dataclass(frozen=True, slots=True)
class FeedAddress:
    """What an address says; it holds only after `is_signed` with the person's present version."""

    person_id: UUID
    course_id: UUID | None
    mac: bytes

    def is_signed(self, version: int) -> bool:
        return constant_time_compare(self.mac, _mac(self.person_id, self.course_id, version))


def feed_token(person_id: UUID, course_id: UUID | None, version: int) -> str:
    course = course_id.bytes if course_id else NO_COURSE
    raw = person_id.bytes + course + _mac(person_id, course_id, version)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read_feed_token(token: str) -> FeedAddress | None:
    """None for a text that no feed has."""
    raw = _unbase64(token)
    if raw is None or len(raw) != 32 + MAC_BYTES:
        return None
    course = raw[16:32]
    return FeedAddress(UUID(bytes=raw[:16]), UUID(bytes=course) if course != NO_COURSE else None, raw[32:])


def lesson_code(lesson_id: UUID, *, now: datetime) -> str:
    """Forty characters for a square code on a screen. A photograph of it leads nowhere after a quarter of an hour,
    and to nothing before but the lesson's own door."""
    expires = int((now + CODE_LIFETIME).timestamp()).to_bytes(4, "big")
    signed = lesson_id.bytes + expires
    return base64.urlsafe_b64encode(signed + _code_mac(signed)).rstrip(b"=").decode()


def read_lesson_code(code: str, *, now: datetime) -> UUID | None:
    raw = _unbase64(code)
    if (
        raw is None
        or len(raw) != 20 + CODE_MAC_BYTES
        or not constant_time_compare(raw[20:], _code_mac(raw[:20]))
    ):
        return None
    expires_at = datetime.fromtimestamp(int.from_bytes(raw[16:20], "big"), UTC)
    return UUID(bytes=raw[:16]) if now < expires_at else None


def _code_mac(signed: bytes) -> bytes:
    mac = salted_hmac(CODE_SALT, signed.hex(), secret=settings.SECRET_KEY, algorithm="sha256")
    return mac.digest()[:CODE_MAC_BYTES]


def _unbase64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def _mac(person_id: UUID, course_id: UUID | None, version: int) -> bytes:
    text = f"{person_id}:{course_id or ''}:{version}"
    return salted_hmac(FEED_SALT, text, secret=settings.SECRET_KEY, algorithm="sha256").digest()[:MAC_BYTES]


def unsubscribe_token(person_id: UUID, kind: str) -> str:
    """Works as long as the letters lie in somebody's mailbox: no age."""
    return signing.dumps([str(person_id), kind], salt=UNSUBSCRIBE_SALT)


def read_unsubscribe_token(token: str) -> tuple[UUID, str] | None:
    try:
        person_id, kind = signing.loads(token, salt=UNSUBSCRIBE_SALT)
        return UUID(person_id), str(kind)
    except (signing.BadSignature, ValueError, TypeError):
        return None
