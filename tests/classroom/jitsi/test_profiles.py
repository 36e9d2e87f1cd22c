"""Network profiles: nothing that Jitsi would drop, and less of everything from one to the next."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest

from classroom.jitsi.profiles import (
    OVERRIDES,
    WHITELIST,
    Profile,
    flat_overrides,
    fragment_overrides,
    nested_overrides,
    with_media,
)

# From Jitsi's `configWhitelist.ts`, read on its own for this test; a name opens what lies below it.
JITSIS_OWN = {
    "channelLastN",
    "constraints",
    "disableSimulcast",
    "disableThirdPartyRequests",
    "enableOpusRed",
    "maxFullResolutionParticipants",
    "p2p.enabled",
    "prejoinConfig.enabled",
    "resolution",
    "startAudioOnly",
    "startLastN",
    "startWithAudioMuted",
    "startWithVideoMuted",
    "videoQuality",
}


def is_open(name: str) -> bool:
    return any(name == known or name.startswith(f"{known}.") for known in JITSIS_OWN)


@pytest.mark.parametrize("profile", with_media())
def test_no_override_is_outside_jitsis_white_list(profile: Profile) -> None:
    assert [name for name in flat_overrides(profile) if not is_open(name)] == []
    assert WHITELIST <= JITSIS_OWN


def test_a_name_that_jitsi_would_drop_is_found() -> None:
    assert not is_open("p2p.useStunTurn")
    assert not is_open("websocket")


@pytest.mark.parametrize("profile", with_media())
def test_peer_to_peer_is_off_whatever_the_network(profile: Profile) -> None:
    assert nested_overrides(profile)["p2p"] == {"enabled": False}


def test_every_profile_but_the_board_alone_has_overrides_and_they_shrink() -> None:
    assert set(OVERRIDES) == set(Profile) - {Profile.BOARD_ONLY}
    normal, saver, sound = (nested_overrides(profile) for profile in with_media())
    assert normal["resolution"] > saver["resolution"]
    assert normal["channelLastN"] > saver["channelLastN"]
    assert "startAudioOnly" not in saver
    assert sound["startAudioOnly"] is sound["startWithVideoMuted"] is True
    assert saver["videoQuality"]["mobileCodecPreferenceOrder"][0] == "VP8"


@pytest.mark.parametrize("profile", with_media())
def test_the_app_is_told_the_same_behind_the_hash(profile: Profile) -> None:
    pairs = [part.split("=", 1) for part in fragment_overrides(profile).split("&")]
    told = {name.removeprefix("config."): json.loads(unquote(value)) for name, value in pairs}
    assert told == flat_overrides(profile)
    assert all(name.startswith("config.") for name, _ in pairs)
    assert not set('#; "') & set(fragment_overrides(profile))
