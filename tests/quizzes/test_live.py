"""One process's view of a room's quizzes: each word once, whenever somebody comes."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import msgspec
import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone

from accounts.models import Person
from classroom.models import Lesson
from common.sockets.fact_rooms import Seat
from common.sockets.hub import Hub
from common.sockets.outlets import Said
from quizzes import actions
from quizzes.live import LiveRoom
from quizzes.messages import Viewer
from quizzes.models import Quiz
from tests.conftest import Cast
from tests.quizzes.questions import write


class Outlet:
    """A socket's, that keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    def backlog(self) -> int:
        return 0

    def stop(self) -> None: ...

    def put(self, said: Said, name: str = "") -> None:
        self.heard.append(msgspec.json.decode(said.payload))


def launch(lesson: Lesson, by: Person) -> Quiz:
    question = write(lesson.course, by, "single").pk
    return actions.launch_quiz(
        quiz_id=uuid.uuid4(), room=lesson.room, questions=[question], by=by, now=timezone.now()
    )


@pytest.mark.django_db(transaction=True)
def test_who_comes_while_a_launch_is_read_has_it_already_and_hears_it_once(
    cast: Cast, lesson: Lesson
) -> None:
    async def quiz_is_launched() -> None:
        live = LiveRoom(str(lesson.room.pk), Hub(settings.CHANNELS_REDIS_URL))
        before, late = Outlet(), Outlet()
        await live.greet(Seat(before, lambda: None, Viewer(str(cast.amina.pk), "student")), None)
        quiz = await sync_to_async(launch, thread_sensitive=False)(lesson, cast.teacher)
        await live.greet(Seat(late, lambda: None, Viewer(str(cast.bilal.pk), "student")), None)
        [beginning] = late.heard
        await live.tell_fact((beginning["seq"], "quiz.launched", str(quiz.pk)))
        assert [one["type"] for one in before.heard] == ["quizzes.opened", "quiz.launched"]
        assert late.heard == [beginning]
        assert beginning["data"]["quiz"]["id"] == str(quiz.pk)

    asyncio.run(quiz_is_launched())
