"""The process: `python -m recordings.embedded.capture`.

stdin: one line with the job, later `{"command": "stream", "address": …}` (where to send what is seen and heard as a
live stream; null: nowhere) and `{"command": "stop"}`; its end means that the parent is gone. A lesson
that is being recorded then goes on until another recorder is in the room, at most for a minute.
stdout: one JSON event a line: `ready`, `joined`, `attending` (nobody sends anything), `capturing` (the first frame),
`track` {file, kind, person}, `left` {reason}, `finalized`, `failed` {reason}. Everything else goes to stderr.
Ends with 0 after `finalized` (or when it was stopped before it had a job), with 1 after `failed`.
"""

import asyncio
import json
import logging
import os
import signal
import sys
import threading
from typing import Any

from aiortc import RTCPeerConnection

from recordings.embedded.signalling import JoinError, RoomSocket
from recordings.embedded.studio import Job, JobError, Studio

log = logging.getLogger("recordings.embedded")

FINISH_SECONDS = 20.0
ORPHAN_SECONDS = 60.0


def tell(event: dict[str, Any]) -> None:
    """One line to the parent. A parent that is gone does not stop the recording."""
    try:
        os.write(1, (json.dumps(event) + "\n").encode())
    except OSError as error:
        log.warning("nobody hears %s: %s", event.get("event"), error)


class Orders:
    """What the parent says, line by line, and the signals: the job first, then only a reason to stop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.job: asyncio.Future[str] = self._loop.create_future()
        self.stopped: asyncio.Future[str] = self._loop.create_future()
        self.streams: asyncio.Queue[str] = asyncio.Queue()
        self._is_orphan = False
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._stop, "signal")
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        # A thread, because stdin may be something that the event loop cannot wait for.
        rest = b""
        while chunk := os.read(0, 65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._loop.call_soon_threadsafe(self._heard, line.decode(errors="replace"))
        self._loop.call_soon_threadsafe(self._orphaned)

    def succeeded(self) -> None:
        """Another recorder is in the room. Whoever has a parent waits for its word."""
        if self._is_orphan:
            self._stop("succeeded")

    def _orphaned(self) -> None:
        if not self.job.done():
            return self._stop("stdin_closed")
        self._is_orphan = True
        self._loop.call_later(ORPHAN_SECONDS, self._stop, "stdin_closed")
        return None

    def _heard(self, line: str) -> None:
        if not line.strip():
            return
        if not self.job.done():
            self.job.set_result(line)
        elif (told := _read(line)).get("command") == "stop":
            self._stop("stopped")
        elif told.get("command") == "stream":
            self.streams.put_nowait(str(told.get("address") or ""))

    def _stop(self, reason: str) -> None:
        if not self.stopped.done():
            self.stopped.set_result(reason)


def _read(line: str) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


async def record(job: Job, orders: Orders) -> int:
    """One recording from joining to its marker; the exit code."""
    studio, stopped = Studio(job, tell), orders.stopped
    room = RoomSocket(studio, orders.succeeded)
    writing = asyncio.ensure_future(studio.keep_writing())
    streaming = asyncio.ensure_future(_follow_streams(studio, orders))
    running = asyncio.ensure_future(room.run())
    waited: list[asyncio.Future[Any]] = [running, stopped]
    await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    reason, failed = _outcome(running, stopped)
    streaming.cancel()
    studio.stream_to("")
    room.leaving = True
    running.cancel()
    try:
        await asyncio.wait_for(room.close(), FINISH_SECONDS)
    except Exception as error:  # whatever it is, the marker must come: the files that exist are good
        log.error("not everything was closed: %r", error)
    await studio.stop_writing(writing)
    tell({"event": "failed" if failed else "left", "reason": reason})
    studio.manifest.finalize(studio.now())
    tell({"event": "finalized"})
    return 1 if failed else 0


async def _follow_streams(studio: Studio, orders: Orders) -> None:
    while True:
        studio.stream_to(await orders.streams.get())


def _outcome(running: "asyncio.Future[Any]", stopped: asyncio.Future[str]) -> tuple[str, bool]:
    """Why it ended, and whether that is a failure."""
    if not running.done():
        return stopped.result(), False
    error = running.exception()
    if error is None:
        return str(running.result()), False
    if isinstance(error, JoinError):
        return str(error), True
    log.error("the recorder broke off", exc_info=error)
    return "broken", True


async def main() -> int:
    orders = Orders()
    # The first connection makes a certificate and loads half of the libraries: not while a lesson waits.
    await RTCPeerConnection().close()
    tell({"event": "ready"})
    await asyncio.wait({orders.job, orders.stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not orders.job.done():
        return 0
    try:
        return await record(Job.read(json.loads(orders.job.result())), orders)
    except (JobError, ValueError) as error:
        tell({"event": "failed", "reason": "bad_job"})
        log.error("the start line is not a job: %s", error)
    except OSError as error:
        tell({"event": "failed", "reason": "directory"})
        log.error("the directory cannot be used: %s", error)
    return 1


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    for chatty in ("aioice", "aiortc", "libav", "websockets"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    code = asyncio.run(main())
    # Not a return: a decoder thread that hangs in a codec would keep the process for ever.
    os._exit(code)
