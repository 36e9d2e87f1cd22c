"""Who may draw at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Rights:
    """`draw` is `nobody`, `named` or `all`; while answers are `isolated` each student draws, for staff to see."""

    draw: str = "nobody"
    named: tuple[str, ...] = ()
    isolated: bool = False

    def may_draw(self, standing: str, person: str) -> bool:
        if standing != "student":
            return standing == "staff"
        return self.isolated or self.draw == "all" or (self.draw == "named" and person in self.named)

    def after(self, type_: str, data: dict[str, Any]) -> Rights:
        """These rights once that fact is heard; most facts leave them as they are."""
        match type_:
            case "rights.changed":
                return Rights(data["draw"], tuple(data["named"]), self.isolated)
            case "answers.opened" | "answers.closed":
                return Rights(self.draw, self.named, type_ == "answers.opened")
        return self

    def as_dict(self) -> dict[str, Any]:
        return {"draw": self.draw, "named": list(self.named), "isolated": self.isolated}
