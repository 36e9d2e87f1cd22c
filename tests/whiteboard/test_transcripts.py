"""The shared histories (tests/transcripts), replayed here as frontend/tests/board.test.ts replays them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from whiteboard.board import BoardState, Edit, fold, type_of_fact

FILES = sorted((Path(__file__).parents[1] / "transcripts").glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_was_heard_leads_from_before_to_after(path: Path) -> None:
    transcript = read(path)
    state = BoardState.of_snapshot(transcript["before"], transcript["before"]["seq"])
    fold((Edit.of_envelope(told) for told in transcript["heard"]), state)
    assert state.snapshot() == transcript["after"]


def test_every_fact_stands_in_some_transcript() -> None:
    told = {envelope["type"] for path in FILES for envelope in read(path)["heard"]}
    assert told == {*type_of_fact.values(), "edit.hidden"}


def read(path: Path) -> dict[str, Any]:
    transcript: dict[str, Any] = json.loads(path.read_text())
    return transcript
