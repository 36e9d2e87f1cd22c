"""The quiz socket."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import msgspec
from django.utils import timezone

from classroom.actions import carry_out_once
from classroom.live import beside_group_of
from classroom.models import Room
from classroom.porter import look_at_caller
from common.clock import to_ms
from common.refusals import Refused
from common.sockets.consumer import in_thread
from common.sockets.seated import SeatedConsumer, read_ref
from common.sockets.wire import envelope
from quizzes import actions, messages
from quizzes.live import LiveRoom, rooms
from quizzes.messages import Viewer
from quizzes.models import Question, Quiz
from quizzes.queries import BANK_PAGE, questions_of
from quizzes.rules import quiz_standing


class QuizConsumer(SeatedConsumer[Viewer, LiveRoom]):
    words = messages.WORDS
    per_second, burst = 10, 40
    rooms = rooms

    async def find_viewer(self) -> Viewer:
        caller = await look_at_caller(self.scope, self.room_id)
        self.scope["user"] = caller.person
        standing = await in_thread(quiz_standing)(caller.person, caller.lesson, caller.standing)
        if standing is None:
            raise Refused("not_found")
        return Viewer(str(caller.person.pk), standing)

    def groups_of_mine(self) -> list[str]:
        return [*super().groups_of_mine(), beside_group_of(self.room_id)]

    def _demand(self, standing: str) -> None:
        if self.viewer.standing != standing:
            raise Refused("forbidden")

    async def on_quizzes_ping(self, ref: str | None, data: messages.Nothing) -> None:
        await self.say(envelope("quizzes.ponged", {}, ref=ref))

    async def on_answer_submit(self, ref: str | None, data: messages.AnswerSubmit) -> None:
        self._demand("student")
        assert self.live is not None  # noqa: S101  commands follow admission
        said = actions.Submission(
            ref=str(read_ref(ref)),
            quiz=str(data.quiz),
            question=str(data.question),
            value=data.value,
            person=self.viewer.person,
            at=to_ms(timezone.now()),
        )
        outcome = await self.live.submit(said)
        if outcome.code:
            raise Refused(outcome.code)
        await self.say(messages.answer_counted(data, said.ref))

    async def on_quiz_launch(self, ref: str | None, data: messages.QuizLaunch) -> None:
        self._demand("staff")
        await in_thread(self._launch)(data)
        await self.done(ref)

    def _launch(self, data: messages.QuizLaunch) -> None:
        said = {name: getattr(data, name) for name in ("questions", "keep", "seconds", "anonymous")}
        said |= {name: getattr(data, name) for name in ("may_change", "shared")}
        actions.launch_quiz(
            quiz_id=data.quiz,
            room=Room.objects.select_related("lesson__course__institution").get(pk=self.room_id),
            written=data.written.as_draft() if data.written else None,
            by=self.scope["user"],
            now=timezone.now(),
            **said,
        )

    async def on_quiz_close(self, ref: str | None, data: messages.OfQuiz) -> None:
        self._demand("staff")
        await in_thread(lambda: actions.close_quiz(quiz=self._find(data.quiz), now=timezone.now()))()
        await self.done(ref)

    async def on_quiz_reveal(self, ref: str | None, data: messages.OfQuiz) -> None:
        self._demand("staff")
        await in_thread(lambda: actions.reveal_quiz(quiz=self._find(data.quiz), now=timezone.now()))()
        await self.done(ref)

    async def on_quiz_share(self, ref: str | None, data: messages.QuizShare) -> None:
        self._demand("staff")
        said = {
            "room_id": self.room_id,
            "ref": read_ref(ref),
            "by": self.scope["user"],
            "now": timezone.now(),
        }
        await in_thread(carry_out_once)(**said, act=partial(self._share, data))
        await self.done(ref)

    def _share(self, data: messages.QuizShare) -> None:
        actions.share_results(quiz=self._find(data.quiz), on=data.on, now=timezone.now())

    async def on_variant_accept(self, ref: str | None, data: messages.VariantAccept) -> None:
        self._demand("staff")
        question, text = str(data.question), data.text
        await in_thread(
            lambda: actions.accept_variant(quiz=self._find(data.quiz), question=question, text=text)
        )()
        await self.done(ref)

    def _find(self, quiz_id: UUID) -> Quiz:
        """Only of this room: whoever runs one lesson runs no other."""
        quiz = Quiz.objects.select_related("room", "lesson").filter(pk=quiz_id, room_id=self.room_id).first()
        if quiz is None:
            raise Refused("not_found")
        return quiz

    async def on_bank_search(self, ref: str | None, data: messages.BankSearch) -> None:
        self._demand("staff")
        found: list[Question] = await in_thread(self._search)(data)
        more = len(found) > BANK_PAGE
        await self.say(messages.bank_found(found[:BANK_PAGE], more=more, ref=ref))

    def _search(self, data: messages.BankSearch) -> list[Question]:
        course_id = Room.objects.values_list("lesson__course", flat=True).get(pk=self.room_id)
        first = (data.page - 1) * BANK_PAGE
        return list(questions_of(course_id, data.text)[first : first + BANK_PAGE + 1])

    async def hear(self, type_: str, ref: str | None, raw: msgspec.Raw) -> None:
        if type_ not in {"quizzes.ping", "bank.search"} and type_ in self.words.commands:
            read_ref(ref)
        await super().hear(type_, ref, raw)
