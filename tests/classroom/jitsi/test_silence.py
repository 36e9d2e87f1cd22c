"""Microphones in the Jitsi app: whose is turned off when the teacher says so, and whose never is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from django.utils import timezone

from accounts.models import Person
from classroom import actions
from classroom.jitsi.control import HttpControl
from classroom.jitsi.silence import mute_in_app
from classroom.models import Door, Lesson, Presence, Standing
from common.refusals import Unavailable
from tests.classroom.jitsi.prosody import TOKEN, FakeProsody, fake_prosody
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def prosody() -> Iterator[FakeProsody]:
    with fake_prosody() as made:
        yield made


def come(lesson: Lesson, person: Person, standing: Standing, door: Door, *, has_video: bool = True) -> None:
    presence = actions.enter_room(
        room=lesson.room,
        person=person,
        standing=standing,
        occupant=uuid.uuid4(),
        connection="tab",
        has_video=has_video,
        now=timezone.now(),
    )
    Presence.objects.filter(pk=presence.pk).update(door=door)


@pytest.fixture
def everybody(prosody: FakeProsody, cast: Cast, lesson: Lesson) -> FakeProsody:
    """Amina by the app and its companion, Bilal in his browser, the head and the teacher by the app."""
    room = lesson.room.name
    for nick, person in (("t1", cast.teacher), ("a1", cast.amina), ("b1", cast.bilal), ("h1", cast.head)):
        prosody.enter(room, nick, person.pk)
    prosody.enter(room, "a2", cast.amina.pk)
    prosody.enter(room, "r1", "", "recorder")
    prosody.enter("another-lesson", "a9", cast.amina.pk)
    come(lesson, cast.teacher, Standing.TEACHER, Door.JITSI)
    come(lesson, cast.amina, Standing.STUDENT, Door.JITSI)
    come(lesson, cast.amina, Standing.STUDENT, Door.PAGE, has_video=False)
    come(lesson, cast.bilal, Standing.STUDENT, Door.JITSI)
    come(lesson, cast.bilal, Standing.STUDENT, Door.PAGE)
    return prosody


def test_one_is_told_on_every_device_in_this_room_by_whoever_wants_it(
    everybody: FakeProsody, cast: Cast, lesson: Lesson
) -> None:
    assert mute_in_app(everybody.control, room=lesson.room, person=cast.amina.pk, by=cast.teacher) == 2
    assert sorted(everybody.muted) == [
        (lesson.room.name, "a1", "t1"),
        (lesson.room.name, "a2", "t1"),
    ]


def test_whose_page_is_asked_who_holds_the_lesson_and_who_is_not_there_are_left_alone(
    everybody: FakeProsody, cast: Cast, lesson: Lesson
) -> None:
    for person in (cast.bilal, cast.teacher, cast.stranger):
        assert mute_in_app(everybody.control, room=lesson.room, person=person.pk, by=cast.teacher) == 0
    assert everybody.muted == []


def test_whose_page_has_put_sound_aside_is_muted_in_the_app(
    everybody: FakeProsody, cast: Cast, lesson: Lesson
) -> None:
    Presence.objects.filter(person=cast.bilal, door=Door.PAGE).update(board_only=True)
    assert mute_in_app(everybody.control, room=lesson.room, person=cast.bilal.pk, by=cast.teacher) == 1
    assert {nick for _, nick, _ in everybody.muted} == {"b1"}


def test_all_are_those_by_the_app_alone(everybody: FakeProsody, cast: Cast, lesson: Lesson) -> None:
    assert mute_in_app(everybody.control, room=lesson.room, person=None, by=cast.teacher) == 2
    assert {nick for _, nick, _ in everybody.muted} == {"a1", "a2"}


def test_a_prosody_that_is_away_or_refuses_is_told_to_the_teacher(
    everybody: FakeProsody, cast: Cast, lesson: Lesson
) -> None:
    for control in (HttpControl("http://127.0.0.1:9", TOKEN), HttpControl(everybody.url, "wrong")):
        with pytest.raises(Unavailable):
            mute_in_app(control, room=lesson.room, person=cast.amina.pk, by=cast.teacher)
    assert everybody.muted == []
