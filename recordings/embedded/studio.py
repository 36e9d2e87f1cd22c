"""What every part of one recording shares: the job, the clock, the manifest, the parent's ear."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recordings.embedded.manifest import Manifest
from recordings.embedded.sending import Mixer, Sender

log = logging.getLogger(__name__)

WRITE_SECONDS = 2.0
Tell = Callable[[dict[str, Any]], None]


class JobError(ValueError):
    """The start line is not one."""


@dataclass(frozen=True, slots=True)
class Job:
    """The parent's start line. `directory` is absolute; `token` never reaches a file or a log."""

    socket_url: str
    token: str
    occupant: str
    directory: Path
    session_id: str
    recording: str
    room: str
    origin: str | None = None

    @classmethod
    def read(cls, told: Any) -> "Job":
        """Raises JobError."""
        if not isinstance(told, dict):
            raise JobError("not an object")
        words = ("socket_url", "token", "occupant", "directory", "session_id", "recording", "room")
        missing = [word for word in words if not isinstance(told.get(word), str) or not told[word]]
        if missing:
            raise JobError(f"missing: {', '.join(missing)}")
        if not Path(told["directory"]).is_absolute():
            raise JobError("directory is not absolute")
        origin = told.get("origin")
        values = {word: told[word] for word in words if word != "directory"}
        return cls(**values, directory=Path(told["directory"]), origin=origin and str(origin))


class Studio:
    """One recording session. Only the event loop calls it."""

    def __init__(self, job: Job, tell: Tell) -> None:
        """Raises OSError when the directory cannot be made."""
        self.job = job
        self.tell = tell
        self._epoch = time.time() - time.monotonic()
        self.manifest = Manifest(job.directory, job.session_id, job.room, job.recording)
        self.mixer: Mixer | None = None
        self._sender: Sender | None = None
        self._changed = asyncio.Event()
        self._attending = False
        self._capturing = False
        self._stopping = False

    def now(self) -> float:
        """Epoch seconds; a step of the system clock in the middle of a lesson does not show."""
        return self._epoch + time.monotonic()

    def stream_to(self, address: str) -> None:
        """Also send what is heard and seen, or send it elsewhere; an empty address is nowhere."""
        if self._sender is not None:
            self._sender.stop()
            self._sender = None
        if address:
            self.mixer = self.mixer or Mixer()
            self._sender = Sender(self.mixer, address)
            self._sender.start()

    def note(self, state: str, occupant: str | None = None) -> None:
        self.manifest.state(self.now(), state, occupant)
        self.changed()

    def changed(self) -> None:
        self._changed.set()

    def came(self) -> None:
        """The room has let us in."""
        self.manifest.came(self.now())
        self.changed()
        self.tell({"event": "joined"})

    def was_offered(self) -> None:
        self.manifest.was_offered(self.now())

    def attend(self) -> None:
        """Nothing is in a file, and nothing is missing: nobody sends anything. Later calls do nothing."""
        if not self.is_at_work:
            self._attending = True
            self.tell({"event": "attending"})

    @property
    def is_at_work(self) -> bool:
        return self._attending or self._capturing

    def captured(self) -> None:
        """The first frame of the whole recording is in a file; later calls do nothing."""
        if not self._capturing:
            self._capturing = True
            self.tell({"event": "capturing"})

    async def keep_writing(self) -> None:
        """Rewrites the manifest at every change and every two seconds, until `stop_writing`."""
        while not self._stopping:
            self._changed.clear()
            pages = self.manifest.pages(self.now())
            try:
                await asyncio.to_thread(self.manifest.write, pages)
            except OSError as error:
                log.error("the manifest cannot be written: %s", error)
            try:
                await asyncio.wait_for(self._changed.wait(), WRITE_SECONDS)
            except TimeoutError:
                continue

    async def stop_writing(self, writing: "asyncio.Task[None]") -> None:
        """Before the last word is written: a rewrite that is under way in its thread could come after it."""
        self._stopping = True
        self.changed()
        await asyncio.wait([writing], timeout=WRITE_SECONDS)
