"""The board as a video of its own: a frame only when something changed, on the timeline's clock."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

import av
from PIL import Image

from recordings.clock import Timeline
from whiteboard.board import HEIGHT, INK, WIDTH, Edit
from whiteboard.drawing.boxes import union
from whiteboard.drawing.easel import Easel, Pen
from whiteboard.drawing.raster import Pictures, no_pictures

LONGEST_STROKE_MS = 60_000
_BT709 = 1
_FAST = {"preset": "ultrafast", "qp": "12", "g": "600", "threads": "1"}


def board_video(
    edits: Sequence[Edit],
    timeline: Timeline,
    out: Path,
    fps: int = 10,
    progress: Callable[[float], None] | None = None,
    pictures: Pictures = no_pictures,
) -> None:
    """Write Matroska/H.264 (near-lossless, variable frame rate): the first frame at 0, the last at the end.

    Strokes grow along their points over `[at - duration_ms, at]`; edits before the first span,
    and those inside a gap, are simply there when the picture comes back. `edits` in order of seq.
    """
    with _writer(out) as write:
        for seconds, picture in _frames(edits, timeline, fps, pictures):
            write(seconds, picture)
            if progress:
                progress(seconds / max(timeline.duration, 0.001))


def _frames(
    edits: Sequence[Edit], timeline: Timeline, fps: int, pictures: Pictures
) -> Iterator[tuple[float, Image.Image]]:
    scene = _Scene(edits, pictures)
    ticks = math.ceil(timeline.duration * fps)
    for tick in range(ticks):
        changed = scene.move_to(timeline.epoch_of(tick / fps) * 1000)
        if changed or tick == 0:
            yield tick / fps, scene.picture
    if timeline.spans:
        scene.move_to(timeline.spans[-1].ends_at * 1000)
        yield timeline.duration, scene.picture


class _Scene:
    """The easel, the pens at work, and one picture kept in step with both."""

    def __init__(self, edits: Sequence[Edit], pictures: Pictures) -> None:
        self.picture = Image.new("RGB", (WIDTH, HEIGHT), (255, 255, 255))
        self._easel = Easel(pictures)
        self._edits = list(zip(accumulate((edit.at for edit in edits), max), edits, strict=True))
        self._next_edit = 0
        self._starts = sorted(_starts(self._edits), key=lambda start: start[0])
        self._next_start = 0
        self._pens: dict[str, Pen] = {}

    def move_to(self, at_ms: float) -> bool:
        """Whether the picture looks different at that moment from the one before."""
        dirty = [*self._apply_until(at_ms), *self._take_up_pens(at_ms)]
        box = union(dirty)
        if box is None:
            return False
        page = self._easel.state.current_page
        self.picture.paste(self._easel.picture().crop(box), box)
        for pen in self._pens.values():
            if pen.page == page:
                pen.ink(self.picture, box)
        return True

    def _apply_until(self, at_ms: float) -> Iterator[Any]:
        while self._next_edit < len(self._edits) and self._edits[self._next_edit][0] <= at_ms:
            edit = self._edits[self._next_edit][1]
            self._next_edit += 1
            self._pens.pop(edit.ref, None)
            yield self._easel.apply(edit)

    def _take_up_pens(self, at_ms: float) -> Iterator[Any]:
        while self._next_start < len(self._starts) and self._starts[self._next_start][0] <= at_ms:
            starts_ms, ends_ms, edit = self._starts[self._next_start]
            self._next_start += 1
            if ends_ms > at_ms:
                self._pens[edit.ref] = Pen(edit.envelope()["data"], starts_ms, ends_ms)
        for pen in self._pens.values():
            box = pen.reveal(at_ms)
            yield box if pen.page == self._easel.state.current_page else None


def _starts(edits: Sequence[tuple[int, Edit]]) -> Iterator[tuple[float, float, Edit]]:
    """When each stroke began and ended, in epoch milliseconds, as far as its author can be believed."""
    for at, edit in edits:
        if edit.type == "item.added" and edit.data["kind"] in INK and not edit.data["layer"]:
            lasted = min(max(0.0, float(edit.data["duration_ms"])), LONGEST_STROKE_MS)
            yield at - lasted, at, edit


def _frame_of(picture: Image.Image) -> av.VideoFrame:
    make: Any = av.VideoFrame.from_image
    frame: av.VideoFrame = make(picture)
    return frame


@contextmanager
def _writer(out: Path) -> Iterator[Callable[[float, Image.Image], None]]:
    with av.open(str(out), "w", format="matroska") as container:
        stream: Any = container.add_stream("libx264", options=dict(_FAST))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        stream.codec_context.colorspace = _BT709
        written = -1

        def write(seconds: float, picture: Image.Image) -> None:
            nonlocal written
            frame = _frame_of(picture).reformat(format="yuv420p", dst_colorspace="ITU709")
            # Two frames in the same millisecond would be refused by the container.
            written = frame.pts = max(round(seconds * 1000), written + 1)
            frame.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))

        yield write
        container.mux(stream.encode(None))
