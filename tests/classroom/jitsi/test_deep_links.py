"""Links into the Jitsi app, taken apart as the telephones do."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from accounts.models import Person
from classroom.jitsi.deep_links import AppLinks, make_app_links
from classroom.jitsi.profiles import Profile, fragment_overrides
from classroom.models import Room, Standing
from tests.classroom.jitsi.prosody_rules import affiliation
from tests.classroom.jitsi.test_tokens import EPOCH, jitsi, make_room, prosody

pytestmark = pytest.mark.django_db
FALLBACK = "https://classroom.school.example/lessons/7/room?video=browser"


def make(room: Room, standing: Standing = Standing.STUDENT, profile: Profile = Profile.SAVER) -> AppLinks:
    return make_app_links(
        person=Person(name="أمينة"),
        room=room,
        standing=standing,
        profile=profile,
        fallback=FALLBACK,
        now=EPOCH,
    )


@pytest.mark.parametrize("profile", [Profile.NORMAL, Profile.SAVER, Profile.AUDIO_ONLY])
@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_both_links_carry_the_room_the_person_and_the_profile(algorithm: str, profile: Profile) -> None:
    room = make_room()
    with jitsi(algorithm):
        links = make(room, profile=profile)
        for link, scheme in ((links.ios, "org.jitsi.meet"), (links.android, "intent")):
            place, _, rest = link.partition("#")
            parts = urlsplit(place)
            assert (parts.scheme, parts.netloc, parts.path) == (
                scheme,
                "meet.school.example",
                f"/{room.name}",
            )
            [token] = parse_qs(parts.query)["jwt"]
            session = prosody(algorithm).connect(token, now=EPOCH.timestamp())
            assert (session.room, session.user["name"], affiliation(session)) == (
                room.name,
                "أمينة",
                "member",
            )
            assert rest.partition("#Intent;")[0] == fragment_overrides(profile)
    assert links.expires_at == room.lesson.ends_at + timedelta(hours=1)


def test_android_knows_the_way_back_to_the_browser() -> None:
    with jitsi("HS256"):
        _, _, intent = make(make_room()).android.rpartition("#Intent;")
    fields = dict(part.split("=", 1) for part in intent.removesuffix(";end").split(";"))
    assert fields["scheme"] == fields["package"] == "org.jitsi.meet"
    assert unquote(fields["S.browser_fallback_url"]) == FALLBACK
    assert intent.endswith(";end")


def test_a_link_does_not_show_itself_in_a_log() -> None:
    with jitsi("HS256"):
        assert "jwt" not in repr(make(make_room()))


def test_the_board_alone_needs_no_app() -> None:
    with jitsi("HS256"), pytest.raises(KeyError):
        make(make_room(), profile=Profile.BOARD_ONLY)
