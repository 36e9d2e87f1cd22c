"""Who may go into the room of a streamed lesson and who watches, by whichever door they come."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.actions import add_person
from accounts.models import Person, Role
from classroom import actions, diversion
from classroom.actions.audience import SEAT_KEPT
from classroom.models import Diversion, KeptSeat, Lesson, Standing
from classroom.queries import count_seated, count_taken
from recordings.models import Broadcast, BroadcastState
from tests.classroom.test_guests import knock_at, let_in, make_link
from tests.conftest import Cast
from tests.dashboard.test_phone_pages import ANDROID, IPHONE, JWT, get, jitsi

pytestmark = pytest.mark.django_db
__all__ = ["jitsi"]


@pytest.fixture
def streamed(lesson: Lesson, jitsi: None) -> Lesson:
    """Live, planned with a stream and without a seat for anybody of the class."""
    Lesson.objects.filter(pk=lesson.pk).update(
        is_streamed=True, room_seats=0, status="live", opened_at=timezone.now()
    )
    lesson.refresh_from_db()
    return lesson


@pytest.mark.parametrize("agent", [IPHONE, ANDROID])
def test_a_phone_for_which_there_is_no_seat_is_led_to_the_stream(
    cast: Cast, streamed: Lesson, agent: str
) -> None:
    room, app, live = (f"/lessons/{streamed.pk}/{page}" for page in ("room", "app", "live"))
    sent: Any = get(cast.amina, room, agent)
    assert sent["Location"] in {app, live}
    for address in (app, f"{app}?profile=saver"):
        answer: Any = get(cast.amina, address, agent)
        assert (answer.status_code, answer.headers.get("Location")) == (302, live)
        assert not JWT.search(answer.content.decode())
    for query in ("browser", "app"):
        assert get(cast.amina, room, agent, video=query)["Location"] == live
    assert JWT.search(get(cast.teacher, app, agent).content.decode())
    Lesson.objects.filter(pk=streamed.pk).update(is_streamed=False)
    assert JWT.search(get(cast.amina, app, agent).content.decode())


def test_a_phone_watches_where_bridges_are_full_as_soon_as_there_is_a_picture(
    cast: Cast, streamed: Lesson
) -> None:
    app, now = f"/lessons/{streamed.pk}/app", timezone.now()
    Lesson.objects.filter(pk=streamed.pk).update(room_seats=None)
    Diversion.objects.create(region="", door="hls", why="busy", decided_at=now, judged_at=now)
    assert get(cast.amina, app, ANDROID).status_code == 200
    Broadcast.objects.create(
        lesson=streamed,
        state=BroadcastState.LIVE,
        state_at=now,
        shown_at=now,
        address="127.0.0.1",
        port=1935,
    )
    assert get(cast.amina, app, ANDROID)["Location"] == f"/lessons/{streamed.pk}/live"
    assert get(cast.teacher, app, ANDROID).status_code == 200


# Seats that are kept


def pupils(cast: Cast, number: int) -> list[Person]:
    made = []
    for one in range(number):
        made.append(
            add_person(institution=cast.school, email=f"p{one}@here.test", name=f"P{one}", role=Role.STUDENT)
        )
        actions.enrol(course=cast.course, person=made[-1], standing=Standing.STUDENT)
    return made


def set_seats(lesson: Lesson, seats: int | None) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(room_seats=seats)
    lesson.refresh_from_db()


def enter(lesson: Lesson, person: Person, now: datetime, standing: Standing = Standing.STUDENT) -> None:
    occupant = uuid.uuid4()
    actions.enter_room(
        room=lesson.room,
        person=person,
        standing=standing,
        occupant=occupant,
        connection=str(occupant),
        now=now,
    )


def all_at_once(people: list[Person], act: Callable[[Person], bool]) -> list[bool]:
    """Nobody begins before everybody is ready."""
    ready = Barrier(len(people))

    def one(person: Person) -> bool:
        try:
            ready.wait()
            return act(person)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(one, people))


@pytest.mark.django_db(transaction=True)
def test_of_many_pages_that_open_at_the_bell_no_more_hold_a_token_than_there_are_seats(
    cast: Cast, streamed: Lesson
) -> None:
    """By browser and by telephone, before anybody is inside; and again, as whoever has a seat loads the page anew."""
    set_seats(streamed, 3)
    class_, room, app = pupils(cast, 6), f"/lessons/{streamed.pk}/room", f"/lessons/{streamed.pk}/app"

    def has_token(person: Person) -> bool:
        by_phone = class_.index(person) % 2
        answer: Any = get(person, app, ANDROID) if by_phone else get(person, room)
        assert answer.status_code == 200 or answer["Location"] == f"/lessons/{streamed.pk}/live"
        return JWT.search(answer.content.decode()) is not None

    for _ in range(2):
        told = all_at_once(class_, has_token)
        assert told.count(True) == 3
        assert set(KeptSeat.objects.values_list("person", flat=True)) == {
            one.pk for one, has in zip(class_, told, strict=True) if has
        }
    assert (count_seated(streamed), count_taken(streamed, now=timezone.now())) == (0, 3)


@pytest.mark.django_db(transaction=True)
def test_of_those_who_ask_in_the_same_moment_each_gets_a_seat_of_their_own_or_none(
    cast: Cast, streamed: Lesson
) -> None:
    set_seats(streamed, 3)
    people, now = pupils(cast, 10), timezone.now()
    told = all_at_once(people, lambda one: actions.keep_seat(lesson=streamed, person=one, now=now))
    assert told.count(True) == 3 == count_taken(streamed, now=now)


def test_a_seat_is_kept_for_a_moment_counts_once_and_stays_who_is_inside(
    cast: Cast, streamed: Lesson
) -> None:
    set_seats(streamed, 1)
    now = timezone.now()

    def keep(person: Person, later: timedelta = timedelta(0)) -> bool:
        return actions.keep_seat(lesson=streamed, person=person, now=now + later)

    late, [chidi] = SEAT_KEPT + timedelta(seconds=1), pupils(cast, 1)
    assert [keep(cast.amina), keep(cast.amina), keep(cast.bilal)] == [True, True, False]
    assert diversion.door_for(cast.amina, streamed, now) == diversion.INSIDE
    assert diversion.door_for(cast.bilal, streamed, now) == diversion.UNSEATED
    assert keep(cast.bilal, late) and not keep(cast.amina, late), "who did not come in has lost it"
    enter(streamed, cast.bilal, now + late)
    assert count_taken(streamed, now=now + late) == 1, "inside, and still kept"
    assert keep(cast.bilal, 3 * late) and not keep(cast.amina, 3 * late)
    # Whoever is called on comes in however full it is, and counts.
    hand = actions.raise_hand(room=streamed.room, person=cast.amina, standing=Standing.STUDENT, now=now)
    actions.call_hand(room_id=streamed.room.pk, hand_id=hand.pk, now=now + 3 * late)
    assert keep(cast.amina, 3 * late) and count_taken(streamed, now=now + 3 * late) == 2
    set_seats(streamed, 2)
    assert not keep(chidi, 3 * late)


def test_nothing_is_kept_for_who_holds_the_lesson_nor_where_seats_are_not_counted(
    cast: Cast, streamed: Lesson
) -> None:
    now = timezone.now()
    actions.promote(lesson=streamed, person=cast.head, by=cast.teacher, now=now)
    for person in (cast.teacher, cast.head):
        assert actions.keep_seat(lesson=streamed, person=person, now=now)
    set_seats(streamed, None)
    assert actions.keep_seat(lesson=streamed, person=cast.amina, now=now)
    assert not KeptSeat.objects.exists()


def test_a_guest_needs_a_seat_like_a_pupil(cast: Cast, streamed: Lesson) -> None:
    link, _ = make_link(streamed, cast)
    rosa, now = let_in(knock_at(link), cast), timezone.now()
    assert not actions.keep_seat(lesson=streamed, person=rosa, now=now)
    set_seats(streamed, 1)
    assert actions.keep_seat(lesson=streamed, person=rosa, now=now)
    assert not actions.keep_seat(lesson=streamed, person=cast.amina, now=now)
    enter(streamed, rosa, now, Standing.GUEST)
    assert count_taken(streamed, now=now) == count_seated(streamed) == 1
