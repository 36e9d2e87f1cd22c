"""Quizzes of a room in one process: answers in by the batch, facts and counts out.

Whatever changed is only announced through Redis; each process reads it from PostgreSQL once and makes
each viewer's frame. The counts are read anew at most five times a second, however many answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from channels.db import database_sync_to_async
from django.db import Error as DatabaseError
from django.utils import timezone

from common.clock import to_ms
from common.refusals import Unavailable
from common.sockets.consumer import spawn
from common.sockets.hub import Hub
from common.sockets.live_rooms import LiveRooms
from common.sockets.outlets import SHED_LIVE, WITHHOLD, Outlet, Said
from common.sockets.wire import envelope
from quizzes.actions import Outcome, Submission, take_answers
from quizzes.actions.answers import who_is
from quizzes.bell import FACT, TALLY, read_fact, topic_of
from quizzes.messages import Mine, Seen, Viewer, quizzes_opened, tally_moved
from quizzes.models import Quiz
from quizzes.queries import answers_by_who, counts_of, last_quiz, seq_of

log = logging.getLogger(__name__)
TALLY_SECONDS = 0.2
# How often a room is compared with PostgreSQL although nobody said anything: Redis forgets.
LOOK_SECONDS = 5.0


def in_thread(function: Any) -> Any:
    return database_sync_to_async(function, thread_sensitive=False)


@dataclass(eq=False, slots=True)
class Seat:
    """One socket and whose it is."""

    outlet: Outlet
    close: Callable[[], None]
    viewer: Viewer

    def tell(self, said: Said) -> None:
        """Who reads nothing is let go: whoever comes back gets the whole."""
        if self.outlet.backlog() > WITHHOLD:
            self.close()
        else:
            self.outlet.put(said)

    def tell_counts(self, said: Said) -> None:
        """The next counts say it all again."""
        if self.outlet.backlog() <= SHED_LIVE:
            self.outlet.put(said)


class LiveRoom:
    """One room's quizzes in this process. `delivered` is the last word that its sockets were told."""

    def __init__(self, room_id: str, hub: Hub) -> None:
        self.room_id, self.hub = room_id, hub
        self.delivered = 0
        self.seats: set[Seat] = set()
        self.visitors = 0
        self.tasks: set[asyncio.Task[Any]] = set()
        self.looking: set[asyncio.Task[Any]] = set()
        self._submissions: list[tuple[Submission, asyncio.Future[Outcome]]] = []
        self._facts: list[tuple[int, str, str]] = []
        self._writing = self._telling = self._nudging = self._counting = False
        self._is_stale = self._is_uncounted = False

    async def open(self) -> None:
        await self.hub.listen(topic_of(self.room_id), self)
        self.delivered = await in_thread(seq_of)(self.room_id)
        spawn(self._look_regularly(), self.looking)

    async def shut(self) -> None:
        # What was being written is still written, and its counts announced: others may look at them.
        for task in self.looking:
            task.cancel()
        await self.hub.forget(topic_of(self.room_id))

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
        if not await self.hub.publish(topic_of(self.room_id), TALLY):
            self.on_message(TALLY)

    # What Redis says.

    def on_message(self, payload: bytes) -> None:
        if payload[:1] == TALLY:
            return self._count_soon()
        if payload[:1] != FACT:
            return None
        fact = read_fact(payload)
        if fact[0] <= self.delivered:
            return None
        if fact[0] != self.delivered + 1:
            return self.on_gap()
        self.delivered = fact[0]
        self._facts.append(fact)
        return self._tell_soon()

    def on_gap(self) -> None:
        """Something was said while nobody listened, or out of turn: everybody gets the whole again."""
        self._is_stale = True
        self._tell_soon()

    def _tell_soon(self) -> None:
        if not self._telling:
            self._telling = True
            spawn(self._tell(), self.tasks)

    async def _tell(self) -> None:
        try:
            while self._facts or self._is_stale:
                try:
                    await self._tell_next()
                except DatabaseError:
                    self._is_stale = True
                    await asyncio.sleep(1)
        finally:
            self._telling = False

    async def _tell_next(self) -> None:
        if self._is_stale:
            self._is_stale = False
            self._facts.clear()
            self.delivered = max(self.delivered, await in_thread(seq_of)(self.room_id))
            for seat in list(self.seats):
                seat.tell(_encode(await self.snapshot(seat.viewer)))
            return
        seq, type_, quiz_id = self._facts.pop(0)
        quiz, tallies, answers = await in_thread(_load)(quiz_id)
        self._send_fact(seq, type_, Seen(quiz, tallies), answers)

    def _send_fact(self, seq: int, type_: str, seen: Seen, answers: dict[str, Mine]) -> None:
        shown = {is_staff: seen.show(is_staff=is_staff) for is_staff in (True, False)}
        for seat in list(self.seats):
            mine = seen.show_mine(answers.get(_name_in(seen.quiz, seat.viewer), {}))
            quiz = {**shown[seat.viewer.is_staff], "mine": mine}
            seat.tell(_encode(envelope(type_, {"quiz": quiz}, seq=seq)))

    # Counts.

    def _count_soon(self) -> None:
        self._is_uncounted = True
        if not self._counting:
            self._counting = True
            spawn(self._count(), self.tasks)

    async def _count(self) -> None:
        try:
            while self._is_uncounted:
                self._is_uncounted = False
                await self._send_counts()
                await asyncio.sleep(TALLY_SECONDS)
        finally:
            self._counting = False

    async def _send_counts(self) -> None:
        seen = await in_thread(_see_last)(self.room_id)
        if seen is None:
            return
        for is_staff in (True, False):
            told = tally_moved(seen, is_staff=is_staff)
            said = _encode(told) if told else None  # once for all of them
            for seat in list(self.seats) if said else ():
                if said and seat.viewer.is_staff == is_staff:
                    seat.tell_counts(said)

    async def _look_regularly(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                seq = await in_thread(seq_of)(self.room_id)
            except DatabaseError as error:
                log.warning("Quizzes of room %s could not be looked at: %s", self.room_id, error)
                continue
            if seq > self.delivered and not self._facts:
                self.on_gap()

    # Newcomers.

    async def greet(self, seat: Seat) -> None:
        """The whole, and from then on every word."""
        snapshot = await self.snapshot(seat.viewer)
        while snapshot["seq"] < self.delivered:
            snapshot = await self.snapshot(seat.viewer)
        # No await between this look and taking the seat: nothing falls in between.
        self.seats.add(seat)
        seat.tell(_encode(snapshot))

    async def snapshot(self, viewer: Viewer) -> dict[str, Any]:
        message: dict[str, Any] = await in_thread(_snapshot)(self.room_id, viewer)
        return message


def _encode(message: dict[str, Any]) -> Said:
    return Said(msgspec.json.encode(message))


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
