"""Making somebody co-teacher of one lesson."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from accounts.queries import has_role
from classroom import live, messages
from classroom.actions.presences import number_word
from classroom.actions.rooms import lock_room_of
from classroom.models import STAFF, Lesson, Promotion, Standing
from classroom.queries import SUBSTITUTES, presences_inside, standing_in
from common.refusals import Refused
from common.sockets.recheck import recheck_sockets


@transaction.atomic
def promote(*, lesson: Lesson, person: Person, by: Person, now: datetime) -> bool:
    """False when they hold the lesson already; their open sockets may more from now on.

    Raises Refused("not_found") for somebody who does not belong here, Refused("only_colleagues") for whoever is
    neither teacher nor head of the school: no pupil ever holds a lesson. Refused("lesson_over").
    """
    standing = standing_in(person, lesson)
    if standing is None:
        raise Refused("not_found")
    if standing in STAFF:
        return False
    if not has_role(person, lesson.institution_id, *SUBSTITUTES):
        raise Refused("only_colleagues")
    if lock_room_of(lesson).lesson.is_over:
        raise Refused("lesson_over")
    Promotion.objects.create(lesson=lesson, person=person, promoted_by=by, promoted_at=now)
    _tell(lesson, person)
    detail = {"person": str(person.pk)}
    target = f"lesson:{lesson.pk}"
    record_audit("participant.promoted", institution=lesson.institution, by=by, target=target, detail=detail)
    recheck_sockets(person.pk)
    return True


def _tell(lesson: Lesson, person: Person) -> None:
    for presence in presences_inside(lesson).filter(person=person):
        presence.standing = Standing.CO_TEACHER
        presence.save(update_fields=["standing"])
        room = presence.room
        live.announce(room, messages.participant_changed(presence, number_word(presence, room)))
