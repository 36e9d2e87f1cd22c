"""What the figures of attendance have to be, and whether they are: one line for each bar, and JSON as the last one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bar:
    figure: str
    most: float
    unit: str
    line: str

    def is_met(self, found: Mapping[str, float]) -> bool:
        return found[self.figure] <= self.most

    def as_json(self, found: Mapping[str, float]) -> dict[str, Any]:
        told = {"line": self.line, "unit": self.unit, "bar": self.most, "met": self.is_met(found)}
        return {"figure": self.figure, "value": round(found[self.figure], 3), **told}


BARS = (
    Bar("fold_seconds", 1.0, "s", "1,000 people x 60 minutes x 10 reconnects folded"),
    Bar("month_report_seconds", 10.0, "s", "monthly report of 2,000 people: counted, CSV and paper"),
    Bar("month_memory_mb", 300.0, "MB", "memory of the process that makes it"),
    Bar("heatmap_bytes_a_second", 5000.0, "B/s", "heatmap of 200 students, to each who watches"),
    Bar("heatmap_worst_update_seconds", 2.0, "s", "heatmap of 200 students: from an act to the teacher"),
    Bar("presence_error_seconds", 5.0, "s", "presence against the truth, everything delivered (+-)"),
    Bar(
        "presence_error_one_lost_seconds",
        30.0,
        "s",
        "presence against the truth, one stream of events lost (+-)",
    ),
    Bar("page_ms", 150.0, "ms", "page of a register of 200"),
)


def report(found: Mapping[str, float]) -> int:
    """0 if every bar is met."""
    for name, value in found.items():
        print(f"  {name:<34} {value:>12,.2f}")
    print(f"\n  {'how good':<62} {'found':>10} {'bar':>8}")
    for bar in BARS:
        word = "met" if bar.is_met(found) else "NOT MET"
        print(f"  {bar.line:<62} {found[bar.figure]:>10,.2f} {bar.most:>8,g} {bar.unit:<4} {word}")
    missed = [bar.figure for bar in BARS if not bar.is_met(found)]
    rounded = {name: round(value, 3) for name, value in found.items()}
    how_good = [bar.as_json(found) for bar in BARS]
    told = {"bench": "attendance", "ok": not missed, "missed": missed, "how_good": how_good, **rounded}
    print(json.dumps(told))
    return 1 if missed else 0
