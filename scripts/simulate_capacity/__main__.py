"""All policies through the same days, as a table, a drawing and a line of JSON."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.simulate_capacity.drawing import draw_day
from scripts.simulate_capacity.machines import Boot, Day, Outcome, ideal_hours
from scripts.simulate_capacity.policies import all_policies
from scripts.simulate_capacity.school import lessons_of

MOST_LATE, MOST_HOURS = 0.005, 1.3
OURS, DRAWN = "timetable", ("timetable", "reactive, tuned")


@dataclass(frozen=True, slots=True)
class Row:
    """Of a day, on average; `ratio` compares with who knows everything beforehand."""

    policy: str
    recordings: int
    late: float
    lost_minutes: float
    hours: float
    ratio: float


def simulate(
    *, days: int, boot: Boot, unplanned: float, no_show: float
) -> tuple[list[Row], dict[str, Outcome]]:
    """The rows, and the first day of each policy."""
    schools = [lessons_of(seed, no_show=no_show, unplanned=unplanned) for seed in range(days)]
    ideal = sum(ideal_hours(lessons, boot) for lessons in schools)
    outcomes: dict[str, list[Outcome]] = {}
    for seed, lessons in enumerate(schools):
        for policy in all_policies(unplanned=unplanned, show_up=1 - no_show, boot_minutes=boot.minutes):
            chance = random.Random(f"machines {seed}")  # noqa: S311  a simulation
            outcomes.setdefault(policy.name, []).append(Day(lessons, policy, boot, chance).run())
    rows = [_row(name, found, ideal) for name, found in outcomes.items()]
    return rows, {name: found[0] for name, found in outcomes.items()}


def _row(policy: str, outcomes: Sequence[Outcome], ideal: float) -> Row:
    recordings, days = sum(len(one.waits) for one in outcomes), len(outcomes)
    hours = sum(one.hours for one in outcomes)
    return Row(
        policy=policy,
        recordings=recordings,
        late=sum(one.late for one in outcomes) / recordings,
        lost_minutes=sum(one.lost_minutes for one in outcomes) / days,
        hours=hours / days,
        ratio=hours / ideal,
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="make simulate-capacity", description=__doc__)
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--boot-minutes", type=float, default=4.0)
    parser.add_argument("--unplanned", type=float, default=1.0, help="lessons an hour that nobody planned")
    parser.add_argument("--no-show", type=float, default=0.1)
    parser.add_argument("--plot", type=Path, default=Path("var/capacity/day.svg"))
    said = parser.parse_args()
    rows, firsts = simulate(
        days=said.days, boot=Boot(said.boot_minutes), unplanned=said.unplanned, no_show=said.no_show
    )
    _print(rows, said.days)
    said.plot.parent.mkdir(parents=True, exist_ok=True)
    said.plot.write_text(draw_day({name: firsts[name] for name in DRAWN}))
    print(f"The first day is drawn in {said.plot}")
    ours = next(row for row in rows if row.policy == OURS)
    is_met = ours.late < MOST_LATE and ours.ratio <= MOST_HOURS
    print(json.dumps(_told(rows, ours, said.days, is_met=is_met)))
    return 0 if is_met else 1


def _print(rows: Sequence[Row], days: int) -> None:
    print(
        f"A simulation of {days} school days with fixed seeds, {rows[0].recordings // days} recordings each.\n"
    )
    print(f"{'policy':<28}{'late > 60 s':>12}{'min lost/day':>14}{'recorder-h/day':>16}{'x ideal':>9}")
    for row in rows:
        late = f"{row.late:.2%}"
        print(f"{row.policy:<28}{late:>12}{row.lost_minutes:>14.1f}{row.hours:>16.0f}{row.ratio:>9.2f}")
    print()


def _told(rows: Sequence[Row], ours: Row, days: int, *, is_met: bool) -> dict[str, object]:
    return {
        "simulate_capacity": "ok" if is_met else "missed",
        "simulated": True,
        "days": days,
        "recordings": ours.recordings,
        "late_share": round(ours.late, 5),
        "ideal_ratio": round(ours.ratio, 3),
        "others": {row.policy: [round(row.late, 4), round(row.ratio, 2)] for row in rows if row is not ours},
    }


if __name__ == "__main__":
    raise SystemExit(main())
