"""A whole board to take along: every page with its slide and what lies on it, as PDF, or a zip of PNG or SVG."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from PIL import Image

from common.crashpoints import crash_point
from common.refusals import Refused
from whiteboard.board import STAFF, BoardState, Item, Page, Viewer, is_later
from whiteboard.drawing.pdf import PdfWriter
from whiteboard.drawing.raster import Pictures, draw_page
from whiteboard.drawing.svg import write_page
from whiteboard.models import FINISHED, BoardExport, BoardFile, Format, WorkState
from whiteboard.models.exports import MEDIA_TYPES, STAFF_LAYER
from whiteboard.queries import load_state
from whiteboard.storage import folder_of, storage, work_folder
from whiteboard.work import Job, work

ZOOM = 2
KEPT = timedelta(days=1)
PICTURES_HELD = 8
Tell = Callable[[int], None]


def export_board(export_id: UUID | str) -> None:
    work(BoardExport, export_id, _export)


def _export(job: Job[BoardExport]) -> None:
    row = job.row
    state = load_state(row.board_id)
    suffix = "pdf" if row.format == Format.PDF else "zip"
    job.tell(seq=state.seq, percent=1, key=f"{folder_of(row.board)}/exports/{row.pk}.{suffix}")
    folder = work_folder(row.pk)
    try:
        path = folder / f"board.{suffix}"
        viewer: Viewer = STAFF if row.layer == STAFF_LAYER else row.layer
        copied = Copied(state, viewer, row.board.closed_ms, row.with_added, pictures_of(row.board_id))

        def tell(page: int) -> None:
            job.tell(percent=min(95, 1 + 94 * page // max(1, len(state.pages))))

        MAKERS[Format(row.format)](copied, path, tell)
        crash_point("whiteboard.export_made")
        storage().delete(row.key)  # of a worker that died; the same key twice with other bytes is refused
        kept = storage().put(row.key, path, content_type=MEDIA_TYPES[Format(row.format)])
        crash_point("whiteboard.export_stored")
        job.finish(WorkState.READY, size_bytes=kept.size, percent=100)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Copied:
    """The pages of a board as somebody sees them; what was added after the lesson shines, or is left out."""

    state: BoardState
    viewer: Viewer
    closed_ms: int | None
    with_added: bool
    pictures: Pictures

    @property
    def pages(self) -> list[Page]:
        return self.state.pages

    def items(self, page: Page) -> list[Item]:
        items = self.state.visible_items(page.id, self.viewer)
        return [item for item in items if self.with_added or not is_later(item, self.closed_ms)]


def write_pdf(copied: Copied, path: Path, tell: Tell) -> None:
    with PdfWriter(copied.pictures) as writer:
        for number, page in enumerate(copied.pages, start=1):
            writer.add_page(copied.items(page), page.background, copied.closed_ms)
            tell(number)
        writer.save(path)


def write_png(copied: Copied, path: Path, tell: Tell) -> None:
    def draw(page: Page) -> Iterator[bytes]:
        out = io.BytesIO()
        drawn = draw_page(copied.items(page), page.background, copied.pictures, ZOOM, copied.closed_ms)
        drawn.save(out, "PNG", compress_level=4)
        yield out.getvalue()

    _zip(copied.pages, draw, "png", path, tell)


def write_svg(copied: Copied, path: Path, tell: Tell) -> None:
    def draw(page: Page) -> Iterator[bytes]:
        pieces = write_page(
            copied.items(page), page.background, copied.pictures, page.title, copied.closed_ms
        )
        return (piece.encode() for piece in pieces)

    _zip(copied.pages, draw, "svg", path, tell)


def _zip(
    pages: Iterable[Page], draw: Callable[[Page], Iterator[bytes]], suffix: str, path: Path, tell: Tell
) -> None:
    packing = zipfile.ZIP_STORED if suffix == "png" else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w", packing) as archive:
        for number, page in enumerate(pages, start=1):
            with archive.open(f"{number:03d}.{suffix}", "w") as entry:
                for piece in draw(page):
                    entry.write(piece)
            tell(number)


MAKERS: dict[Format, Callable[[Copied, Path, Tell], None]] = {
    Format.PDF: write_pdf,
    Format.PNG: write_png,
    Format.SVG: write_svg,
}


def pictures_of(board_id: UUID | str) -> Pictures:
    """The pictures of this board's files and of no other's, the last few held in memory."""
    files: dict[str, BoardFile | None] = {}
    held: OrderedDict[tuple[str, int], Image.Image | None] = OrderedDict()

    def find(file: str, page: int) -> Image.Image | None:
        if (file, page) not in held:
            if file not in files:
                files[file] = BoardFile.objects.filter(
                    board_id=board_id, pk=file, state=WorkState.READY
                ).first()
            held[file, page] = _open(files[file], page)
            if len(held) > PICTURES_HELD:
                held.popitem(last=False)
        held.move_to_end((file, page))
        return held[file, page]

    return find


def _open(file: BoardFile | None, page: int) -> Image.Image | None:
    picture = file.picture(page) if file else None
    if file is None or picture is None:
        return None
    try:
        content = b"".join(storage().read(file.key_of(picture)))
        with Image.open(io.BytesIO(content), formats=("WEBP",)) as opened:
            return opened.convert("RGBA" if opened.mode == "RGBA" else "RGB")
    except (Refused, OSError):
        return None  # a page without its picture is better than no page


def drop_old_exports(*, now: datetime) -> int:
    """Copies that nobody fetched for a day, and those that came to nothing; they are made again in a moment."""
    old = BoardExport.objects.filter(state__in=FINISHED, finished_at__lte=now - KEPT)
    rows = list(old)
    for row in rows:
        if row.key:
            storage().delete(row.key)
        row.delete()
    return len(rows)
