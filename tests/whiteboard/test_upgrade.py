"""Boards drawn before strokes became items, row by row as they were kept, are the same boards afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command

from tests.conftest import Cast
from whiteboard.models import Board, Edit
from whiteboard.queries import load_state

pytestmark = pytest.mark.django_db(transaction=True)

PAGE, SECOND = (str(uuid.UUID(int=number)) for number in (1, 2))
ONE, TWO, THREE = (str(uuid.UUID(int=number)) for number in (11, 12, 13))


def pen(page: str, colour: str) -> dict[str, Any]:
    return {"page": page, "colour": colour, "width": 4, "points": [[1, 2], [3.5, 4]], "duration_ms": 120}


def told(ref: str, seq: int, author: str, data: dict[str, Any]) -> dict[str, Any]:
    """A stroke as an undo carried it."""
    return {"id": ref, "seq": seq, "author": author, "at": 1000 + seq, **data}


def old_rows(teacher: str, amina: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    blue, red, green = pen(PAGE, "#0000ff"), pen(PAGE, "#ff0000"), pen(SECOND, "#00ff00")
    return [
        (PAGE, "page.added", teacher, {"page": PAGE, "title": "Page 1", "position": 0}),
        (SECOND, "page.added", teacher, {"page": SECOND, "title": "Page 2", "position": 1}),
        (new(3), "rights.changed", teacher, {"draw": "all"}),
        (ONE, "stroke.added", teacher, blue),
        (TWO, "stroke.added", amina, red),
        (THREE, "stroke.added", amina, green),
        (new(7), "stroke.erased", teacher, {"strokes": [ONE, TWO]}),
        (
            new(8),
            "edit.undone",
            teacher,
            {
                "target": new(7),
                "removed": [],
                "restored": [told(ONE, 4, teacher, blue), told(TWO, 5, amina, red)],
            },
        ),
        (new(9), "edit.undone", amina, {"target": THREE, "removed": [THREE], "restored": []}),
        (
            new(10),
            "edit.redone",
            amina,
            {"target": THREE, "removed": [], "restored": [told(THREE, 6, amina, green)]},
        ),
        (new(11), "page.turned", teacher, {"page": SECOND}),
    ]


def new(seq: int) -> str:
    return str(uuid.UUID(int=1000 + seq))


@pytest.fixture
def old(cast: Cast, board: Board) -> Iterator[Board]:
    """The tables as they were, whatever happens in between."""
    Edit.objects.filter(board=board).delete()
    call_command("migrate", "whiteboard", "0002_tenancy", verbosity=0)
    yield board
    call_command("migrate", verbosity=0)


@pytest.mark.deep
def test_old_rows_fold_into_the_board_that_was_seen(cast: Cast, old: Board) -> None:
    teacher, amina = str(cast.teacher.pk), str(cast.amina.pk)
    rows = old_rows(teacher, amina)
    Edit.objects.bulk_create(
        Edit(board=old, seq=seq, ref=ref, type=type_, author_id=author, at=1000 + seq, data=data)
        for seq, (ref, type_, author, data) in enumerate(rows, start=1)
    )
    Board.objects.filter(pk=old.pk).update(seq=len(rows))
    call_command("migrate", verbosity=0)
    state = load_state(old.pk)
    shown = state.snapshot()
    assert [(page["id"], page["title"], page["background"]) for page in shown["pages"]] == [
        (PAGE, "Page 1", None),
        (SECOND, "Page 2", None),
    ]
    assert (shown["current_page"], shown["draw"], shown["named"]) == (SECOND, "all", [])
    assert [
        (item["id"], item["kind"], item["layer"], item["order"], item["author"], item["colour"])
        for item in shown["items"]
    ] == [
        (ONE, "pen", "", 4, teacher, "#0000ff"),
        (TWO, "pen", "", 5, amina, "#ff0000"),
        (THREE, "pen", "", 6, amina, "#00ff00"),
    ]
    assert state.done[amina] == [TWO, THREE], "what was theirs to take back still is"


@pytest.mark.deep
def test_there_and_back_again_leaves_old_rows_as_they_were(cast: Cast, old: Board) -> None:
    rows = old_rows(str(cast.teacher.pk), str(cast.amina.pk))
    Edit.objects.bulk_create(
        Edit(board=old, seq=seq, ref=ref, type=type_, author_id=author, at=1000 + seq, data=data)
        for seq, (ref, type_, author, data) in enumerate(rows, start=1)
    )
    call_command("migrate", "whiteboard", "0003_items", verbosity=0)
    assert not Edit.objects.filter(board=old, type__startswith="stroke.").exists()
    call_command("migrate", "whiteboard", "0002_tenancy", verbosity=0)
    kept = Edit.objects.filter(board=old).values_list("ref", "type", "author_id", "data")
    assert [(str(ref), type_, str(author), data) for ref, type_, author, data in kept] == rows
