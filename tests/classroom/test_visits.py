"""What Prosody tells becomes who was inside: in any order, twice, or found out when it was never told."""

from __future__ import annotations

import itertools
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attendance.queries import register_of
from classroom import actions, facts
from classroom.jitsi.events import read_snapshot
from classroom.models import (
    Door,
    Fact,
    HookDelivery,
    HookEvent,
    HookSource,
    Lesson,
    LessonStatus,
    Presence,
    Prosody,
    Standing,
)
from classroom.queries import shown_presences
from classroom.signals import recorder_heard
from common.clock import to_ms
from tests.classroom.jitsi.speech import (
    batch,
    destroyed,
    event,
    joined,
    left,
    occupant,
    snapshot,
    synced,
    synced_occupant,
)
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun(lesson: Lesson) -> int:
    """When the lesson began, in milliseconds; half an hour ago, so that there is time for things to happen."""
    at = timezone.now().replace(microsecond=0) - timedelta(minutes=30)
    Lesson.objects.filter(pk=lesson.pk).update(starts_at=at, ends_at=at + timedelta(hours=1))
    lesson.refresh_from_db()
    return to_ms(at)


def tell(*events: Any, offset_ms: int | None = None, at: datetime | None = None) -> list[str]:
    """One delivery, read and applied; the states of all events so far, oldest first."""
    now = at or timezone.now()
    sent = None if offset_ms is None else to_ms(now) - offset_ms
    actions.take_delivery(source=HookSource.EVENTS, body=batch(*events), received_at=now, sent_at_ms=sent)
    return settle(now)


def settle(now: datetime) -> list[str]:
    actions.read_deliveries(now=now)
    actions.apply_events(now=now)
    return list(HookEvent.objects.order_by("received_at", "at").values_list("state", flat=True))


def look(at_ms: int, room: str, *inside: Any) -> None:
    now = datetime.fromtimestamp(at_ms / 1000, tz=UTC)
    seen = read_snapshot(snapshot(at_ms, room, *inside))
    actions.compare_with_snapshot(snapshot=seen, asked_at=now, now=now)


def seconds_of(lesson: Lesson, person: Any) -> float:
    lesson = Lesson.objects.get(pk=lesson.pk)
    lines = {line.person: line.seconds for line in register_of(lesson, now=timezone.now())}
    return lines[person]


def reasons() -> list[str]:
    return list(HookEvent.objects.filter(state="quarantined").values_list("reason", flat=True))


def inside(lesson: Lesson) -> list[str]:
    return sorted(one.person.name for one in shown_presences(lesson.room))


def test_who_comes_through_the_app_is_inside_and_opens_the_lesson(
    lesson: Lesson, cast: Cast, begun: int
) -> None:
    who = occupant(cast.amina.pk, begun + 5000)
    assert tell(joined(lesson.room.name, who)) == ["done"]
    lesson.refresh_from_db()
    assert lesson.status == LessonStatus.LIVE
    assert to_ms(lesson.opened_at or timezone.now()) == begun + 5000
    presence = Presence.objects.get()
    assert (presence.person, presence.standing, presence.door) == (cast.amina, Standing.STUDENT, Door.JITSI)
    fact = Fact.objects.get(type=facts.PARTICIPANT_JOINED)
    assert (fact.source, fact.data["door"], fact.data["role"]) == ("prosody", "jitsi", "student")
    assert inside(lesson) == ["Amina"]


@pytest.mark.deep
def test_every_order_with_everything_doubled_leaves_the_same_register(
    lesson: Lesson, cast: Cast, begun: int
) -> None:
    room, a, b = lesson.room.name, occupant(cast.amina.pk, begun), occupant(cast.bilal.pk, begun + 9000)
    told = [
        joined(room, a),
        left(room, a, begun + 60_000),
        joined(room, b),
        destroyed(room, begun + 90_000, b),
    ]
    found = set()
    for order in itertools.permutations(told):
        for table in (HookDelivery, Presence, Fact):
            table._default_manager.all().delete()
        Lesson.objects.filter(pk=lesson.pk).update(status=LessonStatus.SCHEDULED, opened_at=None)
        for one in (*order, *order):
            tell(one)
        found.add((seconds_of(lesson, cast.amina), seconds_of(lesson, cast.bilal), tuple(inside(lesson))))
    assert found == {(60.0, 81.0, ())}


