"""What the page hands to Jitsi's `JitsiMeetExternalAPI`."""

from datetime import datetime
from typing import Any

from accounts.models import Person
from classroom.jitsi.fronts import front_of, origin_of, overrides_of
from classroom.jitsi.tokens import make_token, shown_name
from classroom.models import Room, Standing


def iframe_page(
    *, person: Person, room: Room, standing: Standing, language: str, now: datetime
) -> dict[str, Any]:
    """`{domain, script, options}`: options are constructor arguments, all within Jitsi's override whitelist."""
    front = front_of(room.lesson.institution)
    origin = origin_of(front)
    return {
        "domain": origin.split("://", 1)[1],
        "script": f"{origin}/external_api.js",
        "options": {
            "roomName": room.name,
            "jwt": make_token(person=person, room=room, standing=standing, now=now),
            "lang": language,
            "width": "100%",
            "height": "100%",
            "userInfo": {"displayName": shown_name(person, standing)},
            "configOverwrite": overrides() | overrides_of(front),
        },
    }


def overrides() -> dict[str, Any]:
    """Peer-to-peer stays off: it would hide two people from the bridge's statistics and show children's addresses."""
    return {
        "p2p": {"enabled": False},
        "prejoinConfig": {"enabled": False},
        "disableThirdPartyRequests": True,
        "startWithAudioMuted": False,
        "startWithVideoMuted": False,
        "resolution": 360,
        "channelLastN": 6,
        "enableOpusRed": True,
        "disableSimulcast": False,
    }
