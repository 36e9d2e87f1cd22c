"""A thread per track: the event loop hands frames over and never waits for an encoder."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from recordings.embedded.manifest import Track
from recordings.embedded.matroska import AudioFile, TrackFile, VideoFile

log = logging.getLogger(__name__)

WAITING_FRAMES = {"camera": 45, "screen": 30}  # about a second; sound has no limit, nothing of it may go


def open_file(directory: Path, track: Track) -> TrackFile:
    path = directory / track.file
    return AudioFile(path) if track.kind == "microphone" else VideoFile(path, track.kind)


class Writer:
    """Takes frames in order; under overload the oldest waiting picture goes first and is counted."""

    def __init__(self, directory: Path, track: Track, first: Callable[[], None]) -> None:
        """`first` is called once, in the writer's thread, when the first frame is in the file."""
        self._directory = directory
        self._track = track
        self._first = first
        self._limit = WAITING_FRAMES.get(track.kind)
        self._waiting: deque[tuple[VideoFrame | AudioFrame, float]] = deque()
        self._change = threading.Condition()
        self._closing = False
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=track.file, daemon=True)
        self._thread.start()

    def put(self, frame: VideoFrame | AudioFrame, seconds: float) -> None:
        """`seconds` after the track's `started_at`. Never blocks."""
        with self._change:
            if self._limit is not None and len(self._waiting) >= self._limit:
                self._waiting.popleft()
                self._track.dropped += 1
            self._waiting.append((frame, seconds))
            self._change.notify()

    def close(self) -> None:
        """No more frames; the thread writes what waits and ends."""
        with self._change:
            self._closing = True
            self._change.notify()

    def join(self, seconds: float) -> bool:
        """Whether the file was closed within `seconds`. Blocks: not for the event loop."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        file = open_file(self._directory, self._track)
        while (waiting := self._take()) is not None:
            self._write(file, *waiting)
        try:
            self._track.frames += file.close()
        except (av.FFmpegError, OSError) as error:
            log.error("%s cannot be closed: %s", self._track.file, error)

    def _write(self, file: TrackFile, frame: VideoFrame | AudioFrame, seconds: float) -> None:
        """A full disk costs frames, never the recorder: it goes on as soon as there is room again."""
        try:
            added = file.write(frame, seconds)
        except (av.FFmpegError, OSError) as error:
            self._failures += 1
            self._track.dropped += 1
            if self._failures == 1:
                log.error("%s cannot be written: %s", self._track.file, error)
            return
        if added and self._track.frames == 0:
            self._first()
        self._track.frames += added

    def _take(self) -> tuple[VideoFrame | AudioFrame, float] | None:
        with self._change:
            while not self._waiting and not self._closing:
                self._change.wait()
            return self._waiting.popleft() if self._waiting else None
