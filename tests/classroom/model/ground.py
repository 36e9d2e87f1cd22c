"""What the machine stands on: a lesson in PostgreSQL, the pages of those inside, and all that must be true after a step."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.test import Client
from django.utils import timezone
from hypothesis.stateful import RuleBasedStateMachine
from redis import Redis

from accounts import actions as accounts
from accounts.models import Person, Role
from classroom import actions
from classroom.models import (
    BreakoutSeat,
    BreakoutState,
    ChatMessage,
    Presence,
    Room,
    RoomKind,
    Standing,
    Talk,
)
from classroom.queries import hands_up
from quizzes.models import Answer, Desk
from tests.classroom.model.lesson import HEAD, MAIN, PUPILS, TEACHER, LessonModel
from tests.classroom.model.pages import Headers, Page, QuizPage, RoomPage, TalkPage, until
from tests.conftest import Cast
from tests.quizzes.questions import write

BACKEND = "django.contrib.auth.backends.ModelBackend"
KINDS: dict[str, type[Page]] = {"room": RoomPage, "talk": TalkPage, "quiz": QuizPage}
Key = tuple[str, str, str]  # who, kind, room
MOST_STRIKES = 7  # whoever is refused more often in a few seconds is closed out
SECRETS = ("correct", "score", "explanation")


@dataclass
class School:
    """Who takes part, through all examples, each signed in once."""

    cast: Cast
    people: dict[str, Person]
    headers: dict[str, Headers]
    question: UUID


def open_school(cast: Cast) -> School:
    people = {
        TEACHER: cast.teacher,
        HEAD: cast.head,
        "amina": cast.amina,
        "bilal": cast.bilal,
        "guardian": cast.guardian,
        "stranger": cast.stranger,
    }
    for name in PUPILS[2:]:
        people[name] = accounts.add_person(
            institution=cast.school, email=f"{name}@here.test", name=name.title(), role=Role.STUDENT
        )
    return School(cast, people, {who: sign_in(one) for who, one in people.items()}, write_question(cast))


def write_question(cast: Cast) -> UUID:
    return write(cast.course, cast.teacher).pk


def sign_in(person: Person) -> Headers:
    client = Client()
    client.force_login(person, backend=BACKEND)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    return [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={value}".encode())]


class Ground(RuleBasedStateMachine):
    school: School

    def __init__(self) -> None:
        super().__init__()
        cast, now = self.school.cast, timezone.now()
        for who in PUPILS:
            actions.enrol(course=cast.course, person=self.school.people[who], standing=Standing.STUDENT)
        begun = now - timedelta(minutes=1)
        self.lesson = actions.schedule_lesson(
            course=cast.course,
            title="Fractions",
            starts_at=begun,
            ends_at=begun + timedelta(hours=1),
            created_by=cast.teacher,
        )
        self.model = LessonModel({TEACHER: "teacher", HEAD: "observer", **dict.fromkeys(PUPILS, "student")})
        self.names = {str(person.pk): who for who, person in self.school.people.items()}
        self.pages: dict[Key, Page] = {}
        self.leaving: dict[Key, int] = {}  # who must be closed out by the last step, and with what code
        self.occupants: dict[tuple[str, str], str] = {}
        self.runner = asyncio.Runner()
        self.is_well = True
        self.step = 0

    def teardown(self) -> None:
        try:
            if self.is_well:
                self.start_anew()
                self.look_at_everything()
        finally:
            self.runner.close()

    # Coming and going.

    def do(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)

    def id_of(self, room: str) -> str:
        return str(self.lesson.room.pk) if room == MAIN else room

    def make_page(self, key: Key) -> Page:
        who, kind, room = key
        occupant = self.occupants.setdefault((who, room), str(uuid.uuid4()))
        return KINDS[kind](who, room, self.id_of(room), self.school.headers[who], occupant)

    def open_pages(self, keys: Iterable[Key]) -> None:
        for key in keys:
            page = self.pages[key] = self.make_page(key)
            assert self.do(page.open()), f"{key} is not let in"

    def is_shut_out(self, key: Key) -> bool:
        return not self.do(self.make_page(key).open())

    def close_pages(self, who: str, *rooms: str, kind: str = "") -> None:
        """As a page does that is closed: a reload has another occupant, a socket that comes again the same one."""
        mine = [key for key in self.pages if key[0] == who and (not rooms or key[2] in rooms)]
        for key in [key for key in mine if kind in {"", key[1]}]:
            self.do(self.pages.pop(key).leave())
            if not any((other[0], other[2]) == (who, key[2]) for other in self.pages):
                self.occupants.pop((who, key[2]), None)

    def expect_closed(self, code: int, who: str, *rooms: str) -> None:
        keys = [key for key in self.pages if key[0] == who and (not rooms or key[2] in rooms)]
        self.leaving |= dict.fromkeys(keys, code)

    def ask(self, key: Key, word: str, ref: str = "", /, times: int = 1, **data: Any) -> str:
        if self.pages[key].strikes > MOST_STRIKES:
            self.close_pages(key[0], key[2], kind=key[1])
            self.open_pages([key])
        return str(self.do(self.pages[key].ask(word, data, ref or str(uuid.uuid4()), times=times)))

    def start_anew(self) -> None:
        """The process dies with all it remembers, Redis too; then everybody's page connects again."""
        before = {key: page.knows()[1:] for key, page in self.pages.items()}
        self.runner.close()
        self.runner = asyncio.Runner()
        Redis.from_url(settings.CHANNELS_REDIS_URL).flushdb()
        keys, self.pages = sorted(self.pages, key=lambda key: key[2] != MAIN), {}
        self.open_pages(keys)
        for key in keys:
            self.helped_by(key)
        self.settle()
        for key, known in before.items():
            assert self.pages[key].knows()[1:] == known or self.helpers(), key

    def helpers(self) -> set[str]:
        """Who holds the lesson and stands in a breakout room: coming back there is coming to help."""
        return {who for who in self.model.where if self.model.is_staff(who)}

    def helped_by(self, key: Key) -> None:
        who, divided = key[0], self.model.divided
        if divided and key[2] != MAIN and self.model.is_staff(who):
            divided.help -= divided.people_in(self.model.where[who])

    # What must be true.

    def settle(self) -> None:
        """Everything that was done has been told to everybody."""
        closing, self.leaving = self.leaving, {}
        self.do(until(lambda: all(self.pages[key].closed for key in closing), self.pages.values()))
        for key, code in closing.items():
            page = self.pages.pop(key)
            assert page.closed == code, key
            self.do(page.leave())
            self.occupants.pop((key[0], key[2]), None)
        self.do(self.echo())
        said = {("talk", row.room_id): row.seq for row in Talk.objects.filter(room__lesson=self.lesson)}
        said |= {("quiz", row.room_id): row.seq for row in Desk.objects.filter(room__lesson=self.lesson)}
        pages = self.pages.items()
        self.do(
            until(
                lambda: all(page.seq >= said.get((key[1], UUID(page.room_id)), 0) for key, page in pages),
                self.pages.values(),
            )
        )
        assert [key for key, page in pages if page.closed is not None] == []

    async def echo(self) -> None:
        pages = [page for page in self.pages.values() if isinstance(page, RoomPage)]
        refs = [(page, await page.echo()) for page in pages]
        await until(lambda: all(ref in page.done for page, ref in refs), pages)

    def look_at_everything(self) -> None:
        self.settle()
        self.check_rows()
        self.check_frames()
        self.check_what_each_one_sees()
        self.check_a_snapshot()

    def check_rows(self) -> None:
        model, names = self.model, self.names
        assert [names[str(hand.person_id)] for hand in hands_up(self.lesson.room.pk)] == model.hands
        lines = [
            str(row)
            for row in ChatMessage.objects.filter(room__lesson=self.lesson).values_list("pk", flat=True)
        ]
        assert sorted(lines) == sorted(line.id for line in model.lines)
        inside = Presence.objects.filter(room__lesson=self.lesson, left_at__isnull=True)
        here = list(inside.filter(room__kind=RoomKind.MAIN).values_list("person", flat=True))
        assert sorted(names[str(one)] for one in here) == sorted(model.inside)
        there = inside.filter(room__kind=RoomKind.BREAKOUT).values_list("person", "room__number")
        assert sorted((names[str(who)], number) for who, number in there) == sorted(model.where.items())
        seats = BreakoutSeat.objects.filter(breakout__lesson=self.lesson).exclude(
            breakout__state=BreakoutState.CLOSED
        )
        seated = {names[str(who)]: number for who, number in seats.values_list("person", "number")}
        assert seated == (model.divided.seats if model.divided else {})
        if model.asked:
            rows = Answer.objects.filter(quiz=UUID(model.asked.id)).values_list("person", "value")
            assert sorted((names[str(who)], value) for who, value in rows) == sorted(
                model.asked.answers.items()
            )

    def check_frames(self) -> None:
        """Each word that a pupil was told, whenever that was."""
        for (who, kind, room), page in self.pages.items():
            heard, page.heard = page.heard, []
            for message in heard if who in PUPILS else ():
                if kind == "talk":
                    self.check_talk(who, room, message["data"])
                elif kind == "quiz":
                    self.check_quiz(message["data"])
                elif (told := message["data"].get("breakouts")) is not None:
                    assert told["state"] == "open"
                    assert all(
                        who in {self.names[one["person"]] for one in at["people"]} for at in told["rooms"]
                    )

    def check_talk(self, who: str, room: str, data: dict[str, Any]) -> None:
        for line in [data, *data.get("messages", [])]:
            assert not line.get("to_staff") or self.names[line["author"]] == who
            assert line.get("text", "") == "" or line["text"].startswith(f"{room}:")
        assert data.get("queue") is None
        assert data.get("hands", {}).get("queue") is None

    def check_quiz(self, data: dict[str, Any]) -> None:
        quiz = data.get("quiz")
        if not isinstance(quiz, dict) or quiz["state"] == "revealed":
            return
        assert quiz["key"] is None
        assert quiz["shared"] or quiz["tally"] is None
        assert [secret for secret in SECRETS if secret in json.dumps(quiz)] == []

    def check_what_each_one_sees(self) -> None:
        """Counts and hands are told a few times a second: what is seen in the end is what counts."""
        try:
            self.do(until(lambda: self.differences() == [], self.pages.values()))
        except AssertionError:
            left = self.differences()
            assert left == [], left
            raise

    def differences(self) -> list[Any]:
        found = [(key, *self.sees(key, page)) for key, page in self.pages.items()]
        return [one for one in found if one[1] != one[2]]

    def sees(self, key: Key, page: Page) -> tuple[Any, Any]:
        """What this page shows, and what it should."""
        who, _, room = key
        model = self.model
        if isinstance(page, QuizPage):
            return page.seen(), model.quiz_of(who)
        if isinstance(page, TalkPage):
            hands = model.hands if room == MAIN else []
            queue = (
                None
                if page.hands["queue"] is None
                else [self.names[one["person"]] for one in page.hands["queue"]]
            )
            place = page.hands["mine"]["place"] if page.hands["mine"] else 0
            shown = (page.chat(), page.mode, queue, place)
            mine = hands.index(who) + 1 if who in hands else 0
            return shown, (model.chat_of(who, room), model.mode, hands if model.sees_all(who) else None, mine)
        assert isinstance(page, RoomPage)
        if room != MAIN:
            return page.breakouts, None
        people = sorted(self.names[one["person"]] for one in page.inside.values())
        return (page.rooms(self.names), people), (model.rooms_of(who), sorted(model.inside))

    def check_a_snapshot(self) -> None:
        """Each time somebody else asks for the whole, and hears nothing new."""
        pages = [page for page in self.pages.values() if isinstance(page, RoomPage)]
        if not pages:
            return
        self.step += 1
        page = pages[self.step % len(pages)]
        known = page.knows()
        assert self.do(page.ask("room.resync", {}, str(uuid.uuid4()))) == ""
        assert page.knows() == known

    def rooms_opened(self) -> dict[int, str]:
        rows = Room.objects.filter(lesson=self.lesson, kind=RoomKind.BREAKOUT, closed_at__isnull=True)
        return {row.number: str(row.pk) for row in rows}

    def adopt_seats(self) -> None:
        """Chance placed them; what chance may do is checked here."""
        divided = self.model.divided
        assert divided
        rows = BreakoutSeat.objects.filter(breakout__lesson=self.lesson).exclude(
            breakout__state=BreakoutState.CLOSED
        )
        seated = {self.names[str(who)]: number for who, number in rows.values_list("person", "number")}
        assert set(seated) == set(divided.seats), "everybody has one seat"
        new = [who for who, number in divided.seats.items() if not number]
        assert all(seated[who] == number for who, number in divided.seats.items() if number)
        divided.seats = seated
        sizes = [len(divided.people_in(number)) for number in range(1, divided.count + 1)]
        assert all(sizes[seated[who] - 1] <= min(sizes) + 1 for who in new)
