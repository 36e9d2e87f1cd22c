"""Asking Prosody who is inside: what was lost on the way here is found in its answer."""

from typing import Protocol

import httpx
from django.conf import settings

from classroom.jitsi.events import Snapshot, Unreadable, read_snapshot
from common.refusals import Unavailable

TIMEOUT_SECONDS = 5.0


class RoomSource(Protocol):
    """Somebody who knows who is inside."""

    def read_rooms(self) -> Snapshot:
        """Everybody in every room. Raises Unavailable."""


class ProsodyRooms:
    """Our module in Prosody, through its internal HTTP port."""

    def read_rooms(self) -> Snapshot:
        headers = {"Authorization": f"Bearer {settings.JITSI_HOOK_TOKEN}"}
        url = f"{settings.PROSODY_URL.rstrip('/')}/darasa/rooms"
        try:
            answer = httpx.get(url, headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable("prosody_away") from error
        if answer.status_code != httpx.codes.OK:
            raise Unavailable("prosody_refuses")
        try:
            return read_snapshot(answer.content)
        except Unreadable as error:
            raise Unavailable("prosody_unreadable") from error


def is_asked() -> bool:
    """Whether there is a Prosody of ours to ask."""
    return bool(settings.PROSODY_URL and settings.JITSI_HOOK_TOKEN)
