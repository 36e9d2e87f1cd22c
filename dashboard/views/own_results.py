"""What pupils answered in quizzes that are over: for themselves, for who guards them, and for their teachers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.actions import record_look
from accounts.models import Person
from classroom.models import Lesson
from classroom.queries import children_of, lessons_for
from dashboard.doors import find_in, page_of, person_of
from dashboard.rows import lesson_row
from dashboard.views.lessons import find_lesson, use_zone_of
from dashboard.views.quiz_results import bars_of, say_value
from quizzes import tally
from quizzes.models import Answer, Quiz, QuizState
from quizzes.queries import answers_of, counts_of, quizzes_put_to, who_was_asked
from quizzes.rules import may_read_results_of

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class Answered:
    """One question as one pupil answered it. Whether it was right stays open until the quiz is revealed."""

    text: str
    answer: str
    verdict: str  # right, wrong, part, or nothing
    score: float | None
    right: str
    explanation: str


@require_safe
@login_required
def own_results(request: HttpRequest) -> HttpResponse:
    """One's own, and one's children's, of all lessons."""
    person = person_of(request)
    use_zone_of(person)
    children = Person.objects.filter(pk__in=children_of(person).values("child")).order_by("name", "pk")
    query = request.GET.get("q", "").strip()
    people = [person, *children]
    asked = quizzes_put_to([one.pk for one in people], lessons_for(person), query)
    return render(
        request, "dashboard/own_results.html", {"q": query, **_shown(request, asked, people, person)}
    )


@require_safe
@login_required
def pupil_results(request: HttpRequest, lesson_id: UUID, person_id: UUID) -> HttpResponse:
    """One pupil's of one lesson."""
    person = person_of(request)
    use_zone_of(person)
    lesson = _find(person, lesson_id, person_id)
    if not may_read_results_of(person, lesson, person_id):
        raise PermissionDenied
    pupil = find_in(Person.objects.filter(enrolments__course=lesson.course_id), person_id)
    if pupil != person:
        _note_look(person, lesson)
    asked = quizzes_put_to([pupil.pk], Lesson.objects.filter(pk=lesson.pk))
    context = {"lesson": lesson_row(lesson, now=timezone.now()), "pupil": pupil, "is_me": pupil == person}
    return render(request, "dashboard/own_results.html", context | _shown(request, asked, [pupil], person))


def _find(person: Person, lesson_id: UUID, person_id: UUID) -> Lesson:
    """One's own answers stay one's own, also after the course: then the lesson is found by them alone."""
    own = Lesson.objects.select_related("course", "institution").filter(pk=lesson_id).first()
    if own is not None and person.pk == person_id and may_read_results_of(person, own, person_id):
        return own
    return find_lesson(person, lesson_id)


def _note_look(by: Person, lesson: Lesson) -> None:
    target = f"lesson:{lesson.pk}"
    record_look("quiz_results.read", institution=lesson.institution, by=by, target=target, now=timezone.now())


def _shown(request: HttpRequest, asked: Any, people: Sequence[Person], reader: Person) -> dict[str, Any]:
    page = page_of(request, asked, PAGE_SIZE)
    quizzes, ids = list(page.object_list), [one.pk for one in people]
    given, there = answers_of(quizzes, ids), who_was_asked(quizzes, ids)
    counts = counts_of([quiz for quiz in quizzes if quiz.shared])
    cards = [
        {
            "quiz": quiz,
            "people": [
                {
                    "name": "" if one == reader else one.name,
                    "questions": _answered(quiz, given.get((quiz.pk, one.pk), {})),
                }
                for one in people
                if (quiz.pk, one.pk) in there and not quiz.anonymous
            ],
            "bars": _class_bars(quiz, counts.get(quiz.pk)),
        }
        for quiz in quizzes
    ]
    return {"page_obj": page, "cards": cards, "has_children": len(people) > 1}


def _answered(quiz: Quiz, given: dict[str, Answer]) -> list[Answered]:
    return [_show(quiz, question, given.get(question["id"])) for question in quiz.questions]


def _show(quiz: Quiz, question: dict[str, Any], row: Answer | None) -> Answered:
    is_told = quiz.state == QuizState.REVEALED and tally.is_scored(question)
    answer = say_value(question, row.value) if row else ""
    if not is_told:
        return Answered(question["text"], answer, "", None, "", "")
    score = row.score if row else 0.0
    verdict = "" if row is None else "right" if row.correct else "part" if score else "wrong"
    right = "" if verdict == "right" else say_right(question)
    return Answered(question["text"], answer, verdict, score, right, question["explanation"])


def say_right(question: dict[str, Any]) -> str:
    """What would have been right."""
    if question["kind"] in tally.WITH_CHOICES:
        return say_value(question, tally.right_ids(question))
    if question["kind"] == tally.NUMERIC:
        return tally.show_number(question["number"])
    return str(question["variants"][0]) if question["variants"] else ""


def _class_bars(quiz: Quiz, counts: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Only where the teacher shared them; which is the right one shows once everybody was told."""
    if counts is None:
        return []
    told = quiz.state == QuizState.REVEALED
    pairs = zip(quiz.questions, counts, strict=True)
    return [
        {"text": question["text"], "bars": bars_of(question, one, tells_right=told)}
        for question, one in pairs
    ]
