"""What is said in a room: kept once, told to whom it is for, and the same whether one was there or comes later."""

from __future__ import annotations

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core import mail
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from accounts.models import AuditEvent, Person
from classroom import actions
from classroom.actions.chat import tidy
from classroom.models import ChatMessage, Concern, Hand, Lesson, Pulse, Standing
from classroom.queries import count_pulses, hands_up
from classroom.rules import may_write_more
from classroom.talk.live import LiveTalk, TalkSeat
from classroom.talk.messages import SHAPES, Viewer
from common.refusals import Refused
from common.sockets.hub import Hub
from common.sockets.outlets import Said
from dashboard.tasks import tell_concerns
from tests.conftest import Cast
from tests.patience import PATIENCE
from tests.tiers import few_or

pytestmark = pytest.mark.django_db


def write(
    lesson: Lesson, author: Person, text: str = "Hello", standing: Standing = Standing.STUDENT, **more: Any
) -> ChatMessage:
    known = {"message_id": uuid.uuid4(), "now": timezone.now(), **more}
    return actions.send_message(room=lesson.room, author=author, standing=standing, text=text, **known)[0]


def refusal(act: Any, *args: Any, **options: Any) -> str:
    with pytest.raises(Refused) as caught:
        act(*args, **options)
    return caught.value.code


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Hello \r\n there\r ", "Hello \n there"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("e\u0301", "é"),
        ("a\x00b\x1bc\u202ed\u2028", "abcd"),
        ("נכון? \u200f!", "נכון? \u200f!"),
    ],
    ids=["line ends", "empty lines", "composed", "controls", "right to left"],
)
def test_what_is_written_is_kept_without_tricks(typed: str, kept: str) -> None:
    assert tidy(typed) == kept


def test_the_same_message_twice_is_one_and_an_id_is_no_key(cast: Cast, lesson: Lesson) -> None:
    message_id = uuid.uuid4()
    first = write(lesson, cast.amina, message_id=message_id)
    again = write(lesson, cast.amina, "Something else", message_id=message_id)
    assert (again.pk, again.text, again.seq) == (first.pk, "Hello", 1)
    assert refusal(write, lesson, cast.bilal, message_id=message_id) == "bad_data"
    assert ChatMessage.objects.count() == 1


@pytest.mark.parametrize("text", ["", " \n ", "\x00", "x" * 1001], ids=["empty", "blank", "controls", "long"])
def test_nothing_and_too_much_are_refused(text: str, cast: Cast, lesson: Lesson) -> None:
    assert refusal(write, lesson, cast.amina, text) == "bad_data"
    assert write(lesson, cast.amina, " " + "x" * 1000).text == "x" * 1000


def test_the_mode_decides_who_reads_and_who_writes(cast: Cast, lesson: Lesson) -> None:
    assert not write(lesson, cast.amina).to_staff
    assert actions.set_chat_mode(lesson=lesson, mode="questions", by=cast.teacher)
    assert write(lesson, cast.amina).to_staff
    assert write(lesson, cast.bilal, standing=Standing.GUEST).to_staff
    assert not write(lesson, cast.teacher, standing=Standing.TEACHER).to_staff
    actions.set_chat_mode(lesson=lesson, mode="closed", by=cast.teacher)
    assert not actions.set_chat_mode(lesson=lesson, mode="closed", by=cast.teacher)
    assert refusal(write, lesson, cast.amina) == "chat_closed"
    write(lesson, cast.teacher, standing=Standing.TEACHER)
    actions.end_lesson(lesson=lesson, now=timezone.now())
    assert refusal(write, lesson, cast.teacher, standing=Standing.TEACHER) == "lesson_over"


def test_nobody_writes_faster_by_more_web_processes(cast: Cast, lesson: Lesson) -> None:
    now = timezone.now()
    for number in range(15):
        assert may_write_more(cast.amina, Standing.STUDENT, now=now), number
        write(lesson, cast.amina, now=now)
    assert not may_write_more(cast.amina, Standing.STUDENT, now=now)
    assert may_write_more(cast.amina, Standing.TEACHER, now=now)
    assert may_write_more(cast.bilal, Standing.STUDENT, now=now)
    assert may_write_more(cast.amina, Standing.STUDENT, now=now + timedelta(seconds=10))


