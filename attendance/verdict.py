"""What a register says of somebody: from stays to one word, by the institution's rules. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from attendance.presence import Interval

PRESENT, LATE, LEFT_EARLY, ABSENT, EXCUSED = "present", "late", "left_early", "absent", "excused"


@dataclass(frozen=True, slots=True)
class Rules:
    """As `accounts.policy` has them."""

    late_minutes: int = 5
    leave_minutes: int = 5
    absent_percent: int = 20
    # None: registers of before there was this rule, and those whose pages' words were removed already.
    silent_minutes: int | None = 10

    @property
    def silent_after(self) -> float:
        """In seconds; see `attendance.activity`."""
        return math.inf if self.silent_minutes is None else 60.0 * self.silent_minutes

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Window:
    """The time that counts: from the planned beginning, or from when somebody of the staff was there if that was
    later, to the planned end, or to the end of the lesson if that was sooner."""

    starts_at: float
    ends_at: float

    @property
    def seconds(self) -> float:
        return max(0.0, self.ends_at - self.starts_at)


@dataclass(frozen=True, slots=True)
class Verdict:
    status: str
    seconds: float
    late_seconds: float
    early_seconds: float
    rejoins: int


def window_of(
    *, planned: Interval, opened_at: float | None, ended_at: float, staff: Iterable[Sequence[Interval]]
) -> Window:
    came = [stay.starts_at for stays in staff for stay in stays[:1]]
    first = min(came, default=opened_at if opened_at is not None else planned.starts_at)
    starts_at = max(planned.starts_at, first)
    ends_at = min(planned.ends_at, ended_at)
    # Held at quite another time than planned: then the time at which it was held counts.
    if ends_at <= starts_at:
        starts_at, ends_at = min(first, ended_at), ended_at
    return Window(starts_at, ends_at)


def judge(
    stays: Sequence[Interval], window: Window, rules: Rules, *, is_excused: bool = False, is_over: bool = True
) -> Verdict:
    """`stays` with their short gaps closed. Late counts before left early: both are in the seconds.

    While the lesson goes on nobody has left early, and nobody is absent who may still be late.
    """
    inside = [
        Interval(max(stay.starts_at, window.starts_at), min(stay.ends_at, window.ends_at))
        for stay in stays
        if stay.ends_at > window.starts_at and stay.starts_at < window.ends_at
    ]
    seconds = sum(stay.seconds for stay in inside)
    late = max(0.0, inside[0].starts_at - window.starts_at) if inside else 0.0
    early = max(0.0, window.ends_at - inside[-1].ends_at) if inside and is_over else 0.0
    status = _status(seconds, late, early, window, rules, is_over=is_over)
    if status == ABSENT and is_excused:
        status = EXCUSED
    return Verdict(status, seconds, late, early, max(0, len(stays) - 1))


def _status(seconds: float, late: float, early: float, window: Window, rules: Rules, *, is_over: bool) -> str:
    if seconds <= 0 or (is_over and seconds * 100 < window.seconds * rules.absent_percent):
        return ABSENT
    if late > rules.late_minutes * 60:
        return LATE
    return LEFT_EARLY if early > rules.leave_minutes * 60 else PRESENT
