"""What an institution decides for itself: every key of `Institution.policy`, its meaning and its default.

    policy = read_policy(institution.policy)
    policy.doors_open_minutes

Pure. A missing key or one of the wrong type counts as its default, so that an old row never breaks a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

# Whole numbers have bounds; the settings page and the API refuse what lies outside.
BOUNDS: dict[str, tuple[int, int]] = {
    "doors_open_minutes": (0, 120),
    "retention_days": (1, 3650),
    "engagement_days": (1, 365),
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
    safeguarding_contact: str = ""
    """Whom reports from a lesson reach; an e-mail address, or empty."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def read_policy(stored: Mapping[str, Any]) -> Policy:
    known = {field.name: field.default for field in fields(Policy)}
    return Policy(**{name: stored[name] for name in known if _fits(name, stored.get(name), known[name])})


def _fits(name: str, value: object, default: object) -> bool:
    if type(value) is not type(default):
        return False
    low, high = BOUNDS.get(name, (0, 0))
    return low <= value <= high if isinstance(value, int) and name in BOUNDS else True
