"""Quizzes: the snapshot is what the facts have told, each of them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from classroom.models import Lesson
from tests.conftest import Cast
from tests.quizzes.questions import write
from tests.wire.snapshots.witness import Folds, Told, Witness, open_wire, walk, witnesses

pytestmark = pytest.mark.django_db(transaction=True)


def replace(known: Told, data: Told) -> None:
    known["quiz"] = data["quiz"]


def keep_own(known: Told, data: Told) -> None:
    known["quiz"]["mine"][data["question"]] = {"value": data["value"]}


def count(known: Told, data: Told) -> None:
    if known["quiz"]["id"] == data["quiz"]:
        known["quiz"]["tally"] = data["tally"]


FOLDS: Folds = {
    **dict.fromkeys(
        ("quiz.launched", "quiz.closed", "quiz.revealed", "quiz.shared", "variant.accepted"), replace
    ),
    "answer.counted": keep_own,
    "tally.moved": count,
    **dict.fromkeys(("bank.found", "command.done", "quizzes.ponged", "error"), None),
}


class Story:
    """Who hears what of a quiz with a text to write, which is nobody's but the teacher's until it is shared."""

    def __init__(self, teacher: Witness, amina: Witness, head: Witness, question: str) -> None:
        self.teacher, self.amina, self.head = teacher, amina, head
        self.everybody = [teacher, amina, head]
        self.question, self.quiz = question, str(uuid.uuid4())

    async def run(self, word: str, fact: str, **data: Any) -> None:
        await self.teacher.say(word, quiz=self.quiz, **data)
        for one in self.everybody:
            await one.hear(fact)

    async def launch(self) -> None:
        await self.run("quiz.launch", "quiz.launched", questions=[self.question])

    async def share(self) -> None:
        await self.run("quiz.share", "quiz.shared", on=True)

    async def answer(self) -> None:
        asked = self.amina.known["quiz"]["questions"][0]["id"]
        await self.amina.say("answer.submit", quiz=self.quiz, question=asked, value="lower number")
        await self.amina.hear("answer.counted")
        await self.counts()

    async def counts(self) -> None:
        """Once everybody to whom they are told has heard of the one answer."""
        for one in self.everybody:
            while one.known["quiz"]["tally"][0]["answered"] != 1:
                await one.hear("tally.moved")

    async def close(self) -> None:
        await self.run("quiz.close", "quiz.closed")

    async def reveal(self) -> None:
        await self.run("quiz.reveal", "quiz.revealed")

    async def accept(self) -> None:
        asked = self.amina.known["quiz"]["questions"][0]["id"]
        await self.run("variant.accept", "variant.accepted", question=asked, text="lower number")

    async def search(self) -> None:
        await self.teacher.say("bank.search", text="line")
        await self.teacher.hear("bank.found")

    async def repeat(self) -> None:
        ref = await self.teacher.say("quiz.reveal", quiz=self.quiz)
        while (await self.teacher.hear("command.done"))["ref"] != ref:
            pass

    async def overstep(self) -> None:
        await self.amina.say("quiz.close", quiz=self.quiz)
        await self.amina.hear("error", code="forbidden")

    async def change_mind(self) -> None:
        """The same tally again, told once more as it is by now."""
        asked = self.amina.known["quiz"]["questions"][0]["id"]
        await self.amina.say("answer.submit", quiz=self.quiz, question=asked, value="other number")
        await self.teacher.hear("tally.moved")

    async def ping(self) -> None:
        await self.teacher.settle()


async def test_who_heard_each_fact_knows_what_a_newcomer_is_told(cast: Cast, lesson: Lesson) -> None:
    path = f"/ws/quizzes/{lesson.room.pk}/"
    people = (cast.teacher, cast.amina, cast.head)
    question = await sync_to_async(write)(cast.course, cast.teacher, "short_text")
    async with witnesses(path, FOLDS, "quizzes.ping", *people) as [teacher, amina, head]:
        story = Story(teacher, amina, head, str(question.pk))

        async def check(fact: str) -> None:
            for person, witness in zip(people, story.everybody, strict=True):
                async with open_wire(path, person) as fresh:
                    await witness.reach(fresh.first["seq"])
                    whole = fresh.first["data"]
                    await witness.agree({name: whole[name] for name in ("quiz", "you")}, fact)

        cases = {
            "quiz.launched": story.launch,
            "quiz.shared": story.share,
            "answer.counted": story.answer,
            "tally.moved": story.change_mind,
            "quiz.closed": story.close,
            "quiz.revealed": story.reveal,
            "variant.accepted": story.accept,
            "bank.found": story.search,
            "command.done": story.repeat,
            "error": story.overstep,
            "quizzes.ponged": story.ping,
        }
        await walk(cases, story.everybody, check)
