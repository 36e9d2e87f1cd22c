"""A lesson as it should be, in plain Python: what the machine's rules do to it, and what each one may know of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

TEACHER, HEAD = "teacher", "head"
PUPILS = ("amina", "bilal", "chidi", "dina")
NOBODIES = ("guardian", "stranger")
MAIN = "main"


@dataclass
class Line:
    """Something that was written; `at` is the room, main or the id of a breakout."""

    id: str
    at: str
    author: str
    text: str
    to_staff: bool
    deleted: bool = False


@dataclass
class Asked:
    """A quiz; `answers` holds each one's last word that was in time."""

    id: str
    shared: bool
    state: str = "open"
    answers: dict[str, str] = field(default_factory=dict)

    def bars(self) -> dict[str, int]:
        return dict(Counter(self.answers.values()))


@dataclass
class Divided:
    """Breakout rooms; `rooms` are their ids once they are open, by number from 1."""

    count: int
    rooms: dict[int, str] = field(default_factory=dict)
    seats: dict[str, int] = field(default_factory=dict)
    help: set[str] = field(default_factory=set)

    @property
    def is_open(self) -> bool:
        return bool(self.rooms)

    def people_in(self, number: int) -> set[str]:
        return {who for who, seat in self.seats.items() if seat == number}


@dataclass
class LessonModel:
    standing: dict[str, str]  # of those who belong to the lesson today
    inside: set[str] = field(default_factory=set)
    where: dict[str, int] = field(default_factory=dict)  # who has gone into which breakout room
    mode: str = "open"
    lines: list[Line] = field(default_factory=list)
    hands: list[str] = field(default_factory=list)
    asked: Asked | None = None
    divided: Divided | None = None

    def is_staff(self, who: str) -> bool:
        return self.standing.get(who) in {"teacher", "co_teacher"}

    def sees_all(self, who: str) -> bool:
        return self.is_staff(who) or self.standing.get(who) == "observer"

    def pupils_inside(self) -> list[str]:
        return [who for who in PUPILS if who in self.inside]

    @property
    def open_rooms(self) -> dict[int, str]:
        return self.divided.rooms if self.divided else {}

    # What people do.

    def come(self, who: str) -> None:
        self.inside.add(who)
        if who in PUPILS and self.divided and self.divided.is_open:
            self.seat([who])

    def seat(self, people: Iterable[str]) -> None:
        """One after the other into a smallest room; which of equals is of no importance, so it is asked for."""
        assert self.divided
        for who in people:
            self.divided.seats.setdefault(who, 0)

    def go_away(self, who: str) -> None:
        self.inside.discard(who)
        self.where.pop(who, None)

    def write(self, line: Line) -> str:
        if self.mode == "closed" and not self.is_staff(line.author):
            return "chat_closed"
        if line.at not in {MAIN, *self.open_rooms.values()}:
            return "lesson_over"
        line.to_staff = self.mode == "questions" and not self.is_staff(line.author)
        self.lines.append(line)
        return ""

    def call(self) -> str:
        if not self.hands:
            return "not_found"
        self.hands.pop(0)
        return ""

    def launch(self, asked: Asked) -> str:
        if self.asked and self.asked.state == "open":
            return "quiz_open"
        self.asked = asked
        return ""

    def answer(self, who: str, value: str) -> str:
        assert self.asked
        if self.asked.state != "open":
            return "late"
        self.asked.answers[who] = value
        return ""

    def close_breakouts(self) -> None:
        self.divided = None
        self.where.clear()

    # What each one may know.

    def chat_of(self, who: str, at: str) -> dict[str, tuple[str, bool]]:
        """By id what it says and whether it is deleted; a deleted one says nothing."""
        readable = (line for line in self.lines if line.at == at and self.may_read(who, line))
        return {line.id: ("" if line.deleted else line.text, line.deleted) for line in readable}

    def may_read(self, who: str, line: Line) -> bool:
        return not line.to_staff or line.author == who or self.sees_all(who)

    def quiz_of(self, who: str) -> dict[str, Any] | None:
        """What does not depend on which question it was."""
        if self.asked is None:
            return None
        counted = self.is_staff(who) or self.asked.shared
        return {
            "id": self.asked.id,
            "state": self.asked.state,
            "shared": self.asked.shared,
            "bars": self.asked.bars() if counted else None,
            "has_key": self.is_staff(who) or self.asked.state == "revealed",
            "mine": self.asked.answers.get(who),
        }

    def rooms_of(self, who: str) -> dict[int, tuple[set[str], set[str]]] | None:
        """By number who sits there and who asked for help; None when there is nothing to know."""
        divided = self.divided
        if divided is None or not (divided.is_open or self.is_staff(who)):
            return None
        rooms = {
            number: (people := divided.people_in(number), divided.help & people)
            for number in range(1, divided.count + 1)
        }
        if self.is_staff(who):
            return rooms
        return {
            number: (people, asking & {who}) for number, (people, asking) in rooms.items() if who in people
        }
