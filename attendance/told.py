"""What is told on the heatmap socket, word by word (docs/wire.md)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec import UNSET, UnsetType

from common.sockets.told import NothingTold, Told

Need = tuple[str, int]  # code, since


class RowTold(Told):
    person: UUID
    name: str
    cells: str
    now: str
    needs: list[Need]


class HeatmapOpenedTold(Told):
    starts_at: int
    rows: list[RowTold]
    epoch: str
    server_at: int


class HeatmapChangedTold(Told):
    """`starts_at` and `rows`, or what of them is different."""

    starts_at: int | UnsetType = UNSET
    rows: list[RowTold] | UnsetType = UNSET
    cells: dict[str, dict[str, list[int]]] | UnsetType = UNSET
    now: dict[str, list[int]] | UnsetType = UNSET
    needs: dict[str, list[Need]] | UnsetType = UNSET


NUMBERED: dict[str, Any] = {
    "heatmap.opened": HeatmapOpenedTold,
    "heatmap.changed": HeatmapChangedTold,
}
PASSING: dict[str, Any] = {"heatmap.ponged": NothingTold}
