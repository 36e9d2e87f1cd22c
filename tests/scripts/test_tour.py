"""The tour fails for what it promised to show and did not see, and says what took longer than promised."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.tour.__main__ import broken_promises, slow_figures

SEEN: dict[str, Any] = {
    "joined": 5,
    "remote_video": True,
    "weekly_report_pages": {"en": 1, "ar": 1},
    "residency": {"verdict": "ok", "exit": 0},
    "pages_not_found": [],
    "page_faults": 0,
    "chapters": 3,
    "recorded_seconds": 30.2,
    "lesson_seconds": 31.0,
    "pair_stroke_p95_ms": 38.1,
    "stroke_p95_ms": 49.9,
    "ready_seconds": 30.0,
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
        ("chapters", 2),
        ("recorded_seconds", 29.9),
        ("recorded_seconds", 32.1),
        ("recorded_seconds", float("nan")),
    ],
)
def test_what_was_not_seen_is_a_fault(name: str, value: object) -> None:
    assert broken_promises({**SEEN, name: value}) == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pair_stroke_p95_ms", 50.1),
        ("stroke_p95_ms", 63.0),
        ("stroke_p95_ms", float("nan")),
        ("ready_seconds", 44.1),
    ],
)
def test_what_took_longer_than_promised_is_said_and_is_no_fault(name: str, value: float) -> None:
    slow = {**SEEN, name: value}
    assert broken_promises(slow) == slow_figures(SEEN) == []
    [sentence] = slow_figures(slow)
    assert sentence.startswith(f"{name} is {value}, promised are ")
