"""The web process dies in the middle of a quiz: no acknowledged answer is lost, and none is counted twice."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import Person
from classroom.models import Lesson
from quizzes.actions import close_overdue_quizzes, launch_quiz
from quizzes.models import Answer, Quiz
from quizzes.queries import counts_of
from tests.conftest import Cast
from tests.processes import House
from tests.quizzes.questions import write
from tests.wire.conftest import open_socket

pytestmark = [pytest.mark.timeout(900), pytest.mark.fault, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def web(house: House) -> Iterator[House]:
    house.start_web()
    yield house


def ask(cast: Cast, lesson: Lesson) -> Quiz:
    question = write(cast.course, cast.teacher)
    return launch_quiz(
        quiz_id=uuid.uuid4(),
        room=lesson.room,
        questions=[question.pk],
        by=cast.teacher,
        now=timezone.now(),
        seconds=600,
    )


async def test_a_killed_web_process_loses_and_doubles_no_answer(
    cast: Cast, lesson: Lesson, web: House
) -> None:
    quiz = await sync_to_async(ask)(cast, lesson)
    path, refs = (
        f"/ws/quizzes/{lesson.room.pk}/",
        {one.pk: str(uuid.uuid4()) for one in (cast.amina, cast.bilal)},
    )
    said = {"quiz": str(quiz.pk), "question": quiz.questions[0]["id"], "value": "2"}

    async def answer(person: Person, *, is_heard: bool) -> None:
        async with open_socket(web, path, person) as socket:
            await socket.hear("quizzes.opened")
            await socket.say("answer.submit", said, ref=refs[person.pk])
            if is_heard:
                await socket.hear("answer.counted")
            else:  # whether it was kept before the kill, nobody on this side knows
                await asyncio.to_thread(web.kill, "web")

    await answer(cast.amina, is_heard=True)
    await answer(cast.bilal, is_heard=False)
    await asyncio.to_thread(web.start_web)
    for person in (cast.bilal, cast.amina):  # what an outbox does after coming back
        await answer(person, is_heard=True)
    async with open_socket(web, path, cast.teacher) as teacher:
        opened = (await teacher.hear("quizzes.opened"))["data"]["quiz"]
        assert opened["tally"][0]["answered"] == 2
        # The one who launched it is gone, and so is the process: the clock closes it, and everybody is told.
        later = quiz.closes_at + timedelta(seconds=5)
        assert await sync_to_async(close_overdue_quizzes)(now=later) == 1
        assert (await teacher.hear("quiz.closed"))["data"]["quiz"]["state"] == "closed"
    counts = await sync_to_async(counts_of)([quiz])
    assert counts[quiz.pk][0]["bars"] == [["1", 0], ["2", 2], ["3", 0]]
    assert await Answer.objects.acount() == 2
