"""What whoever sends a stream must know: one key a broadcast, made of its nonce and SECRET_KEY, kept nowhere."""

from django.utils.crypto import salted_hmac

from recordings.models import Broadcast

SALT = "recordings.streaming.key"


def key_of(broadcast: Broadcast) -> str:
    said = f"{broadcast.pk}:{broadcast.lesson_id}:{broadcast.nonce}"
    return salted_hmac(SALT, said, algorithm="sha256").hexdigest()[:40]


def address_of(broadcast: Broadcast) -> str:
    """Where to send; empty while nobody listens. It holds the key: never for a page, a log or a message."""
    if broadcast.port is None or not broadcast.is_open:
        return ""
    return f"rtmp://{broadcast.address}:{broadcast.port}/live/{key_of(broadcast)}"
