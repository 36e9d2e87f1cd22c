"""The board of a recording: everything that everybody saw in the lesson, and nothing else of it."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from classroom.models import Lesson
from common.clock import to_ms
from recordings.board_log import NOBODY, board_log, edits_of, has_board, pictures_in, spans_of
from recordings.clock import Span, Timeline
from recordings.models import Recording
from tests.conftest import Cast
from tests.housekeeping.scenes import draw, hold_lesson
from whiteboard.board import EVERYBODY, BoardState, Edit, apply, show
from whiteboard.deltas import Pack, decode
from whiteboard.packing import unpack
from whiteboard.queries import board_of

TRANSCRIPT = Path(__file__).parents[1] / "transcripts" / "replay" / "a_board_at_any_second.json"
START = 1_700_000_000
# Two minutes, a gap of a minute, and one more.
SPANS = [[START, START + 120.0], [START + 180.0, START + 240.0]]
TEACHER, PUPIL = str(uuid.UUID(int=7)), str(uuid.UUID(int=8))
PAGES = [str(uuid.UUID(int=100 + number)) for number in range(2)]


def ref(number: int) -> str:
    return str(uuid.UUID(int=1000 + number))


class Log:
    def __init__(self) -> None:
        self.edits: list[Edit] = []

    def add(self, type_: str, at: float, data: dict[str, Any], author: str = TEACHER) -> str:
        seq = len(self.edits) + 1
        self.edits.append(Edit(seq, type_, ref(seq), author, round((START + at) * 1000), data))
        return ref(seq)

    def stroke(self, at: float, y: float, page: int = 0, layer: str = "", author: str = TEACHER) -> str:
        points = [[10.0 * x, y] for x in range(1, 30)]
        ink = {"kind": "pen", "colour": "#374ea2", "width": 4, "points": points, "duration_ms": 2000}
        return self.add("item.added", at, {**ink, "page": PAGES[page], "layer": layer}, author)


def make_log() -> list[Edit]:
    """Pages, strokes in and out of the gap, an undo, a private answer and its revelation, a slide."""
    log = Log()
    for number, page in enumerate(PAGES):
        background = {"file": ref(99), "page": 3, "width": 1600, "height": 1200} if number else None
        log.add(
            "page.added",
            -60,
            {"page": page, "title": f"P{number}", "position": number, "background": background},
        )
    first = log.stroke(10, 100)
    log.stroke(30, 200)
    log.add("item.erased", 50, {"items": [first]})
    log.add("edit.undone", 55, {"target": ref(5), "removed": [], "restored": [_item(log, first)]})
    log.add("answers.opened", 60, {})
    secret = log.stroke(70, 300, layer=PUPIL, author=PUPIL)
    log.add("page.turned", 100, {"page": PAGES[1]})
    log.stroke(150, 400, page=1)  # in the gap
    log.add("answers.revealed", 200, {"persons": [PUPIL], "items": [{**_item(log, secret), "layer": ""}]})
    text = {"kind": "text", "page": PAGES[1], "layer": "", "colour": "#000000", "size": 24, "text": "½ سلام"}
    log.add("item.added", 220, {**text, "box": [10, 10, 300, 40]})
    return log.edits


def _item(log: Log, item: str) -> dict[str, Any]:
    return dict(next(edit for edit in log.edits if edit.ref == item).envelope()["data"])


def seen_at(edits: list[Edit], seconds: float) -> dict[str, Any]:
    """What everybody saw then, by the reducer that the live board has."""
    timeline, state = Timeline([Span(*span) for span in SPANS]), BoardState()
    for edit in edits:
        if timeline.offset_of(edit.at / 1000) <= seconds:
            told = show(edit, EVERYBODY)
            if told["type"] != "edit.hidden":
                apply(state, Edit.of_envelope(told))
    return {
        "seconds": seconds,
        "page": state.current_page,
        "items": sorted(item["id"] for item in state.visible_items()),
    }


def test_a_browser_folds_the_same_board_at_every_second() -> None:
    """frontend/tests/replay.test.ts replays the same file, forwards and backwards."""
    edits = make_log()
    seen = [seen_at(edits, at) for at in (0, 9, 10, 31, 50, 55, 71, 100, 119, 120, 140, 160, 180)]
    made = {"spans": SPANS, "log": base64.b64encode(board_log(edits)).decode(), "seen": seen}
    assert json.loads(TRANSCRIPT.read_text()) == made
    assert [len(one["items"]) for one in seen] == [0, 0, 1, 2, 1, 2, 2, 2, 2, 3, 4, 5, 5]


def test_no_author_and_no_private_answer_is_in_it() -> None:
    log = board_log(make_log())
    for person in (TEACHER, PUPIL):
        assert person.encode() not in log and uuid.UUID(person).bytes not in log
    assert NOBODY.encode() in log
    before_revealing = board_log(make_log()[:10])
    assert uuid.UUID(ref(8)).bytes not in before_revealing and ref(8).encode() not in before_revealing


def test_slides_and_images_are_named_once() -> None:
    assert pictures_in(make_log()) == {(ref(99), 3)}


def test_the_bytes_of_ink_are_those_that_sockets_carry() -> None:

    packs = [record for record in decode(board_log(make_log()), with_author=True) if isinstance(record, Pack)]
    assert {item["seq"] for pack in packs for item, _ in unpack(pack.body)} == {3, 4, 10}


@pytest.mark.django_db
def test_what_staff_draw_after_the_lesson_is_not_in_it(cast: Cast) -> None:
    lesson = hold_lesson(cast, ended_at=timezone.now() - timedelta(hours=1))
    before = len(edits_of(Recording(lesson=lesson)))
    draw(lesson, cast.teacher, timezone.now())
    assert len(edits_of(Recording(lesson=lesson))) == before
    board = board_of(lesson)
    assert board is not None and board.edits.count() == before + 1
    assert lesson.ended_at and all(
        edit.at <= to_ms(lesson.ended_at) for edit in edits_of(Recording(lesson=lesson))
    )


@pytest.mark.django_db
def test_a_board_that_nobody_drew_on_takes_no_room(lesson: Lesson, board: object) -> None:
    assert has_board(lesson) is False


def test_a_recording_from_before_its_spans_were_kept_is_one_stretch() -> None:
    begun = timezone.now()
    old = Recording(starts_at=begun, duration_seconds=60.0)
    assert spans_of(old) == [[begun.timestamp(), begun.timestamp() + 60]]
    assert spans_of(Recording(shown=SPANS)) == SPANS
    assert spans_of(Recording()) == []
