"""The process of one broadcast: `python -m recordings.streaming.station`.

stdin: one line with the job, later `{"command": "record", "folder": …, "call": …}` (folder null: no more),
`{"command": "send", "url": …, "key": …}` (url null: no more), and `{"command": "stop"}`; its end means that the parent is gone,
and the stream goes on for a while, until another host has taken over or nobody has come.
stdout: one JSON event a line: `listening` {port}, `flowing` {take}, `shown` {take}, `interrupted`, `packager_lost`,
`sending` {state, reason}, `over`. Everything else goes to stderr, and no key ever does.

It knows no Django and no database. What it must not lose lies on the disk: a station that is killed leaves lists
with which the next one goes on.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from recordings.streaming import programs
from recordings.streaming.ingest import Ingest
from recordings.streaming.job import Job, JobError
from recordings.streaming.onward import Goal, Onward
from recordings.streaming.outlets import Program, Reel
from recordings.streaming.shelves import Shelves

log = logging.getLogger("recordings.streaming")

TICK_SECONDS = 0.05
# A sender that is silent for so long is gone; the door is for the next.
SILENT_SECONDS = 4.0
# Bytes come and no piece does: the packager hangs.
STUCK_SECONDS = 15.0
SWEEP_SECONDS = 5.0
# Without a parent.
ORPHAN_SECONDS = 15.0


def tell(event: dict[str, Any]) -> None:
    """A parent that is gone does not stop the stream."""
    try:
        os.write(1, (json.dumps(event) + "\n").encode())
    except OSError as error:
        log.warning("Nobody hears %s: %s", event.get("event"), error)


class Station:
    def __init__(self, job: Job) -> None:
        self.job = job
        self.ingest = Ingest(address=job.address, port=job.port, key=job.key)
        self.shelves = Shelves(job.shelf, job.heights)
        self.packager: Program | None = None
        self.reel: Reel | None = None
        self.onward: Onward | None = None
        self._flows = False
        self._shown = False
        self._moved_at = self._swept_at = time.monotonic()

    def tick(self) -> None:
        if not self.ingest.is_open:
            # First: what the next one sends does not join up with what was sent before.
            self.ingest.forget()
            self._end_packager(seconds=1.0)
            if self.onward:
                self.onward.cut()
            if self.reel:
                self.reel.begin()
            self.ingest.open()
        self._watch_sender()
        self._watch_packager()
        self._stock()
        if self.onward and self.onward.tick(flows=self._flows):
            self._tell_sending(self.onward)
        if time.monotonic() - self._swept_at > SWEEP_SECONDS:
            self._swept_at = time.monotonic()
            self.shelves.sweep()

    def _watch_sender(self) -> None:
        flows = self.ingest.is_flowing(SILENT_SECONDS)
        if flows != self._flows:
            self._flows = flows
            tell({"event": "flowing", "take": self.ingest.take} if flows else {"event": "interrupted"})
            if not flows:
                self._end_packager(seconds=1.0)

    def _watch_packager(self) -> None:
        if self.packager is None:
            if self._flows:
                self._begin_packager()
            return
        is_stuck = self._flows and time.monotonic() - self._moved_at > STUCK_SECONDS
        if not self.packager.is_running or self.packager.is_behind or is_stuck:
            log.warning("The packager is lost: %s", "; ".join(list(self.packager.tail)[-3:]))
            tell({"event": "packager_lost"})
            self._end_packager(seconds=0.0)

    def _begin_packager(self) -> None:
        take = self.shelves.begin_take()
        command = programs.packager(shelf=self.job.shelf, take=take, heights=self.job.heights)
        self.packager = Program(command)
        self.ingest.outlets.append(self.packager)
        self._moved_at, self._shown = time.monotonic(), False

    def _end_packager(self, *, seconds: float) -> None:
        """What it holds becomes a last, shorter piece, if it has the time."""
        if self.packager is None:
            return
        self.ingest.outlets.remove(self.packager)
        self.packager.end(seconds)
        self.packager = None
        self._stock()

    def _stock(self) -> None:
        if not self.shelves.stock():
            return
        self._moved_at = time.monotonic()
        if not self._shown:
            self._shown = True
            tell({"event": "shown", "take": self.shelves.take})

    # What the parent says.

    def obey(self, order: dict[str, Any]) -> bool:
        """False when it is the last."""
        match order.get("command"):
            case "record":
                self.record(order.get("folder"), str(order.get("call") or "lesson"))
            case "send":
                self.send(Goal.read(order))
            case "stop":
                return False
        return True

    def record(self, folder: str | None, call: str) -> None:
        if self.reel is not None:
            if folder is not None and Path(folder) == self.reel.folder:
                return
            self.ingest.outlets.remove(self.reel)
            self.reel.finish()
            self.reel = None
        if folder is not None:
            self.reel = Reel(Path(folder), call)
            self.ingest.outlets.append(self.reel)

    def send(self, goal: Goal | None) -> None:
        if self.onward is not None:
            self.onward.close()
        self.onward = Onward(goal, self.ingest.outlets) if goal else None
        if self.onward:
            self._tell_sending(self.onward)

    def _tell_sending(self, onward: Onward) -> None:
        tell({"event": "sending", "state": onward.state, "reason": onward.reason})

    def close(self, *, is_over: bool) -> None:
        self.ingest.close()
        self._end_packager(seconds=2.0)
        self.send(None)
        self.record(None, "")
        if is_over:
            self.shelves.finish()


class Orders:
    """Lines of the parent, heard in a thread; None when it is gone."""

    def __init__(self) -> None:
        self.heard: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            try:
                told = json.loads(line)
            except ValueError:
                continue
            if isinstance(told, dict):
                self.heard.put(told)
        self.heard.put(None)


def run(station: Station, orders: Orders) -> bool:
    """Until it is over; whether it really is, or only this process."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    orphaned_at: float | None = None
    while not stopped.is_set():
        while not orders.heard.empty():
            order = orders.heard.get()
            if order is None:
                orphaned_at = time.monotonic()
            elif not station.obey(order):
                return True
        if orphaned_at is not None and time.monotonic() - orphaned_at > ORPHAN_SECONDS:
            return False
        station.tick()
        stopped.wait(TICK_SECONDS)
    return False


def main() -> int:
    orders = Orders()
    try:
        station = Station(Job.read(orders.heard.get()))
    except (JobError, OSError) as error:
        log.error("This is no job: %s", error)
        return 1
    tell({"event": "listening", "port": station.ingest.port})
    is_over = False
    try:
        is_over = run(station, orders)
    finally:
        station.close(is_over=is_over)
    tell({"event": "over"})
    return 0


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    code = main()
    # Not a return: a thread that waits for a pipe would keep the process.
    os._exit(code)
