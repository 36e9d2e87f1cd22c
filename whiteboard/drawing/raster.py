"""Marks as pixels. Edges are smoothed by drawing masks at twice the size."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from PIL import Image, ImageChops, ImageColor, ImageDraw

from whiteboard.board import HEIGHT, WIDTH, Item
from whiteboard.drawing.boxes import EVERYTHING, Box, is_empty, overlap
from whiteboard.drawing.letters import load_font
from whiteboard.drawing.marks import (
    HIGHLIGHT,
    Area,
    At,
    Line,
    Mark,
    Photo,
    Words,
    background_of,
    box_of,
    marks_of,
)

PAPER = (255, 255, 255)
MISSING = (224, 224, 228)
SCALE = 2
# The picture of a page of a file of the board; None when it is not there.
Pictures = Callable[[str, int], Image.Image | None]


def no_pictures(file: str, page: int) -> Image.Image | None:
    return None


def draw_page(
    items: Iterable[Item],
    background: dict[str, Any] | None = None,
    pictures: Pictures = no_pictures,
    zoom: int = 1,
    closed_ms: int | None = None,
) -> Image.Image:
    """One page, RGB, 960 x 720 times `zoom`; `items` from the lowest to the highest, what is later than `closed_ms`
    with its light."""
    picture = new_page(background, pictures, zoom)
    for item in items:
        marks = marks_of(item, closed_ms)
        box = box_of(marks)
        ink(picture, marks, box, box, pictures, zoom)
    return picture


def new_page(background: dict[str, Any] | None, pictures: Pictures, zoom: int = 1) -> Image.Image:
    """Paper, or the slide on it."""
    picture = Image.new("RGB", (WIDTH * zoom, HEIGHT * zoom), PAPER)
    if background:
        _photo(picture, background_of(background), EVERYTHING, pictures, zoom)
    return picture


def ink(
    picture: Image.Image,
    marks: Sequence[Mark],
    own: Box,
    part: Box,
    pictures: Pictures = no_pictures,
    zoom: int = 1,
) -> None:
    """The `part` of an item whose box is `own`.

    The mask always begins at the item's own corner: Pillow rounds differently left of zero, and
    a part drawn from another corner would not match what it was cut from.
    """
    if is_empty(own):
        return
    for mark in marks:
        if isinstance(mark, Photo):
            _photo(picture, mark, part, pictures, zoom)
            continue
        seen = overlap(mark.box, own)
        shown = overlap(seen, part) if seen else None
        if seen is not None and shown is not None:
            paste(picture, mark, mask_of(mark, seen, zoom), seen, shown, zoom)


def new_mask(box: Box, zoom: int = 1) -> Image.Image:
    size = ((box[2] - box[0]) * SCALE * zoom, (box[3] - box[1]) * SCALE * zoom)
    return Image.new("L", size, 0)


def mask_of(mark: Line | Area | Words, box: Box, zoom: int) -> Image.Image:
    mask = new_mask(box, zoom)
    if isinstance(mark, Line):
        draw_line(mask, mark.points, mark.width, box, zoom)
    elif isinstance(mark, Area):
        ImageDraw.Draw(mask).polygon(_moved(mark.points, box, zoom), fill=255)
    else:
        _write(mask, mark, box, zoom)
    return mask


def paste(
    picture: Image.Image, mark: Line | Area | Words, mask: Image.Image, own: Box, part: Box, zoom: int = 1
) -> None:
    """`part` of a mark through its mask, whose corner is that of `own`."""
    cut = mask
    if part != own:
        by, (x, y) = SCALE * zoom, own[:2]
        cut = mask.crop(((part[0] - x) * by, (part[1] - y) * by, (part[2] - x) * by, (part[3] - y) * by))
    place = _zoomed(part, zoom)
    colour, fine = ImageColor.getrgb(mark.colour)[:3], cut.reduce(SCALE)
    if isinstance(mark, Line) and mark.is_highlight:
        below = picture.crop(place)
        darker = ImageChops.multiply(below, Image.new("RGB", below.size, colour))
        picture.paste(darker, place, fine.point(_FAINT))
    elif isinstance(mark, Line) and mark.is_halo:
        below = picture.crop(place)
        picture.paste(ImageChops.darker(below, Image.new("RGB", below.size, colour)), place, fine)
    else:
        picture.paste(colour, place, fine)


_FAINT = [round(value * HIGHLIGHT) for value in range(256)]


def draw_line(
    mask: Image.Image, points: Sequence[At], width: float, origin: Sequence[int], zoom: int = 1
) -> None:
    """A polyline with round joints and ends on a mask of twice the size."""
    draw = ImageDraw.Draw(mask)
    thick = max(1.0, width * SCALE * zoom)
    at = _moved(points, origin, zoom)
    if len(at) > 1:
        draw.line(at, fill=255, width=round(thick))
    for x, y in at if thick > 2 else at[:1]:
        draw.circle((x, y), (thick - 1) / 2, fill=255)


def _write(mask: Image.Image, mark: Words, box: Box, zoom: int) -> None:
    """What the font engine cannot lay out is left away; the rest of the page matters more."""
    draw, by, laid = ImageDraw.Draw(mask), SCALE * zoom, mark.laid
    foot = (laid.baseline - box[1]) * by
    for run in laid.runs:
        font = load_font(run.font, max(1, round(mark.size * by)))
        at = ((laid.left + run.at - box[0]) * by, foot)
        try:
            draw.text(
                at, run.text, fill=255, font=font, anchor="ls", direction="rtl" if laid.is_rtl else "ltr"
            )
        except (ValueError, OSError, KeyError):
            continue


def _photo(picture: Image.Image, photo: Photo, part: Box, pictures: Pictures, zoom: int) -> None:
    """A picture in its place; grey where it should be, when it is not there."""
    x, y, wide, high = photo.place
    whole = (round(x * zoom), round(y * zoom), round((x + wide) * zoom), round((y + high) * zoom))
    # Only what a page shows is made: an item may be far larger. What is painted anew is cut from the same picture.
    seen = None if is_empty(whole) else overlap(whole, _zoomed(EVERYTHING, zoom))
    shown = overlap(seen, _zoomed(part, zoom)) if seen else None
    if seen is None or shown is None:
        return
    found = pictures(photo.file, photo.page)
    if found is None:
        picture.paste(MISSING, shown)
        return
    fitted = _fitted(found, whole, seen)
    if shown != seen:
        left, top = seen[:2]
        fitted = fitted.crop((shown[0] - left, shown[1] - top, shown[2] - left, shown[3] - top))
    picture.paste(fitted.convert("RGB"), shown, fitted if fitted.mode == "RGBA" else None)


def _fitted(found: Image.Image, whole: Box, seen: Box) -> Image.Image:
    """The part of the picture that `seen` shows when all of it fills `whole`."""
    across, down = found.width / (whole[2] - whole[0]), found.height / (whole[3] - whole[1])
    source = (
        (seen[0] - whole[0]) * across,
        (seen[1] - whole[1]) * down,
        (seen[2] - whole[0]) * across,
        (seen[3] - whole[1]) * down,
    )
    size = (seen[2] - seen[0], seen[3] - seen[1])
    return found.resize(size, Image.Resampling.BILINEAR, box=source, reducing_gap=2.0)


def encode(picture: Image.Image) -> tuple[bytes, str]:
    """For documents that carry their pictures with them: bytes and media type, JPEG unless something shines through."""
    out = io.BytesIO()
    if picture.mode == "RGBA":
        picture.save(out, "PNG")
        return out.getvalue(), "image/png"
    picture.convert("RGB").save(out, "JPEG", quality=88)
    return out.getvalue(), "image/jpeg"


def _moved(points: Sequence[At], origin: Sequence[int], zoom: int) -> list[At]:
    by = SCALE * zoom
    return [((x - origin[0]) * by, (y - origin[1]) * by) for x, y in points]


def _zoomed(box: Box, zoom: int) -> Box:
    return box[0] * zoom, box[1] * zoom, box[2] * zoom, box[3] * zoom
