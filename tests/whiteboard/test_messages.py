"""Every word of the board's socket with what it must not say: refused as `bad_data` before anything is asked."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from common.refusals import Refused
from common.sockets.wire import read_data
from whiteboard.messages import SHAPES

PAGE, ONE = "00000000-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000001"
INK = {"page": PAGE, "colour": "#112233", "width": 4, "points": [[1, 2], [3, 4, 0.5]], "duration_ms": 5}
LINE = {"page": PAGE, "kind": "line", "colour": "#112233", "width": 4, "from": [0, 0], "to": [9, 9]}
SHAPE = {"page": PAGE, "colour": "#112233", "width": 4, "fill": None, "box": [0, 0, 9, 9]}
TEXT = {"page": PAGE, "kind": "text", "colour": "#112233", "size": 20, "box": [0, 0, 9, 9], "text": "آمنة"}
PICTURE = {"page": PAGE, "kind": "image", "file": ONE, "box": [0, 0, 9, 9], "alt": ""}
POINT = {"page": PAGE, "x": 1.5, "y": 2}
LIVE = {"stroke": ONE, "page": PAGE, "colour": "#112233", "width": 4, "points": [[1, 2]]}

GOOD: dict[str, list[dict[str, Any]]] = {
    "item.add": [
        {**INK, "kind": "pen"},
        {**INK, "kind": "highlighter"},
        *({**LINE, "kind": kind} for kind in ("line", "arrow")),
        *({**SHAPE, "kind": kind} for kind in ("rectangle", "ellipse")),
        TEXT,
        PICTURE,
    ],
    "item.change": [{"items": [{"id": ONE, "width": 5}]}],
    "item.erase": [{"items": [ONE]}],
    "item.divide": [{"items": [ONE], "parts": [{"source": ONE, "points": [[1, 2]]}]}],
    "page.add": [{"page": PAGE, "title": "Two"}],
    "page.duplicate": [{"page": PAGE, "source": ONE, "title": "Two"}],
    "page.move": [{"page": PAGE, "position": 0}],
    "page.rename": [{"page": PAGE, "title": "One"}],
    **{word: [{"page": PAGE}] for word in ("page.remove", "page.clear", "page.turn")},
    "rights.change": [{"draw": "named", "named": [ONE]}],
    "follow.change": [{"on": True}],
    **{word: [{}] for word in ("answers.open", "answers.close", "edit.undo", "edit.redo", "board.ping")},
    "answers.reveal": [{"persons": "all"}, {"persons": [ONE]}],
    "stroke.extend": [LIVE, {**LIVE, "kind": "highlighter", "sent_at": 1.0}],
    "pointer.move": [POINT],
    "laser.move": [POINT],
    "view.move": [{**POINT, "zoom": 2}],
}
OPTIONAL = {("rights.change", "named"), ("stroke.extend", "kind"), ("stroke.extend", "sent_at")}
FAR = [-4097, 8193, 1e308, -1e308]
BAD: dict[str, list[Any]] = {
    "colour": ["red", "#12345", "#1122GG", "#112233; }", "", None],
    "width": [0, 65, -1, 1e308, "4"],
    "size": [7, 201, "20"],
    "points": [[], [[0, 0]] * 2001, [[0]], [["a", 0]], [[None, 0]], *([[far, 0]] for far in FAR)],
    "from": [[0], [0, 0, 0], [1e308, 0], "0,0"],
    "to": [[0], [0, 0, 0], [0, -5000], None],
    "box": [[0, 0, 9], [0, 0, -1, 9], [0, 0, 9, 1e308], [0, 0, 9, 9, 9]],
    "fill": ["red", 5],
    "text": ["", "x" * 5001, 7, "a\x00b"],
    "alt": ["x" * 501, None, "\x00"],
    "duration_ms": [-1, 600_001, 1.5],
    "kind": ["explosion", "", 5],
    "title": ["", "x" * 121, None, "a\x00"],
    "position": [-1, 500, 1.5, "0"],
    "page": ["one", "", 5, None],
    "source": ["one", None],
    "file": ["../../etc/passwd", None],
    "stroke": ["one", None],
    "items": [[], ["one"], [ONE] * 1001, "all"],
    "parts": [[{"source": "x", "points": [[1, 2]]}], [{"source": ONE, "points": []}], None],
    "draw": ["everybody", "", None],
    "named": [["one"], [ONE] * 501, "all"],
    "persons": ["everybody", ["one"], None],
    "on": [1, "yes", None],
    "x": [*FAR, "1", None],
    "y": [*FAR, [1]],
    "zoom": [0, -1, 21, 1e308, None],
    "sent_at": ["now"],
}


def spoilt(word: str, good: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One thing wrong at a time."""
    yield {**good, "surprise": 1}
    yield {**good, "author": str(uuid.uuid4())}
    for name in good:
        yield {**good, name: {}}
        yield from ({**good, name: value} for value in BAD[name])
        if (word, name) not in OPTIONAL:
            yield {key: value for key, value in good.items() if key != name}


def read(word: str, data: Any) -> Any:
    return read_data(msgspec.Raw(json.dumps(data).encode()), SHAPES[word])


def test_no_word_is_missing_here() -> None:
    assert GOOD.keys() == SHAPES.keys()


@pytest.mark.parametrize("word", sorted(SHAPES))
def test_what_is_right_is_read_and_what_is_wrong_is_refused(word: str) -> None:
    for good in GOOD[word]:
        read(word, good)
        for bad in [*spoilt(word, good), [], "text", 5, [good]]:
            with pytest.raises(Refused) as refused:
                read(word, bad)
                pytest.fail(f"{word} took {str(bad)[:300]}")
            assert refused.value.code == "bad_data", bad


@pytest.mark.parametrize("word", ["item.add", "stroke.extend", "pointer.move", "view.move"])
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused(word: str, number: str) -> None:
    text = json.dumps(GOOD[word][0]).replace("1", number, 1)
    assert number in text
    with pytest.raises(Refused):
        read_data(msgspec.Raw(text.encode()), SHAPES[word])


def test_a_pressure_lies_between_0_and_1() -> None:
    for points in ([[0, 0, 2]], [[0, 0, -0.1]], [[0, 0, 1, 1]]):
        for word, data in (
            ("item.add", {**GOOD["item.add"][0], "points": points}),
            ("item.change", {"items": [{"id": ONE, "points": points}]}),
            ("item.divide", {"items": [ONE], "parts": [{"source": ONE, "points": points}]}),
        ):
            with pytest.raises(Refused):
                read(word, data)
