"""Keeps the stations that PostgreSQL wants: one child process a broadcast.

Desired state, not timers: a few times a second the wanted broadcasts are compared with the children. A station that
dies is replaced at once and goes on with the numbers of the one before, so players notice an interruption and no end.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import shutil
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from classroom.models import LessonStatus
from recordings import actions
from recordings.models import OPEN_CAPTURE, Broadcast, BroadcastState, Capture, Engine, SendingState
from recordings.streaming.keys import key_of

log = logging.getLogger(__name__)
TICK_SECONDS = 0.25
SEEN_SECONDS = 1.0
STOP_SECONDS = 8.0
# What a Jibri sends is 720p; the built-in recorder sends what a small room has.
HEIGHTS: dict[str, tuple[int, ...]] = {Engine.JIBRI: (360, 240), Engine.EMBEDDED: (240,)}
# Pieces of a stream that is over: long enough for whoever is a little behind.
KEPT = timedelta(minutes=10)


@dataclass(slots=True)
class Child:
    process: subprocess.Popen[str]
    broadcast: Broadcast
    events: queue.SimpleQueue[dict[str, Any]] = field(default_factory=queue.SimpleQueue)
    seen: float = 0.0
    stopping_since: float | None = None
    reel: str | None = None
    goal: dict[str, object] | None = None

    def say(self, message: dict[str, object]) -> None:
        try:
            assert self.process.stdin is not None  # noqa: S101  opened as a pipe
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            log.warning("The station %s is gone", self.process.pid)


class StationHost:
    def __init__(self) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.children: dict[UUID, Child] = {}
        self.stopped = threading.Event()
        self._swept_at = 0.0

    def run(self) -> None:
        """Until `stopped`; whoever starts it does so in the thread in which it runs."""
        try:
            while not self.stopped.is_set():
                try:
                    self.tick(now=timezone.now())
                except OperationalError as away:
                    log.warning("PostgreSQL is away, the streams go on: %s", away)
                self.stopped.wait(TICK_SECONDS)
        finally:
            for child in self.children.values():
                child.process.terminate()
            for child in self.children.values():
                _wait(child.process)

    def tick(self, *, now: datetime) -> None:
        close_old_connections()
        for broadcast in actions.unhosted_broadcasts(now=now):
            mine = broadcast.pk not in self.children
            if mine and actions.claim_broadcast(broadcast=broadcast, host=self.name, now=now):
                self._start(broadcast)
        for child in list(self.children.values()):
            self._look_after(child, now)
        if time.monotonic() - self._swept_at > KEPT.total_seconds() / 10:
            self._swept_at = time.monotonic()
            sweep_shelves(now=now)

    def _start(self, broadcast: Broadcast) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "recordings.streaming.station"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=settings.BASE_DIR,
        )
        child = self.children[broadcast.pk] = Child(process, broadcast)
        threading.Thread(target=_read, args=(process, child.events), daemon=True).start()
        child.say(
            {
                "broadcast": str(broadcast.pk),
                "shelf": str(shelf_of(broadcast.pk)),
                "key": key_of(broadcast),
                "address": settings.STREAM_LISTEN,
                "port": broadcast.port if broadcast.address == settings.STREAM_ADDRESS else 0,
                "heights": HEIGHTS[settings.RECORDER_ENGINE],
            }
        )

    def _look_after(self, child: Child, now: datetime) -> None:
        while not child.events.empty():
            self._hear(child, child.events.get(), now)
        if child.process.poll() is not None:
            return self._bury(child, now)
        if time.monotonic() - child.seen > SEEN_SECONDS:
            child.seen = time.monotonic()
            self._see(child, now)
        if child.stopping_since and time.monotonic() - child.stopping_since > STOP_SECONDS:
            child.process.kill()
        return None

    def _hear(self, child: Child, event: dict[str, Any], now: datetime) -> None:
        log.info("Station %s: %s", child.broadcast.pk, event)
        match event.get("event"):
            case "listening":
                address, port = settings.STREAM_ADDRESS, int(event["port"])
                actions.note_listening(broadcast=child.broadcast, address=address, port=port, now=now)
            case "shown":
                actions.note_shown(broadcast=child.broadcast, now=now)
            case "interrupted" | "packager_lost":
                actions.note_interrupted(broadcast=child.broadcast, now=now)
            case "sending":
                lesson, state, reason = child.broadcast.lesson, event["state"], event["reason"]
                actions.note_sending(lesson=lesson, state=state, reason=reason, now=now)

    def _see(self, child: Child, now: datetime) -> None:
        mine = actions.see_broadcast(broadcast=child.broadcast, host=self.name, now=now)
        child.broadcast.lesson.refresh_from_db(fields=["status"])
        is_live = child.broadcast.lesson.status == LessonStatus.LIVE
        self._say_reel(child)
        self._say_goal(child, now)
        if not (mine and is_live) and child.stopping_since is None:
            child.stopping_since = time.monotonic()
            child.say({"command": "stop"})

    def _say_reel(self, child: Child) -> None:
        """What a Jibri sends is also the recording: it lands where that Jibri would have put its file."""
        capture = _capture_of(child.broadcast)
        folder = str(settings.RECORDINGS_DIR / capture.session_id) if capture else None
        if folder != child.reel:
            child.reel = folder
            call = child.broadcast.lesson.room.name
            child.say({"command": "record", "folder": folder, "call": call})

    def _say_goal(self, child: Child, now: datetime) -> None:
        """Never logged: it holds the key of the place outside."""
        goal = actions.find_goal(lesson=child.broadcast.lesson, now=now)
        if goal != child.goal:
            child.goal = goal
            child.say({"command": "send", "url": None} if goal is None else {"command": "send", **goal})

    def _bury(self, child: Child, now: datetime) -> None:
        """A station that ended while its lesson goes on is replaced in the next round."""
        del self.children[child.broadcast.pk]
        log.info("Station %s ended with %s", child.broadcast.pk, child.process.returncode)
        actions.note_interrupted(broadcast=child.broadcast, now=now)
        connecting = SendingState.CONNECTING
        actions.note_sending(lesson=child.broadcast.lesson, state=connecting, reason="", now=now)
        Broadcast.objects.filter(pk=child.broadcast.pk, host=self.name).update(host="")


def _capture_of(broadcast: Broadcast) -> Capture | None:
    mine = Capture.objects.filter(
        recording__lesson=broadcast.lesson_id, engine=Engine.JIBRI, is_streamed=True
    )
    return mine.filter(state__in=OPEN_CAPTURE).first()


def shelf_of(broadcast_id: UUID) -> Path:
    root: Path = settings.STREAMS_DIR
    return root / str(broadcast_id)


def sweep_shelves(*, now: datetime) -> int:
    """Folders of streams that have been over for a while, and of none that is known."""
    root: Path = settings.STREAMS_DIR
    if not root.is_dir():
        return 0
    found = {path.name: path for path in root.iterdir() if path.is_dir()}
    fresh = Broadcast.objects.exclude(state=BroadcastState.OVER, ended_at__lt=now - KEPT)
    kept = {str(pk) for pk in fresh.filter(pk__in=_ids(found)).values_list("pk", flat=True)}
    for name in found.keys() - kept:
        shutil.rmtree(found[name], ignore_errors=True)
    return len(found.keys() - kept)


def _ids(names: dict[str, Path]) -> list[UUID]:
    ids = []
    for name in names:
        try:
            ids.append(UUID(name))
        except ValueError:
            continue
    return ids


def _wait(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _read(process: subprocess.Popen[str], events: queue.SimpleQueue[dict[str, Any]]) -> None:
    assert process.stdout is not None  # noqa: S101  opened as a pipe
    for line in process.stdout:
        try:
            events.put(json.loads(line))
        except ValueError:
            log.warning("The station %s said: %s", process.pid, line[:200])
