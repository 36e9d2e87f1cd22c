"""A worker may die between any two steps of an import or an export: the next one ends it, each page once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Person
from classroom.models import Lesson
from tests.conftest import Cast
from tests.faults.test_housekeeping_crashes import die_at, points_of
from tests.processes import House, wait_until
from tests.tiers import sampled
from tests.whiteboard import papers
from tests.wire.conftest import is_quiet
from whiteboard import actions
from whiteboard.exporting import export_board
from whiteboard.importing import import_file
from whiteboard.models import Board, BoardExport, BoardFile, Edit, FileKind
from whiteboard.queries import load_state
from whiteboard.storage import storage

pytestmark = [pytest.mark.timeout(900), pytest.mark.fault, pytest.mark.django_db(transaction=True)]
IMPORT, EXPORT = (points_of(f"whiteboard/{module}.py") for module in ("importing", "exporting"))


@pytest.fixture(scope="module")
def house(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    database = str(connection.settings_dict["NAME"])
    house = House(database, tmp_path_factory.mktemp("house"), extra={"LEASE_SECONDS": "1"})
    yield house
    house.stop()


@pytest.fixture
def board(transactional_db: None, house: House, settings: Any, lesson: Lesson) -> Iterator[Board]:
    for name in ("RECORDINGS_DIR", "WORK_DIR", "STORAGE_DIR"):
        folder = Path(house.environment[name])
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        setattr(settings, name, folder)
    storage.cache_clear()
    yield actions.open_board(room=lesson.room, now=timezone.now())
    wait_until(is_quiet, 10, what="the end of what the workers still do")


def bring(board: Board, by: Person, folder: Path) -> BoardFile:
    upload = folder / "slides.pdf"
    upload.write_bytes(papers.deck(2))
    kind, now = FileKind.SLIDES, timezone.now()
    return actions.add_file(
        board=board, path=upload, title="Slides", kind=kind, media_type="application/pdf", by=by, now=now
    )


def ends(go_on: Callable[[Any], object], row: BoardFile | BoardExport) -> None:
    def is_done() -> bool:
        go_on(row.pk)
        row.refresh_from_db()
        return row.is_ready

    wait_until(is_done, 60, what="the next worker")


@pytest.mark.parametrize("point", sampled(IMPORT, every=5))
def test_slides_come_once_wherever_their_worker_dies(
    point: str, house: House, board: Board, cast: Cast, tmp_path: Path
) -> None:
    file = bring(board, cast.teacher, tmp_path)
    die_at(house, point, "whiteboard.import_file", file.pk)
    assert Edit.objects.filter(board=board, type="slides.added").count() <= 1
    ends(import_file, file)
    assert [page.title for page in load_state(board.pk).pages] == ["Page 1", "Slides 1", "Slides 2"]
    kept = [path for path in (storage()._objects).rglob("*") if path.is_file()]  # type: ignore[attr-defined]
    # Both pages hold the same picture, which is stored under one name.
    assert [path.suffix for path in kept] == [".webp"]
    assert not BoardFile.objects.get().has_upload


@pytest.mark.parametrize("point", sampled(EXPORT, every=3))
def test_a_copy_is_whole_wherever_its_worker_dies(point: str, house: House, board: Board, cast: Cast) -> None:
    export = actions.request_export(board=board, format="pdf", layer="*", by=cast.teacher, now=timezone.now())
    die_at(house, point, "whiteboard.export_board", export.pk)
    ends(export_board, export)
    assert b"".join(storage().read(export.key)).startswith(b"%PDF")
