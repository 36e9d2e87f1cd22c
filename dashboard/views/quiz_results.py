"""What came of a lesson's quizzes: the counts of each question, and who answered what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.actions import record_look
from classroom.models import Lesson
from dashboard.doors import page_of, person_of
from dashboard.rows import lesson_row
from dashboard.views.lessons import find_lesson, use_zone_of
from dashboard.views.people_list import csv_response
from quizzes import tally
from quizzes.models import Answer, Kind, Quiz
from quizzes.queries import counts_of, results_of, scores_of
from quizzes.rules import may_read_results

PAGE_SIZE = 50


@require_safe
@login_required
def quiz_results(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    lesson = _read(request, lesson_id, "quiz_results.read")
    quizzes = list(results_of(lesson))
    counts = counts_of(quizzes)
    context = {
        "lesson": lesson_row(lesson, now=timezone.now()),
        "quizzes": [_card(quiz, counts[quiz.pk]) for quiz in quizzes],
        "asked": sum(len(quiz.questions) for quiz in quizzes if not quiz.anonymous),
        "page_obj": page_of(request, scores_of(lesson), PAGE_SIZE),
    }
    return render(request, "dashboard/quiz_results.html", context)


def _read(request: HttpRequest, lesson_id: UUID, act: str) -> Lesson:
    person = person_of(request)
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    if not may_read_results(person, lesson):
        raise PermissionDenied
    now = timezone.now()
    record_look(act, institution=lesson.institution, by=person, target=f"lesson:{lesson.pk}", now=now)
    return lesson


def _card(quiz: Quiz, counts: list[dict[str, Any]]) -> dict[str, Any]:
    pairs = zip(quiz.questions, counts, strict=True)
    return {
        "quiz": quiz,
        "questions": [
            {
                "text": question["text"],
                "kind": Kind(question["kind"]).label,
                "answered": told["answered"],
                "bars": bars_of(question, told),
            }
            for question, told in pairs
        ],
    }


def bars_of(
    question: dict[str, Any], told: dict[str, Any], *, tells_right: bool = True
) -> list[dict[str, Any]]:
    bars = [_bar(question, told, what, times) for what, times in told["bars"]]
    return bars if tells_right else [bar | {"right": None} for bar in bars]


def _bar(question: dict[str, Any], told: dict[str, Any], what: str, times: int) -> dict[str, Any]:
    right = tally.judge(question, _value(question, what)).correct if tally.is_scored(question) else None
    if question["kind"] == tally.MULTIPLE:
        right = what in tally.right_ids(question)
    percent = round(100 * times / told["answered"]) if told["answered"] else 0
    return {"text": say_value(question, what), "times": times, "percent": percent, "right": right}


def _value(question: dict[str, Any], what: str) -> tally.Value:
    return float(what) if question["kind"] == tally.NUMERIC else what


def say_value(question: dict[str, Any], value: Any) -> str:
    """What somebody answered, as people say it."""
    if isinstance(value, list):
        return " · ".join(say_value(question, one) for one in value)
    if question["kind"] == tally.TRUE_FALSE:
        return _("True") if value == "true" else _("False")
    if question["kind"] in tally.WITH_CHOICES:
        return next((one["text"] for one in question["choices"] if one["id"] == value), str(value))
    return tally.show_number(value) if isinstance(value, float | int) else str(value)


@require_safe
@login_required
def quiz_results_csv(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    lesson = _read(request, lesson_id, "quiz_results.exported")
    return csv_response(list(_rows(lesson)), "quizzes")


def _rows(lesson: Lesson) -> Iterator[tuple[object, ...]]:
    yield (_("Asked at"), _("Question"), _("Name"), _("Answer"), _("Right"), _("Score"), _("Seconds"))
    rows = Answer.objects.filter(quiz__lesson=lesson).select_related("quiz", "person")
    for row in rows.order_by("quiz__opened_at", "quiz", "question", "person__name", "who"):
        question = row.quiz.question(str(row.question))
        if question is None:
            continue
        yield (
            timezone.localtime(row.quiz.opened_at).strftime("%H:%M:%S"),
            question["text"],
            row.person.name if row.person else _("Anonymous"),
            say_value(question, row.value),
            "" if row.correct is None else _("yes") if row.correct else _("no"),
            row.score,
            round(row.latency_ms / 1000, 1),
        )