def test_who_deletes_is_in_the_audit_log_and_what_was_written_is_not(cast: Cast, lesson: Lesson) -> None:
    message = write(lesson, cast.amina, "Secret words")
    assert actions.delete_message(message=message, by=cast.teacher, now=timezone.now())
    assert not actions.delete_message(message=message, by=cast.teacher, now=timezone.now())
    line = AuditEvent.objects.get(act="chat.deleted")
    assert line.detail == {"message": str(message.pk), "person": str(cast.amina.pk)}
    assert "Secret" not in str(list(AuditEvent.objects.values()))


def report(lesson: Lesson, by: Person, text: str = "Help", **more: Any) -> bool:
    known: dict[str, Any] = {"concern_id": uuid.uuid4(), "message_id": None, "sees_all": False, **more}
    return actions.raise_concern(room=lesson.room, by=by, text=text, now=timezone.now(), **known)


def test_a_concern_is_about_what_its_reporter_sees_and_counts_once(cast: Cast, lesson: Lesson) -> None:
    message = write(lesson, cast.bilal)
    actions.set_chat_mode(lesson=lesson, mode="questions", by=cast.teacher)
    hidden, concern_id = write(lesson, cast.bilal), uuid.uuid4()
    assert report(lesson, cast.amina, "", message_id=message.pk, concern_id=concern_id)
    assert not report(lesson, cast.amina, "", message_id=message.pk, concern_id=concern_id)
    assert refusal(report, lesson, cast.bilal, concern_id=concern_id) == "bad_data"
    assert refusal(report, lesson, cast.amina, message_id=hidden.pk) == "not_found"
    assert refusal(report, lesson, cast.amina, "  ") == "bad_data"
    line = AuditEvent.objects.get(act="concern.raised")
    assert line.detail == {"concern": str(concern_id)}


def test_the_schools_contact_gets_a_letter_that_says_nothing_of_it_and_without_one_the_heads(
    cast: Cast, lesson: Lesson
) -> None:
    report(lesson, cast.amina, "A dreadful thing")
    tell_concerns()
    (letter,) = mail.outbox
    assert cast.head.email in letter.to[0]
    cast.school.policy = {"safeguarding_contact": "safe@here.test"}
    cast.school.save()
    report(lesson, cast.bilal, "Another dreadful thing")
    tell_concerns()
    tell_concerns()
    assert [one.to for one in mail.outbox[1:]] == [["safe@here.test"]]
    said = "".join(f"{one.message().as_string()}" for one in mail.outbox)
    assert (
        "dreadful" not in said and "Amina" not in said and f"/institutions/{cast.school.pk}/concerns" in said
    )
    assert not Concern.objects.filter(told_at=None).exists()


def raise_hand(lesson: Lesson, person: Person, now: Any = None) -> Hand:
    now = now or timezone.now()
    return actions.raise_hand(room=lesson.room, person=person, standing=Standing.STUDENT, now=now)


def test_hands_wait_in_the_order_in_which_they_went_up(cast: Cast, lesson: Lesson) -> None:
    now = timezone.now()
    first = raise_hand(lesson, cast.bilal, now)
    raise_hand(lesson, cast.amina, now + timedelta(seconds=2))
    assert raise_hand(lesson, cast.bilal, now + timedelta(seconds=9)).pk == first.pk
    assert [hand.person for hand in hands_up(lesson.room.pk)] == [cast.bilal, cast.amina]
    called = actions.call_hand(room_id=lesson.room.pk, hand_id=None, now=now + timedelta(seconds=10))
    assert called.pk == first.pk
    (fact,) = lesson.facts.filter(type="hand.lowered")
    assert (fact.person, fact.data["how"], fact.data["waited_seconds"]) == (cast.bilal, "called", 10.0)
    assert lesson.facts.filter(type="hand.raised").count() == 2
    assert actions.lower_all_hands(room_id=lesson.room.pk, now=now) == 1
    assert refusal(actions.call_hand, room_id=lesson.room.pk, hand_id=None, now=now) == "not_found"


