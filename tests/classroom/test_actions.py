"""Lessons and presences over time; `now` is always an argument."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from classroom import actions
from classroom.models import Fact, Lesson, LessonStatus, Presence, Standing
from classroom.queries import lessons_for, open_presences
from common.refusals import Refused
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


def enter(
    cast: Cast, lesson: Lesson, *, at: datetime, who: str = "teacher", connection: str = "c"
) -> Presence:
    standing = Standing.TEACHER if who == "teacher" else Standing.STUDENT
    return actions.enter_room(
        room=lesson.room,
        person=getattr(cast, who),
        standing=standing,
        occupant=uuid.uuid4(),
        connection=connection,
        now=at,
    )


def test_a_lesson_that_ends_before_it_begins_is_refused(cast: Cast) -> None:
    now = timezone.now()
    with pytest.raises(Refused, match="ends_before_start"):
        actions.schedule_lesson(
            course=cast.course,
            title="x",
            starts_at=now,
            ends_at=now - timedelta(minutes=1),
            created_by=cast.teacher,
        )


def test_the_first_to_enter_opens_the_lesson_once(cast: Cast, lesson: Lesson) -> None:
    now = timezone.now()
    enter(cast, lesson, at=now)
    enter(cast, lesson, at=now + timedelta(seconds=5), who="amina")
    lesson.refresh_from_db()
    assert (lesson.status, lesson.opened_at) == (LessonStatus.LIVE, now)
    assert Fact.objects.filter(lesson=lesson, type="lesson.opened").count() == 1


def test_a_silent_socket_left_when_it_was_last_seen(cast: Cast, lesson: Lesson) -> None:
    now = timezone.now()
    presence = enter(cast, lesson, at=now, connection="socket-1")
    actions.see(connections=["socket-1"], now=now + timedelta(seconds=30))
    assert actions.close_silent_presences(now=now + timedelta(seconds=45)) == 0
    assert actions.close_silent_presences(now=now + timedelta(seconds=51)) == 1
    presence.refresh_from_db()
    assert presence.left_at == now + timedelta(seconds=30)


def test_ending_closes_every_presence_and_happens_once(cast: Cast, lesson: Lesson) -> None:
    now = timezone.now()
    enter(cast, lesson, at=now)
    enter(cast, lesson, at=now, who="amina")
    stale = Lesson.objects.get(pk=lesson.pk)
    assert actions.end_lesson(lesson=lesson, now=now + timedelta(minutes=1))
    assert not actions.end_lesson(lesson=stale, now=now + timedelta(minutes=2))
    assert not open_presences(lesson.room).exists()
    assert Fact.objects.filter(lesson=lesson, type="participant.left").count() == 2


def test_nobody_enters_an_ended_lesson(cast: Cast, lesson: Lesson) -> None:
    actions.end_lesson(lesson=lesson, now=timezone.now())
    with pytest.raises(Refused, match="lesson_over"):
        enter(cast, lesson, at=timezone.now())


def test_a_lesson_over_time_ends_when_the_last_has_gone_for_a_while(cast: Cast, lesson: Lesson) -> None:
    presence = enter(cast, lesson, at=lesson.starts_at)
    after = lesson.ends_at + timedelta(minutes=3)
    assert actions.end_overdue_lessons(now=after) == 0
    left = after + timedelta(seconds=1)
    actions.leave_room(room=lesson.room, occupant=presence.occupant, connection="c", now=left)
    assert actions.end_overdue_lessons(now=left + timedelta(minutes=1)) == 0
    assert actions.end_overdue_lessons(now=left + timedelta(minutes=3)) == 1


def test_an_hour_over_time_ends_a_lesson_even_with_people_inside(cast: Cast, lesson: Lesson) -> None:
    enter(cast, lesson, at=lesson.starts_at)
    assert actions.end_overdue_lessons(now=lesson.ends_at + timedelta(minutes=61)) == 1


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("teacher", True),
        ("amina", True),
        ("head", True),
        ("guardian", True),
        ("stranger", False),
        ("guest", False),
    ],
)
def test_who_sees_a_lesson(cast: Cast, lesson: Lesson, who: str, sees: bool) -> None:
    assert lessons_for(getattr(cast, who)).filter(pk=lesson.pk).exists() is sees
