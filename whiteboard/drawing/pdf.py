"""Marks as PDF: lines and shapes stay sharp at any size, slides and pictures are those that the board showed.

Text is drawn as Raqm shapes it, three times finer than the board, and lies beneath as invisible letters for
searching and reading aloud.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image, ImageColor

from whiteboard.board import HEIGHT, WIDTH, Item
from whiteboard.drawing.boxes import EVERYTHING, overlap
from whiteboard.drawing.letters import FONTS, USUAL
from whiteboard.drawing.marks import (
    HIGHLIGHT,
    Area,
    At,
    Line,
    Mark,
    Photo,
    Words,
    background_of,
    marks_of,
)
from whiteboard.drawing.raster import MISSING, Pictures, encode, mask_of

POINT = 0.75  # of a board unit: 720 x 540 points
FINE = 3


class PdfWriter:
    """A document that grows page by page; `save` once, at the end."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self._document: Any = pdfium.PdfDocument.new()
        self._font: Any = None

    def __enter__(self) -> PdfWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._font:
            raw.FPDFFont_Close(self._font)
        self._document.close()

    def add_page(
        self, items: Iterable[Item], background: dict[str, Any] | None, closed_ms: int | None = None
    ) -> None:
        """`items` from the lowest to the highest; what is later than `closed_ms` shines."""
        page = self._document.new_page(WIDTH * POINT, HEIGHT * POINT)
        marks: list[Mark] = [background_of(background)] if background else []
        for mark in [*marks, *(mark for item in items for mark in marks_of(item, closed_ms))]:
            self._draw(page, mark)
        raw.FPDFPage_GenerateContent(page)
        page.close()

    def save(self, path: Path) -> None:
        self._document.save(str(path))

    def _draw(self, page: Any, mark: Mark) -> None:
        match mark:
            case Line():
                self._line(page, mark)
            case Area():
                self._area(page, mark.points, ImageColor.getrgb(mark.colour)[:3])
            case Words():
                self._words(page, mark)
            case Photo():
                self._photo(page, mark)

    def _line(self, page: Any, line: Line) -> None:
        points = (
            line.points
            if len(line.points) > 1
            else (*line.points, (line.points[0][0] + 0.01, line.points[0][1]))
        )
        path = _path(points)
        red, green, blue = ImageColor.getrgb(line.colour)[:3]
        alpha = round(255 * HIGHLIGHT) if line.is_highlight else 255
        raw.FPDFPageObj_SetStrokeColor(path, red, green, blue, alpha)
        raw.FPDFPageObj_SetStrokeWidth(path, line.width * POINT)
        raw.FPDFPageObj_SetLineCap(path, raw.FPDF_LINECAP_ROUND)
        raw.FPDFPageObj_SetLineJoin(path, raw.FPDF_LINEJOIN_ROUND)
        if line.is_highlight:
            raw.FPDFPageObj_SetBlendMode(path, b"Multiply")
        if line.is_halo:
            raw.FPDFPageObj_SetBlendMode(path, b"Darken")
        raw.FPDFPath_SetDrawMode(path, raw.FPDF_FILLMODE_NONE, True)
        raw.FPDFPage_InsertObject(page, path)

    def _area(self, page: Any, points: Sequence[At], colour: Sequence[int]) -> None:
        path = _path(points)
        raw.FPDFPath_Close(path)
        raw.FPDFPageObj_SetFillColor(path, *colour, 255)
        raw.FPDFPath_SetDrawMode(path, raw.FPDF_FILLMODE_ALTERNATE, False)
        raw.FPDFPage_InsertObject(page, path)

    def _words(self, page: Any, words: Words) -> None:
        box = overlap(words.box, EVERYTHING)
        if box is None or not words.laid.text.strip():
            return
        letters = Image.new("RGBA", ((box[2] - box[0]) * FINE, (box[3] - box[1]) * FINE), words.colour)
        letters.putalpha(mask_of(words, box, FINE).reduce(2))
        image = pdfium.PdfImage.new(self._document)
        image.set_bitmap(pdfium.PdfBitmap.from_pil(letters))
        self._place(page, image, (box[0], box[1], box[2] - box[0], box[3] - box[1]))
        self._invisible(page, words)

    def _invisible(self, page: Any, words: Words) -> None:
        self._font = self._font or self._load_font()
        if not self._font:
            return
        text = raw.FPDFPageObj_CreateTextObj(self._document, self._font, words.size * POINT)
        wide = words.laid.text.encode("utf-16-le") + b"\0\0"
        buffer = ctypes.create_string_buffer(wide, len(wide))
        raw.FPDFText_SetText(text, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)))
        raw.FPDFTextObj_SetTextRenderMode(text, raw.FPDF_TEXTRENDERMODE_INVISIBLE)
        x, y = words.laid.left * POINT, (HEIGHT - words.laid.baseline) * POINT
        raw.FPDFPageObj_Transform(text, 1, 0, 0, 1, x, y)
        raw.FPDFPage_InsertObject(page, text)

    def _photo(self, page: Any, photo: Photo) -> None:
        found = self._pictures(photo.file, photo.page)
        x, y, wide, high = photo.place
        if found is None:
            corners = ((x, y), (x + wide, y), (x + wide, y + high), (x, y + high))
            self._area(page, corners, MISSING)
            return
        image = pdfium.PdfImage.new(self._document)
        if found.mode == "RGBA":
            image.set_bitmap(pdfium.PdfBitmap.from_pil(found))
        else:
            image.load_jpeg(io.BytesIO(encode(found)[0]), inline=True)
        self._place(page, image, photo.place)

    def _place(self, page: Any, image: Any, place: Sequence[float]) -> None:
        x, y, wide, high = (value * POINT for value in place)
        image.set_matrix(pdfium.PdfMatrix(wide, 0, 0, high, x, HEIGHT * POINT - y - high))
        page.insert_obj(image)

    def _load_font(self) -> Any:
        """None when there is no font: the letters are drawn all the same, only not found by searching."""
        try:
            content = (FONTS / USUAL).read_bytes()
        except OSError:
            return None
        buffer = (ctypes.c_uint8 * len(content)).from_buffer_copy(content)
        return raw.FPDFText_LoadFont(self._document, buffer, len(content), raw.FPDF_FONT_TRUETYPE, True)


def _path(points: Sequence[At]) -> Any:
    (x, y), *others = points
    path = raw.FPDFPageObj_CreateNewPath(x * POINT, (HEIGHT - y) * POINT)
    for x, y in others:
        raw.FPDFPath_LineTo(path, x * POINT, (HEIGHT - y) * POINT)
    return path
