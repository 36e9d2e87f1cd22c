"""Who is at one board in this process: how much each may say, what they are called, where the teacher looks.

Nothing here is kept. Names are told with somebody's first word, and again now and then, because ephemeral words
may be shed; a newcomer is told all of them with the snapshot.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from common.sockets.limits import Bucket
from whiteboard.board import EVERYBODY, STAFF, Edit, Viewer, authors_of, is_private

DURABLE_PER_SECOND, DURABLE_BURST = 10, 80
LIVE_PER_SECOND, LIVE_BURST = 60, 120
TOLD_AGAIN_SECONDS = 30.0


@dataclass(slots=True)
class Company:
    """`view` is the last `view.moved` while following is on; `is_view_ours` when a socket of this process said it."""

    follow: bool = False
    view: dict[str, Any] | None = None
    is_view_ours: bool = False
    names: dict[str, str] = field(default_factory=dict)
    _told: dict[Viewer, dict[str, float]] = field(default_factory=lambda: {EVERYBODY: {}, STAFF: {}})
    _durable: dict[str, Bucket] = field(default_factory=dict)
    _live: dict[str, Bucket] = field(default_factory=dict)

    def may_write(self, person: str) -> bool:
        """One more durable command of this person, in however many tabs."""
        bucket = self._durable.setdefault(person, Bucket(DURABLE_PER_SECOND, DURABLE_BURST))
        return bucket.take(time.monotonic())

    def may_move(self, person: str) -> bool:
        bucket = self._live.setdefault(person, Bucket(LIVE_PER_SECOND, LIVE_BURST))
        return bucket.take(time.monotonic())

    def hear(self, type_: str, data: dict[str, Any], *, staff_only: bool) -> None:
        """A word of ours or of another process."""
        if type_ == "view.moved":
            self.view = data if self.follow else None
        elif type_ == "people.named":
            self.names |= data["people"]
            self._mark(data["people"], staff_only=staff_only)

    def set_follow(self, on: bool) -> None:
        self.follow = on
        if not on:
            self.view, self.is_view_ours = None, False

    def untold(self, persons: Iterable[str], *, staff_only: bool) -> list[str]:
        """Who has to be named now. They count as told from here on."""
        oldest = time.monotonic() - TOLD_AGAIN_SECONDS
        told = self._told[STAFF if staff_only else EVERYBODY]
        found = [person for person in persons if told.get(person, float("-inf")) < oldest]
        self._mark(found, staff_only=staff_only)
        return found

    def untold_in(self, edits: Iterable[Edit]) -> list[tuple[list[str], bool]]:
        """Authors whom these edits show to all, and those that they show to staff only."""
        told: dict[bool, set[str]] = {False: set(), True: set()}
        for edit in edits:
            told[is_private(edit)] |= authors_of(edit)
        pairs = [(self.untold(sorted(told[staff]), staff_only=staff), staff) for staff in (False, True)]
        return [(persons, staff) for persons, staff in pairs if persons]

    def told(self, viewer: Viewer) -> set[str]:
        """Who was named to those who see this."""
        staff = self._told[STAFF] if viewer is STAFF else {}
        return self._told[EVERYBODY].keys() | staff.keys()

    def _mark(self, persons: Iterable[str], *, staff_only: bool) -> None:
        told, now = self._told[STAFF if staff_only else EVERYBODY], time.monotonic()
        told.update(dict.fromkeys(persons, now))
