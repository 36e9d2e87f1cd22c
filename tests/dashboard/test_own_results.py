"""What pupils find of their own answers: never more than they were told, and nobody else's."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.actions import link_guardian
from accounts.models import AuditEvent, Membership, Person
from classroom import actions as lessons
from classroom.models import Division, Lesson, Room, Standing
from quizzes import actions
from quizzes.models import Quiz
from tests.architecture.test_doors import CSRF_TOKEN
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of
from tests.quizzes.questions import RIGHT, WRONG, write

pytestmark = pytest.mark.django_db
OWN = "/results"


def ask(cast: Cast, lesson: Lesson, kind: str = "single", room: Room | None = None, **options: Any) -> Quiz:
    now = timezone.now()
    return actions.launch_quiz(
        quiz_id=uuid.uuid4(),
        room=room or lesson.room,
        questions=[write(cast.course, cast.teacher, kind).pk],
        by=cast.teacher,
        now=now,
        **options,
    )


def answer(quiz: Quiz, person: Person, value: Any) -> None:
    question = quiz.questions[0]["id"]
    actions.answer_quiz(
        quiz=quiz, question=question, value=value, person=person, ref=uuid.uuid4(), now=timezone.now()
    )


def close(quiz: Quiz, *, reveal: bool = False, share: bool = False) -> None:
    now = timezone.now()
    actions.close_quiz(quiz=quiz, now=now)
    if share:
        actions.share_results(quiz=quiz, on=True, now=now)
    if reveal:
        actions.reveal_quiz(quiz=quiz, now=now)


def read(person: Person, path: str = OWN, query: str = "") -> str:
    response = client_of(person).get(path, {"q": query} if query else {})
    assert response.status_code == 200
    return response.content.decode()


def of(lesson: Lesson, pupil: Person) -> str:
    return reverse("pupil_results", args=[lesson.pk, pupil.pk])


def test_nothing_shows_while_it_is_open_and_only_the_answer_until_it_is_revealed(
    cast: Cast, lesson: Lesson
) -> None:
    quiz = ask(cast, lesson)
    answer(quiz, cast.amina, WRONG["single"])
    answer(quiz, cast.bilal, RIGHT["single"])
    assert "No results yet" in read(cast.amina)
    close(quiz)
    page = read(cast.amina)
    assert "<bdi>1/2</bdi>" in page
    for secret in ("3/4", "wrong", "right", "0.75", "What the class answered", "Bilal"):
        assert secret not in page, secret
    actions.reveal_quiz(quiz=quiz, now=timezone.now())
    page = read(cast.amina)
    for told in ("✗ wrong", "<bdi>3/4</bdi>", "Three quarters are 0.75.", "0 of 1"):
        assert told in page, told
    page = read(cast.bilal)
    assert "✓ right" in page
    assert "1 of 1" in page


def test_the_class_is_counted_only_where_it_was_shared(cast: Cast, lesson: Lesson) -> None:
    quiz = ask(cast, lesson)
    answer(quiz, cast.bilal, RIGHT["single"])
    close(quiz, share=True)
    page = read(cast.amina)
    assert "1 · 100 %" in page
    assert "right" not in page
    actions.share_results(quiz=quiz, on=False, now=timezone.now())
    assert "100 %" not in read(cast.amina)


def test_of_an_anonymous_quiz_nobody_finds_an_answer(cast: Cast, lesson: Lesson) -> None:
    quiz = ask(cast, lesson, "opinion", anonymous=True)
    answer(quiz, cast.amina, "1")
    close(quiz)
    assert "Nobody can find out who answered what." in read(cast.amina)
    assert "Too fast" not in read(cast.amina)


def test_it_is_found_by_what_was_asked_and_not_by_what_is_right(cast: Cast, lesson: Lesson) -> None:
    close(ask(cast, lesson))
    for known in ("largest", "fract", "7b"):
        assert "Which is the largest?" in read(cast.amina, query=known), known
    for secret in ("0.75", "correct", "Three quarters"):
        assert "Nothing was found" in read(cast.amina, query=secret), secret


def test_a_guardian_sees_their_childs_answers_and_no_classmates(cast: Cast, lesson: Lesson) -> None:
    quiz = ask(cast, lesson)
    answer(quiz, cast.amina, WRONG["single"])
    answer(quiz, cast.bilal, "3")
    close(quiz, reveal=True)
    page = read(cast.guardian)
    assert "<bdi>Amina</bdi>" in page
    assert "✗ wrong" in page
    assert "Bilal" not in page
    assert "<bdi>2/3</bdi>" not in page
    assert "✗ wrong" in read(cast.guardian, of(lesson, cast.amina))
    assert client_of(cast.guardian).get(of(lesson, cast.bilal)).status_code == 403


def test_a_teacher_finds_each_pupil_behind_the_results_and_the_look_is_noted(
    cast: Cast, lesson: Lesson
) -> None:
    quiz = ask(cast, lesson)
    answer(quiz, cast.amina, WRONG["single"])
    close(quiz)
    assert of(lesson, cast.amina) in read(cast.teacher, reverse("quiz_results", args=[lesson.pk]))
    assert "<bdi>1/2</bdi>" in read(cast.teacher, of(lesson, cast.amina))
    assert "<bdi>1/2</bdi>" in read(cast.head, of(lesson, cast.amina))
    assert AuditEvent.objects.filter(act="quiz_results.read", actor=cast.head.pk).count() == 1
    read(cast.amina, of(lesson, cast.amina))
    assert not AuditEvent.objects.filter(act="quiz_results.read", actor=cast.amina.pk).exists()


def test_nobody_else_finds_anything(cast: Cast, lesson: Lesson) -> None:
    close(ask(cast, lesson))
    path = of(lesson, cast.amina)
    nothing = uuid.uuid4()
    missing = reverse("pupil_results", args=[nothing, cast.amina.pk])
    strange = client_of(cast.stranger)
    assert strange.get(path).status_code == 404
    found, none = (CSRF_TOKEN.sub(b"", strange.get(one).content) for one in (path, missing))
    assert found.replace(str(lesson.pk).encode(), b"") == none.replace(str(nothing).encode(), b"")
    assert client_of(cast.bilal).get(path).status_code == 403
    assert client_of(cast.teacher).get(of(lesson, cast.stranger)).status_code == 404
    assert "No results yet" in read(cast.stranger)
    assert "No results yet" in read(cast.teacher)


def test_who_has_left_the_course_finds_their_own_answers_by_the_address_alone(
    cast: Cast, lesson: Lesson
) -> None:
    close(ask(cast, lesson))
    assert "largest" in read(cast.amina)
    lessons.unenrol(course=cast.course, person=cast.amina, by=cast.head)
    assert "largest" not in read(cast.amina)
    assert "largest" not in read(cast.guardian)
    assert "largest" in read(cast.amina, of(lesson, cast.amina))
    assert client_of(cast.guardian).get(of(lesson, cast.amina)).status_code == 404
    Membership.objects.filter(person=cast.amina).update(is_active=False)
    assert client_of(cast.amina).get(of(lesson, cast.amina)).status_code == 404


def test_what_was_asked_in_a_breakout_room_is_for_those_who_sat_there(cast: Cast, lesson: Lesson) -> None:
    now = timezone.now()
    for one in (cast.amina, cast.bilal):
        lessons.come_in(
            room=lesson.room,
            person=one,
            standing=Standing.STUDENT,
            occupant=uuid.uuid4(),
            connection="c",
            now=now,
        )
    lessons.plan_breakouts(lesson=lesson, wish=lessons.Wish(Division.RANDOM, rooms=2), by=cast.teacher)
    lessons.open_breakouts(lesson=lesson, minutes=None, by=cast.teacher, now=now)
    close(ask(cast, lesson, room=Room.objects.get(lesson=lesson, seats__person=cast.amina)))
    assert "largest" in read(cast.amina)
    assert "largest" not in read(cast.bilal)
    link_guardian(institution=cast.school, guardian=cast.guardian, child=cast.bilal)
    assert "<bdi>Bilal</bdi>" not in read(cast.guardian)


@pytest.mark.parametrize("rows", [1, 3])
def test_more_quizzes_ask_the_database_no_more(
    cast: Cast, lesson: Lesson, rows: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(rows):
        quiz = ask(cast, lesson)
        answer(quiz, cast.amina, "1")
        close(quiz, share=True)
        Quiz.objects.filter(pk=quiz.pk).update(opened_at=timezone.now() - timedelta(hours=number))
    client = client_of(cast.guardian)
    with django_assert_max_num_queries(17):
        assert client.get(OWN).content.count(b"quiz-result-card") == rows
