"""What one run saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from recordings import actions
from recordings.models import FindingKind

LISTED_A_RUN = 1000
# Younger ones may be somebody's who has not written their row yet.
SETTLED = timedelta(hours=24)


@dataclass(slots=True)
class Report:
    """What one run saw. `found`: (kind, about) → detail; the others as `keep_findings` reads them."""

    now: datetime
    cursor: dict[str, Any]
    found: dict[actions.Thing, dict[str, Any]] = field(default_factory=dict)
    mended: list[actions.Thing] = field(default_factory=list)
    complete: set[str] = field(default_factory=set)
    examined: set[actions.Thing] = field(default_factory=set)

    def find(self, kind: FindingKind, about: str, **detail: Any) -> None:
        self.found[(kind, about[:300])] = detail

    def mend(self, kind: FindingKind, about: str, **detail: Any) -> None:
        """Found, and put right already."""
        self.find(kind, about, **detail)
        self.mended.append((kind, about[:300]))

    def look_all(self, *kinds: FindingKind) -> None:
        self.complete.update(kinds)
