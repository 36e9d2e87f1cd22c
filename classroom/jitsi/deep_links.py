"""Links that open the Jitsi app on a phone, with the person's token and profile.

The app in the stores claims only Jitsi's own hosts, so an https link to ours would never open it: a scheme does
on iOS, an intent with a way back on Android. Such a link lies in a phone's history; its token is for one room
and for the lesson. Never write one into a log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from accounts.models import Person
from classroom.jitsi.iframe import jitsi_domain
from classroom.jitsi.profiles import Profile, fragment_overrides
from classroom.jitsi.tokens import make_app_token
from classroom.models import Room, Standing
from classroom.protection import shield_for

SCHEME = PACKAGE = "org.jitsi.meet"
APP_STORE = "https://apps.apple.com/app/jitsi-meet/id1165103905"
PLAY_STORE = f"https://play.google.com/store/apps/details?id={PACKAGE}"
F_DROID = f"https://f-droid.org/packages/{PACKAGE}/"


@dataclass(frozen=True, slots=True)
class AppLinks:
    ios: str = field(repr=False)
    android: str = field(repr=False)
    expires_at: datetime


def make_app_links(
    *, person: Person, room: Room, standing: Standing, profile: Profile, fallback: str, now: datetime
) -> AppLinks:
    """`fallback` is where Android's browser goes when the app is not there; an https address of ours."""
    shield = shield_for(person, room, standing)
    token = make_app_token(person=person, room=room, standing=standing, shield=shield, now=now)
    place = (
        f"{jitsi_domain(room.lesson.institution)}/{room.name}?jwt={token.jwt}#{fragment_overrides(profile)}"
    )
    intent = f"scheme={SCHEME};package={PACKAGE};S.browser_fallback_url={quote(fallback, safe='')};end"
    return AppLinks(f"{SCHEME}://{place}", f"intent://{place}#Intent;{intent}", token.expires_at)