def test_a_leave_alone_tells_of_the_whole_visit(lesson: Lesson, cast: Cast, begun: int) -> None:
    tell(left(lesson.room.name, occupant(cast.amina.pk, begun), begun + 300_000))
    assert seconds_of(lesson, cast.amina) == 300
    assert inside(lesson) == []
    lesson.refresh_from_db()
    assert lesson.status == LessonStatus.LIVE  # somebody was inside, so it began


def test_a_second_visit_under_the_same_address_is_another_one(lesson: Lesson, cast: Cast, begun: int) -> None:
    room, jid = lesson.room.name, "same@meet.jitsi/x"
    first, second = (occupant(cast.amina.pk, begun + at, jid) for at in (0, 60_000))
    tell(joined(room, first), left(room, first, begun + 30_000), joined(room, second))
    assert Presence.objects.count() == 2
    assert inside(lesson) == ["Amina"]


def test_who_has_the_page_open_too_is_shown_once_and_counted_once(
    lesson: Lesson, cast: Cast, begun: int
) -> None:
    start = datetime.fromtimestamp(begun / 1000, tz=UTC)
    page = enter(lesson, cast, start)
    who = occupant(cast.amina.pk, begun + 4000)
    tell(joined(lesson.room.name, who))
    assert Presence.objects.count() == 2
    assert [one.door for one in shown_presences(lesson.room)] == [Door.PAGE]
    actions.leave_room(room=lesson.room, occupant=page, connection="c", now=start + timedelta(seconds=62))
    assert [one.door for one in shown_presences(lesson.room)] == [Door.JITSI]
    tell(left(lesson.room.name, who, begun + 60_000))
    assert inside(lesson) == []
    assert seconds_of(lesson, cast.amina) == 56  # the page is open before and after


def enter(lesson: Lesson, cast: Cast, now: datetime) -> uuid.UUID:
    tab = uuid.uuid4()
    actions.enter_room(
        room=lesson.room, person=cast.amina, standing=Standing.STUDENT, occupant=tab, connection="c", now=now
    )
    return tab


def test_a_visit_is_no_socket_and_is_not_swept_away_for_its_silence(
    lesson: Lesson, cast: Cast, begun: int
) -> None:
    tell(joined(lesson.room.name, occupant(cast.amina.pk, begun)))
    assert actions.close_silent_presences(now=timezone.now()) == 0


def test_nobody_takes_a_visit_over_by_naming_it(lesson: Lesson, cast: Cast, begun: int) -> None:
    tell(joined(lesson.room.name, occupant(cast.amina.pk, begun)))
    visit = Presence.objects.get().occupant
    with pytest.raises(Exception, match="not_found"):
        actions.enter_room(
            room=lesson.room,
            person=cast.amina,
            standing=Standing.STUDENT,
            occupant=visit,
            connection="c",
            now=timezone.now(),
        )


def test_a_room_that_nobody_scheduled_is_put_aside_until_somebody_tries_again(
    lesson: Lesson, cast: Cast, begun: int
) -> None:
    assert tell(joined("nobody", occupant(cast.amina.pk, begun))) == ["quarantined"]
    assert reasons() == ["unknown_room"]
    lesson.room.name = "nobody"
    lesson.room.save()
    actions.try_event_again(event=HookEvent.objects.get(), by=admin(cast))
    assert settle(timezone.now()) == ["done"]
    assert inside(lesson) == ["Amina"]


