"""Ink that is kept, as bytes: the same vectors as the browser's, nothing changed on the way, and what goes as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whiteboard.board import Edit
from whiteboard.deltas import NotReadable, Pack, decode
from whiteboard.packing import Item, join_packs, pack, pack_told, unpack

FOLDER = Path(__file__).resolve().parents[1] / "transcripts" / "ink"
VECTORS = [json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))]
tenths = st.integers(-40960, 81920).map(lambda whole: whole / 10)
uuids = st.sampled_from([str(UUID(int=n)) for n in range(1, 5)])
strokes = st.lists(st.tuples(tenths, tenths).map(list), min_size=1, max_size=30)


def read(frame: bytes) -> list[tuple[Item, bool]]:
    records = list(decode(frame, with_author=True))
    assert all(isinstance(record, Pack) for record in records)
    return [one for record in records if isinstance(record, Pack) for one in unpack(record.body)]


def stroke(**other: Any) -> Item:
    about = {
        "author": str(UUID(int=1)),
        "page": str(UUID(int=2)),
        "layer": "",
        "kind": "pen",
        "at": 1795000000123,
    }
    look = {"colour": "#374ea2", "width": 4, "points": [[1, 2], [3.5, 4]], "duration_ms": 600}
    return {"id": str(UUID(int=3)), "seq": 7, "order": 7, **about, **look, **other}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["name"])
def test_the_vectors_that_the_browser_replays_too(vector: dict[str, Any]) -> None:
    frame = bytes.fromhex(vector["hex"])
    if vector["way"] == "bad":
        with pytest.raises(NotReadable):
            read(frame)
        return
    assert read(frame) == [(item, vector["facts"]) for item in vector["items"]]
    packed = [one for item in vector["items"] if (one := pack(item)) is not None]
    assert b"".join(join_packs(packed, as_facts=vector["facts"])) == frame


@given(
    st.lists(
        st.builds(
            stroke,
            id=st.uuids().map(str),
            author=uuids,
            layer=st.one_of(st.just(""), uuids),
            kind=st.sampled_from(["pen", "highlighter"]),
            width=st.integers(16, 1024).map(lambda whole: whole / 16),
            seq=st.integers(1, 1 << 40),
            order=st.integers(-(1 << 20), 1 << 40),
            points=strokes,
        ),
        max_size=20,
    )
)
def test_nothing_is_different_after_the_way(items: list[Item]) -> None:
    packed = [pack(item) for item in items]
    assert None not in packed
    heard = [item for item, _ in read(b"".join(join_packs(one for one in packed if one)))]
    by_id = lambda item: str(item["id"])  # noqa: E731
    assert sorted(heard, key=by_id) == sorted(items, key=by_id)


@pytest.mark.parametrize(
    "other",
    [
        {"points": [[1.25, 2]]},
        {"points": [[1, 2, 0.123]]},
        {"points": [[1, 2], [1, 2, 0.5]]},
        {"width": 3.3},
        {"kind": "text", "text": "abc"},
        {"id": "not a uuid"},
        {"id": str(UUID(int=11)).upper()},
        {"direction": "auto"},
    ],
    ids=str,
)
def test_what_the_bytes_cannot_say_exactly_is_not_packed(other: dict[str, Any]) -> None:
    assert pack(stroke(**other)) is None


def told(edit: Edit) -> bytes:
    return msgspec.json.encode(edit.envelope())


def test_edits_keep_their_order_and_what_is_no_new_ink_stays_json() -> None:
    author, ids = str(UUID(int=1)), [str(uuid4()) for _ in range(3)]
    ink = {key: value for key, value in stroke().items() if key not in ("id", "author", "at", "seq", "order")}
    edits = [
        Edit(1, "item.added", ids[0], author, 5, ink),
        Edit(2, "item.erased", ids[1], author, 6, {"items": [ids[0]]}),
        Edit(3, "item.added", ids[2], author, 7, {**ink, "points": [[0.25, 1]]}),
    ]
    body = (
        b",".join(told(edit) for edit in edits)
        + b","
        + msgspec.json.encode({"type": "edit.hidden", "seq": 4, "data": {}})
    )
    first, *others = decode(pack_told(body), with_author=True)
    assert isinstance(first, Pack)
    assert unpack(first.body) == [(edits[0].envelope()["data"], True)]
    words = [json.loads(one) for one in others if isinstance(one, bytes)]
    assert words == [*(edit.envelope() for edit in edits[1:]), {"type": "edit.hidden", "seq": 4, "data": {}}]
