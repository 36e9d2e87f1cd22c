"""Live ink as bytes: the same vectors as the browser's, what is refused, and what thinning keeps."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whiteboard.deltas import (
    KINDS,
    Begin,
    Delta,
    NotReadable,
    Pack,
    Record,
    decode,
    encode_begin,
    encode_points,
    encode_words,
    thin,
)
from whiteboard.simplify import simplify

FOLDER = Path(__file__).resolve().parents[1] / "transcripts" / "live"
VECTORS = [json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))]
points = st.lists(st.tuples(st.floats(-4096, 8192), st.floats(-4096, 8192)), min_size=1, max_size=40)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["name"])
def test_the_vectors_that_the_browser_replays_too(vector: dict[str, Any]) -> None:
    frame = bytes.fromhex(vector["hex"])
    if vector["way"] == "bad":
        with pytest.raises(NotReadable):
            list(decode(frame, with_author=True))
    else:
        records = list(decode(frame, with_author=vector["way"] == "down"))
        assert [spoken(one) for one in records] == vector["records"]
        assert b"".join(written(one) for one in records) == frame


def spoken(record: Record) -> dict[str, Any]:
    if isinstance(record, bytes):
        return {"words": record.decode()}
    assert not isinstance(record, Pack)
    if isinstance(record, Delta):
        return {"index": record.number, "points": [list(point) for point in record.points]}
    author = str(record.author) if record.author else ""
    said = {"index": record.index, "author": author, "stroke": str(record.stroke), "page": str(record.page)}
    look = {"kind": KINDS[record.kind], "colour": record.colour, "width": record.width}
    return {"begin": {**said, **look, "sent_at": record.sent_at}}


def written(record: Record) -> bytes:
    assert not isinstance(record, Pack)
    if isinstance(record, bytes):
        return encode_words(record)
    return encode_begin(record) if isinstance(record, Begin) else encode_points(record.number, record.points)


@given(points, st.integers(0, 2**40))
def test_points_come_back_within_half_a_sixteenth(drawn: list[tuple[float, float]], index: int) -> None:
    (record,) = decode(encode_points(index, drawn), with_author=False)
    assert isinstance(record, Delta)
    assert record.number == index
    for (x, y), (was_x, was_y) in zip(record.points, drawn, strict=True):
        assert abs(x - was_x) <= 1 / 32
        assert abs(y - was_y) <= 1 / 32


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(frame: bytes) -> None:
    with suppress(NotReadable):
        list(decode(frame, with_author=False))


@pytest.mark.parametrize("far", [(-4097, 0), (0, 8193), (1e9, 0)])
def test_a_point_far_from_the_board_is_refused(far: tuple[float, float]) -> None:
    with pytest.raises(NotReadable):
        list(decode(encode_points(1, [(0, 0), far]), with_author=False))


def test_what_only_a_server_says_is_refused_on_its_way_up() -> None:
    with pytest.raises(NotReadable):
        list(decode(encode_words(b'{"type":"page.turned"}'), with_author=False))


def test_thinning_joins_a_strokes_records_and_keeps_its_shape_and_its_end() -> None:
    circle = [(100 + 50 * math.cos(n / 10), 100 + 50 * math.sin(n / 10)) for n in range(60)]
    frame = b"".join(encode_points(7, circle[first : first + 3]) for first in range(0, 60, 3))
    (record,) = decode(thin(frame), with_author=True)
    assert isinstance(record, Delta)
    assert len(record.points) < 30
    assert record.points[-1] == pytest.approx(circle[-1], abs=0.1)
    assert all(min(math.dist(point, one) for one in circle) < 0.1 for point in record.points)
    assert len(thin(frame)) < len(frame) / 2


def test_thinning_keeps_beginnings_and_words() -> None:
    begin = Begin(7, UUID(int=1), UUID(int=2), 0, "#374ea2", 4.0, 0, UUID(int=3))
    frame = encode_begin(begin) + encode_words(b"{}") + encode_points(7, [(1, 2)])
    assert list(decode(thin(frame), with_author=True)) == list(decode(frame, with_author=True))


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), max_size=40))
def test_a_simplified_line_is_nowhere_far_from_the_first(line: list[tuple[float, float]]) -> None:
    kept = simplify(line, 1.0)
    assert kept[:1] == line[:1]
    assert kept[-1:] == line[-1:]
    spans = list(pairwise(kept)) or [(kept[0], kept[0])] if kept else []
    assert all(min(reach(point, *span) for span in spans) <= 1.0001 for point in line)


def reach(point: tuple[float, float], start: tuple[float, float], end: tuple[float, float]) -> float:
    """From a point to a stretch of line."""
    length = math.dist(start, end)
    if length < 1e-9:
        return math.dist(point, start)
    along = sum((p - s) * (e - s) for p, s, e in zip(point, start, end, strict=True)) / length
    share = min(1.0, max(0.0, along / length))
    nearest = tuple(s + (e - s) * share for s, e in zip(start, end, strict=True))
    return math.dist(point, nearest)
