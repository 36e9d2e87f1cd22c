"""Putting somebody out of a lesson, and letting them back in."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from classroom import facts, live, timeline
from classroom.actions.presences import close_presence
from classroom.actions.rooms import lock_room_of
from classroom.models import STAFF, Expulsion, Lesson, Standing
from classroom.queries import presences_inside, standing_in
from common.queue import enqueue_on_commit
from common.refusals import Refused
from common.sockets import codes
from common.sockets.recheck import recheck_sockets


@transaction.atomic
def put_out(*, lesson: Lesson, person: Person, by: Person, now: datetime) -> bool:
    """Out of the room and the board at once, out of Jitsi within seconds, and not in again. False when they were
    out already.

    Raises Refused("not_found") for somebody who does not belong here, Refused("forbidden") for those who hold
    the lesson or look on as its head, Refused("lesson_over").
    """
    standing = standing_in(person, lesson)
    if standing is None:
        raise Refused("not_found")
    if standing in STAFF or standing == Standing.OBSERVER:
        raise Refused("forbidden")
    room = lock_room_of(lesson)
    if room.lesson.is_over:
        raise Refused("lesson_over")
    expulsion, is_new = Expulsion.objects.get_or_create(
        lesson=lesson, person=person, defaults={"put_out_by": by, "put_out_at": now}
    )
    if not is_new:
        return False
    timeline.record(
        room.lesson,
        facts.PARTICIPANT_PUT_OUT,
        at=now,
        source="room",
        key=f"{facts.PARTICIPANT_PUT_OUT}:{expulsion.pk}",
        person=person,
    )
    _audit("participant.put_out", lesson, person, by)
    _close(lesson, person, now)
    return True


def _close(lesson: Lesson, person: Person, now: datetime) -> None:
    for presence in presences_inside(lesson).filter(person=person):
        if presence.connection:
            live.dismiss(presence.connection, codes.REMOVED)
        close_presence(presence, at=now)
    recheck_sockets(person.pk)
    if person.is_guest:
        live.hang_up_person(person.pk, codes.REMOVED)
    enqueue_on_commit("classroom.keep_order")


@transaction.atomic
def let_back_in(*, lesson: Lesson, person: Person, by: Person) -> bool:
    """False when they were not out."""
    deleted, _ = Expulsion.objects.filter(lesson=lesson, person=person).delete()
    if deleted:
        _audit("participant.let_back", lesson, person, by)
    return bool(deleted)


def _audit(act: str, lesson: Lesson, person: Person, by: Person) -> None:
    detail = {"person": str(person.pk)}
    record_audit(act, institution=lesson.institution, by=by, target=f"lesson:{lesson.pk}", detail=detail)
