"""Marks as SVG: one document a page, with its pictures inside. Every word of somebody else's is escaped."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from whiteboard.board import HEIGHT, WIDTH, Item
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
from whiteboard.drawing.raster import Pictures, encode

HEAD = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">\n'
PAPER = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n'
FAMILY = "DejaVu Sans, Noto Sans, Noto Sans Arabic, sans-serif"


def write_page(
    items: Iterable[Item],
    background: dict[str, Any] | None,
    pictures: Pictures,
    title: str,
    closed_ms: int | None = None,
) -> Iterator[str]:
    """One page, piece by piece, from the lowest item to the highest; what is later than `closed_ms` shines."""
    yield HEAD
    yield f"<title>{escape(_clean(title))}</title>\n"
    yield PAPER
    if background:
        yield _photo(background_of(background), "", pictures)
    for item in items:
        for mark in marks_of(item, closed_ms):
            yield _photo(mark, item.get("alt", ""), pictures) if isinstance(mark, Photo) else _draw(mark)
    yield "</svg>\n"


def _draw(mark: Mark) -> str:
    draw: Callable[[Any], str] = _KINDS[type(mark)]
    return draw(mark)


def _line(line: Line) -> str:
    # A dot is a line with no length, which only some draw: it needs a hair.
    points = (
        line.points if len(line.points) > 1 else (*line.points, (line.points[0][0] + 0.01, line.points[0][1]))
    )
    faint = f' opacity="{HIGHLIGHT}" style="mix-blend-mode:multiply"' if line.is_highlight else ""
    faint = ' style="mix-blend-mode:darken"' if line.is_halo else faint
    return (
        f'<polyline points="{_points(points)}" fill="none" stroke={quoteattr(line.colour)}'
        f' stroke-width="{_number(line.width)}" stroke-linecap="round" stroke-linejoin="round"{faint}/>\n'
    )


def _area(area: Area) -> str:
    return f'<polygon points="{_points(area.points)}" fill={quoteattr(area.colour)}/>\n'


def _words(words: Words) -> str:
    laid = words.laid
    x = laid.left + laid.width if laid.is_rtl else laid.left
    return (
        f'<text x="{_number(x)}" y="{_number(laid.baseline)}" font-family="{FAMILY}"'
        f' font-size="{_number(words.size)}" fill={quoteattr(words.colour)} xml:space="preserve"'
        f' direction="{"rtl" if laid.is_rtl else "ltr"}">{escape(_clean(laid.text))}</text>\n'
    )


def _photo(photo: Photo, alt: str, pictures: Pictures) -> str:
    x, y, wide, high = (_number(value) for value in photo.place)
    place = f'x="{x}" y="{y}" width="{wide}" height="{high}"'
    found = pictures(photo.file, photo.page)
    if found is None:
        return f'<rect {place} fill="#e0e0e4"/>\n'
    content, kind = encode(found)
    link = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    label = f' role="img" aria-label={quoteattr(_clean(alt))}' if alt else ""
    return f'<image {place} preserveAspectRatio="none"{label} href="{link}"/>\n'


def _points(points: Sequence[At]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _clean(text: str) -> str:
    """Without what no XML document may contain, escaped or not."""
    whole = text.encode("utf-8", "ignore").decode()
    return "".join(c for c in whole if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff\x7f"))


_KINDS: dict[type, Callable[[Any], str]] = {Line: _line, Area: _area, Words: _words}
