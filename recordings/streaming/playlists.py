"""What a player is told of a stream: the pieces of one rendition, in order, from the oldest kept to the newest.

Pure: text in, text out. A *take* is what one run of the packager made; between two takes nothing joins up, so each
begins with its own header (`EXT-X-MAP`) and after an `EXT-X-DISCONTINUITY`. The numbers never start again: whoever
watched before a break goes on after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

# What players are promised of every piece, in seconds; it may only grow.
LEAST_TARGET = 2
_NAME = re.compile(r"(?P<rendition>[a-z]+)-(?P<take>\d+)-(?P<number>\d+)\.m4s")
_EXTINF = re.compile(r"#EXTINF:([0-9.]+),")


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of one rendition. `starts_at` is epoch seconds: when its first picture was taken."""

    name: str
    take: int
    seconds: float
    starts_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Shelf:
    """One rendition as players see it now. `first` is the number of its oldest piece, `breaks` how many breaks lie
    before that."""

    rendition: str
    first: int = 0
    breaks: int = 0
    target: int = LEAST_TARGET
    pieces: tuple[Piece, ...] = field(default=())

    @property
    def take(self) -> int:
        """Of the newest piece; 0 before the first."""
        return self.pieces[-1].take if self.pieces else self.breaks

    def grown(self, new: Iterable[Piece]) -> Shelf:
        added = tuple(new)
        longest = max((round(piece.seconds) for piece in added), default=0)
        return replace(self, pieces=(*self.pieces, *added), target=max(self.target, longest))

    def shortened(self, keep: int) -> Shelf:
        """The newest `keep` pieces. Every break that goes is counted, also one in front of what is now the oldest."""
        gone = len(self.pieces) - keep
        if gone <= 0:
            return self
        return replace(
            self, first=self.first + gone, breaks=self.pieces[gone - 1].take, pieces=self.pieces[gone:]
        )


def header_of(rendition: str, take: int) -> str:
    return f"{rendition}-{take}.mp4"


def write_media(shelf: Shelf, *, is_over: bool = False) -> str:
    """Takes count from 1 and each is a break, also one in which this rendition got no piece: so a number of breaks
    means the same in all renditions."""
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{shelf.target}",
        f"#EXT-X-MEDIA-SEQUENCE:{shelf.first}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{shelf.breaks}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    take = shelf.breaks
    for number, piece in enumerate(shelf.pieces):
        lines += ["#EXT-X-DISCONTINUITY"] * (piece.take - take)
        if piece.take != take or number == 0:
            lines.append(f'#EXT-X-MAP:URI="{header_of(shelf.rendition, piece.take)}"')
        take = piece.take
        lines += [
            f"#EXT-X-PROGRAM-DATE-TIME:{_instant(piece.starts_at)}",
            f"#EXTINF:{piece.seconds:.6f},",
            piece.name,
        ]
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if is_over else []), ""])


def read_media(rendition: str, text: str) -> Shelf:
    """The other way, of a text that `write_media` made; an empty shelf for anything else."""
    shelf = Shelf(
        rendition,
        first=_number(text, "MEDIA-SEQUENCE"),
        breaks=_number(text, "DISCONTINUITY-SEQUENCE"),
        target=max(LEAST_TARGET, _number(text, "TARGETDURATION")),
    )
    seconds, starts_at, pieces = 0.0, 0.0, []
    for line in text.splitlines():
        if match := _EXTINF.match(line):
            seconds = float(match[1])
        elif line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
            starts_at = datetime.fromisoformat(line.partition(":")[2]).timestamp()
        elif match := _NAME.fullmatch(line):
            pieces.append(Piece(line, int(match["take"]), seconds, starts_at))
    return replace(shelf, pieces=tuple(pieces))


def read_made(text: str) -> list[tuple[str, float]]:
    """Names and seconds of finished pieces in a playlist that ffmpeg wrote."""
    seconds, found = 0.0, []
    for line in text.splitlines():
        if match := _EXTINF.match(line):
            seconds = float(match[1])
        elif _NAME.fullmatch(line):
            found.append((line, seconds))
    return found


def write_master(renditions: Sequence[tuple[str, int]]) -> str:
    """Rendition and its bits a second, the best first. Which codecs are in it stands in its header."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for rendition, bits in renditions:
        lines += [f'#EXT-X-STREAM-INF:BANDWIDTH={bits},NAME="{rendition}"', f"{rendition}.m3u8"]
    return "\n".join([*lines, ""])


def _number(text: str, tag: str) -> int:
    match = re.search(rf"^#EXT-X-{tag}:(\d+)$", text, re.MULTILINE)
    return int(match[1]) if match else 0


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
