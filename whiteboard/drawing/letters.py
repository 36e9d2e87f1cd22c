"""Text of any script, laid out in lines. Pillow's Raqm shapes and orders the letters; we choose fonts and lines.

The fonts come with the front end (frontend/esbuild.config.mjs). Chinese, Japanese and Korean are too large to
bring along: they are found where Debian's `fonts-noto-cjk` puts them, and are boxes without it.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from PIL import ImageFont

FONTS = Path(__file__).resolve().parents[2] / "frontend" / "dist" / "fonts"
CJK = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
USUAL = "DejaVuSans.ttf"
LINE_HEIGHT, BASELINE = 1.25, 0.98  # in sizes; the baseline from the top of its line
MOST_LINES = 400
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

# First and last code point of a block, and the file that has it; everything else is in the usual font.
_BLOCKS = (
    (0x0900, 0x097F, "noto-sans-devanagari.woff"),
    (0x0980, 0x09FF, "noto-sans-bengali.woff"),
    (0x0A00, 0x0A7F, "noto-sans-gurmukhi.woff"),
    (0x0A80, 0x0AFF, "noto-sans-gujarati.woff"),
    (0x0B80, 0x0BFF, "noto-sans-tamil.woff"),
    (0x0C00, 0x0C7F, "noto-sans-telugu.woff"),
    (0x0C80, 0x0CFF, "noto-sans-kannada.woff"),
    (0x0D00, 0x0D7F, "noto-sans-malayalam.woff"),
    (0x0D80, 0x0DFF, "noto-sans-sinhala.woff"),
    (0x0E00, 0x0E7F, "noto-sans-thai.woff"),
    (0x1000, 0x109F, "noto-sans-myanmar.woff"),
    (0x1200, 0x139F, "noto-sans-ethiopic.woff"),
    (0x1780, 0x17FF, "noto-sans-khmer.woff"),
    (0x2E80, 0x9FFF, str(CJK)),
    (0xAC00, 0xD7AF, str(CJK)),
    (0xF900, 0xFAFF, str(CJK)),
    (0xFF00, 0xFFEF, str(CJK)),
    (0x20000, 0x3FFFF, str(CJK)),
)
_BEGINS = [block[0] for block in _BLOCKS]
_JOINING = frozenset({"Cf", "Mn", "Mc"})


@dataclass(frozen=True, slots=True)
class Run:
    """Letters of one font, `at` units from the left of their line."""

    text: str
    font: str
    at: float


@dataclass(frozen=True, slots=True)
class Laid:
    """One line: its place in board units, and its runs from left to right."""

    text: str
    left: float
    top: float
    width: float
    height: float
    baseline: float
    is_rtl: bool
    runs: tuple[Run, ...]


def lay_out(text: str, size: float, at: tuple[float, float], width: float) -> list[Laid]:
    """Lines of at most `width`; each paragraph begins at the side that its first strong letter says."""
    found: list[Laid] = []
    for paragraph in readable(text).split("\n"):
        is_rtl = _is_rtl(paragraph)
        for line in _broken(paragraph, size, max(width, size)):
            if len(found) >= MOST_LINES:
                return found
            runs, wide = _runs(line, size, is_rtl=is_rtl)
            left = at[0] + width - wide if is_rtl else at[0]
            top = at[1] + len(found) * size * LINE_HEIGHT
            foot = top + size * BASELINE
            found.append(Laid(line, left, top, wide, size * LINE_HEIGHT, foot, is_rtl, runs))
    return found


def readable(text: str) -> str:
    """What can be drawn and written: texts are whatever somebody typed."""
    whole = text.encode("utf-8", "ignore").decode().replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c if c == "\n" or _is_letter(c) else " " for c in whole)


def _is_letter(character: str) -> bool:
    # Joiners are no letters, but without them many scripts fall apart.
    return character.isprintable() or unicodedata.category(character) == "Cf"


@lru_cache(maxsize=256)
def load_font(name: str, size: int) -> Font:
    """`size` in pixels; the usual font for a file that is missing, Pillow's own letters when that is missing too."""
    for path in (FONTS / name, FONTS / USUAL):
        try:
            return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.RAQM)
        except OSError:
            continue
    return ImageFont.load_default(size)


def measure(text: str, font: str, size: float) -> float:
    """In board units. Measured at one size, so that a line breaks at the same place in every picture of it."""
    try:
        return float(load_font(font, 64).getlength(text)) * size / 64
    except (ValueError, OSError):
        return 0.0


def _is_rtl(text: str) -> bool:
    strong = (unicodedata.bidirectional(character) for character in text)
    return next((kind != "L" for kind in strong if kind in {"L", "R", "AL"}), False)


def _font_of(character: str) -> str:
    place = bisect_right(_BEGINS, ord(character)) - 1
    block = _BLOCKS[place] if place >= 0 else None
    return block[2] if block and ord(character) <= block[1] else USUAL


def _by_font(text: str) -> list[tuple[str, str]]:
    """Stretches of one font; joiners and marks stay with what stands before them."""
    fonts: list[str] = []
    for character in text:
        font = _font_of(character)
        if font == USUAL and fonts and unicodedata.category(character) in _JOINING:
            font = fonts[-1]
        fonts.append(font)
    pairs = groupby(zip(fonts, text, strict=True), key=lambda pair: pair[0])
    return [("".join(character for _, character in group), font) for font, group in pairs]


def _runs(text: str, size: float, *, is_rtl: bool) -> tuple[tuple[Run, ...], float]:
    stretches = _by_font(text)
    at, runs = 0.0, []
    # Within a font Raqm knows the order of both directions; between fonts the paragraph's own holds.
    for part, font in _leftwards(stretches) if is_rtl else stretches:
        runs.append(Run(part, font, at))
        at += measure(part, font, size)
    return tuple(runs), at


def _leftwards(stretches: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """In a paragraph from the right: the first comes last, but words from the left keep their order."""
    found: list[tuple[str, str]] = []
    foreign: list[tuple[str, str]] = []
    for stretch in reversed(stretches):
        if stretch[1] == USUAL and stretch[0].strip():
            found, foreign = [*found, *reversed(foreign), stretch], []
        else:
            foreign.append(stretch)
    return [*found, *reversed(foreign)]


def _width_of(text: str, size: float) -> float:
    return sum(measure(part, font, size) for part, font in _by_font(text))


def _broken(paragraph: str, size: float, width: float) -> Iterator[str]:
    line = ""
    for word in paragraph.split(" "):
        longer = f"{line} {word}" if line else word
        if _width_of(longer, size) <= width:
            line = longer
            continue
        if line:
            yield line
        *whole, line = _chopped(word, size, width)
        yield from whole
    yield line


def _chopped(word: str, size: float, width: float) -> list[str]:
    """A word that is longer than a line, as in scripts without blanks."""
    parts = []
    while _width_of(word, size) > width:
        fits = _fitting(word, size, width)
        parts.append(word[:fits])
        word = word[fits:]
    return [*parts, word]


def _fitting(word: str, size: float, width: float) -> int:
    """How many letters fit, at least one; marks stay with their letter."""
    low, high = 1, min(len(word), max(1, int(width * 10 / size)))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _width_of(word[:middle], size) <= width else (low, middle - 1)
    while low < len(word) and unicodedata.category(word[low]) in {"Mn", "Mc", "Cf"}:
        low += 1
    return low
