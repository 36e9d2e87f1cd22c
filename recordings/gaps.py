"""Where a recording has holes: people were inside, and no recorder was at work. Pure: no Django, no clock.

The video's clock jumps over them, so each is a place in the video and a length that is missing there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recordings.clock import Span, merge

SHORTEST_SECONDS = 3.0
# A recorder comes in some seconds after the first person and leaves with the last but one: nobody misses that.
EDGE_SECONDS = 30.0
LATE_START, EARLY_END, NO_RECORDER, UNKNOWN = "late_start", "early_end", "no_recorder", "unknown"


@dataclass(frozen=True, slots=True)
class Loss:
    """A recorder ended in mid-lesson; when that was noticed, and why."""

    at: float
    cause: str


def find_gaps(inside: Iterable[Span], recorded: Iterable[Span]) -> list[Span]:
    """The stretches with people inside that nothing recorded, in order.

    Shorter ones than three seconds are none; before the first picture and after the last, than thirty.
    """
    gaps: list[Span] = []
    covered = merge(recorded)
    for stay in merge(inside, gap_seconds=1.0):
        at = stay.starts_at
        for span in covered:
            if span.ends_at <= at or span.starts_at >= stay.ends_at:
                continue
            gaps.append(Span(at, max(at, span.starts_at)))
            at = max(at, span.ends_at)
        gaps.append(Span(at, max(at, stay.ends_at)))
    return [gap for gap in gaps if gap.seconds >= _shortest(gap, covered)]


def _shortest(gap: Span, covered: Sequence[Span]) -> float:
    is_within = any(span.ends_at <= gap.starts_at for span in covered) and any(
        span.starts_at >= gap.ends_at for span in covered
    )
    return SHORTEST_SECONDS if is_within else EDGE_SECONDS


def cause_of(gap: Span, recorded: Sequence[Span], losses: Sequence[Loss]) -> str:
    """Before anything was recorded it is a late start, after everything an early end; else the last loss says why.
    Where nothing was recorded at all, and no recorder was lost, none came.

    A loss is noticed some time after it happened, so it lies within the gap.
    """
    if recorded and all(span.starts_at >= gap.ends_at for span in recorded):
        return LATE_START
    within = sorted(
        (loss for loss in losses if gap.starts_at - 1 <= loss.at <= gap.ends_at + 1), key=lambda x: x.at
    )
    if within:
        return within[0].cause
    if not recorded:
        return NO_RECORDER
    return EARLY_END if all(span.ends_at <= gap.starts_at for span in recorded) else UNKNOWN
