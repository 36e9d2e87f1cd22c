"""The quiz socket: what each one hears, what nobody may hear, and that every answer counts once."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from websockets.exceptions import ConnectionClosed, InvalidStatus

from accounts.models import Person
from classroom.actions import schedule_lesson, unenrol
from classroom.models import Enrolment, Lesson
from quizzes import actions
from quizzes.models import Answer, Quiz
from tests.conftest import Cast
from tests.quizzes.questions import write
from tests.wire.conftest import Connect, Socket
from tests.wire.test_guest_sockets import Guest, let_in

pytestmark = pytest.mark.django_db(transaction=True)


def path(lesson: Lesson) -> str:
    return f"/ws/quizzes/{lesson.room.pk}/"


def in_thread(function: Any) -> Any:
    return sync_to_async(function, thread_sensitive=True)


async def launch(teacher: Socket, cast: Cast, *kinds: str, **options: Any) -> dict[str, Any]:
    questions = [await in_thread(write)(cast.course, cast.teacher, kind) for kind in kinds or ("single",)]
    said = {"quiz": str(uuid.uuid4()), "questions": [str(one.pk) for one in questions], **options}
    await teacher.say("quiz.launch", said)
    launched: dict[str, Any] = (await teacher.hear("quiz.launched"))["data"]["quiz"]
    return launched


def submission(quiz: dict[str, Any], value: Any, question: int = 0) -> dict[str, Any]:
    return {"quiz": quiz["id"], "question": quiz["questions"][question]["id"], "value": value}


async def counted(socket: Socket, answered: int) -> dict[str, Any]:
    """The tally, once so many have answered the first question."""
    while True:
        heard: dict[str, Any] = (await socket.hear("tally.moved"))["data"]["tally"][0]
        if heard["answered"] == answered:
            return heard


async def test_a_quiz_from_its_launch_to_its_reveal(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    async with connect(path(lesson), cast.teacher) as teacher, connect(path(lesson), cast.amina) as amina:
        assert (await teacher.hear("quizzes.opened"))["data"]["you"]["may_run"] is True
        assert (await amina.hear("quizzes.opened"))["data"]["quiz"] is None
        quiz = await launch(teacher, cast)
        asked = await amina.hear("quiz.launched")
        assert (asked["seq"], asked["data"]["quiz"]["id"]) == (1, quiz["id"])
        ref = await amina.say("answer.submit", submission(quiz, "2"))
        assert (await amina.hear("answer.counted"))["ref"] == ref
        assert (await counted(teacher, 1))["bars"] == [["1", 0], ["2", 1], ["3", 0]]
        await teacher.say("quiz.close", {"quiz": quiz["id"]})
        closed = (await amina.hear("quiz.closed"))["data"]["quiz"]
        assert (closed["tally"], closed["key"]) == (None, None)
        await teacher.say("quiz.share", {"quiz": quiz["id"], "on": True})
        shared = (await amina.hear("quiz.shared"))["data"]["quiz"]
        assert shared["tally"][0]["bars"][1] == ["2", 1]
        await teacher.say("quiz.reveal", {"quiz": quiz["id"]})
        revealed = (await amina.hear("quiz.revealed"))["data"]["quiz"]
        assert revealed["key"][0]["choices"] == ["2"]
        assert revealed["mine"][quiz["questions"][0]["id"]] == {"value": "2", "correct": True, "score": 1.0}
        assert [one["seq"] for one in amina.heard if "seq" in one] == [0, 1, 2, 3, 4]


async def test_the_snapshot_is_what_the_facts_have_told(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    """After every fact: whoever comes now is told the same as who was there."""
    everybody = (cast.teacher, cast.amina, cast.head)
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(connect(path(lesson), one)) for one in everybody]
        teacher = sockets[0]
        for socket in sockets:
            await socket.hear("quizzes.opened")
        quiz = await launch(teacher, cast, "short_text", shared=True)
        await sockets[1].hear("quiz.launched")
        await sockets[2].hear("quiz.launched")
        await sockets[1].say("answer.submit", submission(quiz, "the lower number"))
        await sockets[1].hear("answer.counted")
        of = {"quiz": quiz["id"]}
        variant = {**of, "question": quiz["questions"][0]["id"], "text": "the lower number"}
        for word, fact, data in (
            ("quiz.close", "quiz.closed", of),
            ("quiz.reveal", "quiz.revealed", of),
            ("variant.accept", "variant.accepted", variant),
            ("quiz.share", "quiz.shared", {**of, "on": False}),
        ):
            await teacher.say(word, data)
            for person, socket in zip(everybody, sockets, strict=True):
                heard = await socket.hear(fact)
                async with connect(path(lesson), person) as fresh:
                    opened = await fresh.hear("quizzes.opened")
                assert (opened["seq"], opened["data"]["quiz"]) == (heard["seq"], heard["data"]["quiz"]), fact


async def test_only_students_answer_and_only_staff_runs_quizzes(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    guest = await in_thread(Guest)(lesson, cast)
    await let_in(guest, cast)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        teacher = await enter(connect(path(lesson), cast.teacher))
        others = [await enter(connect(path(lesson), one)) for one in (cast.amina, cast.head)]
        others.append(await enter(connect(guest.door(path(lesson)), None, headers=guest.headers)))
        quiz = await launch(teacher, cast)
        for socket in others:
            await socket.say("quiz.close", {"quiz": quiz["id"]})
            assert (await socket.hear("error"))["data"]["code"] == "forbidden"
            await socket.say("bank.search")
            assert (await socket.hear("error"))["data"]["code"] == "forbidden"
        for socket in (teacher, *others[1:]):
            await socket.say("answer.submit", submission(quiz, "1"))
            assert (await socket.hear("error"))["data"]["code"] == "forbidden"
    assert await Answer.objects.acount() == 0


async def test_strangers_and_nobody_find_no_door(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    for person in (cast.stranger, cast.guardian, None):
        for where in (path(lesson), f"/ws/quizzes/{uuid.uuid4()}/"):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(where, person):
                    pass
            assert refused.value.response.status_code == 404


async def test_another_rooms_quiz_is_none(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    other = await in_thread(_another_lesson)(cast)
    async with connect(path(lesson), cast.teacher) as here, connect(path(other), cast.teacher) as there:
        quiz = await launch(here, cast)
        async with connect(path(other), cast.amina) as amina:
            await amina.say("answer.submit", submission(quiz, "1"))
            assert (await amina.hear("error"))["data"]["code"] == "not_found"
        for word in ("quiz.close", "quiz.reveal"):
            await there.say(word, {"quiz": quiz["id"]})
            assert (await there.hear("error"))["data"]["code"] == "not_found"


def _another_lesson(cast: Cast) -> Lesson:
    begun = timezone.now() + timedelta(minutes=1)
    return schedule_lesson(
        course=cast.course,
        title="Decimals",
        starts_at=begun,
        ends_at=begun + timedelta(hours=1),
        created_by=cast.teacher,
    )


async def test_the_servers_clock_says_what_is_late(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    async with connect(path(lesson), cast.teacher) as teacher, connect(path(lesson), cast.amina) as amina:
        quiz = await launch(teacher, cast)
        past = timezone.now() - timedelta(seconds=1)
        await Quiz.objects.filter(pk=quiz["id"]).aupdate(closes_at=past)
        ref = await amina.say("answer.submit", submission(quiz, "1"))
        error = await amina.hear("error")
        assert (error["ref"], error["data"]["code"]) == (ref, "late")
        # The sweep runs in another process; everybody hears of it.
        assert await in_thread(actions.close_overdue_quizzes)(now=timezone.now() + timedelta(seconds=1)) == 1
        assert (await amina.hear("quiz.closed"))["data"]["quiz"]["state"] == "closed"


async def test_the_same_answer_sent_again_is_acknowledged_again_and_counted_once(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with connect(path(lesson), cast.teacher) as teacher, connect(path(lesson), cast.amina) as amina:
        quiz, ref = await launch(teacher, cast), str(uuid.uuid4())
        for _ in range(3):
            await amina.say("answer.submit", submission(quiz, "1"), ref=ref)
            assert (await amina.hear("answer.counted"))["ref"] == ref
        assert (await counted(teacher, 1))["bars"][0] == ["1", 1]
        await amina.say("answer.submit", submission(quiz, "1"), ref="no uuid")
        assert (await amina.hear("error"))["data"]["code"] == "bad_data"


async def test_many_answers_are_a_few_tallies(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    """Fifty changes of mind within a moment: the teacher is not told fifty times, and the last word is right."""
    async with connect(path(lesson), cast.teacher) as teacher, connect(path(lesson), cast.amina) as amina:
        quiz = await launch(teacher, cast)
        await asyncio.gather(
            *(amina.say("answer.submit", submission(quiz, str(1 + n % 3))) for n in range(35))
        )
        for _ in range(35):
            await amina.hear("answer.counted")
        kept = await Answer.objects.aget()
        while dict((await teacher.hear("tally.moved"))["data"]["tally"][0]["bars"])[kept.value] != 1:
            pass
        assert len([one for one in teacher.heard if one["type"] == "tally.moved"]) <= 12


async def test_a_question_is_written_on_the_spot_and_the_bank_is_searched(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with connect(path(lesson), cast.teacher) as teacher:
        written = {
            "kind": "single",
            "text": "Ready?",
            "choices": [{"text": "Yes", "right": True}, {"text": "No"}],
        }
        name = str(uuid.uuid4())
        await teacher.say("quiz.launch", {"quiz": name, "written": written, "keep": True, "seconds": 20})
        quiz = (await teacher.hear("quiz.launched"))["data"]["quiz"]
        assert (quiz["id"], quiz["closes_at"] - quiz["opened_at"]) == (name, 20_000)
        await teacher.say("bank.search", {"text": "read"})
        found = (await teacher.hear("bank.found"))["data"]
        assert ([one["text"] for one in found["questions"]], found["more"]) == (["Ready?"], False)
        bad = {**written, "choices": []}
        await teacher.say("quiz.launch", {"quiz": str(uuid.uuid4()), "written": bad})
        assert (await teacher.hear("error"))["data"]["code"] == "quiz_open"


async def test_who_leaves_the_course_is_closed_out(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    async with connect(path(lesson), cast.amina) as amina:
        await amina.hear("quizzes.opened")
        place = await Enrolment.objects.aget(course=cast.course, person=cast.amina)
        await in_thread(_leave)(place, cast.head)
        with pytest.raises(ConnectionClosed) as closed:
            await amina.hear("nothing")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4001


def _leave(place: Enrolment, head: Person) -> None:
    unenrol(course=place.course, person=place.person, by=head)