def test_only_ones_own_hand_comes_down_by_oneself(cast: Cast, lesson: Lesson) -> None:
    now, room = timezone.now(), lesson.room.pk
    hand = raise_hand(lesson, cast.amina)
    assert not actions.lower_own_hand(room_id=room, person=cast.bilal, now=now)
    assert not actions.dismiss_hand(room_id=uuid.uuid4(), hand_id=hand.pk, now=now)
    assert actions.lower_own_hand(room_id=room, person=cast.amina, now=now)
    assert not actions.lower_own_hand(room_id=room, person=cast.amina, now=now)


def test_whoever_leaves_for_good_or_is_there_when_it_ends_has_no_hand_up_any_more(
    cast: Cast, lesson: Lesson
) -> None:
    now = timezone.now()
    raise_hand(lesson, cast.amina, now - timedelta(seconds=70))
    raise_hand(lesson, cast.bilal, now - timedelta(seconds=70))
    actions.keep_hands_up(room_id=lesson.room.pk, people=[cast.bilal.pk], now=now)
    assert actions.lower_left_hands(now=now) == 1
    assert Hand.objects.get(person=cast.amina).how == "left"
    actions.end_lesson(lesson=lesson, now=now)
    assert actions.lower_left_hands(now=now) == 1
    assert Hand.objects.get(person=cast.bilal).how == "over"
    assert refusal(raise_hand, lesson, cast.amina) == "lesson_over"


@pytest.mark.django_db(transaction=True)
def test_of_many_teachers_who_call_on_the_next_at_once_each_gets_another(cast: Cast, lesson: Lesson) -> None:
    for person in (cast.amina, cast.bilal):
        raise_hand(lesson, person)

    def call(_number: int) -> str:
        try:
            return str(actions.call_hand(room_id=lesson.room.pk, hand_id=None, now=timezone.now()).person_id)
        except Refused as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        called = sorted(pool.map(call, range(4)))
    assert called == sorted([str(cast.amina.pk), str(cast.bilal.pk), "not_found", "not_found"])


def test_a_pulse_is_the_last_word_of_each_and_fades(cast: Cast, lesson: Lesson) -> None:
    now, room = timezone.now(), lesson.room

    def say(person: Person, value: str, at: Any = now) -> None:
        actions.set_pulse(room=room, person=person, value=value, now=at)

    say(cast.amina, "too_fast")
    say(cast.amina, "got_it")
    say(cast.bilal, "got_it", now - timedelta(seconds=100))
    assert count_pulses(room.pk, now=now) == {"too_fast": 0, "too_slow": 0, "got_it": 2}
    later = now + timedelta(seconds=30)
    assert count_pulses(room.pk, now=later)["got_it"] == 1
    assert actions.forget_pulses(now=later) == 1
    say(cast.amina, "none")
    assert not Pulse.objects.exists()


# Whoever was there knows the same as whoever comes now.


