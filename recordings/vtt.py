"""Captions files, read hard and written plainly: WebVTT and SubRip. Pure: no Django, no clock.

What comes out is shown to a class, so only what is known to be harmless gets in: times, lines, and a few tags that
players style. A file with anything else is refused with its line; nothing is silently left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from recordings.chapters import clock_of

MOST_BYTES = 2_000_000
MOST_CUES = 20_000
MOST_LETTERS = 1_000
LONGEST_CUE_SECONDS = 600.0
AFTER_THE_END_SECONDS = 5.0
_TIME = r"(?:(\d{1,3}):)?([0-5]\d):([0-5]\d)[.,](\d{3})"
_TIMING = re.compile(rf"^{_TIME}\s+-->\s+{_TIME}(?:\s+[\w%:,. -]*)?$")
_TAG = re.compile(r"</?(?:b|i|u)>|<v [^<>&\n]{1,80}>|</v>")
_ENTITY = re.compile(r"&(?:amp|lt|gt|nbsp|lrm|rlm);")


@dataclass(frozen=True, slots=True)
class Cue:
    """Seconds on the video's clock; `text` as WebVTT has it, several lines perhaps."""

    starts_seconds: float
    ends_seconds: float
    text: str


class BadCaptions(ValueError):
    """`code` is a stable word; `line` counts from 1, 0 for the file as a whole."""

    def __init__(self, code: str, line: int = 0) -> None:
        super().__init__(f"{code} in line {line}")
        self.code, self.line = code, line


def read_captions(data: bytes, *, duration_seconds: float) -> list[Cue]:
    """The cues of a .vtt or .srt file, which one is seen by its first line; BadCaptions."""
    if len(data) > MOST_BYTES:
        raise BadCaptions("too_big")
    lines = _lines(data)
    is_vtt = bool(lines) and re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]) is not None
    cues = list(_cues(lines, is_vtt=is_vtt))
    if not cues:
        raise BadCaptions("no_cues")
    if cues[-1].starts_seconds > duration_seconds + AFTER_THE_END_SECONDS:
        raise BadCaptions("after_the_end")
    return cues


def write_vtt(cues: Iterable[Cue]) -> str:
    blocks = (
        f"\n{clock_of(cue.starts_seconds)} --> {clock_of(cue.ends_seconds)}\n{cue.text}\n" for cue in cues
    )
    return "WEBVTT\n" + "".join(blocks)


def plain(text: str) -> str:
    """Without tags and entities, on one line: to search in, and to read in a list."""
    bare = _TAG.sub("", text)
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&lrm;", ""), ("&rlm;", "")):
        bare = bare.replace(entity, letter)
    return " ".join(bare.replace("&amp;", "&").split())


def escape(text: str) -> str:
    """Words of a machine as the text of a cue."""
    bare = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return " ".join("".join(c if c.isprintable() else " " for c in bare).split())[:MOST_LETTERS]


def _lines(data: bytes) -> list[str]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadCaptions("not_utf8", data.count(b"\n", 0, error.start) + 1) from error
    lines = re.split(r"\r\n|\r|\n", text)
    for number, line in enumerate(lines, 1):
        if any(not (c.isprintable() or c in "\t\u00a0\u200b\u200c\u200d\u200e\u200f") for c in line):
            raise BadCaptions("control_characters", number)
    return lines


def _cues(lines: list[str], *, is_vtt: bool) -> Iterator[Cue]:
    last, count = 0.0, 0
    for number, block in _blocks(lines):
        if is_vtt and (number == 1 or block[0].startswith(("NOTE", "STYLE", "REGION"))):
            if block[0].startswith(("STYLE", "REGION")):
                raise BadCaptions("markup", number)
            continue
        cue = _cue(block, number)
        if cue is None:
            continue
        count += 1
        if count > MOST_CUES:
            raise BadCaptions("too_many", number)
        if cue.starts_seconds < last:
            raise BadCaptions("out_of_order", number)
        last = cue.starts_seconds
        yield cue


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Lines between empty ones, each block with the number of its first line."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _cue(block: list[str], number: int) -> Cue | None:
    """One cue, its own name before the times or not; None for times without words."""
    at = 0 if "-->" in block[0] else 1
    timing = _TIMING.match(block[at].strip()) if at < len(block) else None
    if timing is None:
        raise BadCaptions("bad_time", number + min(at, len(block) - 1))
    starts, ends = _seconds(*timing.groups()[:4]), _seconds(*timing.groups()[4:])
    if not starts < ends <= starts + LONGEST_CUE_SECONDS:
        raise BadCaptions("bad_time", number + at)
    words = block[at + 1 :]
    for place, line in enumerate(words, number + at + 1):
        _check_words(line, place)
    text = "\n".join(_as_vtt(line.strip()) for line in words)
    if len(text) > MOST_LETTERS:
        raise BadCaptions("too_long", number + at + 1)
    return Cue(starts, ends, text) if text else None


def _seconds(hours: str | None, minutes: str, seconds: str, milliseconds: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(milliseconds) / 1000


def _check_words(line: str, number: int) -> None:
    if "-->" in line:
        raise BadCaptions("bad_time", number)
    rest = _TAG.sub("", line)
    # A lone < of a formula is words; what could open a tag is not.
    if re.search(r"<[\w/!?.]", rest):
        raise BadCaptions("markup", number)


def _as_vtt(line: str) -> str:
    """Allowed tags and entities stay, all else is written so that it can only be words."""
    pieces, at = [], 0
    for known in re.finditer(f"{_TAG.pattern}|{_ENTITY.pattern}", line):
        pieces += [_bare(line[at : known.start()]), known.group()]
        at = known.end()
    return "".join([*pieces, _bare(line[at:])])


def _bare(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
