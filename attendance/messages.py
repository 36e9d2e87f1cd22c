"""The heatmap socket's words (docs/wire.md); `make messages` turns the shapes into TypeScript."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from attendance.told import NUMBERED, PASSING
from common.sockets.wire import envelope
from common.sockets.words import Vocabulary


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


SHAPES: dict[str, type[msgspec.Struct]] = {"heatmap.ping": Nothing}
WORDS = Vocabulary(
    SHAPES,
    snapshots=frozenset({"heatmap.opened"}),
    numbered=NUMBERED,
    passing=PASSING,
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose eyes see; all who may see at all see the same."""

    person: str


def heatmap_opened(picture: dict[str, Any], *, epoch: str, seq: int, now: int) -> dict[str, Any]:
    return envelope("heatmap.opened", {**picture, "epoch": epoch, "server_at": now}, seq=seq)


def heatmap_changed(changes: dict[str, Any], *, seq: int) -> dict[str, Any]:
    return envelope("heatmap.changed", changes, seq=seq)
