"""Going on where the last lesson of the course stopped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from classroom.models import Lesson
from common.clock import to_ms
from common.queue import enqueue_on_commit
from common.refusals import Refused
from whiteboard.actions.boards import apply_commands, open_board
from whiteboard.board import EVERYBODY, BoardState, Command
from whiteboard.models import Board, BoardFile, WorkState
from whiteboard.queries import continuation_ref, last_board, load_state


@transaction.atomic
def continue_board(*, lesson: Lesson, by: Person, now: datetime) -> Board:
    """This lesson's board with a copy of the pages of the last one: what everybody saw there, in the copier's name.

    Twice is once. Refused("nothing_to_continue") when no earlier lesson left anything, ("lesson_over"), ("board_full").
    """
    source = last_board(lesson)
    if source is None:
        raise Refused("nothing_to_continue")
    board = open_board(room=lesson.room, now=now)
    ref = continuation_ref(board.pk, source.pk)
    left = load_state(source.pk)
    files = _copy_files(source, board, left)
    command = Command("board.continue", str(ref), str(by.pk), _copy(left, ref, files))
    [outcome] = apply_commands(
        board_id=board.pk, state=load_state(board.pk), commands=[command], at=to_ms(now)
    )
    if outcome.code:
        raise Refused(outcome.code)
    if outcome.is_new:
        record_audit(
            "board.continued",
            institution=lesson.institution,
            by=by,
            target=f"board:{board.pk}",
            detail={"lesson": str(lesson.pk), "source": str(source.pk), "pages": len(left.pages)},
        )
        enqueue_on_commit("whiteboard.tell_board", board.pk)
    board.refresh_from_db()
    return board


def _copy(left: BoardState, ref: UUID, files: dict[str, str]) -> dict[str, Any]:
    """Answers that were never revealed stay where they are, and so does a picture whose file is gone."""
    pages = {page.id: str(uuid5(ref, page.id)) for page in left.pages}
    items = [
        {**item, "id": str(uuid5(ref, item["id"])), "page": pages[item["page"]], **_file_of(item, files)}
        for item in left.visible_items(viewer=EVERYBODY)
        if item.get("file") is None or item["file"] in files
    ]
    return {
        "pages": [
            {"id": pages[page.id], "title": page.title, "background": _behind(page.background, files)}
            for page in left.pages
        ],
        "current_page": pages[left.current_page],
        "items": items,
    }


def _file_of(item: dict[str, Any], files: dict[str, str]) -> dict[str, str]:
    return {"file": files[item["file"]]} if "file" in item else {}


def _behind(background: dict[str, Any] | None, files: dict[str, str]) -> dict[str, Any] | None:
    if background is None or background["file"] not in files:
        return None
    return {**background, "file": files[background["file"]]}


def _copy_files(source: Board, board: Board, left: BoardState) -> dict[str, str]:
    """Old file to new one: rows of this board's own for pictures that stay where they are in the store.

    Their names say what they hold and those of a finished file are never deleted, so two rows may share them.
    """
    copies = {}
    for file in BoardFile.objects.filter(board=source, state=WorkState.READY, pk__in=_used(left)):
        old, file.pk = file.pk, uuid5(board.pk, str(file.pk))
        file.board, file.has_upload, file.after_page = board, False, None
        if not BoardFile.objects.filter(pk=file.pk).exists():
            file.save(force_insert=True)
        copies[str(old)] = str(file.pk)
    return copies


def _used(left: BoardState) -> Iterable[str]:
    backgrounds = {page.background["file"] for page in left.pages if page.background}
    return backgrounds | {item["file"] for item in left.visible_items(viewer=EVERYBODY) if "file" in item}
