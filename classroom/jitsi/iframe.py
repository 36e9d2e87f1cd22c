"""What the page hands to Jitsi's `JitsiMeetExternalAPI`, and what it needs to know beside it."""

from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.models import Institution, Person
from classroom.jitsi.fronts import front_of, origin_of, overrides_of
from classroom.jitsi.profiles import nested_overrides, with_media
from classroom.jitsi.tokens import Token, make_web_token, shown_name
from classroom.models import Room, Standing
from classroom.protection import shield_for
from common.clock import to_ms

SCRIPT = "/external_api.js"


def jitsi_origin(institution: Institution) -> str:
    """Scheme and host under which the people of this institution meet Jitsi."""
    return origin_of(front_of(institution))


def jitsi_domain(institution: Institution) -> str:
    return jitsi_origin(institution).split("://", 1)[1]


def iframe_page(
    *, person: Person, room: Room, standing: Standing, language: str, now: datetime, region: str = ""
) -> dict[str, Any]:
    """`{origin, domain, script, options, token, profiles}`: options are constructor arguments; `profiles` are the
    `configOverwrite` of each network profile, all within Jitsi's white list but `deploymentInfo`, which our
    custom-config.js takes from there: the `region` whose bridges are near."""
    front = front_of(room.lesson.institution)
    origin = origin_of(front)
    shield = shield_for(person, room, standing)
    token = make_web_token(person=person, room=room, standing=standing, shield=shield, now=now)
    return {
        "origin": origin,
        "domain": origin.split("://", 1)[1],
        "script": SCRIPT if settings.JITSI_SCRIPT_PROXIED else f"{origin}{SCRIPT}",
        "options": {
            "roomName": room.name,
            "lang": language,
            "width": "100%",
            "height": "100%",
            "userInfo": {"displayName": shown_name(person, room, standing)},
        },
        "token": token_page(token, now=now),
        "profiles": {
            profile.value: nested_overrides(profile) | overrides_of(front) | near_to(region)
            for profile in with_media()
        },
    }


def near_to(region: str) -> dict[str, Any]:
    return {"deploymentInfo": {"userRegion": region}} if region else {}


def token_page(token: Token, *, now: datetime) -> dict[str, Any]:
    """A duration and no instant: the page counts by its own clock, which may be wrong."""
    return {"jwt": token.jwt, "valid_ms": to_ms(token.expires_at) - to_ms(now)}
