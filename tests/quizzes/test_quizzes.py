"""Quizzes through their actions: launched, answered, closed, revealed, shared; and the bank they come from."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra.django import TestCase

from accounts.models import AuditEvent, Person
from classroom.actions import (
    Wish,
    close_breakouts,
    come_in,
    end_lesson,
    open_breakouts,
    plan_breakouts,
)
from classroom.models import BreakoutSeat, Division, Fact, Lesson, Standing
from classroom.rules import may_enter_room
from common.clock import to_ms
from common.refusals import Refused
from quizzes import actions, tally
from quizzes.actions import Submission, take_answers
from quizzes.models import GRACE, Answer, Question, Quiz, QuizState
from quizzes.queries import as_draft, counts_of, questions_of, tags_of
from quizzes.rules import may_keep_questions, may_read_results, quiz_standing
from tests.conftest import Cast, make_cast
from tests.quizzes.questions import DRAFTS, KINDS, RIGHT, WRONG, write
from tests.quizzes.storms import open_quiz, pupils

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def launch(lesson: Lesson, by: Person, *kinds: str, now: datetime = NOW, **options: Any) -> Quiz:
    questions = [write(lesson.course, by, kind).pk for kind in kinds or ("single",)]
    return actions.launch_quiz(
        quiz_id=uuid.uuid4(), room=lesson.room, questions=questions, by=by, now=now, **options
    )


def answer(quiz: Quiz, person: Person, value: Any, *, at: int = 0, **options: Any) -> None:
    actions.answer_quiz(
        quiz=quiz,
        question=options.get("question", quiz.questions[0]["id"]),
        value=value,
        person=person,
        ref=options.get("ref") or uuid.uuid4(),
        now=quiz.opened_at + timedelta(seconds=at),
    )


def facts(lesson: Lesson, type_: str) -> list[Fact]:
    return list(Fact.objects.filter(lesson=lesson, type=type_))


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_answer_is_kept_with_its_score_and_how_long_it_took(
    kind: str, cast: Cast, lesson: Lesson
) -> None:
    quiz = launch(lesson, cast.teacher, kind)
    answer(quiz, cast.amina, RIGHT[kind], at=3)
    kept = Answer.objects.get(quiz=quiz)
    assert (kept.person, kept.latency_ms) == (cast.amina, 3000)
    assert (kept.correct, kept.score) == ((None, 0.0) if kind == "opinion" else (True, 1.0))
    [fact] = facts(lesson, "answer.submitted")
    assert (fact.person, fact.data["latency_ms"]) == (cast.amina, 3000)


def test_an_answer_for_a_breakout_room_that_is_closed_is_refused_with_the_room(
    cast: Cast, lesson: Lesson
) -> None:
    """Too late alone would be said in a panel that is gone."""
    for person in (cast.amina, cast.bilal):
        come_in(
            room=lesson.room,
            person=person,
            standing=Standing.STUDENT,
            occupant=uuid.uuid4(),
            connection="c",
            now=NOW,
        )
    plan_breakouts(lesson=lesson, wish=Wish(Division.RANDOM, rooms=2), by=cast.teacher)
    open_breakouts(lesson=lesson, minutes=None, by=cast.teacher, now=NOW)
    room = BreakoutSeat.objects.get(person=cast.amina).room
    assert room is not None
    question = write(lesson.course, cast.teacher, "single").pk
    quiz = actions.launch_quiz(
        quiz_id=uuid.uuid4(), room=room, questions=[question], by=cast.teacher, now=NOW
    )
    actions.close_quiz(quiz=quiz, now=NOW)
    with pytest.raises(Refused, match="late"):
        answer(quiz, cast.amina, "1", at=100)
    close_breakouts(lesson=lesson, by=cast.teacher, now=NOW)
    with pytest.raises(Refused, match="lesson_over"):
        answer(quiz, cast.amina, "1", at=100)


def test_another_answer_replaces_the_first_and_the_same_one_again_changes_nothing(
    cast: Cast, lesson: Lesson
) -> None:
    quiz, first = launch(lesson, cast.teacher), uuid.uuid4()
    answer(quiz, cast.amina, "1", ref=first)
    answer(quiz, cast.amina, "2", at=1)
    answer(quiz, cast.amina, "1", at=2, ref=first)
    assert Answer.objects.get(quiz=quiz).value == "2"
    assert counts_of([quiz])[quiz.pk][0]["bars"] == [["1", 0], ["2", 1], ["3", 0]]
    assert len(facts(lesson, "answer.submitted")) == 1


def test_an_answer_is_final_where_the_teacher_says_so(cast: Cast, lesson: Lesson) -> None:
    quiz = launch(lesson, cast.teacher, may_change=False)
    answer(quiz, cast.amina, "1")
    with pytest.raises(Refused, match="answered"):
        answer(quiz, cast.amina, "2")
    assert Answer.objects.get(quiz=quiz).value == "1"


def test_after_the_time_is_up_an_answer_is_late_though_nobody_closed_the_quiz(
    cast: Cast, lesson: Lesson
) -> None:
    quiz, ref = launch(lesson, cast.teacher, seconds=30), uuid.uuid4()
    answer(quiz, cast.amina, "1", at=30, ref=ref)
    with pytest.raises(Refused, match="late"):
        answer(quiz, cast.bilal, "1", at=31)
    actions.close_quiz(quiz=quiz, now=NOW + timedelta(seconds=40))
    with pytest.raises(Refused, match="late"):
        answer(quiz, cast.amina, "2", at=20)
    answer(quiz, cast.amina, "1", at=50, ref=ref)  # what was acknowledged is so for ever
    assert Answer.objects.filter(quiz=quiz).count() == 1


def test_the_sweep_closes_what_should_be_closed_and_nothing_else(cast: Cast, lesson: Lesson) -> None:
    quiz = launch(lesson, cast.teacher, seconds=30)
    due = quiz.closes_at + GRACE
    assert actions.close_overdue_quizzes(now=due) == 0
    assert actions.close_overdue_quizzes(now=due + timedelta(seconds=1)) == 1
    assert actions.close_overdue_quizzes(now=due + timedelta(seconds=2)) == 0
    quiz.refresh_from_db()
    assert (quiz.state, quiz.closed_at) == (QuizState.CLOSED, quiz.closes_at)
    assert len(facts(lesson, "quiz.closed")) == 1


def test_a_quiz_ends_with_its_lesson(cast: Cast, lesson: Lesson) -> None:
    quiz, ref = launch(lesson, cast.teacher, seconds=3600), uuid.uuid4()
    answer(quiz, cast.amina, "1", ref=ref)
    lesson.refresh_from_db()
    end_lesson(lesson=lesson, now=NOW, by=cast.teacher)
    assert actions.close_overdue_quizzes(now=NOW) == 1
    quiz.refresh_from_db()
    assert quiz.state == QuizState.CLOSED
    with pytest.raises(Refused, match="lesson_over"):
        launch(lesson, cast.teacher)
    with pytest.raises(Refused, match="lesson_over"):
        answer(quiz, cast.amina, "2")
    answer(quiz, cast.amina, "1", ref=ref)


def test_one_quiz_at_a_time_and_the_same_launch_twice_is_one(cast: Cast, lesson: Lesson) -> None:
    question, name = write(lesson.course, cast.teacher), uuid.uuid4()
    said: dict[str, Any] = {"quiz_id": name, "room": lesson.room, "questions": [question.pk], "now": NOW}
    first = actions.launch_quiz(by=cast.teacher, **said)
    assert actions.launch_quiz(by=cast.teacher, **said) == first
    with pytest.raises(Refused, match="quiz_open"):
        actions.launch_quiz(by=cast.teacher, **{**said, "quiz_id": uuid.uuid4()})
    with pytest.raises(Refused, match="bad_data"):
        actions.launch_quiz(by=cast.head, **said)
    assert Quiz.objects.count() == 1


def test_only_questions_of_the_course_that_are_not_put_away_can_be_asked(cast: Cast, lesson: Lesson) -> None:
    gone = write(lesson.course, cast.teacher)
    actions.archive_question(question=gone, now=NOW, by=cast.teacher)
    for wanted, code in (([gone.pk], "not_found"), ([], "bad_data"), ([gone.pk, gone.pk], "bad_data")):
        with pytest.raises(Refused, match=code):
            actions.launch_quiz(
                quiz_id=uuid.uuid4(), room=lesson.room, questions=wanted, by=cast.teacher, now=NOW
            )


@pytest.mark.parametrize("keep", [True, False])
def test_a_question_written_on_the_spot_enters_the_bank_when_it_should(
    keep: bool, cast: Cast, lesson: Lesson
) -> None:
    quiz = actions.launch_quiz(
        quiz_id=uuid.uuid4(),
        room=lesson.room,
        written=DRAFTS["true_false"],
        keep=keep,
        by=cast.teacher,
        now=NOW,
    )
    assert Question.objects.count() == int(keep)
    answer(quiz, cast.amina, "false")
    assert Answer.objects.get().correct is True


def test_changing_the_bank_changes_no_quiz(cast: Cast, lesson: Lesson) -> None:
    quiz = launch(lesson, cast.teacher)
    actions.write_question(
        course=lesson.course,
        draft=DRAFTS["true_false"],
        by=cast.teacher,
        question=Question.objects.get(),
    )
    quiz.refresh_from_db()
    assert quiz.questions[0]["kind"] == "single"


def test_of_an_anonymous_quiz_nothing_leads_back_to_anybody_once_it_is_closed(
    cast: Cast, lesson: Lesson
) -> None:
    quiz = launch(lesson, cast.teacher, "opinion", anonymous=True)
    answer(quiz, cast.amina, "1")
    answer(quiz, cast.amina, "2")
    answer(quiz, cast.bilal, "2", ref=(ref := uuid.uuid4()))
    actions.close_quiz(quiz=quiz, now=NOW)
    quiz.refresh_from_db()
    answer(quiz, cast.bilal, "2", ref=ref)  # its acknowledgement was lost: it still counts, once
    with pytest.raises(Refused, match="late"):
        answer(quiz, cast.bilal, "1")
    rows = list(Answer.objects.filter(quiz=quiz))
    assert (len(rows), [row.person for row in rows], quiz.salt) == (2, [None, None], "")
    assert not any(str(one.pk) in row.who for row in rows for one in (cast.amina, cast.bilal))
    assert facts(lesson, "answer.submitted") == []


def test_a_quiz_moves_once_each_way_and_is_never_revealed_while_open(cast: Cast, lesson: Lesson) -> None:
    quiz = launch(lesson, cast.teacher)
    with pytest.raises(Refused, match="still_open"):
        actions.reveal_quiz(quiz=quiz, now=NOW)
    assert [actions.close_quiz(quiz=quiz, now=NOW) for _ in range(2)] == [True, False]
    assert [actions.reveal_quiz(quiz=quiz, now=NOW) for _ in range(2)] == [True, False]


def test_counts_that_everybody_saw_are_kept_for_the_recording(cast: Cast, lesson: Lesson) -> None:
    quiz = launch(lesson, cast.teacher)
    answer(quiz, cast.amina, "2")
    actions.close_quiz(quiz=quiz, now=NOW)
    assert facts(lesson, "quiz.shared") == []
    assert [actions.share_results(quiz=quiz, on=True, now=NOW) for _ in range(2)] == [True, False]
    [fact] = facts(lesson, "quiz.shared")
    assert fact.data["tally"][0]["bars"] == [["1", 0], ["2", 1], ["3", 0]]
    assert "correct" not in str(fact.data["questions"])


def test_what_grows_while_everybody_sees_it_is_kept_for_the_recording(cast: Cast, lesson: Lesson) -> None:
    """Counts alone, when they moved, at most one a second; nothing of what is not shared or was written."""
    quiz = launch(lesson, cast.teacher, "single", "short_text")

    def sweep(seconds: float) -> int:
        return actions.record_open_counts(now=NOW + timedelta(seconds=seconds))

    answer(quiz, cast.amina, "2")
    assert (sweep(1), facts(lesson, "quiz.shown"), facts(lesson, "quiz.counted")) == (0, [], [])
    actions.share_results(quiz=quiz, on=True, now=NOW + timedelta(seconds=2))
    [shown] = facts(lesson, "quiz.shown")
    assert "correct" not in str(shown.data)
    answer(quiz, cast.bilal, "3", at=3)
    answer(quiz, cast.bilal, "my own words", at=3, question=quiz.questions[1]["id"])
    assert [sweep(seconds) for seconds in (3.2, 3.4, 4, 5)] == [1, 0, 0, 0]
    actions.share_results(quiz=quiz, on=False, now=NOW + timedelta(seconds=6))
    answer(quiz, cast.amina, "1", at=7)
    assert sweep(8) == 0
    told = [one.data["counts"] for one in facts(lesson, "quiz.counted")]
    assert told == [
        [[["1", 0], ["2", 1], ["3", 0]], []],
        [[["1", 0], ["2", 1], ["3", 1]], []],
        None,
    ]
    assert all(one.person is None for one in facts(lesson, "quiz.counted"))
    actions.close_quiz(quiz=quiz, now=NOW + timedelta(seconds=9))
    assert sweep(10) == 0


def test_many_answers_in_one_second_are_one_fact(cast: Cast, lesson: Lesson) -> None:
    quiz = launch(lesson, cast.teacher, "single", shared=True)
    now = (NOW + timedelta(seconds=2)).replace(microsecond=0)
    for number, person in enumerate((cast.amina, cast.bilal)):
        answer(quiz, person, "1", at=2)
        actions.record_open_counts(now=now + timedelta(seconds=0.3 * number))
    assert len(facts(lesson, "quiz.counted")) == 2  # as it was shared, and that second's
    assert actions.record_open_counts(now=now + timedelta(seconds=1)) == 1


def test_a_variant_that_is_accepted_counts_for_those_who_wrote_it_before(cast: Cast, lesson: Lesson) -> None:
    quiz = launch(lesson, cast.teacher, "short_text")
    answer(quiz, cast.amina, "the lower number")
    answer(quiz, cast.bilal, WRONG["short_text"])
    question = quiz.questions[0]["id"]
    said = {"quiz": quiz, "question": question, "text": "The lower number!"}
    assert [actions.accept_variant(**said) for _ in range(2)] == [True, False]
    scores = dict(Answer.objects.values_list("person__name", "score"))
    assert scores == {"Amina": 1.0, "Bilal": 0.0}
    with pytest.raises(Refused, match="not_found"):
        actions.accept_variant(quiz=quiz, question=str(uuid.uuid4()), text="x")
    with pytest.raises(Refused, match="bad_data"):
        actions.accept_variant(quiz=quiz, question=question, text="...")


def test_the_bank_is_searched_by_text_and_tag_and_puts_questions_away(cast: Cast) -> None:
    one, two = (write(cast.course, cast.teacher, kind) for kind in ("single", "numeric"))
    assert list(questions_of(cast.course, "LARGEST")) == [one]
    assert list(questions_of(cast.course, tag="fractions")) == [one]
    assert list(questions_of(cast.course, "Fraction")) == [one]
    assert [questions_of(cast.course, sign).count() for sign in ('["', "%", ",")] == [0, 0, 0]
    assert tags_of(cast.course) == ["fractions"]
    actions.archive_question(question=one, now=NOW, by=cast.teacher)
    assert list(questions_of(cast.course)) == [two]
    assert list(questions_of(cast.course, archived=True)) == [one]
    actions.restore_question(question=one, by=cast.teacher)
    assert questions_of(cast.course).count() == 2
    acts = AuditEvent.objects.filter(act__startswith="question.").values_list("act", flat=True)
    assert sorted(acts) == [
        *("question.archived", "question.created", "question.created", "question.restored"),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_question_of_the_bank_is_a_draft_again(kind: str, cast: Cast) -> None:
    assert as_draft(write(cast.course, cast.teacher, kind)).fields() == DRAFTS[kind].fields()


def test_an_import_adds_all_or_nothing(cast: Cast) -> None:
    good, bad = b"One? {T}\n\nTwo? {F}", b"One? {T}\n\nTwo? {}"
    said: dict[str, Any] = {"course": cast.course, "form": "gift", "by": cast.teacher}
    assert actions.import_questions(data=good, **said) == 2
    with pytest.raises(Refused, match="has_findings"):
        actions.import_questions(data=bad, **said)
    assert Question.objects.count() == 2


def test_who_may_ask_answer_and_read(cast: Cast, lesson: Lesson) -> None:
    everybody = (cast.teacher, cast.head, cast.amina, cast.guardian, cast.stranger)
    assert [quiz_standing(one, lesson, may_enter_room(one, lesson)) for one in everybody] == [
        "staff",
        "reader",
        "student",
        None,
        None,
    ]
    assert [may_keep_questions(one, cast.course) for one in everybody] == [True, True, False, False, False]
    assert [may_read_results(one, lesson) for one in everybody] == [True, True, False, False, False]


heard = some.lists(
    some.tuples(some.integers(0, 3), some.integers(0, 3), some.sampled_from(["1", "2", "3"])), max_size=16
)


class Storms(TestCase):
    """Whatever order, repetition and cutting into batches: the rows are what the pure tally says."""

    def setUp(self) -> None:
        self.cast = make_cast()

    @settings(max_examples=25)
    @given(heard, some.lists(some.integers(1, 5), min_size=1, max_size=8))
    def test_the_rows_are_what_the_pure_tally_says(
        self, told: list[tuple[int, int, str]], cuts: list[int]
    ) -> None:
        quiz, people = open_quiz(self.cast), pupils(self.cast)
        question = quiz.questions[0]["id"]
        # One ref means one answer: whoever repeats a ref repeats what they said.
        values: dict[tuple[int, int], str] = {}
        said = [
            Submission(
                ref=str(uuid.UUID(int=who * 10 + ref + 1)),
                quiz=str(quiz.pk),
                question=question,
                value=values.setdefault((who, ref), value),
                person=str(people[who].pk),
                at=to_ms(quiz.opened_at) + number,
            )
            for number, (who, ref, value) in enumerate(told)
        ]
        rest = list(said)
        while rest:
            size = cuts[len(rest) % len(cuts)]
            take_answers(room_id=quiz.room_id, submissions=rest[:size])
            rest = rest[size:]
        model = tally.settle((one.person, tally.Said(one.ref, one.value, one.at)) for one in said)
        rows = {row.who: row.value for row in Answer.objects.filter(quiz=quiz)}
        assert rows == {who: standing.last.value for who, standing in model.items() if standing.last}
        expected = tally.count(quiz.questions[0], [(value, 1) for value in rows.values()])
        assert counts_of([quiz])[quiz.pk] == [expected]
