"""Who may be drifting away: rules over one student's own weeks, each with what speaks for it and against it. Pure.

No training data, no comparison with the best; the class enters only to excuse: where everybody fell, nobody did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from statistics import mean
from typing import Any

# The last weeks against those before them.
RECENT_WEEKS, USUAL_WEEKS, FEWEST_USUAL = 2, 8, 2
FALL_POINTS = 20.0
# Who fell by less than this more than the class fell with it.
BEYOND_CLASS = 10.0
SLOWER_FACTOR = 1.5
FEWEST_EDITS = 5.0
LATE_SHARE, FEWEST_LATE = 0.5, 2


class Rule(StrEnum):
    ATTENDANCE = "attendance_falling"
    ANSWERS = "answers_slower"
    BOARD = "board_silent"
    LATE = "late_again"


@dataclass(frozen=True, slots=True)
class Week:
    """As `WeeklyLine` has it; `class_percent` is how much of the class came."""

    lessons: int
    present: int
    late: int = 0
    absent: int = 0
    excused: int = 0
    answer_ms: int | None = None
    answers: int = 0
    board_edits: int | None = None
    rough_links: int = 0
    class_percent: float | None = None

    @property
    def expected(self) -> int:
        return self.lessons - self.excused

    @property
    def percent(self) -> float | None:
        return 100 * self.present / self.expected if self.expected > 0 else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """`code` names a sentence, `numbers` what stands in it."""

    code: str
    numbers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sign:
    """One rule that speaks. `stands`: whether what is for it outweighs what is against it; what is everybody's
    never does."""

    rule: str
    speaks_for: tuple[Evidence, ...]
    speaks_against: tuple[Evidence, ...]
    is_everybodys: bool = False

    @property
    def stands(self) -> bool:
        return not self.is_everybodys and len(self.speaks_for) > len(self.speaks_against)

    def as_json(self) -> dict[str, Any]:
        told = asdict(self) | {"stands": self.stands}
        del told["is_everybodys"]
        return told


def find_signs(weeks: Sequence[Week]) -> list[Sign]:
    """`weeks` oldest first, those without a lesson left out."""
    held = [week for week in weeks if week.lessons]
    recent, usual = held[-RECENT_WEEKS:], held[-RECENT_WEEKS - USUAL_WEEKS : -RECENT_WEEKS]
    found = [_late(recent)]
    if len(recent) == RECENT_WEEKS and len(usual) >= FEWEST_USUAL:
        found += [_attendance(recent, usual), _answers(recent, usual), _board(recent, usual)]
    return [sign for sign in found if sign is not None]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if known else None


def _attendance(recent: Sequence[Week], usual: Sequence[Week]) -> Sign | None:
    now, before = (_mean([week.percent for week in weeks]) for weeks in (recent, usual))
    if now is None or before is None or before - now < FALL_POINTS:
        return None
    told = [Evidence("attendance_fell", {"before": round(before), "now": round(now)})]
    if all(week.percent is not None and week.percent < before for week in recent):
        told.append(Evidence("week_after_week", {"weeks": len(recent)}))
    fell = _class_fell(recent, usual)
    is_everybodys = any(_points(one) >= before - now - BEYOND_CLASS for one in fell)
    against = (*fell, *_excused(recent), *_few(recent))
    return Sign(Rule.ATTENDANCE, tuple(told), against, is_everybodys)


def _answers(recent: Sequence[Week], usual: Sequence[Week]) -> Sign | None:
    now, before = (_mean([week.answer_ms for week in weeks]) for weeks in (recent, usual))
    if not now or not before or now < before * SLOWER_FACTOR:
        return None
    told = (Evidence("answers_took", {"before": round(before / 1000, 1), "now": round(now / 1000, 1)}),)
    few = sum(week.answers for week in recent) < FEWEST_EDITS
    against = (*_rough(recent), *([Evidence("few_answers")] if few else []))
    return Sign(Rule.ANSWERS, told, against)


def _board(recent: Sequence[Week], usual: Sequence[Week]) -> Sign | None:
    drew = [week for week in recent if week.board_edits is not None and week.present]
    before = _mean([week.board_edits for week in usual])
    if len(drew) < RECENT_WEEKS or before is None or before < FEWEST_EDITS:
        return None
    if any(week.board_edits for week in drew):
        return None
    told = (Evidence("board_was", {"before": round(before)}),)
    return Sign(Rule.BOARD, told, _rough(recent))


def _late(recent: Sequence[Week]) -> Sign | None:
    late, present = sum(week.late for week in recent), sum(week.present for week in recent)
    if late < FEWEST_LATE or late < LATE_SHARE * present:
        return None
    told = (Evidence("came_late", {"times": late, "lessons": present}),)
    return Sign(Rule.LATE, told, _rough(recent))


def _class_fell(recent: Sequence[Week], usual: Sequence[Week]) -> tuple[Evidence, ...]:
    now, before = (_mean([week.class_percent for week in weeks]) for weeks in (recent, usual))
    if now is None or before is None or before - now < FALL_POINTS / 2:
        return ()
    return (Evidence("class_fell_too", {"before": round(before), "now": round(now)}),)


def _points(fell: Evidence) -> float:
    return fell.numbers["before"] - fell.numbers["now"]


def _excused(recent: Sequence[Week]) -> tuple[Evidence, ...]:
    times = sum(week.excused for week in recent)
    return (Evidence("was_excused", {"times": times}),) if times else ()


def _few(recent: Sequence[Week]) -> tuple[Evidence, ...]:
    lessons = sum(week.expected for week in recent)
    return (Evidence("few_lessons", {"lessons": lessons}),) if lessons < FEWEST_LATE + 1 else ()


def _rough(recent: Sequence[Week]) -> tuple[Evidence, ...]:
    times = sum(week.rough_links for week in recent)
    return (Evidence("rough_link", {"times": times}),) if times else ()
