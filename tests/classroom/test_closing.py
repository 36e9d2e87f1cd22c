"""Several who close or see presences at once: the room's row comes first, so nobody loses to a deadlock."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from classroom import actions
from classroom.models import Lesson, LessonStatus, Presence, Room, Standing
from tests.conftest import Cast
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def inside(cast: Cast, lesson: Lesson) -> Presence:
    return actions.enter_room(
        room=lesson.room,
        person=cast.amina,
        standing=Standing.STUDENT,
        occupant=uuid.uuid4(),
        connection="tab",
        now=timezone.now(),
    )


def beside(work: Callable[[], object]) -> Future[object]:
    """`work` in another thread, which has come to its end or waits for us when this returns."""

    def run() -> object:
        try:
            return work()
        finally:
            connection.close()

    with_one = ThreadPoolExecutor(1)
    working = with_one.submit(run)
    with_one.shutdown(wait=False)
    wait_until(lambda: working.done() or somebody_waits_for_us(), 30, what="its end or its waiting")
    return working


def somebody_waits_for_us() -> bool:
    waiting = "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({waiting})")
        return bool(cursor.fetchone()[0])


def leave(inside: Presence) -> object:
    return actions.leave_room(
        room=inside.room, occupant=inside.occupant, connection="tab", now=timezone.now()
    )


def silence(inside: Presence) -> object:
    return actions.close_silent_presences(now=timezone.now() + timedelta(minutes=1))


@pytest.mark.parametrize("close", [leave, silence])
def test_a_lesson_can_be_ended_while_somebody_leaves(
    lesson: Lesson, inside: Presence, close: Callable[[Presence], object]
) -> None:
    with transaction.atomic():
        Room.objects.select_for_update().get(pk=inside.room_id)
        leaving = beside(lambda: close(inside))
        assert actions.end_lesson(lesson=lesson, now=timezone.now())
    assert not leaving.result(60), "they had left already, with the others"
    lesson.refresh_from_db()
    assert lesson.status == LessonStatus.ENDED
    assert lesson.facts.filter(type="participant.left").count() == 1


def test_the_heartbeat_waits_for_nobody(inside: Presence) -> None:
    later = timezone.now() + timedelta(seconds=5)
    with transaction.atomic():
        Presence.objects.select_for_update().get(pk=inside.pk)
        beside(lambda: actions.see(connections=["tab"], now=later)).result(60)
    actions.see(connections=["tab"], now=later)
    inside.refresh_from_db()
    assert inside.last_seen_at == later
