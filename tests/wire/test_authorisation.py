"""The authorisation table on the sockets: every word × everybody, said to a real web process."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from channels.db import database_sync_to_async
from websockets.exceptions import InvalidStatus

from accounts import actions as people
from accounts.authorisation import Actor, Reach, reach_of
from accounts.models import Person, Role
from classroom import actions as lessons
from classroom.models import Lesson, Standing
from config.doors import WORDS
from tests.conftest import Cast
from tests.wire.conftest import Connect, Socket
from whiteboard.messages import SHAPES as BOARD_WORDS
from whiteboard.models import Board

pytestmark = pytest.mark.django_db(transaction=True)

STROKE = {"colour": "#112233", "width": 4, "points": [[1, 2], [3, 4]]}


def data_for(word: str, page: str) -> dict[str, Any]:
    """Something valid to say, so that only the right to say it is tried."""
    said: dict[str, dict[str, Any]] = {
        "knock.admit": {"knock": str(uuid.uuid4())},
        "knock.refuse": {"knock": str(uuid.uuid4())},
        "media.change": {"microphone": True, "camera": False, "screen": False},
        "peer.signal": {"to": str(uuid.uuid4()), "session": str(uuid.uuid4())},
        "stroke.add": {"page": page, "duration_ms": 5, **STROKE},
        "stroke.extend": {"stroke": str(uuid.uuid4()), "page": page, **STROKE},
        "stroke.erase": {"strokes": [str(uuid.uuid4())]},
        "page.add": {"page": str(uuid.uuid4()), "title": "Two"},
        "page.turn": {"page": page},
        "rights.change": {"draw": "all"},
    }
    return said.get(word, {})


def everybody(cast: Cast) -> dict[Actor, Person]:
    """One person an actor, all at home in the cast's course."""
    helper = people.add_person(
        institution=cast.school, email="co@here.test", name="Cora", role=Role.TEACHER, password=None
    )
    lessons.enrol(course=cast.course, person=helper, standing=Standing.CO_TEACHER)
    admin = Person.objects.create_user("platform@darasa.test", name="Platform", is_platform_admin=True)
    return {
        Actor.PLATFORM_ADMIN: admin,
        Actor.HEAD: cast.head,
        Actor.TEACHER: cast.teacher,
        Actor.CO_TEACHER: helper,
        Actor.STUDENT: cast.amina,
        Actor.GUARDIAN: cast.guardian,
    }  # guests come without a session: tests/wire and tests/journeys/test_guest.py


def door_of(word: str, lesson: Lesson, board: Board) -> str:
    if word in BOARD_WORDS:
        return f"/ws/boards/{board.pk}/"
    return f"/ws/rooms/{lesson.room.pk}/?occupant={uuid.uuid4()}"


@pytest.mark.parametrize("word", sorted(WORDS))
async def test_each_cell_of_a_word(
    word: str, cast: Cast, lesson: Lesson, board: Board, connect: Connect
) -> None:
    wrong = []
    for actor, person in (await database_sync_to_async(everybody)(cast)).items():
        heard = await say(connect, door_of(word, lesson, board), person, word)
        if heard != expected(word, actor):
            wrong.append(f"{actor}: {heard}, the table says {expected(word, actor)}")
        await Lesson.objects.filter(pk=lesson.pk).aupdate(status="live", ended_at=None)
    assert wrong == []


def expected(word: str, actor: Actor) -> str:
    if reach_of("room.join", actor) == Reach.NONE:
        return "not let in"
    if actor == Actor.STUDENT and WORDS[word] == "board.draw":
        return "refused"  # until the class may draw, which tests/wire/test_board_socket.py lets it
    return "refused" if reach_of(WORDS[word], actor) == Reach.NONE else "heard"


async def say(connect: Connect, door: str, person: Person, word: str) -> str:
    try:
        async with connect(door, person) as socket:
            opened = await socket.next()
            return await answer_to(socket, word, data_for(word, opened["data"].get("current_page", "")))
    except InvalidStatus as refused:
        assert refused.response.status_code == 404
        return "not let in"


async def answer_to(socket: Socket, word: str, data: dict[str, Any]) -> str:
    """`heard` unless the answer is `forbidden`; the pong behind it says that the word was dealt with."""
    ref = await socket.say(word, data)
    ping = "board.ping" if word in BOARD_WORDS else "room.ping"
    echo = await socket.say(ping)
    while True:
        message = await socket.next()
        if message.get("ref") == ref and message["type"] == "error":
            return "refused" if message["data"]["code"] == "forbidden" else "heard"
        if message.get("ref") == echo or message["type"] == "lesson.ended":
            return "heard"