def admin(cast: Cast) -> Any:
    return type(cast.head).objects.create_user("admin@platform.test", name="Petra", is_platform_admin=True)


@pytest.mark.parametrize(
    ("who", "reason"), [("stranger", "unknown_person"), (None, "no_person"), ("?", "unknown_person")]
)
def test_somebody_whom_the_school_does_not_know_is_in_nobodys_register(
    who: str | None, reason: str, lesson: Lesson, cast: Cast, begun: int
) -> None:
    person = cast.stranger.pk if who == "stranger" else who
    told = occupant(person, begun)
    tell(joined(lesson.room.name, told))
    look(begun + 60_000, lesson.room.name, told)
    assert reasons() == [reason]
    assert not Presence.objects.exists()
    assert not Fact.objects.exists()


def test_who_was_taken_off_the_roster_meanwhile_was_inside_all_the_same(
    lesson: Lesson, cast: Cast, begun: int
) -> None:
    actions.unenrol(course=cast.course, person=cast.amina)
    assert tell(joined(lesson.room.name, occupant(cast.amina.pk, begun))) == ["done"]
    assert Presence.objects.get().standing == Standing.STUDENT


def test_the_recorder_is_nobodys_presence_but_evidence(lesson: Lesson, begun: int) -> None:
    heard: list[Lesson] = []

    def note(lesson: Lesson, **_: Any) -> None:
        heard.append(lesson)

    recorder_heard.connect(note)
    it = occupant(None, begun, "recorder@hidden.meet.jitsi/x", kind="recorder")
    confirmed = event("recording.confirmed", lesson.room.name, begun, recording="r-1")
    tell(joined(lesson.room.name, it), joined(lesson.room.name, it), confirmed)
    recorder_heard.disconnect(note)
    assert heard == [lesson, lesson]
    assert not Presence.objects.exists()
    assert sorted(fact.type for fact in Fact.objects.all()) == ["recorder.joined", "recording.confirmed"]
    lesson.refresh_from_db()
    assert lesson.status == LessonStatus.SCHEDULED
    look(begun + 60_000, lesson.room.name, occupant(None, begun + 1, kind="other"))
    assert Fact.objects.get(type=facts.RECORDER_LEFT).data["inferred"] is True


# What was lost is found out.


def test_a_snapshot_opens_and_closes_what_events_have_lost(lesson: Lesson, cast: Cast, begun: int) -> None:
    a, b = occupant(cast.amina.pk, begun), occupant(cast.bilal.pk, begun)
    tell(joined(lesson.room.name, a))
    look(begun + 30_000, lesson.room.name, a, b)
    assert inside(lesson) == ["Amina", "Bilal"]
    look(begun + 60_000, lesson.room.name, b)
    assert inside(lesson) == ["Bilal"]
    assert abs(seconds_of(lesson, cast.amina) - 45) <= 15


def test_prosodys_own_word_replaces_what_was_found_out(lesson: Lesson, cast: Cast, begun: int) -> None:
    who = occupant(cast.amina.pk, begun)
    tell(joined(lesson.room.name, who))
    look(begun + 60_000, lesson.room.name)
    tell(left(lesson.room.name, who, begun + 7000))
    assert seconds_of(lesson, cast.amina) == 7
    look(begun + 90_000, lesson.room.name, who)  # an old answer
    assert inside(lesson) == []


def test_whoever_is_seen_again_was_there_all_along(lesson: Lesson, cast: Cast, begun: int) -> None:
    who = occupant(cast.amina.pk, begun)
    tell(joined(lesson.room.name, who))
    look(begun + 60_000, lesson.room.name)
    assert inside(lesson) == []
    look(begun + 120_000, lesson.room.name, who)
    assert inside(lesson) == ["Amina"]
    tell(left(lesson.room.name, who, begun + 200_000))
    assert seconds_of(lesson, cast.amina) == 200


