"""What an institution decides for itself: every key of `Institution.policy`, its meaning and its default.

    policy = read_policy(institution.policy)
    policy.doors_open_minutes

Pure. A missing key or one of the wrong type counts as its default, so that an old row never breaks a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from typing import Any

from babel.core import Locale, UnknownLocaleError, get_global

# Whole numbers have bounds; the settings page and the API refuse what lies outside.
BOUNDS: dict[str, tuple[int, int]] = {
    "doors_open_minutes": (0, 120),
    "retention_days": (1, 3650),
    "engagement_days": (1, 365),
    "week_begins": (0, 7),
    "late_minutes": (0, 60),
    "leave_minutes": (0, 60),
    "absent_percent": (0, 100),
    # Pages tell every four minutes that they are looked at, and a browser may hold them back for one.
    "silent_minutes": (6, 120),
    "quiet_from_hour": (0, 23),
    "quiet_until_hour": (0, 23),
}

CHOICES: dict[str, frozenset[str]] = {
    "recording_look": frozenset({"beside", "board", "speaker", "screen"}),
}


@dataclass(frozen=True, slots=True)
class Policy:
    guests_allowed: bool = True
    """Teachers may let people without an account in through the lobby."""
    guardians_may_watch: bool = False
    """Guardians may watch recordings of their own child's lessons."""
    doors_open_minutes: int = 15
    """How long before its start a lesson lets people in."""
    retention_days: int = 180
    """Recordings, boards and registers are removed after so many days."""
    engagement_days: int = 30
    """Raw activity, from which engagement is reckoned, is removed after so many days."""
    week_begins: int = 0
    """The first day of a week, 1 Monday to 7 Sunday; 0 is the day after the weekend of the school's country."""
    late_minutes: int = 5
    """Whoever comes later than so many minutes after the beginning is late."""
    leave_minutes: int = 5
    """Whoever is gone more than so many minutes before the end left early."""
    absent_percent: int = 20
    """Whoever was inside for less of the lesson was absent."""
    silent_minutes: int = 10
    """A page that tells nothing for so many minutes, of somebody who does nothing either, is not counted as active."""
    unasked_are_recorded: bool = False
    """Students and guests about whom nobody has said anything may be in recordings. Only a school that has asked
    its families in another way says so: silence is no permission."""
    guardians_decide_recording: bool = True
    """Guardians decide on their own page whether their child may be in recordings."""
    recording_protection: str = "devices"
    """How whoever may not be in recordings is kept out: `devices` without camera and microphone, `layout` by
    recording those who hold the lesson and the board alone."""
    recording_look: str = "beside"
    """How videos are laid out: beside (speaker and board), board (large), speaker (alone), screen (a shared one large)."""
    names_in_recordings: bool = False
    """Names are written below the people in a video."""
    title_card: bool = False
    """A video begins with the lesson's title for three seconds."""
    streams_begin_by_themselves: bool = True
    """Where the bridges are full, lessons that still expect somebody begin a live stream without being asked."""
    safeguarding_contact: str = ""
    """Whom reports from a lesson reach; an e-mail address, or empty."""

    quiet_from_hour: int = 20
    """From this hour of the school's day no notes are sent to families."""
    quiet_until_hour: int = 7
    """Until this hour; the same as above means that there are no quiet hours."""
    notes_unasked: bool = False
    """Notes about attendance also go to those who have never asked for them."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def read_policy(stored: Mapping[str, Any]) -> Policy:
    known = {field.name: field.default for field in fields(Policy)}
    return Policy(**{name: stored[name] for name in known if _fits(name, stored.get(name), known[name])})


def _fits(name: str, value: object, default: object) -> bool:
    if type(value) is not type(default):
        return False
    if name in CHOICES:
        return value in CHOICES[name]
    low, high = BOUNDS.get(name, (0, 0))
    return low <= value <= high if isinstance(value, int) and name in BOUNDS else True


def first_day_of_week(policy: Policy, time_zone: str) -> int:
    """1 Monday to 7 Sunday. Monday where the school has not said and its zone is in no country."""
    return policy.week_begins or _day_after_weekend(time_zone)


@cache
def _day_after_weekend(time_zone: str) -> int:
    """Not what wall calendars of the country print first: in Nairobi that is Sunday, and no school begins then."""
    zone = get_global("zone_aliases").get(time_zone, time_zone)
    territory = get_global("zone_territories").get(zone)
    try:
        weekend_ends = Locale.parse(f"und_{territory}").weekend_end if territory else 6
    except UnknownLocaleError:
        return 1
    return (weekend_ends + 1) % 7 + 1
