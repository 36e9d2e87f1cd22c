"""The board of a recording as its edits: small bytes that a page folds again, crisp at any size, on the lesson's clock.

In the one form that the board's own frames have (docs/wire.md, "Packed ink"): ink packed, all else as envelopes.
Their order is not theirs: whoever reads sorts by `seq`. Nobody's private layer is in it, nothing that came after the
lesson, and no author: a recording shows what was drawn, not who drew it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import brotli
import msgspec

from classroom.models import Lesson
from common.clock import to_ms
from recordings.models import Recording
from whiteboard.board import EVERYBODY, Edit, show
from whiteboard.deltas import encode_words
from whiteboard.packing import Packed, join_packs, pack
from whiteboard.queries import LEAVING, board_of, edits_after

NOBODY = str(UUID(int=0))
# Words that change nothing that is seen.
UNSEEN = frozenset({"rights.changed", "follow.changed", "answers.opened", "answers.closed", "edit.hidden"})
QUALITY = 7


def edits_of(recording: Recording) -> list[Edit]:
    lesson = recording.lesson
    board = board_of(lesson)
    edits = edits_after(board.pk, 0) if board else []
    # What staff wrote on the board afterwards is no part of the lesson.
    return [edit for edit in edits if lesson.ended_at is None or edit.at <= to_ms(lesson.ended_at)]


def has_board(lesson: Lesson) -> bool:
    """Whether anything was drawn or shown: an empty board beside a video only takes its room."""
    board = board_of(lesson)
    return board is not None and board.edits.filter(type__in=LEAVING).exists()


def board_log(edits: Iterable[Edit]) -> bytes:
    """All that everybody saw."""
    told = [_without_names(show(edit, EVERYBODY)) for edit in edits]
    seen = [one for one in told if one["type"] not in UNSEEN]
    packed: list[Packed] = []
    words: list[bytes] = []
    for one in seen:
        ink = pack(one["data"]) if one["type"] == "item.added" else None
        if ink is None:
            words.append(encode_words(msgspec.json.encode(one)))
        else:
            packed.append(ink)
    return b"".join([*words, *join_packs(packed, as_facts=True)])


def _without_names(told: dict[str, Any]) -> dict[str, Any]:
    return {"type": told["type"], "seq": told["seq"], "data": dict(_nameless(told["data"]))}


def _nameless(data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if key == "author":
            yield key, NOBODY
        elif key == "persons":
            yield key, []
        elif isinstance(value, list):
            yield key, [dict(_nameless(one)) if isinstance(one, dict) else one for one in value]
        else:
            yield key, value


def compressed(log: bytes) -> bytes:
    return bytes(brotli.compress(log, quality=QUALITY))


def pictures_in(edits: Iterable[Edit]) -> set[tuple[str, int]]:
    """File and page of every slide and image that everybody could see."""
    found: set[tuple[str, int]] = set()
    for edit in edits:
        _collect(show(edit, EVERYBODY)["data"], found)
    return found


def _collect(data: Any, found: set[tuple[str, int]]) -> None:
    if isinstance(data, dict):
        if isinstance(data.get("file"), str):
            page = data.get("page")  # of a slide; an image's is the board's page that it lies on
            found.add((data["file"], page if isinstance(page, int) else 1))
        for value in data.values():
            _collect(value, found)
    elif isinstance(data, list):
        for value in data:
            _collect(value, found)


def spans_of(recording: Recording) -> list[list[float]]:
    """Epoch seconds from when to when, one after another; of recordings from before they were kept, one stretch."""
    if recording.shown:
        return [[float(starts), float(ends)] for starts, ends in recording.shown]
    if recording.starts_at is None or not recording.duration_seconds:
        return []
    starts = recording.starts_at.timestamp()
    return [[starts, starts + recording.duration_seconds]]
