"""Two clocks: the wall's (seconds since 1970 UTC) and the video's, which stands still while nobody is there.

Pure: no Django, no clock of its own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of wall-clock time with people inside, in epoch seconds."""

    starts_at: float
    ends_at: float

    @property
    def seconds(self) -> float:
        return self.ends_at - self.starts_at


def merge(spans: Iterable[Span], gap_seconds: float = 0.0) -> list[Span]:
    """Sorted and disjoint; neighbours closer than `gap_seconds` become one; empty spans vanish."""
    merged: list[Span] = []
    for span in sorted(span for span in spans if span.ends_at > span.starts_at):
        if merged and span.starts_at - merged[-1].ends_at <= gap_seconds:
            merged[-1] = Span(merged[-1].starts_at, max(merged[-1].ends_at, span.ends_at))
        else:
            merged.append(span)
    return merged


class Timeline:
    """The video's clock: its spans one after another, the gaps cut out."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = merge(spans)
        self.offsets = [0.0, *accumulate(span.seconds for span in self.spans)]

    @property
    def duration(self) -> float:
        return self.offsets[-1]

    def offset_of(self, epoch: float) -> float:
        """Where in the video that moment is, in seconds; inside a gap, the next span's start."""
        index = bisect_right(self.spans, epoch, key=lambda span: span.starts_at) - 1
        if index < 0:
            return 0.0
        span = self.spans[index]
        return self.offsets[index] + min(epoch, span.ends_at) - span.starts_at

    def epoch_of(self, offset: float) -> float:
        """The moment the video shows at `offset`; at a cut, the later one. ValueError without spans."""
        if not self.spans:
            raise ValueError("a timeline without spans shows no moment")
        last = len(self.spans) - 1
        index = min(max(bisect_right(self.offsets, offset) - 1, 0), last)
        return self.spans[index].starts_at + offset - self.offsets[index]
