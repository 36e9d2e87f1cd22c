"""Where on the wall clock a frame belongs: RTP timestamps and arrival times in, seconds out.

Pure: `now` and arrivals are arguments (epoch seconds). A sender's timestamps run evenly but start
anywhere; packets arrive late by an uneven delay, never early. So the smallest `arrival - timestamp`
seen is the best guess of where the sender's line lies, and it gets better with every packet.
"""

from dataclasses import dataclass

SETTLE_SECONDS = 1.0  # the file's start may still move this long
RESETTLE_SECONDS = 0.5  # after a re-anchor, frames wait this long for a fair minimum
QUIET_SECONDS = 0.25  # a silence this long may have stopped the sender's timestamps
JUMP_SECONDS = 0.1  # ... and this much lateness after it proves that they stopped
WINDOW_SECONDS = 5.0
LASTING_SECONDS = 0.05  # every packet of a window later than this: the line itself has moved
SLEW_SECONDS = 0.010  # most a window may correct for a slow sender clock
AHEAD_SECONDS = 0.25  # nothing is placed further than this after the newest arrival


@dataclass(slots=True)
class Stretch:
    """A run of timestamps that share one anchor: wall = sender seconds + offset."""

    first: float
    offset: float
    since: float


class Line:
    """32-bit RTP timestamps laid on one endless line, in seconds of the sender's clock."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._last: int | None = None

    def seconds(self, rtp: int) -> float:
        """Moves the line along; steps of more than half the 32-bit circle count as steps back."""
        self._last = self._near(rtp)
        return self._last / self._rate

    def peek(self, rtp: int) -> float:
        """The same place without moving along."""
        return self._near(rtp) / self._rate

    def _near(self, rtp: int) -> int:
        if self._last is None:
            return rtp
        return self._last + ((rtp - self._last + 0x80000000) & 0xFFFFFFFF) - 0x80000000


class TrackClock:
    """One track's timestamps on the wall clock. `rate` is the RTP clock rate in hertz.

    `heard` takes every packet as it arrives, `place` every frame as it is decoded. `started_at` is the
    wall-clock time of the file's 0 s; it is fixed one second after the first packet.
    """

    def __init__(self, rate: int) -> None:
        self._line = Line(rate)
        self._stretches: list[Stretch] = []
        self._arrival = 0.0
        self._window_since = 0.0
        self._window_low = 0.0
        self._base: float | None = None
        self._started_at: float | None = None

    def heard(self, rtp: int, arrival: float) -> None:
        """A packet with this timestamp arrived (epoch seconds)."""
        seconds = self._line.seconds(rtp)
        offset = arrival - seconds
        silence = arrival - self._arrival
        self._arrival = max(self._arrival, arrival)
        if not self._stretches or (silence > QUIET_SECONDS and self._late(offset) > JUMP_SECONDS):
            self._anchor(seconds, offset, arrival)
        else:
            self._follow(seconds, offset, arrival)
        self._freeze()

    def place(self, rtp: int) -> float:
        """Seconds after `started_at` at which this frame belongs."""
        seconds = self._line.peek(rtp)
        if self._base is None:
            self._base = seconds
        return self._wall(seconds) - self.started_at

    @property
    def started_at(self) -> float:
        """Epoch seconds of the file's 0 s; 0.0 before the first frame."""
        if self._started_at is not None:
            return self._started_at
        return self._wall(self._base) if self._base is not None else 0.0

    @property
    def arrival(self) -> float:
        """When the newest packet arrived; 0.0 before the first."""
        return self._arrival

    def unsettled_seconds(self, now: float) -> float:
        """How long a frame should wait before it is placed: more than 0 only after a re-anchor."""
        if len(self._stretches) < 2:
            return 0.0
        return max(0.0, self._stretches[-1].since + RESETTLE_SECONDS - now)

    def _late(self, offset: float) -> float:
        return offset - self._stretches[-1].offset

    def _anchor(self, seconds: float, offset: float, arrival: float) -> None:
        # Frames of the stretch before may still be in the decoder: the last few anchors are kept.
        self._stretches = [*self._stretches[-3:], Stretch(seconds, offset, arrival)]
        self._open_window(offset, arrival)

    def _open_window(self, offset: float, arrival: float) -> None:
        self._window_since, self._window_low = arrival, offset

    def _follow(self, seconds: float, offset: float, arrival: float) -> None:
        stretch = self._stretches[-1]
        stretch.offset = min(stretch.offset, offset)
        if seconds < stretch.first < seconds + RESETTLE_SECONDS:
            stretch.first = seconds
        self._window_low = min(self._window_low, offset)
        if arrival - self._window_since < WINDOW_SECONDS:
            return
        late = self._late(self._window_low)
        if late > LASTING_SECONDS:
            self._anchor(seconds, self._window_low, arrival - RESETTLE_SECONDS)
            return
        stretch.offset += min(late, SLEW_SECONDS)
        self._open_window(offset, arrival)

    def _freeze(self) -> None:
        settled = self._arrival - self._stretches[0].since >= SETTLE_SECONDS or len(self._stretches) > 1
        if self._started_at is None and settled and self._base is not None:
            self._started_at = self._wall(self._base)

    def _wall(self, seconds: float) -> float:
        for stretch in reversed(self._stretches):
            wall = seconds + stretch.offset
            if seconds >= stretch.first - 0.001 and wall <= self._arrival + AHEAD_SECONDS:
                return wall
        return seconds + self._stretches[0].offset if self._stretches else seconds