def test_who_came_while_the_snapshot_was_taken_is_not_put_out_by_it(
    lesson: Lesson, cast: Cast, begun: int
) -> None:
    tell(joined(lesson.room.name, occupant(cast.amina.pk, begun)))
    look(begun + 1000, lesson.room.name)
    assert inside(lesson) == ["Amina"]


def test_a_destroyed_room_ends_whoever_is_left_in_it(lesson: Lesson, cast: Cast, begun: int) -> None:
    a, b = occupant(cast.amina.pk, begun), occupant(cast.bilal.pk, begun)
    later = occupant(cast.teacher.pk, begun + 90_000)
    room = lesson.room.name
    tell(joined(room, a), joined(room, b), joined(room, later), destroyed(room, begun + 60_000, b))
    assert inside(lesson) == ["Tomas"]
    assert seconds_of(lesson, cast.bilal) == 60
    assert seconds_of(lesson, cast.amina) <= 60


def test_a_prosody_that_vanished_takes_its_people_along(lesson: Lesson, cast: Cast, begun: int) -> None:
    who = occupant(cast.amina.pk, begun)
    at = datetime.fromtimestamp(begun / 1000, tz=UTC)
    tell(joined(lesson.room.name, who), at=at)
    look(begun + 30_000, lesson.room.name, who)
    assert actions.close_vanished_visits(now=at + timedelta(seconds=149)) == 0
    assert actions.close_vanished_visits(now=at + timedelta(seconds=151)) == 1
    assert seconds_of(lesson, cast.amina) == 30


def test_a_prosody_that_could_never_be_asked_is_not_missed(lesson: Lesson, cast: Cast, begun: int) -> None:
    tell(joined(lesson.room.name, occupant(cast.amina.pk, begun)))
    assert actions.close_vanished_visits(now=timezone.now() + timedelta(hours=1)) == 0


def test_the_end_of_the_lesson_ends_every_visit_and_later_news_only_mend_the_register(
    lesson: Lesson, cast: Cast, begun: int
) -> None:
    a, b = occupant(cast.amina.pk, begun), occupant(cast.bilal.pk, begun + 1000)
    tell(joined(lesson.room.name, a))
    lesson.refresh_from_db()
    actions.end_lesson(lesson=lesson, now=timezone.now())
    assert inside(lesson) == []
    tell(joined(lesson.room.name, b), left(lesson.room.name, b, begun + 11_000))
    tell(left(lesson.room.name, a, begun + 20_000))
    assert inside(lesson) == []
    assert (seconds_of(lesson, cast.amina), seconds_of(lesson, cast.bilal)) == (20, 10)


def test_a_wrong_clock_is_corrected_by_what_it_said_when_sending(
    lesson: Lesson, cast: Cast, begun: int
) -> None:
    who = occupant(cast.amina.pk, begun - 90_000)  # its clock is 90 seconds slow
    tell(joined(lesson.room.name, who), offset_ms=90_000)
    assert to_ms(Presence.objects.get().joined_at) == begun
    now = datetime.fromtimestamp((begun + 30_000) / 1000, tz=UTC)
    seen = read_snapshot(snapshot(begun + 30_000 - 90_000, lesson.room.name, who))
    actions.compare_with_snapshot(snapshot=seen, asked_at=now, now=now)
    assert Presence.objects.get().left_at is None
    assert Prosody.objects.get(pk="prosody-1").offset_ms == 90_000


def test_a_slow_way_is_not_taken_for_a_slow_clock(lesson: Lesson, cast: Cast, begun: int) -> None:
    tell(joined(lesson.room.name, occupant(cast.amina.pk, begun)), offset_ms=100)
    later = datetime.fromtimestamp(begun / 1000 + 9, tz=UTC)
    held_up = joined(lesson.room.name, occupant(cast.bilal.pk, begun + 5_000, "b1"))
    tell(held_up, offset_ms=4_000, at=later)
    assert to_ms(Presence.objects.get(person=cast.bilal).joined_at) == begun + 5_000


