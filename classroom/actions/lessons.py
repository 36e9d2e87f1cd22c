"""What can be done with lessons, rooms and presences."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q

from accounts.actions import api_link, publish_event, record_audit
from accounts.models import EventType, Person
from classroom import facts, live, messages, signals, timeline
from classroom.models import (
    LESSON_MOVES,
    STAFF,
    Breakout,
    BreakoutState,
    Course,
    Door,
    Fact,
    Knock,
    KnockState,
    Lesson,
    LessonStatus,
    Presence,
    Room,
    RoomKind,
    Series,
    Standing,
)
from classroom.queries import open_presences, presences_inside
from classroom.recurrence import LONGEST_LESSON
from common.clock import to_ms
from common.refusals import Refused
from common.sockets import codes

PEER_ROOM_SEATS = 6
# More than one, because whoever reloads or changes the device is twice inside for a moment.
TABS_EACH = 2
# Who is sent into breakout rooms; those who hold the lesson go where they like.
BREAKOUT_SEATED = frozenset({Standing.STUDENT, Standing.GUEST})
SILENCE = timedelta(seconds=20)
EMPTY_AFTER_END = timedelta(minutes=2)
OVERTIME = timedelta(hours=1)


@transaction.atomic
def schedule_lesson(
    *,
    course: Course,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    created_by: Person,
    time_zone: str = "",
    key: UUID | None = None,
    by: Person | UUID | None = None,
    is_streamed: bool = False,
    room_seats: int | None = None,
    continues_board: bool = False,
) -> Lesson:
    """A lesson with its room; everything that hangs on it (board, recording) follows by signal and sweep.

    `key`, made by the client, becomes its id: the same key twice is the same lesson. `by` is who
    acts, if not `created_by`: an API client.
    """
    lesson, is_new = make_lesson(
        key=key,
        course=course,
        title=title,
        starts_at=starts_at,
        ends_at=ends_at,
        created_by=created_by,
        time_zone=time_zone,
        is_streamed=is_streamed,
        room_seats=room_seats,
        continues_board=continues_board,
    )
    if is_new:
        record_audit(
            "lesson.scheduled",
            institution=course.institution,
            by=by or created_by,
            target=f"lesson:{lesson.pk}",
        )
    return lesson


def make_lesson(
    *,
    course: Course,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    created_by: Person,
    time_zone: str,
    key: UUID | None = None,
    series: Series | None = None,
    occurrence_on: date | None = None,
    is_streamed: bool = False,
    room_seats: int | None = None,
    continues_board: bool = False,
) -> tuple[Lesson, bool]:
    """One lesson, alone or of a series, and whether it is new; the audit line is the caller's."""
    if ends_at <= starts_at:
        raise Refused("ends_before_start")
    if ends_at - starts_at > LONGEST_LESSON:
        raise Refused("too_long")
    values = {
        "institution": course.institution,
        "course": course,
        "title": title,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "created_by": created_by,
        "time_zone": time_zone,
        "series": series,
        "occurrence_on": occurrence_on,
        "is_streamed": is_streamed,
        "room_seats": room_seats,
        "continues_board": continues_board,
    }
    lesson, is_new = _keyed_lesson(key, values)
    if is_new:
        lesson.room = Room.objects.create(lesson=lesson)
        signals.lesson_scheduled.send(Lesson, lesson=lesson)
    return lesson, is_new


def _keyed_lesson(key: UUID | None, values: dict[str, Any]) -> tuple[Lesson, bool]:
    if key is None:
        return Lesson.objects.create(**values), True
    lesson, is_new = Lesson.objects.get_or_create(pk=key, defaults=values)
    if (lesson.course_id, lesson.created_by_id) != (values["course"].pk, values["created_by"].pk):
        raise Refused("key_taken")
    return lesson, is_new


def _locked(**which: object) -> Room:
    """The room's row comes first, then its presences: two who close presences never wait for each other.
    Of several rooms of a lesson the main one comes first."""
    return Room.objects.select_for_update(of=("self",)).select_related("lesson__institution").get(**which)


def lock_room_of(lesson: Lesson) -> Room:
    """The main room, whose row is also the lock of everything that concerns the lesson as a whole."""
    return _locked(lesson=lesson, kind=RoomKind.MAIN)


def move_lesson(lesson: Lesson, status: LessonStatus, **changes: object) -> bool:
    """One move of the state machine; False when somebody else was first."""
    if status not in LESSON_MOVES[lesson.status]:
        return False
    moved = Lesson.objects.filter(pk=lesson.pk, status=lesson.status).update(status=status, **changes)
    lesson.refresh_from_db()
    return moved == 1


