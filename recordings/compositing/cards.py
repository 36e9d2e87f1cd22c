"""What stands still in the picture: the canvas with a card per person, names, a quiz's chart, the title."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageStat

from recordings.compositing.layouts import LOGO
from recordings.compositing.plan import HEIGHT, WIDTH, Box, Chart, Emblem, TitleCard
from whiteboard.drawing import letters

CANVAS = "#14181f"
CARD = "#222a35"
DISC = "#3d6fb4"
INK, FAINT, TRACK = "#ffffff", "#aeb9c7", "#2f3947"
STRIP = 26
MARGIN = 18
MOST_BARS = 8
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Place = tuple[Box, str]


def canvas(places: Sequence[Place]) -> Image.Image:
    """1280 x 720 RGB: what shows where nothing else does."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), CANVAS)
    draw = ImageDraw.Draw(picture)
    for box, _ in places:
        draw.rectangle((box.x + 1, box.y + 1, box.x + box.width - 2, box.y + box.height - 2), fill=CARD)
        _figure(draw, box)
    return picture


def _figure(draw: ImageDraw.ImageDraw, box: Box) -> None:
    """Somebody without a camera: a head and shoulders on a disc, and nothing that says who."""
    radius = min(38.0, box.height * 0.3)
    x, y = box.x + box.width / 2, box.y + (box.height - STRIP) / 2
    draw.circle((x, y), radius, fill=DISC)
    draw.circle((x, y - radius * 0.2), radius * 0.3, fill=INK)
    shoulders = (x - radius * 0.55, y + radius * 0.2, x + radius * 0.55, y + radius * 1.1)
    draw.pieslice(shoulders, 180, 360, fill=INK)


def strips(places: Sequence[Place], font: Path | None) -> Image.Image:
    """1280 x 720 RGBA, clear but for a dark strip with the name at the foot of every place."""
    picture = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    words = load_font(font, 15)
    for box, name in places:
        foot = box.y + box.height
        draw.rectangle((box.x, foot - STRIP, box.x + box.width - 1, foot - 1), fill=(0, 0, 0, 150))
        text = _fitting(draw, readable(name), words, box.width - 20)
        try:
            draw.text((box.x + 10, foot - STRIP / 2), text, fill=INK, font=words, anchor="lm")
        except (ValueError, OSError):
            continue  # a name that the font engine cannot lay out is left away; the picture matters more
    return picture


def chart(told: Chart, box: Box) -> Image.Image:
    """RGB in the size of the box: the question, and a bar for each answer with how many gave it."""
    picture = Image.new("RGB", (box.width, box.height), CARD)
    draw = ImageDraw.Draw(picture)
    width = box.width - 2 * MARGIN
    top = _write(draw, told.question, 20, (MARGIN, MARGIN), width, INK, most=5) + 14
    bars = told.bars[:MOST_BARS]
    most = max((count for _, count in bars), default=0)
    for label, count in bars:
        if top > box.height - 64:
            break
        number = draw.textlength(str(count), font=letters.load_font(letters.USUAL, 17))
        foot = _write(draw, label, 17, (MARGIN, top), width - number - 12, INK, most=2)
        _write(draw, str(count), 17, (MARGIN + width - number, top), number + 20, FAINT, most=1)
        draw.rounded_rectangle((MARGIN, foot + 4, MARGIN + width, foot + 16), 6, fill=TRACK)
        if count:
            end = MARGIN + max(12.0, width * count / most)
            draw.rounded_rectangle((MARGIN, foot + 4, end, foot + 16), 6, fill=DISC)
        top = foot + 30
    return picture


def corner(emblem: Emblem) -> Image.Image:
    """RGBA in the size of its box: the logo at the outer edge, on a plate on which it can be seen."""
    picture = Image.new("RGBA", (LOGO.width, LOGO.height), (0, 0, 0, 0))
    logo = _on_plate(emblem, (LOGO.width, LOGO.height))
    picture.alpha_composite(logo, (LOGO.width - logo.width, 0))
    return picture


def _on_plate(emblem: Emblem, most: tuple[int, int]) -> Image.Image:
    """One that lets the ground through lies on white, or on the dark of the canvas where it is light itself."""
    with Image.open(io.BytesIO(emblem.picture), formats=("PNG",)) as opened:
        logo = opened.convert("RGBA")
    alpha = logo.getchannel("A")
    pad = 8 if ImageStat.Stat(alpha).extrema[0][0] < 255 else 0
    logo.thumbnail((most[0] - 2 * pad, most[1] - 2 * pad), Image.Resampling.LANCZOS)
    plate = Image.new("RGBA", (logo.width + 2 * pad, logo.height + 2 * pad), (0, 0, 0, 0))
    if pad:
        ground = CANVAS if _is_light(logo) else INK
        ImageDraw.Draw(plate).rounded_rectangle((0, 0, plate.width - 1, plate.height - 1), 8, fill=ground)
    plate.alpha_composite(logo, (pad, pad))
    return plate


def _is_light(logo: Image.Image) -> bool:
    seen = logo.getchannel("A").point(lambda value: 255 if value > 96 else 0)
    return bool(seen.getbbox()) and ImageStat.Stat(logo.convert("L"), seen).mean[0] > 170


def title(card: TitleCard, emblem: Emblem | None = None) -> Image.Image:
    """1280 x 720 RGB."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), CANVAS)
    draw = ImageDraw.Draw(picture)
    side, width = 140, WIDTH - 280
    laid = letters.lay_out(card.title, 56, (side, 0), width)[:3]
    high = sum(line.height for line in laid) + 40 * len(card.lines)
    top = _write(draw, card.title, 56, (side, (HEIGHT - high) / 2), width, INK, most=3) + 20
    at_end = bool(laid) and laid[0].is_rtl
    begins = side + width - 96 if at_end else side
    draw.rectangle((begins, top - 10, begins + 96, top - 6), fill=DISC)
    for line in card.lines:
        top = _write(draw, line, 26, (side, top + 8), width, FAINT, most=2)
    if emblem:
        logo = _on_plate(emblem, (240, 110))
        picture.paste(logo, (side + width - logo.width if at_end else side, 60), logo)
    return picture


def _write(
    draw: ImageDraw.ImageDraw,
    text: str,
    size: int,
    at: tuple[float, float],
    width: float,
    colour: str,
    *,
    most: int,
) -> float:
    """Lines from there on, in any script; how far down they reach."""
    foot = at[1]
    for line in letters.lay_out(" ".join(text.split()), size, at, width)[:most]:
        for run in line.runs:
            font = letters.load_font(run.font, size)
            way = "rtl" if line.is_rtl else "ltr"
            try:
                place = (line.left + run.at, line.baseline)
                draw.text(place, run.text, fill=colour, font=font, anchor="ls", direction=way)
            except (ValueError, OSError, KeyError):
                continue
        foot = line.top + line.height
    return foot


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
