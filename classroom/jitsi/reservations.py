"""The timetable as Jitsi's mod_reservations asks for it: whether a room may be made, and until when it lasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from classroom.actions.lessons import OVERTIME
from classroom.jitsi.events import TENANT
from classroom.models import Lesson, LessonStatus, Room

# Earlier than our own doors: Prosody keeps a no for up to 90 seconds, which would fall on the first to be punctual,
# and staff prepare. Nobody else comes through: a token is what opens the room, and students get none so early.
EARLIER = timedelta(minutes=60)
LONGEST_OWNER = 300


@dataclass(frozen=True, slots=True)
class Reservation:
    """A yes. Its id is the room's: asked twice it is the same reservation, so there is nothing to conflict with."""

    room: Room
    starts_at: datetime
    duration_seconds: int
    most_occupants: int | None

    def as_json(self, mail_owner: str) -> dict[str, Any]:
        """The five that mod_reservations insists on; the sixth where the school has set it."""
        answer: dict[str, Any] = {
            "id": str(self.room.pk),
            "name": self.room.name,
            "mail_owner": mail_owner[:LONGEST_OWNER] or "darasa",
            "start_time": f"{self.starts_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z",
            "duration": self.duration_seconds,
        }
        return answer if self.most_occupants is None else answer | {"max_occupants": self.most_occupants}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no, in the words that Jitsi shows to whoever wanted in."""

    message: str


def reserve(name: str, *, now: datetime) -> Reservation | Refusal:
    """`name` is the room's, perhaps with a tenant in front that Jitsi put there."""
    room = _rooms().filter(name=TENANT.sub("", name, count=1).lower()).first() if "\0" not in name else None
    if room is None:
        return Refusal(_("There is no lesson here. Please enter through your school's page."))
    with translation.override(room.lesson.institution.language):
        return _judge(room, now)


def find_reservation(key: str, *, now: datetime) -> Reservation | Refusal | None:
    """None when there is none with this id."""
    try:
        room = _rooms().filter(pk=UUID(key)).first()
    except ValueError:
        return None
    return room and reserve(room.name, now=now)


def _rooms() -> Any:
    return Room.objects.select_related("lesson__institution")


def _judge(room: Room, now: datetime) -> Reservation | Refusal:
    lesson = room.lesson
    if lesson.status == LessonStatus.CANCELLED:
        return Refusal(_("This lesson was cancelled."))
    if room.closed_at is not None:
        return Refusal(_("The breakout rooms are closed."))
    if lesson.is_over or now >= lesson.ends_at + OVERTIME:
        return Refusal(_("This lesson is over."))
    if now < lesson.doors_open_at - EARLIER:
        at = date_format(timezone.localtime(lesson.doors_open_at, lesson.zone), "DATETIME_FORMAT")
        return Refusal(_("This lesson has not begun. Its doors open on %(at)s.") % {"at": at})
    left = int((lesson.ends_at + OVERTIME - now).total_seconds())
    return Reservation(room, now, max(1, left), _most_occupants(lesson))


def _most_occupants(lesson: Lesson) -> int | None:
    """The school's own limit (`policy["max_occupants"]`), if it has a sound one."""
    most = lesson.institution.policy.get("max_occupants")
    return most if type(most) is int and most > 0 else None