def test_where_somebody_cannot_be_read_nobody_is_taken_to_be_gone(
    lesson: Lesson, cast: Cast, begun: int
) -> None:
    tell(joined(lesson.room.name, occupant(cast.amina.pk, begun)))
    now = datetime.fromtimestamp((begun + 30_000) / 1000, tz=UTC)
    for inside, is_gone in (([{"jid": ""}], False), ([], True)):
        seen = read_snapshot(snapshot(begun + 30_000, lesson.room.name, *inside))
        actions.compare_with_snapshot(snapshot=seen, asked_at=now, now=now)
        assert (Presence.objects.get().left_at is not None) is is_gone


def test_a_slow_answer_is_not_a_wrong_clock(lesson: Lesson, begun: int) -> None:
    asked_at = datetime.fromtimestamp(begun / 1000, tz=UTC)
    answer = read_snapshot(snapshot(begun + 3000, lesson.room.name))
    actions.compare_with_snapshot(snapshot=answer, asked_at=asked_at, now=asked_at + timedelta(seconds=5))
    assert Prosody.objects.get().offset_ms == 0


def test_nothing_happens_later_than_it_is_heard(lesson: Lesson, cast: Cast, begun: int) -> None:
    now = timezone.now()
    tell(joined(lesson.room.name, occupant(cast.amina.pk, to_ms(now + timedelta(days=300)))), at=now)
    assert Presence.objects.get().joined_at == now


def test_the_contributed_component_fills_the_same_register(lesson: Lesson, cast: Cast, begun: int) -> None:
    room, start = lesson.room.name, begun // 1000
    a, b = synced_occupant(cast.amina.pk, start), synced_occupant(cast.bilal.pk, start + 10)
    recorder = synced_occupant("x", start, occupant_jid="recorder@hidden.meet.jitsi/x") | {"id": None}
    said = [
        ("occupant/joined", synced(room, occupant=a)),
        ("occupant/joined", synced(room, occupant=recorder)),
        # Bilal's coming and going are lost.
        (
            "room/destroyed",
            synced(
                room,
                created_at=start,
                destroyed_at=start + 100,
                all_occupants=[a, b | {"left_at": start + 40}, recorder],
            ),
        ),
    ]
    for word, body in said * 2:
        actions.take_delivery(
            source=HookSource.EVENT_SYNC,
            body=json.dumps(body).encode(),
            received_at=timezone.now(),
            about=word,
        )
    assert settle(timezone.now()) == ["done"] * 3
    assert (seconds_of(lesson, cast.amina), seconds_of(lesson, cast.bilal)) == (100, 30)


def test_an_event_that_cannot_be_applied_holds_up_no_other_and_is_put_aside_in_the_end(
    lesson: Lesson, cast: Cast, begun: int
) -> None:
    bad, good = joined(lesson.room.name, occupant(cast.bilal.pk, begun)), occupant(cast.amina.pk, begun + 1)
    actions.take_delivery(source=HookSource.EVENTS, body=batch(bad), received_at=timezone.now())
    actions.read_deliveries(now=timezone.now())
    HookEvent.objects.update(data={"of": "a shape that nobody knows"})
    assert tell(joined(lesson.room.name, good)) == ["pending", "done"]
    for _ in range(5):
        settle(timezone.now())
    assert reasons() == ["stumbled"]


def test_an_event_of_a_full_room_costs_as_much_as_of_an_empty_one(
    lesson: Lesson, cast: Cast, begun: int
) -> None:
    def cost(person: Any, at: int) -> int:
        body = batch(joined(lesson.room.name, occupant(person.pk, at)))
        actions.take_delivery(source=HookSource.EVENTS, body=body, received_at=timezone.now())
        with CaptureQueriesContext(connection) as caught:
            settle(timezone.now())
        return len(caught)

    cost(cast.teacher, begun)
    first = cost(cast.amina, begun + 1)
    assert cost(cast.bilal, begun + 2) == first
    assert first <= 45
