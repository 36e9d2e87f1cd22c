"""What nobody may learn before a quiz is closed stands in no frame of any socket, whoever holds it and by whichever door."""

from __future__ import annotations

import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import Person
from classroom import actions
from classroom.models import Lesson, Standing
from config.sockets import SOCKETS
from tests.conftest import Cast
from tests.quizzes.questions import DRAFTS, KINDS, RIGHT, WRONG
from tests.wire.conftest import Connect, Socket
from tests.wire.test_board_socket import stroke
from tests.wire.test_guest_sockets import Guest, let_in
from tests.wire.test_quiz_socket import launch, submission
from tests.wire.test_room_socket import enrol_pupils
from whiteboard.models import Board

pytestmark = pytest.mark.django_db(transaction=True)
# As keys of JSON, and as words of somebody else's answer.
SECRETS = (b"correct", b"variants", b"explanation", b"tolerance", b'"number"', b"score", b'"key":[')
ANSWERS = (b"numerator", b"enominator", b"0.3335", b'"value"')
# Of the heatmap and of the connection test no pupil hears anything about others: the one is closed to them, the
# other says back what they said.
PINGS = {"room": "room.ping", "talk": "talk.ping", "quiz": "quizzes.ping", "board": "board.ping"}


def in_thread(function: Any) -> Any:
    return sync_to_async(function, thread_sensitive=True)


@dataclass
class Onlooker:
    """Somebody with every socket that their door opens; each frame they ever got is kept."""

    name: str
    sockets: dict[str, Socket] = field(default_factory=dict)

    async def catch_up(self) -> None:
        for kind, socket in self.sockets.items():
            ref = await socket.say(PINGS[kind])
            while (pong := await socket.hear(PINGS[kind].replace("ping", "ponged"))).get("ref") != ref:
                pass
            if kind == "room":
                await self.miss_something(socket, pong["data"]["server_at"])

    async def miss_something(self, socket: Socket, heard_at: int) -> None:
        """Told again what was said since they came, as to whoever comes back."""
        since = next(one["seq"] for one in socket.heard if one["type"] == "room.entered")
        await socket.say("room.resync", {"since": since, "heard_at": heard_at})
        await socket.hear("room.resumed")

    @property
    def frames(self) -> list[tuple[str, bytes]]:
        return [(kind, frame) for kind, socket in self.sockets.items() for frame in socket.frames]


class Class:
    """Everybody who looks on while one pupil answers."""

    def __init__(
        self, cast: Cast, lesson: Lesson, board: Board, connect: Connect, stack: AsyncExitStack
    ) -> None:
        self.cast, self.connect, self.stack = cast, connect, stack
        self.paths = {
            "room": f"/ws/rooms/{lesson.room.pk}/?occupant=",
            "talk": f"/ws/talk/{lesson.room.pk}/?",
            "quiz": f"/ws/quizzes/{lesson.room.pk}/?",
            "board": f"/ws/boards/{board.pk}/?",
        }

    async def come(
        self, name: str, person: Person | None, *, room: str = "", board: str = "", guest: Guest | None = None
    ) -> Onlooker:
        """`room` and `board` are added to those addresses; without a room for who says "-"."""
        onlooker, options = Onlooker(name), {} if guest is None else {"headers": guest.headers}
        for kind, path in self.paths.items():
            if kind == "room" and room == "-":
                continue
            path += {"room": f"{uuid.uuid4()}{room}", "board": board}.get(kind, "")
            door = path if guest is None else guest.door(path)
            onlooker.sockets[kind] = await self.stack.enter_async_context(
                self.connect(door, person, **options)
            )
        return onlooker

    async def gather(self, lesson: Lesson) -> list[Onlooker]:
        guest = await in_thread(Guest)(lesson, self.cast)
        await let_in(guest, self.cast)
        packing, beside, watching = await in_thread(enrol_pupils)(self.cast, 3)
        await in_thread(actions.watch_stream)(
            room=lesson.room,
            person=watching,
            standing=Standing.STUDENT,
            viewer=uuid.uuid4(),
            now=timezone.now(),
        )
        return [
            await self.come("a classmate", self.cast.amina),
            await self.come("one with packed ink", packing, board="live=full&ink=packed"),
            await self.come("the companion", beside, room="&video=none", board="live=low&ink=packed"),
            await self.come("a guest", None, guest=guest),
            await self.come("who watches the stream", watching, room="-"),
            await self.come("the head", self.cast.head),
        ]


def test_every_socket_that_a_pupil_may_hold_is_read() -> None:
    assert PINGS.keys() | {"heatmap", "connection"} == SOCKETS.keys()


async def busy_lesson(teacher: Onlooker, page: str) -> None:
    """All sockets say something while the quiz goes on."""
    await teacher.sockets["board"].say("item.add", stroke(page))
    await teacher.sockets["board"].hear("item.added")
    await teacher.sockets["talk"].say("chat.send", {"text": "Take your time"})
    await teacher.sockets["talk"].hear("chat.sent")
    media = {"microphone": True, "camera": False, "screen": False}
    await teacher.sockets["room"].say("media.change", media)
    await teacher.sockets["room"].hear("media.changed")


@pytest.mark.parametrize("shared", [False, True], ids=["kept", "shared"])
async def test_no_frame_of_any_socket_says_what_is_right_or_what_others_wrote_before_the_close(
    shared: bool, cast: Cast, lesson: Lesson, board: Board, connect: Connect
) -> None:
    async with AsyncExitStack() as stack:
        room = Class(cast, lesson, board, connect, stack)
        teacher, bilal = await room.come("teacher", cast.teacher), await room.come("bilal", cast.bilal)
        page = (await teacher.sockets["board"].hear("board.opened"))["data"]["current_page"]
        onlookers = await room.gather(lesson)
        quiz = await launch(teacher.sockets["quiz"], cast, *KINDS, shared=shared)
        for number, kind in enumerate(KINDS):
            for value in (WRONG.get(kind, "2"), RIGHT[kind]):
                await bilal.sockets["quiz"].say("answer.submit", submission(quiz, value, number))
                await bilal.sockets["quiz"].hear("answer.counted")
        await everything_counted(teacher.sockets["quiz"])
        await busy_lesson(teacher, page)
        onlookers.append(await room.come("who comes late", cast.amina))
        for one in onlookers:
            await one.catch_up()
            must_be_clean(one, shared=shared)
        await teacher.sockets["quiz"].say("quiz.close", {"quiz": quiz["id"]})
        closed = (await onlookers[0].sockets["quiz"].hear("quiz.closed"))["data"]["quiz"]
        assert (closed["key"], closed["tally"] is not None) == (None, shared)
        # What was looked for is there to be found: the teacher had it all the while.
        told = b"".join(teacher.sockets["quiz"].frames)
        assert all(word in told for word in (b'"variants"', b'"tolerance"', b"enominator", b'"bars"'))


async def everything_counted(teacher: Socket) -> None:
    while True:
        tally = (await teacher.hear("tally.moved"))["data"]["tally"]
        if [one["answered"] for one in tally] == [1] * len(KINDS):
            return


def must_be_clean(one: Onlooker, *, shared: bool) -> None:
    asked = [draft.text.encode() for draft in DRAFTS.values()]
    assert one.frames
    for kind, frame in one.frames:
        for text in asked:
            frame = frame.replace(text, b"")
        found = [word for word in (*SECRETS, *ANSWERS) if word in frame]
        assert found == [], f"{one.name}, {kind}: {frame!r}"
        assert b'"mine":{"' not in frame, f"{one.name}, {kind}"
        assert shared or b'"bars"' not in frame, f"{one.name}, {kind}"
