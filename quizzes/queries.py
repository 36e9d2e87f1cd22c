"""Reads of the bank, of quizzes and of answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, Exists, Func, OuterRef, Q, QuerySet, Sum, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

from classroom.models import BreakoutSeat, Course, Enrolment, Lesson, RoomKind, Standing
from quizzes import tally
from quizzes.draft import TRUTHS, Draft
from quizzes.models import Answer, Desk, Question, Quiz, QuizState

BANK_PAGE = 20


def questions_of(
    course: Course | UUID, query: str = "", *, tag: str = "", archived: bool = False
) -> QuerySet[Question]:
    """`query` is looked for in what is asked and in its tags; `tag` is a whole one."""
    found = Question.objects.filter(course=course, archived_at__isnull=not archived)
    if query:
        each = "array_to_string(array(SELECT jsonb_array_elements_text(%(expressions)s)), chr(10))"
        tags = Func("tags", template=each, output_field=TextField())
        found = found.alias(words=tags).filter(Q(text__icontains=query) | Q(words__icontains=query))
    return found.filter(tags__contains=[tag]) if tag else found


def tags_of(course: Course) -> list[str]:
    """All tags of the bank, the most used first."""
    each = RawSQL("jsonb_array_elements_text(tags)", ())
    rows = Question.objects.filter(course=course, archived_at=None).order_by()
    counted = rows.annotate(tag=each).values_list("tag").annotate(times=Count("pk")).order_by("-times", "tag")
    return [tag for tag, _ in counted[:50]]


def as_draft(question: Question) -> Draft:
    return Draft(
        kind=question.kind,
        text=question.text,
        choices=[]
        if question.kind == tally.TRUE_FALSE
        else [(one["text"], one["correct"]) for one in question.choices],
        is_true=any(one["correct"] and one["id"] == TRUTHS[0] for one in question.choices),
        number=question.number,
        tolerance=question.tolerance,
        variants=question.variants,
        tags=question.tags,
        explanation=question.explanation,
        seconds=question.seconds,
    )


def last_quiz(room_id: UUID | str) -> Quiz | None:
    """What lies on the room's desk: the quiz that is open, or the last one that was."""
    return Quiz.objects.filter(room_id=room_id).order_by("-opened_at", "-pk").first()


def seq_of(room_id: UUID | str) -> int:
    return Desk.objects.filter(room_id=room_id).values_list("seq", flat=True).first() or 0


def counts_of(quizzes: Iterable[Quiz]) -> dict[Any, list[dict[str, Any]]]:
    """Of each quiz the tally of each of its questions, by one read of the database."""
    told = list(quizzes)
    rows = Answer.objects.filter(quiz__in=told).values_list("quiz", "question", "value")
    given: dict[tuple[Any, str], list[tuple[Any, int]]] = {}
    for quiz_id, question_id, value, times in rows.annotate(times=Count("pk")).order_by():
        given.setdefault((quiz_id, str(question_id)), []).append((value, times))
    return {
        quiz.pk: [tally.count(one, given.get((quiz.pk, one["id"]), [])) for one in quiz.questions]
        for quiz in told
    }


def answers_by_who(quiz: Quiz, who: str | None = None) -> dict[str, dict[str, dict[str, Any]]]:
    """What each one answered: `who` → question → `{value, correct, score}`; only one person's when `who` is given."""
    rows = Answer.objects.filter(quiz=quiz)
    rows = rows.filter(who=who) if who is not None else rows
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name, question, value, correct, score in rows.values_list(
        "who", "question", "value", "correct", "score"
    ):
        found.setdefault(name, {})[str(question)] = {"value": value, "correct": correct, "score": score}
    return found


def results_of(lesson: Lesson) -> QuerySet[Quiz]:
    return Quiz.objects.filter(lesson=lesson).select_related("lesson__course").order_by("opened_at", "pk")


def answers_in_brief(lesson: Lesson) -> dict[tuple[UUID, str], tuple[int, int]]:
    """How many answered and how many of them were right, by (quiz, question)."""
    rows = Answer.objects.filter(quiz__lesson=lesson).values_list("quiz", "question").order_by()
    counted = rows.annotate(answered=Count("pk"), right=Count("pk", filter=Q(correct=True)))
    return {(quiz, str(question)): (answered, right) for quiz, question, answered, right in counted}


def scores_of(lesson: Lesson) -> QuerySet[Any, Any]:
    """One line a person: how many questions they answered, and what they got; anonymous quizzes name nobody."""
    rows = Answer.objects.filter(quiz__lesson=lesson, person__isnull=False)
    named = rows.values("person", "person__name")
    counted = named.annotate(answered=Count("pk"), score=Sum("score"), seconds=Avg("latency_ms") / 1000.0)
    return counted.order_by("person__name", "person")


def quizzes_put_to(people: Collection[UUID], lessons: QuerySet[Lesson], query: str = "") -> QuerySet[Quiz]:
    """What these pupils, also those who have left, were asked in these lessons and is over, the newest first; in a
    breakout room, those who sat there."""
    enrolled = Enrolment.objects.filter(
        course=OuterRef("lesson__course"), person__in=people, standing=Standing.STUDENT
    )
    seats = BreakoutSeat.objects.filter(room=OuterRef("room"), person__in=people)
    asked = Quiz.objects.filter(Exists(enrolled), lesson__in=lessons.order_by().values("pk"))
    asked = asked.filter(Q(room__kind=RoomKind.MAIN) | Exists(seats)).exclude(state=QuizState.OPEN)
    if query:
        # In what was asked alone: who looks for words of the key must not learn that they stand there.
        texts = Func("questions", Value("$[*].text"), function="jsonb_path_query_array")
        asked = asked.annotate(asked=Cast(texts, TextField())).filter(
            Q(asked__icontains=query)
            | Q(lesson__title__icontains=query)
            | Q(lesson__course__title__icontains=query)
        )
    return asked.select_related("lesson__course", "room").order_by("-opened_at", "-pk")


def who_was_asked(quizzes: Collection[Quiz], people: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """(quiz, person): of several children perhaps only one takes the course, or sat in that room."""
    courses = {quiz.lesson.course_id for quiz in quizzes}
    enrolled = set(
        Enrolment.objects.filter(
            course__in=courses, person__in=people, standing=Standing.STUDENT
        ).values_list("course", "person")
    )
    rooms = {quiz.room_id for quiz in quizzes if quiz.room.is_breakout}
    seats = set(BreakoutSeat.objects.filter(room__in=rooms, person__in=people).values_list("room", "person"))
    return {
        (quiz.pk, person)
        for quiz in quizzes
        for person in people
        if (quiz.lesson.course_id, person) in enrolled
        and (not quiz.room.is_breakout or (quiz.room_id, person) in seats)
    }


def answers_of(
    quizzes: Collection[Quiz], people: Collection[UUID]
) -> dict[tuple[UUID, UUID], dict[str, Answer]]:
    """(quiz, person) → question → what they answered; of anonymous quizzes nothing leads to anybody."""
    found: dict[tuple[UUID, UUID], dict[str, Answer]] = {}
    for row in Answer.objects.filter(quiz__in=quizzes, person__in=people):
        if row.person_id is not None:
            found.setdefault((row.quiz_id, row.person_id), {})[str(row.question)] = row
    return found