@transaction.atomic
def open_lesson(*, lesson: Lesson, now: datetime) -> bool:
    """The first person is inside; False when the lesson was open already."""
    if not move_lesson(lesson, LessonStatus.LIVE, opened_at=now):
        return False
    timeline.record(lesson, facts.LESSON_OPENED, at=now, source="classroom", key="lesson.opened")
    _publish(lesson, EventType.LESSON_STARTED)
    signals.lesson_opened.send(Lesson, lesson=lesson)
    return True


def open_prepared_lessons(*, now: datetime) -> int:
    """Lessons whose doors have opened while somebody was inside already, preparing."""
    inside = Presence.objects.filter(room__lesson=OuterRef("pk"), left_at__isnull=True)
    scheduled = Lesson.objects.filter(status=LessonStatus.SCHEDULED)
    prepared = scheduled.filter(Exists(inside)).select_related("institution")
    return sum(open_lesson(lesson=one, now=now) for one in prepared if now >= one.doors_open_at)


def _publish(lesson: Lesson, type_: EventType) -> None:
    """Other platforms hear of it, in the same transaction."""
    instants = {name: getattr(lesson, name) for name in ("starts_at", "ends_at", "opened_at", "ended_at")}
    data = {name: at.isoformat() if at else None for name, at in instants.items()}
    ids = {"lesson_id": str(lesson.pk), "course_id": str(lesson.course_id)}
    link = api_link("lessons", lesson.pk)
    publish_event(institution=lesson.institution, type_=type_, data={**ids, **data, "url": link})


@transaction.atomic
def end_lesson(*, lesson: Lesson, now: datetime, by: Person | None = None) -> bool:
    """Everybody leaves, the room hangs up; False when it had ended before."""
    room = lock_room_of(lesson)
    lesson.refresh_from_db()
    if not move_lesson(lesson, LessonStatus.ENDED, ended_at=now):
        return False
    for presence in presences_inside(lesson):
        close_presence(presence, at=now)
    timeline.record(lesson, facts.LESSON_ENDED, at=now, source="classroom", key="lesson.ended", person=by)
    if by is not None:
        record_audit("lesson.ended", institution=lesson.institution, by=by, target=f"lesson:{lesson.pk}")
    live.announce(room, messages.lesson_ended(live.next_seq(room)))
    live.hang_up(room, codes.LESSON_OVER)
    guests = Knock.objects.filter(lesson=lesson, state=KnockState.ADMITTED, link__isnull=False)
    Breakout.objects.filter(lesson=lesson).exclude(state=BreakoutState.CLOSED).update(
        state=BreakoutState.CLOSED, closed_at=now
    )
    close_breakout_rooms(lesson, code=codes.LESSON_OVER, now=now)
    for guest in guests.values_list("person", flat=True):
        live.hang_up_person(guest, codes.LESSON_OVER)
    _publish(lesson, EventType.LESSON_ENDED)
    _publish(lesson, EventType.REGISTER_READY)  # all presences are closed above
    signals.lesson_ended.send(Lesson, lesson=lesson)
    return True


def close_breakout_rooms(lesson: Lesson, *, code: int, now: datetime) -> None:
    """Nobody comes in any more, and whoever is inside goes; each socket ends its own presence."""
    rooms = Room.objects.filter(lesson=lesson, kind=RoomKind.BREAKOUT, closed_at__isnull=True)
    for room in rooms.select_for_update().order_by("number"):
        live.hang_up(room, code)
        live.hang_up_beside(room, code)
    rooms.update(closed_at=now)


@transaction.atomic
def enter_room(
    *,
    room: Room,
    person: Person,
    standing: Standing,
    occupant: UUID,
    connection: str,
    now: datetime,
    has_video: bool = True,
) -> Presence:
    """A presence for this tab, the old one when it is still open; opens the lesson for the first to come.
    Without `has_video` it takes no place among the pictures.

    Of too many tabs the oldest goes. Raises Refused("lesson_over") and, for the built-in room, Refused("room_full").
    """
    room = _locked(pk=room.pk)
    if room.lesson.is_over:
        raise Refused("lesson_over")
    if room.closed_at is not None:
        raise Refused("breakout_over")
    here = list(open_presences(room).filter(Q(occupant=occupant) | Q(person=person.pk)))
    for presence in here:
        if presence.occupant == occupant:
            return _return_to(presence, person, connection, now)
    if has_video and not settings.JITSI_DOMAIN and not _has_seat(room, person, standing):
        raise Refused("room_full")
    is_waiting = room.lesson.status == LessonStatus.SCHEDULED
    if (
        is_waiting and now >= room.lesson.doors_open_at
    ):  # earlier, a teacher prepares: `open_prepared_lessons` follows
        open_lesson(lesson=room.lesson, now=now)
        if room.lesson.is_over:  # cancelled between our reading it and opening it
            raise Refused("lesson_over")
    _close_oldest_tabs([one for one in here if one.door == Door.PAGE], now)
    return _join(room, person, standing, occupant, connection, has_video, now)


