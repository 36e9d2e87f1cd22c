"""A lesson as it may go, in any order: real sockets, PostgreSQL and Redis beside a model in plain Python.

After each step everybody's page shows what the model says they may know, and not a word more. A crash is one inside this
process (a runner torn down in mid-lesson, Redis emptied); real processes die in tests/faults. `make sweeps` tries five
times as many lessons, and `pytest tests/classroom/test_lesson_model.py --hypothesis-profile=thorough` still more.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import hypothesis
import pytest
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from classroom import actions
from classroom.models import Breakout, Standing
from common.sockets import codes
from quizzes import actions as quizzes
from quizzes.models import Quiz
from tests.classroom.model.ground import Ground, Key, open_school
from tests.classroom.model.lesson import HEAD, MAIN, NOBODIES, PUPILS, TEACHER, Asked, Divided, Line
from tests.conftest import Cast
from tests.tiers import THOROUGH

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = 20
PUPIL, EVERYBODY = st.sampled_from(PUPILS), st.sampled_from((TEACHER, HEAD, *PUPILS))
ROOM_NUMBER, TIMES = st.integers(1, 3), st.sampled_from((1, 1, 2))
IN_MAIN: tuple[Key, ...] = ((TEACHER, "room", MAIN), (TEACHER, "talk", MAIN), (TEACHER, "quiz", MAIN))
HOLD, TALK, QUIZ = IN_MAIN


class Lessons(Ground):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[
            tuple[Key, str, str, dict[str, Any]]
        ] = []  # what its sender keeps until it is answered

    @initialize(is_asked=st.booleans(), is_divided=st.booleans())
    def it_begins(self, is_asked: bool, is_divided: bool) -> None:
        for who in (TEACHER, *PUPILS[:2]):
            self.come(who)
        if is_asked:
            self.a_question_is_asked(shared=False, times=1)
        if is_divided:
            self.a_division_is_planned(count=2, times=1)
            self.the_rooms_open(times=1)
            self.somebody_goes_to_their_room(PUPILS[0])

    @invariant()
    def everybody_knows_what_they_may(self) -> None:
        self.is_well = False
        self.look_at_everything()
        self.is_well = True

    # Coming, going, being sent away.

    def come(self, who: str) -> None:
        self.open_pages((who, kind, MAIN) for kind in ("room", "talk", "quiz"))
        self.model.come(who)
        if self.model.divided:
            self.adopt_seats()

    @rule(who=EVERYBODY)
    def somebody_comes_or_is_not_let_in(self, who: str) -> None:
        if who in self.model.inside:
            return
        if who in self.model.standing:
            self.come(who)
        else:
            assert all(self.is_shut_out((who, kind, MAIN)) for kind in ("room", "talk", "quiz"))

    @rule(who=PUPIL)
    def somebody_goes(self, who: str) -> None:
        if who in self.model.inside:
            self.close_pages(who)
            self.model.go_away(who)

    @rule(who=PUPIL)
    def a_place_in_the_course_is_lost_or_given_back(self, who: str) -> None:
        person, cast = self.school.people[who], self.school.cast
        if who not in self.model.standing:
            actions.enrol(course=cast.course, person=person, standing=Standing.STUDENT)
            self.model.standing[who] = "student"
            return
        actions.unenrol(course=cast.course, person=person, by=cast.head)
        del self.model.standing[who]
        self.expect_closed(codes.REMOVED, who)
        self.model.go_away(who)

    @precondition(lambda self: HEAD in self.model.inside)
    @rule(times=TIMES)
    def the_head_is_made_co_teacher(self, times: int) -> None:
        person = str(self.school.people[HEAD].pk)
        assert self.ask(HOLD, "participant.promote", times=times, person=person) == ""
        self.model.standing[HEAD] = "co_teacher"

    @rule(who=st.sampled_from((HEAD, *PUPILS, *NOBODIES)), kind=st.sampled_from(("room", "talk", "quiz")))
    def nobody_comes_where_they_do_not_belong(self, who: str, kind: str) -> None:
        rooms = dict(self.model.open_rooms)
        if who in self.model.standing and self.model.divided:
            rooms.pop(self.model.divided.seats.get(who, 0), None)
        if self.model.is_staff(who):
            return
        doors = [*rooms.values(), *([] if who in self.model.standing else [MAIN])]
        assert [room for room in doors if not self.is_shut_out((who, kind, room))] == []

    @precondition(lambda self: self.step > 5)
    @rule()
    def everything_dies_and_everybody_comes_back(self) -> None:
        self.settle()
        self.start_anew()
        self.step = 0

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 50))
    def what_was_sent_arrives_once_more(self, which: int) -> None:
        """Long after, from another connection: its author is answered, and nothing is different."""
        key, word, ref, data = self.sent[which % len(self.sent)]
        if key in self.pages:
            assert self.ask(key, word, ref, **data) in {"", "slow_down"}

    # Talk.

    @rule(who=EVERYBODY, is_there=st.booleans(), times=TIMES)
    def somebody_writes(self, who: str, is_there: bool, times: int) -> None:
        if who not in self.model.inside or (who == HEAD and not self.model.is_staff(HEAD)):
            return
        where = self.model.where.get(who)
        room = self.model.open_rooms[where] if is_there and where else MAIN
        ref = str(uuid.uuid4())
        line = Line(ref, room, who, f"{room}:{ref}", to_staff=False)
        key = (who, "talk", room)
        code = self.ask(key, "chat.send", ref, times=times, text=line.text)
        if code == "slow_down":
            return
        assert code == self.model.write(line)
        if not code:
            self.sent.append((key, "chat.send", ref, {"text": line.text}))

    @rule(which=st.integers(0, 50), times=TIMES)
    def the_teacher_deletes(self, which: int, times: int) -> None:
        near = [line for line in self.model.lines if (TEACHER, "talk", line.at) in self.pages]
        if near:
            line = near[which % len(near)]
            assert self.ask((TEACHER, "talk", line.at), "chat.delete", times=times, message=line.id) == ""
            line.deleted = True

    @rule(mode=st.sampled_from(("open", "questions", "closed")), times=TIMES)
    def the_teacher_sets_the_mode(self, mode: str, times: int) -> None:
        if self.ask(TALK, "chat.set_mode", times=times, mode=mode) == "":
            self.model.mode = mode

    @rule(who=PUPIL, is_up=st.booleans(), times=TIMES)
    def a_hand_goes_up_or_down(self, who: str, is_up: bool, times: int) -> None:
        if who not in self.model.inside:
            return
        code = self.ask((who, "talk", MAIN), "hand.raise" if is_up else "hand.lower", times=times)
        assert code in {"", "slow_down"}
        if not code and (who in self.model.hands) != is_up:
            (self.model.hands.append if is_up else self.model.hands.remove)(who)

    @rule(is_all=st.booleans(), times=TIMES)
    def the_teacher_calls_on_the_next_or_lowers_all(self, is_all: bool, times: int) -> None:
        if is_all:
            assert self.ask(TALK, "hand.lower_all", times=times) == ""
            self.model.hands.clear()
        else:
            assert self.ask(TALK, "hand.call", times=times) == self.model.call()

    # Quizzes.

    @rule(shared=st.booleans(), times=TIMES)
    def a_question_is_asked(self, shared: bool, times: int) -> None:
        ref, asked = str(uuid.uuid4()), Asked(str(uuid.uuid4()), shared)
        data = {"quiz": asked.id, "questions": [str(self.school.question)], "seconds": 600, "shared": shared}
        code = self.ask(QUIZ, "quiz.launch", ref, times=times, **data)
        assert code == self.model.launch(asked)
        if not code:
            self.sent.append((QUIZ, "quiz.launch", ref, data))
            self.asked_as = str(Quiz.objects.get(pk=asked.id).questions[0]["id"])

    @precondition(lambda self: self.model.asked)
    @rule(who=PUPIL, value=st.sampled_from("123"), times=TIMES)
    def somebody_answers(self, who: str, value: str, times: int) -> None:
        if who not in self.model.inside:
            return
        assert self.model.asked
        ref, key = str(uuid.uuid4()), (who, "quiz", MAIN)
        data = {"quiz": self.model.asked.id, "question": self.asked_as, "value": value}
        code = self.ask(key, "answer.submit", ref, times=times, **data)
        assert code == self.model.answer(who, value)
        if not code:
            self.sent.append((key, "answer.submit", ref, data))

    @precondition(lambda self: self.model.asked)
    @rule(word=st.sampled_from(("close", "close", "reveal")), times=TIMES)
    def the_quiz_is_closed_or_revealed(self, word: str, times: int) -> None:
        asked = self.model.asked
        assert asked
        too_soon = word == "reveal" and asked.state == "open"
        code = self.ask(QUIZ, f"quiz.{word}", times=times, quiz=asked.id)
        assert code == ("still_open" if too_soon else "")
        if word == "reveal" and asked.state == "closed":
            asked.state = "revealed"
        elif word == "close" and asked.state == "open":
            asked.state = "closed"

    @precondition(lambda self: self.model.asked)
    @rule(on=st.booleans(), times=TIMES)
    def the_counts_are_shared(self, on: bool, times: int) -> None:
        assert self.model.asked
        assert self.ask(QUIZ, "quiz.share", times=times, quiz=self.model.asked.id, on=on) == ""
        self.model.asked.shared = on

    @precondition(lambda self: self.model.asked and self.model.asked.state == "open")
    @rule(who=PUPIL)
    def time_is_up_before_anybody_closes_it(self, who: str) -> None:
        assert self.model.asked
        now, asked = timezone.now(), self.model.asked
        Quiz.objects.filter(pk=asked.id).update(closes_at=now - timedelta(seconds=2))
        if who in self.model.inside:
            data: dict[str, Any] = {"quiz": asked.id, "question": self.asked_as, "value": "2"}
            assert self.ask((who, "quiz", MAIN), "answer.submit", **data) == "late"
        assert quizzes.close_overdue_quizzes(now=now) == 1
        asked.state = "closed"

    # Breakout rooms.

    @rule(count=st.integers(2, 3), times=TIMES)
    def a_division_is_planned(self, count: int, times: int) -> None:
        code = self.ask(HOLD, "breakouts.plan", times=times, division="random", rooms=count)
        if self.model.open_rooms:
            assert code == "breakouts_open"
            return
        assert code == ""
        self.model.divided = Divided(count, seats=dict.fromkeys(self.model.pupils_inside(), 0))
        self.adopt_seats()

    @rule(times=TIMES)
    def the_rooms_open(self, times: int) -> None:
        divided = self.model.divided
        code = self.ask(HOLD, "breakouts.open", times=times, minutes=5)
        if divided is None or divided.is_open:
            assert code == ("not_found" if divided is None else "breakouts_open")
            return
        assert code == ""
        divided.rooms = self.rooms_opened()
        assert len(divided.rooms) == divided.count
        self.model.seat(self.model.pupils_inside())
        self.adopt_seats()

    @rule(who=PUPIL)
    def somebody_goes_to_their_room(self, who: str) -> None:
        divided = self.model.divided
        if who in self.model.inside and divided and divided.is_open and who not in self.model.where:
            number = self.model.where[who] = divided.seats[who]
            self.open_pages((who, kind, divided.rooms[number]) for kind in ("room", "talk", "quiz")[:2])

    @rule(who=st.sampled_from((TEACHER, HEAD)), number=ROOM_NUMBER)
    def somebody_drops_in(self, who: str, number: int) -> None:
        room = self.model.open_rooms.get(number)
        if room is None or who not in self.model.inside or not self.model.is_staff(who):
            return
        assert self.model.divided
        self.close_pages(who, *self.model.open_rooms.values())
        self.model.where[who] = number
        self.open_pages((who, kind, room) for kind in ("room", "talk"))
        self.model.divided.help -= self.model.divided.people_in(number)

    @rule(who=PUPIL, number=ROOM_NUMBER, times=TIMES)
    def somebody_is_moved(self, who: str, number: int, times: int) -> None:
        divided, person = self.model.divided, str(self.school.people[who].pk)
        code = self.ask(HOLD, "breakouts.move", times=times, person=person, number=number)
        if divided is None or number > divided.count or who not in self.model.standing:
            assert code == "not_found"
            return
        assert code == ""
        if divided.seats.get(who) == number:
            return
        divided.seats[who] = number
        divided.help.discard(who)
        before = self.model.where.pop(who, None)
        if before:
            self.expect_closed(codes.REMOVED, who, divided.rooms[before])

    @rule(who=PUPIL, times=TIMES)
    def somebody_asks_for_help(self, who: str, times: int) -> None:
        if who not in self.model.inside:
            return
        code = self.ask((who, "room", MAIN), "help.ask", times=times)
        assert code == ("" if self.model.open_rooms else "not_found")
        if self.model.divided and not code:
            self.model.divided.help.add(who)

    @rule(times=TIMES)
    def a_note_goes_to_all(self, times: int) -> None:
        code = self.ask(HOLD, "breakouts.note", times=times, text="Two more minutes")
        assert code == ("" if self.model.open_rooms else "not_found")

    @rule(times=TIMES)
    def there_is_more_time(self, times: int) -> None:
        def ends() -> list[datetime | None]:
            return list(
                Breakout.objects.filter(lesson=self.lesson, state="open").values_list("closes_at", flat=True)
            )

        before = ends()
        code = self.ask(HOLD, "breakouts.extend", times=times, minutes=1)
        assert code == ("" if self.model.open_rooms else "not_found")
        assert ends() == [end and end + timedelta(minutes=1) for end in before]

    @rule(by_the_clock=st.booleans(), times=TIMES)
    def everybody_comes_back(self, by_the_clock: bool, times: int) -> None:
        rooms = list(self.model.open_rooms.values())
        if by_the_clock and rooms:
            (breakout,) = Breakout.objects.filter(lesson=self.lesson, state="open")
            assert breakout.closes_at
            # Also those of lessons that were left divided before this one.
            assert actions.tend_breakouts(now=breakout.closes_at + timedelta(seconds=1)) >= 1
            assert not Breakout.objects.filter(pk=breakout.pk, state="open").exists()
        else:
            assert self.ask(HOLD, "breakouts.close", times=times) == ""
        self.leaving |= {key: codes.BREAKOUT_OVER for key in self.pages if key[2] in rooms}
        self.model.close_breakouts()
        self.settle()


@pytest.mark.sweep
@pytest.mark.timeout(600)
def test_whatever_happens_each_one_knows_what_they_may_and_nothing_is_lost_or_counted_twice(
    cast: Cast,
) -> None:
    class Here(Lessons):
        school = open_school(cast)

    chosen = hypothesis.settings.default
    assert chosen is not None
    bounded = hypothesis.settings(
        max_examples=chosen.max_examples // (2 if THOROUGH else 16),
        stateful_step_count=STEPS,
        # To shorten what failed would take minutes; `thorough` has them.
        phases=[one for one in chosen.phases if one != hypothesis.Phase.shrink or is_thorough(chosen)],
    )
    run_state_machine_as_test(Here, settings=bounded)


def is_thorough(chosen: hypothesis.settings) -> bool:
    return chosen.max_examples > 100
