"""The authorisation table on the sockets: every word × everybody × every situation, in this process."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.authorisation import Actor, Reach, reach_of
from attendance.messages import SHAPES as HEATMAP_WORDS
from classroom import actions as lessons
from classroom.messages import SHAPES as ROOM_WORDS
from classroom.models import Lesson
from classroom.passes import issue_pass
from classroom.talk.messages import SHAPES as TALK_WORDS
from config.asgi import application
from config.doors import WORDS
from quizzes.messages import SHAPES as QUIZ_WORDS
from tests.architecture.scene import ACTORS, NOBODY, Place, Scene, Situation, Things, reaches
from tests.tally import Count
from tests.tiers import is_due
from tests.wire.lexicon import look_up, vocabulary_at
from whiteboard.actions import apply_commands, open_board
from whiteboard.board import BoardState, Command
from whiteboard.messages import SHAPES as BOARD_WORDS

pytestmark = pytest.mark.django_db(transaction=True)

STROKE = {"colour": "#112233", "width": 4, "points": [[1, 2], [3, 4]]}
BOARD, ROOM, QUIZ, TALK, HEATMAP = map(
    sorted, (BOARD_WORDS, ROOM_WORDS, QUIZ_WORDS, TALK_WORDS, HEATMAP_WORDS)
)
KINDS = [("room", ROOM), ("board", BOARD), ("quiz", QUIZ), ("talk", TALK), ("heatmap", HEATMAP)]
PINGS = {**dict.fromkeys(BOARD, "board.ping"), **dict.fromkeys(QUIZ, "quizzes.ping")}
PINGS |= {**dict.fromkeys(TALK, "talk.ping"), **dict.fromkeys(HEATMAP, "heatmap.ping")}
SECONDS = 10
Headers = list[tuple[bytes, bytes]]


def data_for(word: str, page: str) -> dict[str, Any]:
    """Something valid to say, so that only the right to say it is tried."""
    said: dict[str, dict[str, Any]] = {
        "participant.remove": {"person": str(uuid.uuid4())},
        **{key: {"person": str(uuid.uuid4())} for key in ("participant.promote", "microphone.mute")},
        "link.tell": {"loss_percent": 0.5, "rtt_ms": 40, "visible": True, "idle_seconds": 0},
        "knock.admit": {"knock": str(uuid.uuid4())},
        "knock.refuse": {"knock": str(uuid.uuid4())},
        "media.change": {"microphone": True, "camera": False, "screen": False},
        "peer.signal": {"to": str(uuid.uuid4()), "session": str(uuid.uuid4())},
        "breakouts.plan": {"division": "random", "rooms": 2},
        "breakouts.move": {"person": str(uuid.uuid4()), "number": 1},
        "breakouts.note": {"text": "Five minutes"},
        "breakouts.extend": {"minutes": 1},
        "breakouts.save": {"name": "Pairs"},
        "item.add": {"page": page, "kind": "pen", "duration_ms": 5, **STROKE},
        "stroke.extend": {"stroke": str(uuid.uuid4()), "page": page, **STROKE},
        "item.change": {"items": [{"id": str(uuid.uuid4()), "width": 5}]},
        "item.erase": {"items": [str(uuid.uuid4())]},
        "item.divide": {"items": [str(uuid.uuid4())], "parts": []},
        "page.add": {"page": str(uuid.uuid4()), "title": "Two"},
        "page.duplicate": {"page": str(uuid.uuid4()), "source": page, "title": "Two"},
        "page.move": {"page": page, "position": 0},
        "page.rename": {"page": page, "title": "One"},
        **{key: {"page": page} for key in ("page.turn", "page.clear", "page.remove")},
        "rights.change": {"draw": "nobody"},
        "follow.change": {"on": False},
        **{key: {"page": page, "x": 1, "y": 2} for key in ("pointer.move", "laser.move")},
        "view.move": {"page": page, "x": 1, "y": 2, "zoom": 1},
        "answers.reveal": {"persons": "all"},
        "answer.submit": {"quiz": str(uuid.uuid4()), "question": str(uuid.uuid4()), "value": "1"},
        "quiz.launch": {"quiz": str(uuid.uuid4()), "questions": [str(uuid.uuid4())]},
        **{key: {"quiz": str(uuid.uuid4())} for key in ("quiz.close", "quiz.reveal")},
        "quiz.share": {"quiz": str(uuid.uuid4()), "on": True},
        "chat.send": {"text": "Hello"},
        "chat.delete": {"message": str(uuid.uuid4())},
        "chat.set_mode": {"mode": "open"},
        "chat.earlier": {"before": 5},
        "concern.raise": {"text": "Somebody is being teased."},
        "hand.dismiss": {"hand": str(uuid.uuid4())},
        "reaction.send": {"reaction": "clap"},
        "pulse.set": {"pulse": "got_it"},
        "variant.accept": {"quiz": str(uuid.uuid4()), "question": str(uuid.uuid4()), "text": "x"},
    }
    return said.get(word, {})


class Wire:
    """One open socket of the application itself, with all that stands before it."""

    def __init__(self, communicator: Any, first: dict[str, Any], path: str) -> None:
        self.communicator, self.vocabulary = communicator, vocabulary_at(path)
        self.first = self._look_up(first)
        self.page: str = first["data"].get("current_page", "")
        self.waiting: list[dict[str, Any]] = []
        self.is_closed = False

    async def answer_to(self, word: str) -> str:
        """`heard` unless the answer is `forbidden`; the pong behind it says that the word was dealt with."""
        ref, echo = str(uuid.uuid4()), str(uuid.uuid4())
        await self.say(word, data_for(word, self.page), ref)
        await self.say(PINGS.get(word, "room.ping"), {}, echo)
        answer = ""
        while True:
            message = await self.next()
            if message.get("ref") == ref and message["type"] == "error":
                answer = "refused" if message["data"]["code"] == "forbidden" else "heard"
            self.is_closed = message["type"] == "closed"
            if message.get("ref") == echo or message["type"] in {"lesson.ended", "closed"}:
                return answer or "heard"

    async def say(self, word: str, data: dict[str, Any], ref: str) -> None:
        text = json.dumps({"type": word, "ref": ref, "data": data})
        await self.communicator.send_input({"type": "websocket.receive", "text": text})

    async def next(self) -> dict[str, Any]:
        if not self.waiting:
            self.waiting = await frames_of(self.communicator)
        return self._look_up(self.waiting.pop(0))

    def _look_up(self, message: dict[str, Any]) -> dict[str, Any]:
        """The end of a socket is no word."""
        return message if message["type"] == "closed" else look_up(message, self.vocabulary)


async def frames_of(communicator: Any) -> list[dict[str, Any]]:
    event = await communicator.receive_output(timeout=SECONDS)
    if event["type"] == "websocket.close":
        return [{"type": "closed", "data": {"code": event["code"]}}]
    frame = json.loads(event["text"])
    return frame if isinstance(frame, list) else [frame]


@asynccontextmanager
async def come(path: str, headers: Headers) -> AsyncIterator[Wire | None]:
    """The socket behind `path`, or None for who is not let in."""
    address, _, query = path.partition("?")
    origin = [] if any(name == b"authorization" for name, _ in headers) else [(b"origin", b"http://here")]
    scope = {
        "type": "websocket",
        "path": address,
        "query_string": query.encode(),
        "headers": [(b"host", b"here"), *origin, *headers],
        "subprotocols": ["darasa.v1"],
    }
    communicator: Any = ApplicationCommunicator  # asgiref's has no types
    communicator = communicator(application, scope)
    await communicator.send_input({"type": "websocket.connect"})
    if (await communicator.receive_output(timeout=SECONDS))["type"] != "websocket.accept":
        yield None
        return
    yield Wire(communicator, (await frames_of(communicator))[0], path)
    await communicator.send_input({"type": "websocket.disconnect", "code": 1000})
    await communicator.wait(timeout=SECONDS)


def cookie(client: Client) -> Headers:
    found = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={found.value}".encode())] if found else []


def guests_cookie(browser: str) -> Headers:
    return [(b"cookie", f"{settings.GUEST_COOKIE_NAME}={browser}".encode())]


def door(kind: str, place: Place, guest: str = "") -> str:
    more = f"&guest={guest}" if guest else ""
    if kind == "board":
        return f"/ws/boards/{open_board(room=place.lesson.room, now=timezone.now()).pk}/?{more[1:]}"
    if kind == "talk":
        return f"/ws/talk/{place.lesson.room.pk}/?{more[1:]}"
    if kind == "heatmap":
        return f"/ws/heatmap/{place.lesson.room.pk}/?{more[1:]}"
    if kind == "quiz":
        return f"/ws/quizzes/{place.lesson.room.pk}/?{more[1:]}"
    return f"/ws/rooms/{place.lesson.room.pk}/?occupant={uuid.uuid4()}{more}"


def scene_with_closed_boards() -> Scene:
    """Nobody but staff draws."""
    scene = Scene()
    for place in scene.places.values():
        close = Command("rights.change", str(uuid.uuid4()), str(place.teacher.pk), {"draw": "nobody"})
        apply_commands(board_id=place.board.pk, state=BoardState(), commands=[close], at=0)
    return scene


def expected(word: str, actor: Actor, situation: Situation) -> str:
    # The room's sockets answer whoever may not say a word; the heatmap's does not even open.
    door = WORDS[word] if word in HEATMAP else "room.join"
    enters = reaches(reach_of(door, actor), actor, situation, points_at_something=True)
    if not enters:
        return "not let in"
    if actor in {Actor.STUDENT, Actor.GUEST} and WORDS[word] == "board.draw":
        return "refused"  # until the class may draw, which is the last test of this file
    return "refused" if reach_of(WORDS[word], actor) == Reach.NONE else "heard"


async def try_words(path: str, headers: Headers, words: list[str]) -> dict[str, str]:
    """What came of each; `lesson.end` last, because it may end everything, and before it what closes answers. Who was
    refused ten times in ten seconds is put off, and comes again."""
    left = sorted(words, key=lambda word: (word == "lesson.end", word == "answers.close"))
    found: dict[str, str] = {}
    while left:
        async with come(path, headers) as wire:
            if wire is None:
                return found | dict.fromkeys(left, "not let in")
            while left and not wire.is_closed:
                found[left[0]] = await wire.answer_to(left[0])
                del left[0]
    await Lesson.objects.filter(status="ended").aupdate(status="live", ended_at=None)
    return found


@pytest.mark.sweep  # in each situation
async def test_each_cell_of_each_word(count: Count) -> None:
    scene, wrong = await sync_to_async(scene_with_closed_boards)(), []
    for place, ((kind, words), actor, situation) in enumerate(product(KINDS, ACTORS, Situation)):
        if situation != Situation.OWN and not is_due(place, every=8):
            continue
        path = await sync_to_async(door)(kind, scene.place(situation))
        found = await try_words(path, cookie(scene.client(actor, situation)), words)
        wrong += differences(found, actor, situation, count)
    for kind, words in KINDS:
        path = await sync_to_async(door)(kind, scene.place(Situation.OWN))
        for word, answer in (await try_words(path, [], words)).items():
            count("socket", NOBODY)
            wrong += [f"{word} by nobody: {answer}"] if answer != "not let in" else []
    assert wrong == []


def differences(found: dict[str, str], actor: Actor, situation: Situation, count: Count) -> list[str]:
    wrong = []
    for word, answer in found.items():
        count("socket", situation)
        if answer != expected(word, actor, situation):
            says = expected(word, actor, situation)
            wrong.append(f"{word} by {actor}, {situation}: {answer}, the table says {says}")
    return wrong


async def test_each_cell_of_a_guest_and_of_a_recorder(count: Count) -> None:
    scene, wrong = await sync_to_async(scene_with_closed_boards)(), []
    for kind, words in KINDS:
        wrong += await cells_of_guests(scene, kind, words, count)
        wrong += await cells_of_a_recorder(scene, kind, words, count)
    assert wrong == []


async def cells_of_guests(scene: Scene, kind: str, words: list[str], count: Count) -> list[str]:
    wrong = []
    for name, situation, is_let_in in (
        ("Waiting", "a guest who was not let in", False),
        ("Rosa", Situation.OWN, True),
        ("Elsewhere", Situation.OTHER_LESSON, True),
    ):
        knock, browser = await sync_to_async(guest)(scene.things[Situation.OWN], name, is_let_in)
        path = await sync_to_async(door)(
            kind, scene.place(Situation(situation) if is_let_in else Situation.OWN), str(knock)
        )
        for word, answer in (await try_words(path, guests_cookie(browser), words)).items():
            count("socket", str(situation))
            says = expected(word, Actor.GUEST, Situation(situation)) if is_let_in else "not let in"
            wrong += [f"{word} by {name}: {answer}, the table says {says}"] if answer != says else []
    return wrong


async def cells_of_a_recorder(scene: Scene, kind: str, words: list[str], count: Count) -> list[str]:
    wrong, own = [], scene.places[Situation.OWN]
    for situation in (Situation.OTHER_LESSON, Situation.ELSEWHERE):
        bearer = [(b"authorization", f"Bearer {issue_pass(own.lesson.room.pk)}".encode())]
        path = await sync_to_async(door)(kind, scene.place(situation))
        for word, answer in (await try_words(path, bearer, words)).items():
            count("socket", situation)
            wrong += [f"{word} by another room's recorder: {answer}"] if answer != "not let in" else []
    return wrong


def guest(things: Things, name: str, is_let_in: bool) -> tuple[uuid.UUID, str]:
    knock, browser = things.knock_as(name)
    if is_let_in:
        lessons.admit_knock(knock=knock, by=things.place.teacher, now=timezone.now())
    return knock.pk, browser


async def test_whoever_may_draw_draws_once_the_teacher_lets_all_and_stops_when_the_lesson_is_over(
    count: Count,
) -> None:
    scene = await sync_to_async(Scene)()
    own = scene.places[Situation.OWN]
    knock, browser = await sync_to_async(guest)(scene.things[Situation.OWN], "Rosa", True)
    path = await sync_to_async(door)("board", own)
    student = cookie(scene.client(Actor.STUDENT, Situation.OWN))
    async with come(path, cookie(scene.client(Actor.TEACHER, Situation.OWN))) as teacher:
        assert teacher is not None
        await teacher.say("rights.change", {"draw": "all"}, str(uuid.uuid4()))
        while (await teacher.next())["type"] != "rights.changed":
            pass
        for headers, address in ((student, path), (guests_cookie(browser), f"{path}guest={knock}")):
            async with come(address, headers) as drawing:
                assert drawing is not None
                assert await drawing.answer_to("item.add") == "heard"
                count("socket", Situation.OWN)
    await sync_to_async(lessons.end_lesson)(lesson=own.lesson, now=timezone.now())
    at = await sync_to_async(door)("board", own, str(knock))
    assert await try_words(at, guests_cookie(browser), ["item.add"]) == {"item.add": "not let in"}
    count("socket", "a lesson that is over")
