"""Who speaks to a machine door: compared in constant time, and only over secrets that are long enough to be one."""

import hashlib
import hmac
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from common.clock import from_ms, to_ms

SHORTEST_SECRET = 32
LARGEST_BODY = 1_000_000
REFUSED, REFUSED_AT = "jitsi.refused", "jitsi.refused_at"
REMEMBERED_SECONDS = 86_400


def is_secret(secret: str) -> bool:
    """Whether this door exists: without a secret it is not there at all."""
    return len(secret) >= SHORTEST_SECRET


def bears_hook_token(request: HttpRequest) -> bool:
    """`Authorization: Bearer JITSI_HOOK_TOKEN`, nothing else."""
    expected = f"Bearer {settings.JITSI_HOOK_TOKEN}"
    return hmac.compare_digest(_bytes(request.headers.get("Authorization", "")), expected.encode())


def sign(secret: str, sent_at: str, body: bytes) -> str:
    """The signature of a delivery of our module."""
    return "v1=" + hmac.new(secret.encode(), sent_at.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(request: HttpRequest, body: bytes) -> bool:
    """Over the moment of sending too, so that nobody gives an old delivery a new time."""
    sent_at = request.headers.get("X-Darasa-Sent-At", "")
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= 15):
        return False
    expected = sign(settings.JITSI_EVENT_SECRET, sent_at, body)
    return hmac.compare_digest(_bytes(request.headers.get("X-Darasa-Signature", "")), expected.encode())


def _bytes(header: str) -> bytes:
    return header.encode(errors="replace")


def read_body(request: HttpRequest) -> bytes | None:
    """At most so much, also of a body whose length nobody announced; None when there is more."""
    body: bytes = request.read(LARGEST_BODY + 1)
    return body if len(body) <= LARGEST_BODY else None


def note_refused(now: datetime) -> None:
    """One number for everybody who signs wrongly, whoever they are: nobody can fill anything with it."""
    with suppress(RedisError, ValueError):  # the answer is no either way
        cache.add(REFUSED, 0, REMEMBERED_SECONDS)
        cache.incr(REFUSED)
        cache.set(REFUSED_AT, to_ms(now), REMEMBERED_SECONDS)


def count_refused() -> tuple[int, datetime | None]:
    """How many within about a day, and when the last one was."""
    count, at = cache.get(REFUSED), cache.get(REFUSED_AT)
    return count or 0, from_ms(at) if at else None
