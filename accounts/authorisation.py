"""Who may do what, as one table. `config/doors.py` says which row each door asks; the tests try every cell."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Actor(StrEnum):
    PLATFORM_ADMIN = "platform_admin"
    HEAD = "head"
    TEACHER = "teacher"
    CO_TEACHER = "co_teacher"
    STUDENT = "student"
    GUARDIAN = "guardian"
    GUEST = "guest"
    API_CLIENT = "api_client"
    SERVICE = "service"


class Reach(StrEnum):
    """How far a right goes. Each one holds only for members in good standing: not suspended, not expired."""

    NONE = "-"
    OWN = "m"  # themselves
    CHILD = "k"  # what concerns their own child
    MEMBER = "h"  # what is their own, as long as they belong to the school
    COURSE = "c"  # courses and lessons that they take part in
    INSTITUTION = "i"
    ALL = "a"


_ORDER = (
    Actor.PLATFORM_ADMIN,
    Actor.HEAD,
    Actor.TEACHER,
    Actor.CO_TEACHER,
    Actor.STUDENT,
    Actor.GUARDIAN,
    Actor.GUEST,
    Actor.API_CLIENT,
    Actor.SERVICE,
)

# One letter an actor, in the order above. An API client also needs the scope that the API names.
_ROWS = {
    "signed_in": "m m m m m m - - -",
    "institution.create": "a - - - - - - - -",
    "institution.settings": "a i - - - - - - -",
    "people.manage": "a i - - - - - i -",
    "people.read": "a i c c c k - i -",
    "account.lock": "a - - - - - - - -",
    "role.grant": "a i - - - - - - -",
    "course.create": "- i - - - - - i -",
    "course.edit": "- i c c - - - i -",
    "course.read": "- i c c c - - i -",
    "lesson.read": "- i c c c k - i -",
    "lesson.schedule": "- i c c - - - i -",
    "holiday.manage": "- i - - - - - - -",
    "meeting.start": "- i h h - - - - -",
    "room.admit": "- i c c - - - - -",
    "room.join": "- i c c c - c - -",
    "room.moderate": "- - c c - - - - -",
    "lesson.end": "- i c c - - - - -",
    "breakout.assign": "- - c c - - - - -",
    "board.draw": "- - c c c - c - -",
    "board.manage": "- - c c - - - - -",
    "board.read": "- i c c c - - - -",
    "chat.send": "- - c c c - c - -",
    "chat.delete": "- - c c - - - - -",
    "quiz.run": "- - c c - - - - -",
    "quiz.answer": "- - - - c - - - -",
    "recording.follow": "- i c c c - - i -",
    "recording.view": "- i c c c k - i -",
    "recording.hold": "- i - - - - - - -",
    "recording.ingest": "- - - - - - - - a",
    "register.read": "- i c c - - - i -",
    "register.read_own": "- i c c m k - i -",
    "register.correct": "- i c - - - - - -",
    "engagement.read": "- i c c - - - - -",
    "guardian.link": "a i - - - - - - -",
    "person.export": "- i m m m m - - -",
    "person.erase": "- i - - - - - - -",
    "audit.read": "- i - - - - - - -",
    "audit.platform": "a - - - - - - - -",
    "retention.manage": "- i - - - - - - -",
    "webhook.manage": "- i - - - - - - -",
    "integration.manage": "a i - - - - - - -",
    "statistics.read": "a i h h - - - - -",
    "fleet.read": "a - - - - - - - -",
    "fleet.manage": "a - - - - - - - -",
}

TABLE: Mapping[str, Mapping[Actor, Reach]] = {
    row: dict(zip(_ORDER, map(Reach, letters.split()), strict=True)) for row, letters in _ROWS.items()
}


def reach_of(row: str, actor: Actor) -> Reach:
    """KeyError for a row that is not in the table: no door opens by a typo."""
    return TABLE[row][actor]
