"""What is kept of a person, table by table: what a copy of their data holds, and what an erasure does with it.

Every foreign key to a person stands here; a test finds the one that does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Guardianship, Institution, Membership, Person
from classroom.models import Enrolment, Fact, Lesson, Presence
from housekeeping.models import DataRequest, Hold
from recordings.models import Watch
from whiteboard.models import Edit


class Fate(StrEnum):
    """What an erasure does: the rows go, or they stay under nobody's name because others need them."""

    GOES = "goes"
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class Belonging:
    """Rows of `model` that name a person in `fields`; `institution` leads from a row to whose it is.

    `columns` (name in the copy → lookup) are what the person gets; none for rows that only name
    them as somebody who did something for the institution.
    """

    name: str
    label: str | Promise
    model: type[Model]
    fields: tuple[str, ...]
    institution: str
    fate: Fate
    columns: Mapping[str, str]

    def rows(self, person: Person, institution: Institution) -> QuerySet[Model]:
        mine = reduce(or_, (Q(**{field: person}) for field in self.fields))
        return self.model._default_manager.filter(mine, **{self.institution: institution})


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_OF_ROOM = {"lesson": "room__lesson__title", "lesson_starts_at": "room__lesson__starts_at"}
_OF_LESSON = {"lesson": "lesson__title", "lesson_starts_at": "lesson__starts_at"}
BELONGINGS: tuple[Belonging, ...] = (
    Belonging(
        "memberships",
        _("What they are at the school"),
        Membership,
        ("person",),
        "institution",
        Fate.GOES,
        _same("role", "is_active", "expires_on"),
    ),
    Belonging(
        "guardianships",
        _("Links between guardian and child"),
        Guardianship,
        ("guardian", "child"),
        "institution",
        Fate.GOES,
        {"guardian": "guardian__name", "child": "child__name"},
    ),
    Belonging(
        "enrolments",
        _("Places in courses"),
        Enrolment,
        ("person",),
        "course__institution",
        Fate.GOES,
        {"course": "course__title"} | _same("standing", "is_active"),
    ),
    Belonging(
        "positions",
        _("Where they stopped watching recordings"),
        Watch,
        ("person",),
        "recording__lesson__institution",
        Fate.GOES,
        {"lesson": "recording__lesson__title"} | _same("position_seconds", "updated_at"),
    ),
    Belonging(
        "presences",
        _("When they were in which lesson"),
        Presence,
        ("person",),
        "room__lesson__institution",
        Fate.STAYS,
        _OF_ROOM | _same("standing", "joined_at", "left_at", "microphone", "camera", "screen"),
    ),
    Belonging(
        "facts",
        _("What happened in lessons because of them"),
        Fact,
        ("person",),
        "lesson__institution",
        Fate.STAYS,
        _OF_LESSON | _same("type", "at", "source", "data"),
    ),
    Belonging(
        "strokes",
        _("What they drew on boards"),
        Edit,
        ("author",),
        "board__room__lesson__institution",
        Fate.STAYS,
        {"lesson": "board__room__lesson__title"} | _same("seq", "type", "at", "data"),
    ),
    Belonging(
        "lessons",
        _("Lessons that they scheduled"),
        Lesson,
        ("created_by",),
        "institution",
        Fate.STAYS,
        _same("title", "starts_at", "ends_at", "status"),
    ),
    Belonging(
        "requests",
        _("Requests about their data"),
        DataRequest,
        ("person",),
        "institution",
        Fate.STAYS,
        _same("kind", "state", "requested_at", "finished_at"),
    ),
    Belonging(
        "requests_made",
        _("Requests that they made for others"),
        DataRequest,
        ("requested_by",),
        "institution",
        Fate.STAYS,
        {},
    ),
    Belonging(
        "holds",
        _("Released legal holds on them"),
        Hold,
        ("person",),
        "institution",
        Fate.GOES,
        _same("reason", "set_at", "released_at"),
    ),
    Belonging(
        "holds_set",
        _("Legal holds that they set or released"),
        Hold,
        ("set_by", "released_by"),
        "institution",
        Fate.STAYS,
        {},
    ),
)

# Kept by user name, for the lock after too many wrong passwords; of no institution.
SIGN_INS: tuple[type[Model], ...] = (AccessAttempt, AccessFailureLog, AccessLog)
