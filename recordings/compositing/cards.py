"""What stands still in the picture: the canvas with a card per person, and the strips with their names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from recordings.compositing.plan import HEIGHT, WIDTH, Box

CANVAS = "#14181f"
CARD = "#222a35"
DISC = "#3d6fb4"
STRIP = 26
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Place = tuple[Box, str]


def canvas(places: Sequence[Place], font: Path | None) -> Image.Image:
    """1280 x 720 RGB: what shows where nothing else does."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), CANVAS)
    draw = ImageDraw.Draw(picture)
    for box, name in places:
        middle = (box.x + box.width / 2, box.y + (box.height - STRIP) / 2)
        draw.rectangle((box.x + 1, box.y + 1, box.x + box.width - 2, box.y + box.height - 2), fill=CARD)
        draw.circle(middle, 38, fill=DISC)
        _write(draw, middle, readable(name)[:1].upper(), load_font(font, 34), "mm")
    return picture


def strips(places: Sequence[Place], font: Path | None) -> Image.Image:
    """1280 x 720 RGBA, clear but for a dark strip with the name at the foot of every place."""
    picture = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    letters = load_font(font, 15)
    for box, name in places:
        foot = box.y + box.height
        draw.rectangle((box.x, foot - STRIP, box.x + box.width - 1, foot - 1), fill=(0, 0, 0, 150))
        text = _fitting(draw, readable(name), letters, box.width - 20)
        _write(draw, (box.x + 10, foot - STRIP / 2), text, letters, "lm")
    return picture


def load_font(font: Path | None, size: int) -> Font:
    """The given TrueType file; Pillow's own letters when there is none or it is broken."""
    try:
        return ImageFont.truetype(str(font), size) if font else ImageFont.load_default(size)
    except OSError:
        return ImageFont.load_default(size)


def readable(name: str) -> str:
    """One line of printable, encodable text: names are whatever somebody typed."""
    whole = name.encode("utf-8", "ignore").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in whole).split())[:80]


def _fitting(draw: ImageDraw.ImageDraw, text: str, font: Font, width: float) -> str:
    if _width(draw, text, font) <= width:
        return text
    while text and _width(draw, text + "…", font) > width:
        text = text[:-1]
    return text + "…"


def _width(draw: ImageDraw.ImageDraw, text: str, font: Font) -> float:
    try:
        return float(draw.textlength(text, font=font))
    except (ValueError, OSError):
        return 0.0


def _write(draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, font: Font, anchor: str) -> None:
    """A name that the font engine cannot lay out is left away; the picture matters more."""
    try:
        draw.text(at, text, fill="#ffffff", font=font, anchor=anchor)
    except (ValueError, OSError):
        return
