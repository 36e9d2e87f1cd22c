"""Quizzes of a room in one process: answers in by the batch, facts and counts out.

Whatever changed is only announced through Redis; each process reads it from PostgreSQL once and makes
each viewer's frame. The counts are read anew at most five times a second, however many answer.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from django.utils import timezone

from common.clock import to_ms
from common.refusals import Unavailable
from common.sockets.consumer import in_thread, spawn
from common.sockets.fact_rooms import Fact, FactRoom, Seat, encode
from common.sockets.hub import Hub
from common.sockets.live_rooms import LiveRooms, Pacer
from common.sockets.wire import envelope
from quizzes.actions import Outcome, Submission, take_answers
from quizzes.actions.answers import who_is
from quizzes.bell import TALLY, topic_of
from quizzes.messages import Mine, Seen, Viewer, quizzes_opened, tally_moved
from quizzes.models import Quiz
from quizzes.queries import answers_by_who, counts_of, last_quiz, seq_of

log = logging.getLogger(__name__)
TALLY_SECONDS = 0.2


class LiveRoom(FactRoom[Seat[Viewer], Viewer, dict[str, Any]]):
    """One room's quizzes in this process."""

    def __init__(self, room_id: str, hub: Hub) -> None:
        super().__init__(room_id, topic_of(room_id), hub)
        self.counts = Pacer(self._send_counts, TALLY_SECONDS, self.tasks)
        self._submissions: list[tuple[Submission, asyncio.Future[Outcome]]] = []
        self._writing = self._nudging = False

    async def read_seq(self) -> int:
        return int(await in_thread(seq_of)(self.room_id))

    # Answers: socket → PostgreSQL → its author, and soon everybody's counts.

    async def submit(self, submission: Submission) -> Outcome:
        """What became of it, once PostgreSQL has it."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._submissions.append((submission, future))
        if not self._writing:
            self._writing = True
            spawn(self._write(), self.tasks)
        return await future

    async def _write(self) -> None:
        try:
            while self._submissions:
                batch, self._submissions = self._submissions, []
                await self._write_batch(batch)
        finally:
            self._writing = False

    async def _write_batch(self, batch: list[tuple[Submission, asyncio.Future[Outcome]]]) -> None:
        try:
            outcomes = await in_thread(take_answers)(
                room_id=self.room_id, submissions=[submission for submission, _ in batch]
            )
        except Exception:
            # Nothing was acknowledged, and the clients will say it again.
            log.exception("Answers in room %s could not be kept", self.room_id)
            for _, future in batch:
                if not future.done():
                    future.set_exception(Unavailable("unavailable"))
            return
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if not future.done():  # its socket may have gone meanwhile
                future.set_result(outcome)
        if any(outcome.is_new for outcome in outcomes) and not self._nudging:
            self._nudging = True
            spawn(self._nudge(), self.tasks)

    async def _nudge(self) -> None:
        """The counts moved: said once for all that is answered meanwhile."""
        await asyncio.sleep(TALLY_SECONDS / 2)
        self._nudging = False
        if not await self.hub.publish(self.topic, TALLY):
            self.on_message(TALLY)

    # What Redis says.

    def hear(self, payload: bytes) -> None:
        if payload[:1] == TALLY:
            self.counts.nudge()

    async def tell_fact(self, fact: Fact) -> None:
        seq, type_, quiz_id = fact
        quiz, tallies, answers = await in_thread(_load)(quiz_id)
        self._send_fact(seq, type_, Seen(quiz, tallies), answers)

    def _send_fact(self, seq: int, type_: str, seen: Seen, answers: dict[str, Mine]) -> None:
        shown = {is_staff: seen.show(is_staff=is_staff) for is_staff in (True, False)}
        for seat in self.take_unaware(seq):
            mine = seen.show_mine(answers.get(_name_in(seen.quiz, seat.viewer), {}))
            quiz = {**shown[seat.viewer.is_staff], "mine": mine}
            seat.tell(encode(envelope(type_, {"quiz": quiz}, seq=seq)))

    # Counts.

    async def _send_counts(self) -> None:
        seen = await in_thread(_see_last)(self.room_id)
        if seen is None:
            return
        for is_staff in (True, False):
            told = tally_moved(seen, is_staff=is_staff)
            said = encode(told) if told else None  # once for all of them
            for seat in list(self.seats) if said else ():
                if said and seat.viewer.is_staff == is_staff:
                    seat.tell(said, "tally")

    # Newcomers.

    async def read_opening(self, viewer: Viewer, since: int | None) -> tuple[int, dict[str, Any]]:
        """The whole, always: it is small."""
        message: dict[str, Any] = await in_thread(_snapshot)(self.room_id, viewer)
        return message["seq"], message

    def show(self, seat: Seat[Viewer], opening: dict[str, Any]) -> None:
        seat.tell(encode(opening))


def _name_in(quiz: Quiz, viewer: Viewer) -> str:
    """Under which name this one's answers lie; nobody's, once an anonymous quiz has forgotten its salt."""
    return "" if quiz.anonymous and not quiz.salt else who_is(quiz, viewer.person)


def _load(quiz_id: str) -> tuple[Quiz, list[dict[str, Any]], dict[str, Mine]]:
    quiz = Quiz.objects.get(pk=quiz_id)
    return quiz, counts_of([quiz])[quiz.pk], {**answers_by_who(quiz)}


def _see_last(room_id: str) -> Seen | None:
    quiz = last_quiz(room_id)
    return None if quiz is None else Seen(quiz, counts_of([quiz])[quiz.pk])


def _snapshot(room_id: str, viewer: Viewer) -> dict[str, Any]:
    seq = seq_of(room_id)  # first: what comes after it is said again, and changes nothing
    seen, mine = _see_last(room_id), {}
    if seen is not None:
        name = _name_in(seen.quiz, viewer)
        mine = answers_by_who(seen.quiz, name).get(name, {})
    return quizzes_opened(seen, viewer, mine, seq=seq, server_at=to_ms(timezone.now()))


rooms = LiveRooms(LiveRoom)
