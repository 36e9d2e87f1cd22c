"""What the Jitsi stack tells us: kept raw, read, applied once each, and put aside when it makes no sense.

Three steps, each in its own transactions, so that a door answers at once and nothing is lost between them:
`take_delivery` (the door) → `read_deliveries` → `apply_events` (the sweep, of which the door rings the bell).
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from classroom import signals, timeline
from classroom.actions.media import note_media
from classroom.actions.visits import (
    SOURCE,
    Clock,
    begin_visit,
    end_everybody,
    end_visit,
    lock_room,
    note_prosody,
)
from classroom.jitsi import events as jitsi
from classroom.models import (
    EVENT_MOVES,
    DeliveryReading,
    EventState,
    HookDelivery,
    HookEvent,
    HookSource,
    Prosody,
    PutAside,
    Room,
)
from common.clock import to_ms
from common.queue import enqueue_on_commit
from common.refusals import Refused

log = logging.getLogger(__name__)
MOST_ATTEMPTS = 5
AT_ONCE = 500
# No way takes so long; a clock that differs more was set anew.
LATELY = timedelta(seconds=30)


@transaction.atomic
def take_delivery(
    *, source: HookSource, body: bytes, received_at: datetime, about: str = "", sent_at_ms: int | None = None
) -> HookDelivery:
    """Kept before it is understood. Raises nothing about its contents: who is answered with an error sends again."""
    delivery = HookDelivery.objects.create(
        source=source,
        about=about,
        body=body,
        received_at=received_at,
        offset_ms=None if sent_at_ms is None else to_ms(received_at) - sent_at_ms,
        reading=DeliveryReading.READ if source == HookSource.RESERVATIONS else DeliveryReading.WAITING,
    )
    if source != HookSource.RESERVATIONS:  # those are answered at the door and kept only as a note
        enqueue_on_commit("classroom.sweep_hooks")
    return delivery


def read_deliveries(*, now: datetime) -> int:
    """Deliveries become events, in the order in which they came; how many deliveries that were."""
    waiting = HookDelivery.objects.filter(reading=DeliveryReading.WAITING).order_by("received_at", "pk")
    return sum(_read_delivery(pk, now) for pk in list(waiting.values_list("pk", flat=True)[:AT_ONCE]))


@transaction.atomic
def _read_delivery(pk: UUID, now: datetime) -> bool:
    """False when another worker has it in hand, or had."""
    mine = HookDelivery.objects.select_for_update(skip_locked=True)
    delivery = mine.filter(pk=pk, reading=DeliveryReading.WAITING).first()
    if delivery is None:
        return False
    batch = _parse(delivery)
    name = batch.source or str(delivery.source)
    delivery.offset_ms = _judge_offset(delivery, name)
    rows = [_row(delivery, one, now) for one in batch.events]
    HookEvent.objects.bulk_create(rows, ignore_conflicts=True)
    HookDelivery.objects.filter(pk=pk).update(reading=DeliveryReading.READ, offset_ms=delivery.offset_ms)
    note_prosody(name=name, heard_at=delivery.received_at, offset_ms=delivery.offset_ms)
    return True


def _judge_offset(delivery: HookDelivery, name: str) -> int | None:
    """Our clock minus the sender's, in ms. A slow way only makes a clock look slower than it is: what was heard of it a
    moment ago holds, until a snapshot, which knows how long the question took, says otherwise."""
    if delivery.offset_ms is None:
        return None
    lately = Prosody.objects.filter(pk=name, heard_at__gte=delivery.received_at - LATELY)
    known = lately.values_list("offset_ms", flat=True).first()
    if known is None or delivery.offset_ms - known >= LATELY / timedelta(milliseconds=1):
        return delivery.offset_ms
    return min(delivery.offset_ms, known)


def _parse(delivery: HookDelivery) -> jitsi.Batch:
    body = bytes(delivery.body)
    try:
        if delivery.source == HookSource.EVENTS:
            return jitsi.read_batch(body)
        domain = settings.JITSI_RECORDER_DOMAIN
        return jitsi.Batch("", (jitsi.read_event_sync(body, delivery.about, recorder_domain=domain),))
    except jitsi.Unreadable as error:
        return jitsi.Batch("", (jitsi.Unread(f"delivery:{delivery.pk}", error.code, delivery.about),))


def _row(delivery: HookDelivery, event: jitsi.JitsiEvent | jitsi.Unread, now: datetime) -> HookEvent:
    row = HookEvent(
        delivery=delivery,
        key=event.key,
        type=event.type,
        room=event.room,
        received_at=delivery.received_at,
    )
    if isinstance(event, jitsi.Unread):
        row.state, row.reason, row.settled_at = EventState.QUARANTINED, event.code, now
    else:
        row.at, row.data = _clock_of(delivery).ours(event.at), event.as_data()
    return row


def _clock_of(delivery: HookDelivery) -> Clock:
    return Clock(delivery.offset_ms or 0, delivery.received_at)


def apply_events(*, now: datetime) -> int:
    """Whatever waits, earliest first as far as it is known; the order is a courtesy, not a condition."""
    pending = HookEvent.objects.filter(state=EventState.PENDING).order_by("at", "pk")
    return sum(_try_event(pk, now) for pk in list(pending.values_list("pk", flat=True)[:AT_ONCE]))


def _try_event(pk: UUID, now: datetime) -> bool:
    """One event that fails, fails alone: the others go on, and it is tried again, some times."""
    try:
        return _apply_event(pk, now)
    except Exception:
        log.exception("The event %s could not be applied", pk)
        return _note_stumble(pk, now)


@transaction.atomic
def _apply_event(pk: UUID, now: datetime) -> bool:
    mine = HookEvent.objects.select_for_update(skip_locked=True, of=("self",)).select_related("delivery")
    row = mine.filter(pk=pk, state=EventState.PENDING).first()
    if row is None:
        return False
    event = jitsi.from_data(row.data)
    try:
        with transaction.atomic():
            _apply(event, _clock_of(row.delivery), now)
    except Refused as refusal:
        return _settle(pk, EventState.QUARANTINED, now, reason=refusal.code)
    return _settle(pk, EventState.DONE, now)


def _note_stumble(pk: UUID, now: datetime) -> bool:
    row = HookEvent.objects.get(pk=pk)
    HookEvent.objects.filter(pk=pk).update(attempts=row.attempts + 1)
    if row.attempts + 1 < MOST_ATTEMPTS:
        return False
    return _settle(pk, EventState.QUARANTINED, now, reason=PutAside.STUMBLED)


def _settle(pk: UUID, state: EventState, now: datetime, *, reason: str = "") -> bool:
    moved = HookEvent.objects.filter(pk=pk, state=EventState.PENDING)
    return bool(moved.update(state=state, reason=reason, settled_at=now))


def _apply(event: jitsi.JitsiEvent, clock: Clock, now: datetime) -> None:
    """Raises Refused with one of `PutAside`."""
    room = lock_room(event.room)
    if room is None and event.room.startswith(jitsi.TRIAL_ROOM):
        return
    if room is None:
        raise Refused(PutAside.UNKNOWN_ROOM)
    at = clock.ours(event.at)
    if event.type in jitsi.RECORDER_WORDS:
        _note_recorder_word(room, event, at)
    elif event.type == jitsi.ROOM_DESTROYED:
        _end_room(room, event, at, clock)
    elif event.occupant is not None and event.type in (jitsi.OCCUPANT_JOINED, jitsi.OCCUPANT_MEDIA):
        begin_visit(room=room, occupant=event.occupant, seen_at=at, clock=clock)
        note_media(room=room, occupant=event.occupant, said_at=at, now=now)
    elif event.occupant is not None and event.type == jitsi.OCCUPANT_LEFT:
        end_visit(room=room, occupant=event.occupant, at=at, reason=event.reason, clock=clock)


def _note_recorder_word(room: Room, event: jitsi.JitsiEvent, at: datetime) -> None:
    data = {"recording": event.recording, "reason": event.reason, "meeting": event.meeting}
    if timeline.record(room.lesson, event.type, at=at, source=SOURCE, key=event.key, data=data):
        signals.recorder_heard.send(Room, lesson=room.lesson)


def _end_room(room: Room, event: jitsi.JitsiEvent, at: datetime, clock: Clock) -> None:
    """Everybody who is named was inside until then, or until the time they are named with; the others had gone."""
    for occupant in event.occupants:
        left_at = at if occupant.left_at is None else clock.ours(occupant.left_at)
        reason = "destroyed" if occupant.left_at is None else ""
        try:
            with transaction.atomic():
                end_visit(room=room, occupant=occupant, at=left_at, reason=reason, clock=clock)
        except Refused:
            continue  # the event about them is put aside, with the reason
    if not event.is_breakout:
        end_everybody(room=room, at=at)


# By hand, from the page of what was put aside.


@transaction.atomic
def try_event_again(*, event: HookEvent, by: Person) -> None:
    """As if it came now. One that could not be read is read again from the delivery, perhaps by a better reader."""
    _audit("hook.retried", event, by)
    if not event.data:
        _lock_put_aside(event)
        HookDelivery.objects.filter(pk=event.delivery_id).update(reading=DeliveryReading.WAITING)
        event.delete()
    else:
        _move_event(event, EventState.PENDING)
    enqueue_on_commit("classroom.sweep_hooks")


@transaction.atomic
def dismiss_event(*, event: HookEvent, by: Person) -> None:
    """Looked at, and of no importance."""
    _move_event(event, EventState.DISMISSED)
    _audit("hook.dismissed", event, by)


def _lock_put_aside(event: HookEvent) -> None:
    rows = HookEvent.objects.select_for_update().filter(pk=event.pk, state=EventState.QUARANTINED)
    if not rows.exists():
        raise Refused("closed")


def _move_event(event: HookEvent, state: EventState) -> None:
    """Raises Refused("closed") when somebody else was first."""
    if state not in EVENT_MOVES[event.state]:
        raise Refused("closed")
    changes = {"state": state} | ({"attempts": 0, "reason": ""} if state == EventState.PENDING else {})
    if not HookEvent.objects.filter(pk=event.pk, state=event.state).update(**changes):
        raise Refused("closed")


def _audit(act: str, event: HookEvent, by: Person) -> None:
    record_audit(act, institution=None, by=by, target=f"event:{event.pk}")
