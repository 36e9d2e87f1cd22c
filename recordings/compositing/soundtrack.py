"""The sound of a room's film, encoded in blocks that nobody hears: made while the lesson goes on, several at once after it.

An AAC packet overlaps with its neighbours. So every block lies on the packets of the whole, is encoded from a little
before it to a little after it, and loses those packets again: what is left is what one encoder would have written.
docs/decisions/0028.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from recordings import ffmpeg
from recordings.clock import Timeline
from recordings.compositing.plan import Usable, fingerprint
from recordings.compositing.sound import RATE, Stretch, chain, clip_of, inputs_of
from recordings.compositing.steps import Progress, make_once

# The usual search for the best quantisers takes twice the time, for nothing that is heard at this rate.
AAC = ("-c:a", "aac", "-aac_coder", "fast", "-b:a", "128k")
FRAME = 1024
# What a player leaves out at the beginning: the first packet only prepares the second.
PRIMING_SECONDS = FRAME / RATE
PACKETS = 4096
RUN_UP, RUN_OUT = 48, 4
# Between neighbours nobody hears a decibel. What is made ahead keeps a distance from that: the loudness may still drift.
SLACK_DB, SLACK_AHEAD_DB = 1.0, 0.5
_NAMED = re.compile(r"sound-[0-9a-f]+\.(?P<tenths>-?\d+)\.aac")


class BrokenSound(Exception):
    """ffmpeg was content and wrote less than it was asked for."""


def level(gain: float) -> str:
    """The filter that brings speech to its target, with a limiter."""
    return f"volume={gain:.2f}dB,alimiter=limit=0.84:level=0"


@dataclass(frozen=True, slots=True)
class Block:
    """The packets `first` to `last` (without it) of the whole; `stretches` sound from the run-up to the run-out.

    One that was made with a gain at most `slack` away is taken for it.
    """

    first: int
    last: int
    stretches: tuple[Stretch, ...]
    work: Path
    gain: float
    slack: float

    @property
    def seconds(self) -> float:
        return (self.last - self.first) * FRAME / RATE

    @property
    def is_done(self) -> bool:
        return self.file is not None

    @property
    def file(self) -> Path | None:
        """The one whose gain is nearest."""
        made = [(abs(gain - self.gain), path) for gain, path in self._made() if path.stat().st_size]
        distance, path = min(made, default=(math.inf, None))
        return path if distance <= self.slack + 0.05 else None

    def _made(self) -> Iterator[tuple[float, Path]]:
        for path in self.work.glob(f"sound-{self._about}.*.aac"):
            if match := _NAMED.fullmatch(path.name):
                yield int(match["tenths"]) / 10, path

    @property
    def _about(self) -> str:
        told = [
            (
                one.path.parent.name,
                one.path.name,
                round(one.begins, 4),
                round(one.ends, 4),
                round(one.delay, 4),
            )
            for clips, _ in self.stretches
            for one in clips
        ]
        return fingerprint(self.first, self.last, [samples for _, samples in self.stretches], told, AAC)

    def make(self, progress: Progress) -> None:
        tenths = round(self.gain * 10)

        def encode(part: Path) -> None:
            ffmpeg.run(
                [*self._arguments(tenths / 10), str(part)], progress=progress, expected_seconds=self.seconds
            )
            keep_packets(part, min(self.first, RUN_UP), self.last - self.first)

        make_once(self.work / f"sound-{self._about}.{tenths}.aac", encode)

    def _arguments(self, gain: float) -> list[str]:
        clips = [clip for found, _ in self.stretches for clip in found]
        graph = sound_graph(self.stretches, gain)
        return ["-copyts", *inputs_of(clips), "-filter_complex", graph, "-map", "[sound]", *AAC, "-f", "adts"]


def sound_graph(stretches: Sequence[Stretch], gain: float) -> str:
    """All stretches one after the other, levelled, as `[sound]`; inputs in the order of the clips."""
    chains, first = [], 0
    for number, (clips, samples) in enumerate(stretches):
        chains.append(chain(clips, samples, f"span{number}", first=first, label=f"p{number}s"))
        first += len(clips)
    heard = "".join(f"[span{number}]" for number in range(len(stretches)))
    chains.append(f"{heard}concat=n={len(stretches)}:v=0:a=1,{level(gain)}[sound]")
    return ";".join(chains)


def blocks_of(
    heard: Sequence[Usable], timeline: Timeline, work: Path, gain: float, *, ahead: bool = False
) -> list[Block]:
    """All of the video's sound; `ahead`: only what stays as it is when the lesson goes on."""
    total = round(timeline.duration * RATE)
    packets = math.ceil(total / FRAME) + 1
    found = []
    for first in range(0, packets, PACKETS):
        last = min(packets, first + PACKETS)
        begins, ends = max(0, first - RUN_UP) * FRAME, (last + RUN_OUT) * FRAME
        if ahead and ends > total:
            break
        stretches = tuple(_stretches(heard, timeline, begins, min(total, ends)))
        found.append(Block(first, last, stretches, work, gain, SLACK_AHEAD_DB if ahead else SLACK_DB))
    return found


def _stretches(heard: Sequence[Usable], timeline: Timeline, begins: int, ends: int) -> Iterator[Stretch]:
    """What is heard from one sample of the video to another; `begins` and `ends` count from its start."""
    for span, offset, after in zip(timeline.spans, timeline.offsets, timeline.offsets[1:], strict=False):
        first, last = max(begins, round(offset * RATE)), min(ends, round(after * RATE))
        if last > first:
            since = span.starts_at - offset
            stretch = (since + first / RATE, since + last / RATE)
            clips = [clip for one in heard if (clip := clip_of(one, *stretch))]
            yield clips, last - first


def keep_packets(path: Path, first: int, number: int) -> None:
    """Of an ADTS file, in place. BrokenSound when it has fewer."""
    data = path.read_bytes()
    at, begins, count = 0, 0, 0
    while count < first + number:
        # Each packet begins with twelve bits set; its length with the head stands in 13 bits from the 30th on.
        if at + 7 > len(data) or data[at] != 0xFF:
            raise BrokenSound(f"{path.name} ends after {count} packets")
        if count == first:
            begins = at
        at += (data[at + 3] & 0x03) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        count += 1
    path.write_bytes(data[begins:at])
