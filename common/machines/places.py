"""Which pools there are, and who runs them. Pure: read from one setting."""

from __future__ import annotations

import re
from dataclasses import dataclass

_AT = re.compile(r"(?P<name>[^@\s]{1,400})@(?P<region>[a-z0-9-]{2,40})")
_WORD = re.compile(
    r"(?P<kind>recorders|bridges)(?:@(?P<zone>[a-z0-9-]{1,40}))?=asg:(?P<group>[A-Za-z0-9._/-]{1,255})@(?P<region>[a-z0-9-]{2,40})"
)


@dataclass(frozen=True, slots=True)
class Place:
    """An auto-scaling group of a region; without a group, machines that were set up by hand."""

    kind: str
    zone: str = ""
    group: str = ""
    region: str = ""


def read_places(words: list[str]) -> list[Place]:
    """`recorders@zone=asg:group@region`; ValueError names what cannot be read. What no word names is set up by hand."""
    places = [_place(word) for word in words]
    if len({(one.kind, one.zone) for one in places}) < len(places):
        raise ValueError("the same pool twice")
    named = {one.kind for one in places}
    return [*places, *(Place(kind) for kind in ("recorders", "bridges") if kind not in named)]


def _place(word: str) -> Place:
    found = _WORD.fullmatch(word)
    if found is None:
        raise ValueError(f"{word!r} is not like recorders@eu=asg:name-of-the-group@eu-central-1")
    return Place(found["kind"], found["zone"] or "", found["group"], found["region"])


def read_spot(word: str) -> tuple[str, str] | None:
    """`name@region`, None where nothing is said; ValueError names what cannot be read."""
    if not word:
        return None
    found = _AT.fullmatch(word)
    if found is None:
        raise ValueError(f"{word!r} is not like name@eu-central-1")
    return found["name"], found["region"]
