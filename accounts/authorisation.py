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
# Where a row gives less than one might expect, or more, the reason stands above it.
_ROWS = {
    "signed_in": "m m m m m m - - -",
    # Sitting down at one of one's desks; whom no school counts has none.
    "desk.choose": "a h h h h h - - -",
    # Lists hold what the caller may see, which may be nothing.
    "api.lists": "m m m m m m - i -",
    "institution.read": "a i i i i i - i -",
    "institution.create": "a - - - - - - - -",
    "institution.settings": "a i - - - - - - -",
    "people.manage": "a i - - - - - i -",
    "people.read": "a i c c c k - i -",
    # One record with its address. A class reads the names of its own from the roster, so no `c` here.
    "person.read": "a i h h h k - i -",
    "account.lock": "a - - - - - - - -",
    "role.grant": "a i - - - - - - -",
    # Which classes there are, and who is in them, is for the school: a teacher could otherwise enrol any child and
    # then see them.
    "course.create": "- i - - - - - i -",
    "course.edit": "- i c c - - - i -",
    "course.read": "- i c c c k - i -",
    # Guardians see the course, not the other children.
    "roster.read": "- i c c c - - i -",
    "lesson.read": "- i c c c k - i -",
    "lesson.schedule": "- i c c - - - i -",
    "holiday.manage": "- i - - - - - - -",
    "meeting.start": "- i h h - - - - -",
    "room.admit": "- i c c - - - - -",
    # The names of those who watch the stream; pupils hear only how many.
    "audience.read": "- i c c - - - - -",
    # A link signs somebody in: for oneself, or by the system that the school trusts with it.
    "room.link": "- - c c c - - i -",
    # Who sees whom links let in, and revokes one: the school, and the systems that make them for others.
    "room.unlink": "- i - - - - - i -",
    "room.join": "- i c c c - c - -",
    # Guests have a place in the room or none.
    "stream.watch": "- i c c c - - - -",
    # To a place outside: it leaves the school.
    "stream.send": "- i c c - - - - -",
    "room.moderate": "- - c c - - - - -",
    "lesson.end": "- i c c - - - - -",
    "breakout.assign": "- - c c - - - - -",
    # Only where they sit; a school's head does not look into them.
    "breakout.enter": "- - c c c - c - -",
    "breakout.help": "- - - - c - c - -",
    "board.draw": "- - c c c - c - -",
    "board.manage": "- - c c - - - - -",
    "board.read": "- i c c c - - - -",
    "chat.send": "- - c c c - c - -",
    # Delete, and decide who writes to whom. The head looks on, and writes nothing.
    "chat.moderate": "- - c c - - - - -",
    # On the lesson's page, with the copy to take along.
    "chat.read": "- i c c - - - - -",
    "concern.raise": "- i c c c - c - -",
    # Not the teachers: a concern may be about one of them.
    "concern.read": "- i - - - - - - -",
    # Those who are asked: also the pulse.
    "hand.raise": "- - - - c - c - -",
    "hand.call": "- - c c - - - - -",
    "quiz.run": "- - c c - - - - -",
    "quiz.answer": "- - - - c - - - -",
    # Beside the chart in the room: who answered what.
    "quiz.results": "- i c c - - - - -",
    # One pupil's alone.
    "quiz.results_of": "- i c c h k - - -",
    # The bank holds the answers to what will be asked.
    "question.manage": "- i c c - - - - -",
    "recording.follow": "- i c c c - - i -",
    "recording.view": "- i c c c k - i -",
    # Through the API; guardians watch on the page.
    "recording.fetch": "- i c c c - - i -",
    # What became of every lesson's recording, and having one composed again.
    "recording.ledger": "- i - - - - - i -",
    "recording.repair": "- i - - - - - - -",
    # Who may be in recordings. A guardian decides for their own child, where the school leaves it to them.
    "recording.permissions": "- i - - - - - i -",
    "recording.permit_child": "- - - - - k - - -",
    # Names of chapters, and captions.
    "recording.edit": "- i c c - - - - -",
    "recording.hold": "- i - - - - - - -",
    "recording.ingest": "- - - - - - - - a",
    "register.read": "- i c c - - - i -",
    # One line with all that it was made of; students read their own.
    "register.read_own": "- i c c c k - - -",
    "register.correct": "- i c - - - - - -",
    "engagement.read": "- i c c m k - - -",
    # Sums of a class and weeks of students, for the school's systems.
    "engagement.sums": "- i c c - - - i -",
    # While the lesson goes on; a head reads sums, afterwards.
    "heatmap.watch": "- - c c - - - - -",
    # Who may be drifting away: those who can do something about it.
    "watch.list": "- i h h - - - - -",
    "watch.manage": "- i c c - - - - -",
    # One's own reports, of what one may read today; a teacher's are of courses, a family's of its child.
    "report.read": "- i c c h k - - -",
    # When the school writes to families, in which words, and what it wrote.
    "notes.manage": "- i - - - - - - -",
    # The platform too: it sets a school up before its head has come.
    "guardian.link": "a i - - - - - - -",
    # Of one's own data; a guardian's wish for their child's goes through the head. The platform makes no copies:
    # they hold what was said and drawn in lessons.
    "person.export": "- i h h h h - - -",
    # A copy that was asked for stays theirs, also after they have left.
    "export.follow": "- i m m m m - - -",
    "person.erase": "- i - - - - - - -",
    "audit.read": "- i - - - - - - -",
    "audit.platform": "a - - - - - - - -",
    # What is deleted in a school, and what leaves it, is for its head and not for the platform.
    "retention.manage": "- i - - - - - - -",
    "webhook.manage": "- i - - - - - - -",
    "integration.manage": "a i - - - - - - -",
    # Keys that read or change what happens inside a school, or let people in. The platform makes keys as well, but
    # only for what it may read itself: `accounts.callers.PLATFORM_SCOPES`.
    "integration.content": "- i - - - - - - -",
    "statistics.read": "a i h h - - - - -",
    "hook.review": "a - - - - - - - -",
    "fleet.read": "a - - - - - - - -",
    "fleet.manage": "a - - - - - - - -",
}

TABLE: Mapping[str, Mapping[Actor, Reach]] = {
    row: dict(zip(_ORDER, map(Reach, letters.split()), strict=True)) for row, letters in _ROWS.items()
}


def reach_of(row: str, actor: Actor) -> Reach:
    """KeyError for a row that is not in the table: no door opens by a typo."""
    return TABLE[row][actor]
