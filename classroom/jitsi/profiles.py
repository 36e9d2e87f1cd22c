"""Networks: what each profile changes in Jitsi, and what the built-in room is told. One table.

Jitsi takes overrides of a page only for the names in its own white list (`configWhitelist.ts`); anything else
is dropped in silence, so a test holds this table against that list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from django.db import models
from django.utils.translation import gettext_lazy as _


class Profile(models.TextChoices):
    """How much a device and its network can carry; chosen by the connection test or by hand, kept on the device."""

    NORMAL = "normal", _("Normal")
    SAVER = "saver", _("Save data")
    AUDIO_ONLY = "audio_only", _("Sound only")
    BOARD_ONLY = "board_only", _("Board only")


# The names of Jitsi's white list that we use; naming one opens everything below it.
WHITELIST = frozenset(
    {
        *("p2p.enabled", "prejoinConfig.enabled", "disableThirdPartyRequests", "enableOpusRed"),
        *("disableSimulcast", "startWithAudioMuted", "startWithVideoMuted", "startAudioOnly"),
        *("channelLastN", "startLastN", "resolution", "constraints", "videoQuality"),
        *("maxFullResolutionParticipants",),
    }
)

# Peer-to-peer stays off: it would hide two people from the bridge's statistics and show children's addresses.
ALWAYS: Mapping[str, Any] = {
    "p2p.enabled": False,
    "prejoinConfig.enabled": False,
    "disableThirdPartyRequests": True,
    "enableOpusRed": True,
    "disableSimulcast": False,
}
# Many old telephones decode VP8 in hardware and everything newer in software.
OLD_CODECS_FIRST = ["VP8", "VP9", "AV1"]
_SMALL: Mapping[str, Any] = {
    "resolution": 180,
    "constraints.video.height": {"ideal": 180, "max": 180, "min": 90},
    "channelLastN": 2,
    "startLastN": 2,
    "maxFullResolutionParticipants": 1,
    "videoQuality.enableAdaptiveMode": True,
    "videoQuality.codecPreferenceOrder": OLD_CODECS_FIRST,
    "videoQuality.mobileCodecPreferenceOrder": OLD_CODECS_FIRST,
}
OVERRIDES: Mapping[Profile, Mapping[str, Any]] = {
    Profile.NORMAL: {
        "resolution": 360,
        "constraints.video.height": {"ideal": 360, "max": 360, "min": 180},
        "channelLastN": 6,
    },
    Profile.SAVER: _SMALL,
    # Pictures stay small when somebody turns them on again.
    Profile.AUDIO_ONLY: {**_SMALL, "startAudioOnly": True, "startWithVideoMuted": True},
}


def with_media() -> list[Profile]:
    """Those for which there is a Jitsi at all; the board alone needs none."""
    return [profile for profile in Profile if profile in OVERRIDES]


def flat_overrides(profile: Profile) -> dict[str, Any]:
    """By dotted name. KeyError for the board alone."""
    return {**ALWAYS, **OVERRIDES[profile]}


def nested_overrides(profile: Profile) -> dict[str, Any]:
    """As `configOverwrite` wants them."""
    config: dict[str, Any] = {}
    for name, value in flat_overrides(profile).items():
        *path, last = name.split(".")
        place = config
        for step in path:
            place = place.setdefault(step, {})
        place[last] = value
    return config


def fragment_overrides(profile: Profile) -> str:
    """As the app wants them, behind the `#` of its link."""
    return "&".join(f"config.{name}={quote(_json(value), safe='')}" for name, value in _leaves(profile))


def _leaves(profile: Profile) -> Iterator[tuple[str, Any]]:
    return iter(sorted(flat_overrides(profile).items()))


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
