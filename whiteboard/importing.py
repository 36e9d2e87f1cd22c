"""An upload becomes pictures, and slides become pages of the board: in that order, each exactly once.

Every step may be repeated: an object is named after what it holds, its name is written down before it is stored,
and the pages come in one edit whose ref is the file's own id, in the transaction that ends the job.
"""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common.clock import to_ms
from common.crashpoints import crash_point
from common.refusals import Refused
from common.storage.contract import sha256_of
from whiteboard.actions import apply_commands
from whiteboard.board import BoardState, Command
from whiteboard.conversion import Limits, Made, convert
from whiteboard.live import nudge
from whiteboard.models import BoardFile, FileKind, WorkState
from whiteboard.models.files import Picture
from whiteboard.storage import fetch, storage, work_folder
from whiteboard.work import Job, work

Pictures = list[tuple[str, int, int]]


def import_file(file_id: uuid.UUID | str) -> None:
    work(BoardFile, file_id, _import)
    tidy_file(file_id)


def _import(job: Job[BoardFile]) -> None:
    folder = work_folder(job.row.pk)
    try:
        upload = folder / "upload"
        _fetch(job, upload)
        crash_point("whiteboard.upload_fetched")
        pictures = _pictures(job, upload, folder)
        crash_point("whiteboard.pictures_stored")
        _publish(job, pictures)
        crash_point("whiteboard.pages_added")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fetch(job: Job[BoardFile], upload: Path) -> None:
    try:
        fetch(job.row.upload_key, upload)
    except Refused as refusal:  # whoever took it in died before the store had it
        raise Refused("upload_lost") from refusal


def _pictures(job: Job[BoardFile], upload: Path, folder: Path) -> Pictures:
    limits = Limits(
        pages=settings.SLIDES_MAX_PAGES,
        pixels=settings.IMAGE_MAX_MEGAPIXELS * 1_000_000,
        page_seconds=settings.SLIDES_PAGE_SECONDS,
    )
    found: Pictures = []
    for made in convert(job.row.kind, upload, folder, limits, job.tell):
        found.append(_describe(made))
        # An earlier try may have stored other pages than this one; what is stored is always written down.
        known = [*found, *(list(map(tuple, job.row.pictures[len(found) :])))]
        job.tell(pictures=known, pages=made.pages, percent=min(99, 100 * made.number // made.pages))
        _store(job.row, made, Picture(*found[-1]))
        crash_point("whiteboard.page_stored")
    return found


def _describe(made: Made) -> tuple[str, int, int]:
    return sha256_of(made.path)[:32], made.width, made.height


def _store(file: BoardFile, made: Made, picture: Picture) -> None:
    storage().put(file.key_of(picture), made.path, content_type="image/webp")
    made.path.unlink()


@transaction.atomic
def _publish(job: Job[BoardFile], pictures: Pictures) -> None:
    """The job's end and its pages are one transaction: neither is ever there without the other."""
    file = job.row
    job.finish(WorkState.READY, pictures=pictures, pages=len(pictures), percent=100)
    if file.kind == FileKind.SLIDES:
        _add_pages(file, pictures)
        transaction.on_commit(lambda: nudge(str(file.board_id)), robust=True)


def _add_pages(file: BoardFile, pictures: Pictures) -> None:
    pages = [_page(file, number, picture) for number, picture in enumerate(pictures, start=1)]
    for after in (file.after_page, None):  # the page that they were to follow may be gone
        data = {"pages": pages, "after": str(after) if after else None}
        command = Command("slides.add", str(file.pk), str(file.uploaded_by_id), data)
        [outcome] = apply_commands(
            board_id=file.board_id,
            state=BoardState(),
            commands=[command],
            at=to_ms(timezone.now()),
            even_when_over=True,
        )
        if outcome.code != "not_found":
            break
    if outcome.code:
        raise Refused(outcome.code)


def _page(file: BoardFile, number: int, picture: tuple[str, int, int]) -> dict[str, object]:
    page_id = str(uuid.uuid5(file.pk, str(number)))
    background = {"file": str(file.pk), "page": number, "width": picture[1], "height": picture[2]}
    return {"id": page_id, "title": f"{file.title} {number}", "background": background}


def tidy_file(file_id: uuid.UUID | str) -> None:
    """Once it is decided what became of a file: its upload goes, and pictures that nobody will see."""
    file = BoardFile.objects.get(pk=file_id)
    if file.state in {WorkState.WAITING, WorkState.WORKING} or not file.has_upload:
        return
    shutil.rmtree(settings.WORK_DIR / f"board-{file.pk}", ignore_errors=True)  # of a worker that died
    storage().delete(file.upload_key)
    crash_point("whiteboard.upload_deleted")
    if not file.is_ready:
        for picture in file.pictures:
            storage().delete(file.key_of(Picture(*picture)))
    kept: dict[str, object] = {} if file.is_ready else {"pictures": []}
    BoardFile.objects.filter(pk=file.pk, state=file.state).update(has_upload=False, **kept)
