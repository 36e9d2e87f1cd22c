"""The tour fails for what it promised to show and did not see."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.tour.__main__ import broken_promises

SEEN: dict[str, Any] = {
    "joined": 5,
    "remote_video": True,
    "weekly_report_pages": {"en": 1, "ar": 1},
    "residency": {"verdict": "ok", "exit": 0},
    "pages_not_found": [],
    "page_faults": 0,
}


def test_what_was_seen_is_kept() -> None:
    assert broken_promises(SEEN) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("remote_video", False),
        ("weekly_report_pages", {"en": 1, "ar": 0}),
        ("residency", {"verdict": "faults", "exit": 1}),
        ("pages_not_found", ["head reports"]),
    ],
)
def test_what_was_not_seen_is_a_fault(name: str, value: object) -> None:
    assert broken_promises({**SEEN, name: value}) == [name]
