"""The quiz socket."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.utils import timezone

from classroom.live import person_group_of
from classroom.models import Room
from classroom.passes import visitor_of
from common.clock import to_ms
from common.refusals import Refused
from common.sockets.consumer import WireConsumer, spawn
from common.sockets.outlets import QueuedOutlet, send_said
from common.sockets.wire import envelope
from quizzes import actions, messages
from quizzes.live import LiveRoom, Seat, in_thread, rooms
from quizzes.messages import Viewer
from quizzes.models import Question, Quiz
from quizzes.queries import BANK_PAGE, questions_of, room_for_door
from quizzes.rules import quiz_standing


class QuizConsumer(WireConsumer):
    shapes = messages.SHAPES
    per_second, burst = 10, 40

    live: LiveRoom | None = None
    seat: Seat | None = None

    async def admit(self) -> None:
        self.room_id = str(self.scope["url_route"]["kwargs"]["room_id"])
        self.standing = await in_thread(self._find_standing)()
        self.person = str(self.scope["user"].pk)
        self.is_guest = self.scope["user"].is_guest

    def _find_standing(self) -> str:
        room = room_for_door(self.room_id)
        if room is None:
            raise Refused("not_found")
        self.scope["user"] = visitor_of(self.scope, room.lesson_id)
        standing = quiz_standing(self.scope["user"], room)
        if standing is None:
            raise Refused("not_found")
        return standing

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.person, self.standing)

    async def may_stay(self) -> bool:
        before = self.viewer
        try:
            self.standing = await in_thread(self._find_standing)()
        except Refused:
            return False
        if self.viewer != before and self.live is not None and self.seat is not None:
            self.seat.viewer = self.viewer
            await self.live.greet(self.seat)
        return True

    async def enter(self) -> None:
        if self.is_guest:
            await self.channel_layer.group_add(person_group_of(self.person), self.channel_name)
        self.live = await rooms.join(self.room_id)
        self.seat = Seat(QueuedOutlet(partial(send_said, self._send_quietly)), self._close_slow, self.viewer)
        await self.live.greet(self.seat)

    async def leave(self, code: int) -> None:
        if self.is_guest:
            await self.channel_layer.group_discard(person_group_of(self.person), self.channel_name)
        if self.live is not None:
            if self.seat is not None:
                self.seat.outlet.stop()
            await rooms.leave(self.live, self.seat)

    def _close_slow(self) -> None:
        spawn(self.close(1013), self.tasks)

    async def hang_up(self, event: dict[str, Any]) -> None:
        """An internal event, never named by a client: this guest is put out."""
        await self.close(event["code"])

    def _demand(self, standing: str) -> None:
        if self.standing != standing:
            raise Refused("forbidden")

    async def on_quizzes_ping(self, ref: str | None, data: messages.Nothing) -> None:
        await self.say(envelope("quizzes.ponged", {}, ref=ref))

    async def on_answer_submit(self, ref: str | None, data: messages.AnswerSubmit) -> None:
        self._demand("student")
        assert self.live is not None  # noqa: S101  commands follow admission
        said = actions.Submission(
            ref=read_ref(ref),
            quiz=str(data.quiz),
            question=str(data.question),
            value=data.value,
            person=self.person,
            at=to_ms(timezone.now()),
        )
        outcome = await self.live.submit(said)
        if outcome.code:
            raise Refused(outcome.code)
        await self.say(messages.answer_counted(data, said.ref))

    async def on_quiz_launch(self, ref: str | None, data: messages.QuizLaunch) -> None:
        self._demand("staff")
        await in_thread(self._launch)(data)
        await self._done(ref)

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
        await self._done(ref)

    async def on_quiz_reveal(self, ref: str | None, data: messages.OfQuiz) -> None:
        self._demand("staff")
        await in_thread(lambda: actions.reveal_quiz(quiz=self._find(data.quiz), now=timezone.now()))()
        await self._done(ref)

    async def on_quiz_share(self, ref: str | None, data: messages.QuizShare) -> None:
        self._demand("staff")
        now = timezone.now()
        await in_thread(lambda: actions.share_results(quiz=self._find(data.quiz), on=data.on, now=now))()
        await self._done(ref)

    async def on_variant_accept(self, ref: str | None, data: messages.VariantAccept) -> None:
        self._demand("staff")
        question, text = str(data.question), data.text
        await in_thread(
            lambda: actions.accept_variant(quiz=self._find(data.quiz), question=question, text=text)
        )()
        await self._done(ref)

    async def _done(self, ref: str | None) -> None:
        """The fact itself reaches everybody alike; this one's author is told that it was carried out."""
        await self.say(envelope("command.done", {}, ref=ref))

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
        if type_ not in {"quizzes.ping", "bank.search"} and type_ in self.shapes:
            read_ref(ref)
        await super().hear(type_, ref, raw)


def read_ref(ref: str | None) -> str:
    """A command's `ref` in canonical form; Refused when it is no UUID."""
    try:
        return str(UUID(ref or ""))
    except ValueError as error:
        raise Refused("bad_data") from error