def _has_seat(room: Room, person: Person, standing: Standing) -> bool:
    """People count, not tabs, and only those with pictures; one seat is kept for those who hold the lesson: nobody shuts them out."""
    if standing in STAFF or standing == Standing.OBSERVER:
        return True
    others = (
        open_presences(room)
        .filter(has_video=True)
        .exclude(standing__in=[*STAFF, Standing.OBSERVER])
        .exclude(person=person.pk)
    )
    return others.values("person").order_by().distinct().count() < PEER_ROOM_SEATS - 1


def _close_oldest_tabs(tabs: Sequence[Presence], now: datetime) -> None:
    """`tabs` in the order in which they came."""
    for tab in tabs[: max(0, len(tabs) + 1 - TABS_EACH)]:
        if tab.connection:
            live.dismiss(tab.connection, codes.REPLACED)
        close_presence(tab, at=now)


def _return_to(presence: Presence, person: Person, connection: str, now: datetime) -> Presence:
    if presence.person_id != person.pk or presence.door != Door.PAGE:
        raise Refused("not_found")  # somebody else's tab, or no tab: an occupant id is not a key
    if presence.connection and presence.connection != connection:
        live.dismiss(presence.connection, codes.REPLACED)
    presence.connection, presence.last_seen_at = connection, now
    presence.save(update_fields=["connection", "last_seen_at"])
    return presence


def _join(
    room: Room,
    person: Person,
    standing: Standing,
    occupant: UUID,
    connection: str,
    has_video: bool,
    now: datetime,
) -> Presence:
    presence = Presence.objects.create(
        room=room,
        occupant=occupant,
        person=person,
        standing=standing,
        connection=connection,
        has_video=has_video,
        joined_at=now,
        last_seen_at=now,
    )
    _tell(presence, facts.PARTICIPANT_JOINED, at=now)
    announce_joined(presence)
    return presence


def announce_joined(presence: Presence) -> None:
    """To the room's list: a visit to Jitsi only of somebody who has no page open, and no longer than that."""
    others = _others(presence)
    if presence.door == Door.JITSI and others[Door.PAGE]:
        return
    room = presence.room
    live.announce(room, messages.participant_joined(presence, live.next_seq(room)))
    if presence.door == Door.PAGE and not others[Door.PAGE]:
        for visit in others[Door.JITSI]:
            live.announce(room, messages.participant_left(visit, live.next_seq(room)))


def announce_left(presence: Presence) -> None:
    """The other way round: with the last page gone, visits of the same person stand in the list again."""
    others = _others(presence)
    if presence.door == Door.JITSI and others[Door.PAGE]:
        return
    room = presence.room
    live.announce(room, messages.participant_left(presence, live.next_seq(room)))
    if presence.door == Door.PAGE and not others[Door.PAGE]:
        for visit in others[Door.JITSI]:
            live.announce(room, messages.participant_joined(visit, live.next_seq(room)))


def _others(presence: Presence) -> dict[str, list[Presence]]:
    """Where else the same person is in this room, by door."""
    others: dict[str, list[Presence]] = defaultdict(list)
    for one in open_presences(presence.room).filter(person=presence.person_id).exclude(pk=presence.pk):
        others[one.door].append(one)
    return others


@transaction.atomic
def leave_room(*, room: Room, occupant: UUID, connection: str, now: datetime) -> bool:
    """The tab was closed on purpose; False when another connection speaks for it by now."""
    room = _locked(pk=room.pk)
    presence = open_presences(room).filter(occupant=occupant, connection=connection).first()
    return presence is not None and close_presence(presence, at=now)


def close_presence(presence: Presence, *, at: datetime) -> bool:
    """False when it was closed before. The room's row is locked by the caller, before any presence."""
    closed = Presence.objects.filter(pk=presence.pk, left_at__isnull=True).update(left_at=at, connection="")
    if closed:
        presence.left_at = at
        (_infer if presence.door == Door.JITSI else _tell)(presence, facts.PARTICIPANT_LEFT, at=at)
        if presence.door != Door.HLS:
            announce_left(presence)
    return bool(closed)