class Listener:
    """A socket's outlet that applies what it is told as a page does."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}
        self.messages: dict[str, dict[str, Any]] = {}
        self.seq = -1
        self.heard: list[dict[str, Any]] = []

    def backlog(self) -> int:
        return 0

    def stop(self) -> None: ...

    def put(self, said: Said, name: str = "") -> None:
        message = msgspec.json.decode(said.payload)
        self.heard.append(message)
        type_, data = message["type"], message["data"]
        if type_ == "talk.opened":
            self.messages, self.seq = {one["id"]: one for one in data["messages"]}, message["seq"]
            self.state = {"mode": data["mode"], "hands": data["hands"]}
        elif type_ == "hands.moved":
            self.state["hands"] = data
        elif "seq" in message:
            assert message["seq"] == self.seq + 1, "gap-free, and in order"
            self.seq = message["seq"]
            self._apply(type_, data)

    def _apply(self, type_: str, data: dict[str, Any]) -> None:
        if type_ == "chat.sent":
            self.messages[data["id"]] = data
        elif type_ == "chat.deleted":
            self.messages[data["message"]] |= {"text": "", "deleted": True}
        elif type_ == "chat.mode_set":
            self.state["mode"] = data["mode"]
        else:
            assert (type_, data) == ("talk.hidden", {})

    def knows(self) -> tuple[Any, ...]:
        return self.seq, self.messages, self.state


WORDS = ("send", "send", "send", "delete", "mode", "raise", "lower", "call", "lower_all")
STEPS = st.lists(st.tuples(st.sampled_from(WORDS), st.integers(0, 5)), min_size=3, max_size=14)


@pytest.mark.django_db(transaction=True)
@pytest.mark.sweep  # with more examples
@examples(
    max_examples=few_or(12, few=6),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_who_was_there_knows_what_a_newcomer_is_told(
    steps: list[tuple[str, int]], cast: Cast, lesson: Lesson
) -> None:
    """One room goes on through all examples: each begins where the last one stopped."""
    asyncio.run(live_through(steps, cast, lesson))


async def live_through(steps: list[tuple[str, int]], cast: Cast, lesson: Lesson) -> None:
    talk = LiveTalk(str(lesson.room.pk), Hub(settings.CHANNELS_REDIS_URL))
    await talk.open()
    who = {
        cast.teacher: Standing.TEACHER,
        cast.amina: Standing.STUDENT,
        cast.bilal: Standing.STUDENT,
        cast.head: Standing.OBSERVER,
    }
    there = {person: await come(talk, person, standing) for person, standing in who.items()}
    try:
        for step in steps:
            await sync_to_async(take, thread_sensitive=False)(step, cast, lesson)
        for person, standing in who.items():
            fresh = await come(talk, person, standing)
            async with asyncio.timeout(5 * PATIENCE):
                while there[person].knows() != fresh.knows():  # noqa: ASYNC110  until Redis has told it
                    await asyncio.sleep(0.02)
        secret = [
            data["author"]
            for message in there[cast.amina].heard
            for data in [message["data"], *message["data"].get("messages", [])]
            if data.get("to_staff")
        ]
        assert set(secret) <= {str(cast.amina.pk)}
    finally:
        await talk.shut()


@pytest.mark.django_db(transaction=True)
def test_who_comes_while_a_message_is_read_has_it_already_and_hears_it_once(
    cast: Cast, lesson: Lesson
) -> None:
    async def talk_goes_on() -> None:
        talk = LiveTalk(str(lesson.room.pk), Hub(settings.CHANNELS_REDIS_URL))
        before = await come(talk, cast.amina, Standing.STUDENT)
        message = await sync_to_async(write, thread_sensitive=False)(lesson, cast.bilal)
        late = await come(talk, cast.teacher, Standing.TEACHER)
        await talk.tell_fact((message.seq, "chat.sent", str(message.pk)))
        assert [one["type"] for one in before.heard] == ["talk.opened", "chat.sent"]
        assert [one["type"] for one in late.heard] == ["talk.opened"]
        assert list(before.messages) == list(late.messages) == [str(message.pk)]

    asyncio.run(talk_goes_on())


async def come(talk: LiveTalk, person: Person, standing: Standing) -> Listener:
    listener = Listener()
    await talk.greet(TalkSeat(listener, lambda: None, Viewer(str(person.pk), standing)), None)
    return listener


def take(step: tuple[str, int], cast: Cast, lesson: Lesson) -> None:
    word, number = step
    now, room = timezone.now(), lesson.room
    pupil = (cast.amina, cast.bilal)[number % 2]
    messages = list(ChatMessage.objects.filter(room=room).select_related("room__lesson__institution"))
    try:
        if word == "send":
            author, standing = (cast.teacher, Standing.TEACHER) if number > 3 else (pupil, Standing.STUDENT)
            write(lesson, author, f"{word} {number}", standing)
        elif word == "delete" and messages:
            actions.delete_message(message=messages[number % len(messages)], by=cast.teacher, now=now)
        elif word == "mode":
            mode = ("open", "questions", "closed")[number % 3]
            actions.set_chat_mode(lesson=lesson, mode=mode, by=cast.teacher)
        elif word == "raise":
            raise_hand(lesson, pupil)
        elif word == "lower":
            actions.lower_own_hand(room_id=room.pk, person=pupil, now=now)
        elif word == "call":
            actions.call_hand(room_id=room.pk, hand_id=None, now=now)
        elif word == "lower_all":
            actions.lower_all_hands(room_id=room.pk, now=now)
    except Refused:
        pass  # the mode, or nobody waits: then nothing is told either
    finally:
        connection.close()


def test_there_is_no_word_by_which_pupils_write_to_one_another_alone() -> None:
    fields = {name for shape in SHAPES.values() for name in shape.__struct_fields__}
    assert fields == {"text", "message", "mode", "before", "hand", "reaction", "pulse"}
