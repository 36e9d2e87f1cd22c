"""Keeps the embedded recorders that PostgreSQL wants: one child process a capture, and one warm spare.

Desired state, not timers: a few times a second the wanted captures are compared with the children.
A child that dies is replaced at once. When this host dies, its children go on until the recorder of
another host is in the room: of the one that starts here next, or of any other after the sweep's silence.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from uuid import uuid4

from django.conf import settings
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from classroom.models import LessonStatus
from classroom.passes import issue_pass
from common.services.process import alive
from recordings import actions
from recordings.models import Broadcast, Capture, CaptureState, EndCause, Engine
from recordings.streaming.keys import address_of

log = logging.getLogger(__name__)
TICK_SECONDS = 0.25
SEEN_SECONDS = 2.0
STOP_SECONDS = 15.0


@dataclass(slots=True)
class Child:
    """One recorder process; `events` are its JSON lines."""

    process: subprocess.Popen[str]
    events: queue.SimpleQueue[dict[str, str]] = field(default_factory=queue.SimpleQueue)
    capture: Capture | None = None
    seen: float = 0.0
    stopping_since: float | None = None
    streams_to: str = ""

    def say(self, message: dict[str, object]) -> None:
        try:
            assert self.process.stdin is not None  # noqa: S101  opened as a pipe
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            log.warning("The recorder %s is gone", self.process.pid)


class RecorderHost:
    def __init__(self, socket_base: str) -> None:
        self.socket_base = socket_base.rstrip("/")
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.children: list[Child] = []
        self.spare: Child | None = None
        self.stopped = threading.Event()

    def run(self) -> None:
        """Until `stopped`; then every child finishes its files."""
        self.succeed()
        try:
            while not self.stopped.is_set():
                self._tick_or_wait()
                self.stopped.wait(TICK_SECONDS)
        finally:
            self._finish_all()

    def _tick_or_wait(self) -> None:
        """The children record on while PostgreSQL is away; what they reported meanwhile is heard afterwards."""
        try:
            self.tick()
        except OperationalError as away:
            log.warning("PostgreSQL is away, the recorders go on: %s", away)

    def succeed(self) -> None:
        """Recordings of a host that died on this machine begin anew now, not after the sweep's silence."""
        running = Capture.objects.filter(state=CaptureState.RUNNING, engine=Engine.EMBEDDED)
        here = running.filter(host__startswith=f"{socket.gethostname()}:").select_related("recording__lesson")
        for capture in here:
            if capture.host == self.name or not alive(int(capture.host.rpartition(":")[2])):
                now = timezone.now()
                actions.close_capture(capture=capture, state=CaptureState.LOST, now=now, cause=EndCause.DIED)

    def tick(self) -> None:
        close_old_connections()
        self.spare = self.spare or _spawn()
        for capture in self._claim():
            self._start(capture)
        for child in list(self.children):
            self._look_after(child)

    def _claim(self) -> list[Capture]:
        wanted = Capture.objects.filter(state=CaptureState.WANTED, engine=Engine.EMBEDDED)
        return [capture for capture in wanted.select_related("recording__lesson") if self._take(capture)]

    def _take(self, capture: Capture) -> bool:
        now = timezone.now()
        free = Capture.objects.filter(pk=capture.pk, state=CaptureState.WANTED)
        return bool(free.update(state=CaptureState.RUNNING, host=self.name, asked_at=now, seen_at=now))

    def _start(self, capture: Capture) -> None:
        child, self.spare = self.spare or _spawn(), None
        child.capture, child.seen = capture, time.monotonic()
        room = capture.recording.lesson.room
        child.say(
            {
                "socket_url": f"{self.socket_base}/ws/rooms/{room.pk}/",
                "token": issue_pass(room.pk),
                "occupant": str(uuid4()),
                "directory": str(settings.RECORDINGS_DIR / capture.session_id),
                "session_id": capture.session_id,
                "recording": str(capture.recording_id),
                "room": room.name,
                "origin": None,
            }
        )
        self.children.append(child)

    def _look_after(self, child: Child) -> None:
        assert child.capture is not None  # noqa: S101  only started children are here
        self._hear(child, child.capture)
        if child.process.poll() is not None:
            return self._bury(child, child.capture)
        if time.monotonic() - child.seen > SEEN_SECONDS:
            child.seen = time.monotonic()
            self._see(child, child.capture)
        if child.stopping_since and time.monotonic() - child.stopping_since > STOP_SECONDS:
            child.process.kill()
        return None

    def _hear(self, child: Child, capture: Capture) -> None:
        while not child.events.empty():
            event = child.events.get()
            log.info("Recorder %s: %s", capture.session_id, event)
            # Where nobody sends anything, being in the room is all that recording can be.
            if event.get("event") in ("attending", "capturing"):
                actions.note_capturing(capture=capture, now=timezone.now())

    def _see(self, child: Child, capture: Capture) -> None:
        still_ours = Capture.objects.filter(pk=capture.pk, state=CaptureState.RUNNING, host=self.name)
        kept = still_ours.update(seen_at=timezone.now())
        capture.recording.lesson.refresh_from_db(fields=["status"])
        self._say_stream(child, capture)
        if (
            not kept or capture.recording.lesson.status != LessonStatus.LIVE
        ) and child.stopping_since is None:
            self._stop(child)

    def _say_stream(self, child: Child, capture: Capture) -> None:
        """Where the lesson's stream is taken in, which may change in the middle of it."""
        broadcast = Broadcast.objects.filter(lesson=capture.recording.lesson_id).first()
        address = address_of(broadcast) if broadcast else ""
        if address != child.streams_to:
            child.streams_to = address
            child.say({"command": "stream", "address": address})

    def _stop(self, child: Child) -> None:
        child.stopping_since = time.monotonic()
        child.say({"command": "stop"})

    def _bury(self, child: Child, capture: Capture) -> None:
        """Exit code 0 means that it finished its files; anything else loses the capture, and a new one is wanted."""
        self.children.remove(child)
        finished = child.process.returncode == 0
        state = CaptureState.CLOSED if finished else CaptureState.LOST
        log.info("Recorder %s ended with code %s", capture.session_id, child.process.returncode)
        cause = EndCause.NONE if finished else EndCause.DIED
        actions.close_capture(capture=capture, state=state, now=timezone.now(), cause=cause)

    def _finish_all(self) -> None:
        if self.spare:
            self.spare.process.kill()
            self.spare.process.wait()
        for child in self.children:
            self._stop(child)
        deadline = time.monotonic() + 5
        while self.children and time.monotonic() < deadline:
            for child in list(self.children):
                self._look_after(child)
            time.sleep(0.05)


def _spawn() -> Child:
    process = subprocess.Popen(
        [sys.executable, "-m", "recordings.embedded.capture"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=settings.BASE_DIR,
    )
    child = Child(process)
    threading.Thread(target=_read, args=(process, child.events), daemon=True).start()
    return child


def _read(process: subprocess.Popen[str], events: queue.SimpleQueue[dict[str, str]]) -> None:
    assert process.stdout is not None  # noqa: S101  opened as a pipe
    for line in process.stdout:
        try:
            events.put(json.loads(line))
        except ValueError:
            log.warning("The recorder %s said: %s", process.pid, line[:200])
