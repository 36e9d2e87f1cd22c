"""The stream once more, to a place outside: tried again and again while it is wanted, slower each time."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recordings.streaming import programs
from recordings.streaming.crossing import Crossing
from recordings.streaming.outlets import Outlet, Program

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0
# After so long of sending a break is a new one, not one more of the old.
STEADY_SECONDS = 30.0
STALLED_SECONDS = 15.0
PROGRESS = re.compile(r"[a-z_0-9]+=\s*\S*")


@dataclass(frozen=True, slots=True)
class Goal:
    """`key` never reaches a log, an event or a file."""

    url: str
    key: str
    allow_private: bool

    @classmethod
    def read(cls, order: dict[str, Any]) -> Goal | None:
        """None: send nowhere."""
        if not order.get("url"):
            return None
        return cls(str(order["url"]), str(order.get("key") or ""), order.get("allow_private") is True)


class Copier(Program):
    """The ffmpeg that copies. It tells its progress among its complaints; neither shows the key."""

    def __init__(self, command: Sequence[str], *, key: str) -> None:
        self.moved_at = 0.0
        self._key, self._reached = key, 0
        super().__init__(command)

    def _listen(self) -> None:
        assert self.process.stderr is not None  # noqa: S101  opened as a pipe
        for line in self.process.stderr:
            self._hear(line.decode(errors="replace").strip())

    def _hear(self, said: str) -> None:
        word, _, value = said.partition("=")
        if word == "out_time_us" and value.isdigit() and int(value) > self._reached:
            self._reached, self.moved_at = int(value), time.monotonic()
        elif not PROGRESS.fullmatch(said):
            self.tail.append(said.replace(self._key, "…"))


class Onward:
    """From the main thread. `state` and `reason` are words of `recordings.models.destinations`."""

    def __init__(self, goal: Goal, outlets: list[Outlet]) -> None:
        self.goal = goal
        self.state, self.reason = "connecting", ""
        self._outlets = outlets
        self._crossing: Crossing | None = None
        self._copier: Copier | None = None
        self._failures = 0
        self._next_at = self._begun_at = self._sent_since = 0.0

    @property
    def pid(self) -> int | None:
        return self._copier.process.pid if self._copier else None

    def tick(self, *, flows: bool) -> bool:
        """Whether there is something new to say."""
        before = (self.state, self.reason)
        if flows:
            self._go_on(time.monotonic())
        elif self._crossing is not None:
            self.cut()
        return (self.state, self.reason) != before

    def cut(self) -> None:
        """What comes next does not join what came before: the other side gets a new beginning."""
        self.close()
        if self.state == "sending":
            self.state, self.reason = "connecting", ""

    def close(self) -> None:
        if self._copier is not None:
            self._outlets.remove(self._copier)
            # Whoever has taken it is told that it is over.
            self._copier.end(0.5 if self.state == "sending" else 0.0)
        if self._crossing is not None:
            self._crossing.close()
        self._copier = self._crossing = None

    def _go_on(self, now: float) -> None:
        if self._crossing is None:
            if now >= self._next_at:
                self._crossing = Crossing(self.goal.url, allow_private=self.goal.allow_private)
                self._begun_at = now
        elif self._copier is None:
            if self._crossing.fault:
                self._fail(self._crossing.fault, now)
            elif self._crossing.port:
                command = programs.onward(url=self.goal.url, key=self.goal.key, port=self._crossing.port)
                self._copier = Copier(command, key=self.goal.key)
                self._outlets.append(self._copier)
        else:
            self._watch(self._crossing, self._copier, now)

    def _watch(self, crossing: Crossing, copier: Copier, now: float) -> None:
        if not (copier.is_running and crossing.is_open):
            return self._fail("lost" if self.state == "sending" else "refused", now)
        if copier.is_behind or now - max(copier.moved_at, self._begun_at) > STALLED_SECONDS:
            return self._fail("stalled", now)
        if copier.moved_at and self.state != "sending":
            self.state, self.reason, self._sent_since = "sending", "", now
        if self.state == "sending" and now - self._sent_since > STEADY_SECONDS:
            self._failures = 0
        return None

    def _fail(self, reason: str, now: float) -> None:
        said = "; ".join(list(self._copier.tail)[-3:]) if self._copier else ""
        log.warning("What goes outside is interrupted: %s %s", reason, said)
        self.close()
        self.state, self.reason = "interrupted", reason
        self._next_at = now + min(FIRST_PAUSE_SECONDS * 2**self._failures, LONGEST_PAUSE_SECONDS)
        self._failures += 1
