"""What a newcomer is told first: the board as those eyes see it, made once for all who come at about the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from typing import Any

import msgspec

from whiteboard.board import EVERYBODY, STAFF, BoardState, Item, Viewer
from whiteboard.packing import Packed, join_packs, pack

# So many edits may follow what was made for somebody else, before it is made anew.
RECENT_EDITS = 200
MESSAGE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class First:
    """After `seq` edits: `data` of `board.opened` but who is who, and messages of packed ink that go before it."""

    seq: int
    data: dict[str, Any]
    packs: tuple[bytes, ...]
    authors: Set[str]


class Newcomers:
    """`can_follow(seq)` says whether everything after that edit can still be told to somebody who knows it."""

    def __init__(self, can_follow: Callable[[int], bool]) -> None:
        self._can_follow = can_follow
        self._packed: dict[str, tuple[Item, Packed | None]] = {}
        self._made: dict[tuple[Viewer, bool], First] = {}
        self._layers: tuple[int, frozenset[str]] = (-1, frozenset())

    def find(self, state: BoardState, viewer: Viewer, *, is_packed: bool) -> First | None:
        """What was made lately for the same eyes."""
        made = self._made.get((self._eyes(state, viewer), is_packed))
        if made is None or state.seq == made.seq:
            return made
        is_recent = 0 < state.seq - made.seq <= RECENT_EDITS
        return made if is_recent and self._can_follow(made.seq) else None

    def make(self, state: BoardState, viewer: Viewer, *, is_packed: bool) -> First:
        eyes = self._eyes(state, viewer)
        snapshot = state.snapshot(eyes)
        items: list[Item] = snapshot["items"]
        authors = frozenset(str(item["author"]) for item in items)
        packs: tuple[bytes, ...] = ()
        if is_packed:
            known = [self._pack(item) for item in items]
            self._tidy(state)
            snapshot["items"] = [item for item, packed in zip(items, known, strict=True) if packed is None]
            packs = tuple(_bundle(join_packs(packed for packed in known if packed is not None)))
        data = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in snapshot.items()}
        made = First(state.seq, data, packs, authors)
        if eyes in (STAFF, EVERYBODY):  # one for each pupil with an answer of their own would fill the memory
            self._made[eyes, is_packed] = made
        return made

    def _eyes(self, state: BoardState, viewer: Viewer) -> Viewer:
        """Whose view this is: many see the same, and a private layer is in nobody's but its owner's and staff's."""
        if self._layers[0] != state.seq:
            layers = frozenset(str(state.items[one]["layer"]) for one in state.visible)
            self._layers = (state.seq, layers)
        return viewer if viewer is STAFF or viewer in self._layers[1] else EVERYBODY

    def _pack(self, item: Item) -> Packed | None:
        """Items are never changed in place, so what was packed of the same one still holds."""
        known = self._packed.get(item["id"])
        if known is None or known[0] is not item:
            known = self._packed[item["id"]] = (item, pack(item))
        return known[1]

    def _tidy(self, state: BoardState) -> None:
        if len(self._packed) > 2 * len(state.visible) + 1000:
            self._packed = {key: one for key, one in self._packed.items() if key in state.visible}


def _bundle(records: Iterator[bytes]) -> Iterator[bytes]:
    """Messages of a size that a browser reads while the next one is on its way."""
    bundle, size = [], 0
    for record in records:
        bundle.append(record)
        size += len(record)
        if size >= MESSAGE_BYTES:
            yield b"".join(bundle)
            bundle, size = [], 0
    if bundle:
        yield b"".join(bundle)