def _infer(presence: Presence, type_: str, *, at: datetime) -> None:
    """A visit is over, but Prosody has not said so. When it does, its word counts and this one does not."""
    timeline.record(
        presence.room.lesson,
        type_,
        at=at,
        source="prosody",
        key=f"{type_}:{presence.occupant}:{to_ms(at)}",
        person=presence.person,
        data={
            "occupant": str(presence.occupant),
            "role": presence.standing,
            "door": Door.JITSI,
            "inferred": True,
            "seen_at": to_ms(presence.last_seen_at),
        },
    )


def _tell(presence: Presence, type_: str, *, at: datetime) -> None:
    fact = fact_of(presence, type_, at=at)
    timeline.record(
        fact.lesson, type_, at=at, source=fact.source, key=fact.key, person=fact.person, data=fact.data
    )


def fact_of(presence: Presence, type_: str, *, at: datetime) -> Fact:
    """What the timeline keeps of somebody who comes or goes by a page."""
    data: dict[str, Any] = {"occupant": str(presence.occupant), "role": presence.standing}
    if presence.door == Door.HLS:
        data["door"] = Door.HLS
    elif not presence.has_video:
        data["companion"] = True
    return Fact(
        lesson=presence.room.lesson,
        type=type_,
        at=at,
        source="room",
        key=f"{type_}:{presence.pk}",
        person=presence.person,
        data=data,
    )


@transaction.atomic
def note_activity(*, room: Room, person: Person, occupant: UUID, activity: str, now: datetime) -> None:
    """What a page says of itself from now on: by our clock, and it only ever takes away."""
    timeline.record(
        room.lesson,
        facts.ACTIVITY_CHANGED,
        at=now,
        source="page",
        key=f"{facts.ACTIVITY_CHANGED}:{occupant}:{to_ms(now)}",
        person=person,
        data={"occupant": str(occupant), "activity": activity},
    )


@transaction.atomic
def change_media(
    *, room: Room, occupant: UUID, microphone: bool, camera: bool, screen: bool, now: datetime
) -> None:
    presence = open_presences(room).filter(occupant=occupant).first()
    if presence is None:
        return
    if screen != presence.screen:
        _note_screen(presence, is_shared=screen, now=now)
    presence.microphone, presence.camera, presence.screen = microphone, camera, screen
    presence.save(update_fields=["microphone", "camera", "screen"])
    live.announce(room, messages.media_changed(presence))


def _note_screen(presence: Presence, *, is_shared: bool, now: datetime) -> None:
    type_ = facts.SCREEN_SHARED if is_shared else facts.SCREEN_ENDED
    room = presence.room
    key = f"{type_}:{presence.pk}:{to_ms(now)}"
    timeline.record(room.lesson, type_, at=now, source="room", key=key, data={"room": str(room.pk)})


@transaction.atomic
def see(*, connections: list[str], now: datetime) -> None:
    """These sockets are alive. Waits for nobody: a presence that is being changed is seen the next time."""
    alive = Presence.objects.filter(connection__in=connections, left_at__isnull=True)
    free = alive.select_for_update(skip_locked=True).values_list("pk", flat=True)
    Presence.objects.filter(pk__in=list(free)).update(last_seen_at=now)


def close_silent_presences(*, now: datetime) -> int:
    """Presences whose socket has been silent too long end at the moment they were last seen."""
    silent = Presence.objects.filter(left_at__isnull=True, door=Door.PAGE, last_seen_at__lt=now - SILENCE)
    return sum(_close_one(pk) for pk in silent.values_list("pk", flat=True))


@transaction.atomic
def _close_one(pk: int) -> bool:
    _locked(presences=pk)
    presence = Presence.objects.select_related("room__lesson", "person").get(pk=pk)
    return close_presence(presence, at=presence.last_seen_at)


def end_overdue_lessons(*, now: datetime) -> int:
    """Live lessons past their end and empty for two minutes, or an hour over time; unused ones of the past."""
    ended = 0
    for lesson in Lesson.objects.filter(status=LessonStatus.LIVE, ends_at__lt=now):
        ended += _is_overdue(lesson, now) and end_lesson(lesson=lesson, now=now)
    for lesson in Lesson.objects.filter(status=LessonStatus.SCHEDULED, ends_at__lt=now - EMPTY_AFTER_END):
        ended += end_lesson(lesson=lesson, now=now)
    return ended


def _is_overdue(lesson: Lesson, now: datetime) -> bool:
    if now > lesson.ends_at + OVERTIME:
        return True
    if presences_inside(lesson).exclude(door=Door.HLS).exists():  # a page left open watches for ever
        return False
    last = Presence.objects.filter(room__lesson=lesson).aggregate(at=Max("left_at"))["at"]
    return last is None or now - last > EMPTY_AFTER_END
