"""A lesson in brief, for those who held it: who was here, what was asked, and where it all is now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from attendance.models import RegisterStatus
from attendance.queries import RegisterLine, lesson_minutes
from classroom.models import Lesson, Standing
from classroom.rules import may_enter_room
from dashboard.doors import person_of
from dashboard.rows import board_card, lesson_row, recording_card
from dashboard.views.register import read_register
from quizzes import tally
from quizzes.queries import answers_in_brief, results_of


@dataclass(frozen=True, slots=True)
class Attendance:
    """Of those who are enrolled as students; `late` and `missing` are names, `late` as in the register."""

    enrolled: int
    came: int
    late: list[str]
    missing: list[str]
    guests: int

    @property
    def percent(self) -> int:
        return round(100 * self.came / self.enrolled) if self.enrolled else 0


@dataclass(frozen=True, slots=True)
class QuizLine:
    """`percent` of the answers were right; None for opinions."""

    text: str
    answered: int
    percent: int | None


@require_safe
@login_required
def summary(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    lesson, lines = read_register(request, lesson_id, "register.read")
    person, now = person_of(request), timezone.now()
    context = {
        "lesson": lesson_row(lesson, now=now),
        "minutes": lesson_minutes(lesson, now=now),
        "attendance": attend(lines),
        "quizzes": _quiz_lines(lesson),
        "recording": recording_card(getattr(lesson, "recording", None)),
        "board": board_card(person, lesson, may_enter_room(person, lesson)),
    }
    return render(request, "dashboard/summary.html", context)


def attend(lines: Iterable[RegisterLine]) -> Attendance:
    pupils = [line for line in lines if line.standing == Standing.STUDENT]
    return Attendance(
        enrolled=len(pupils),
        came=sum(line.first_joined_at is not None for line in pupils),
        late=[line.name for line in pupils if line.status == RegisterStatus.LATE],
        missing=[line.name for line in pupils if line.first_joined_at is None],
        guests=sum(line.standing == Standing.GUEST for line in lines),
    )


def _quiz_lines(lesson: Lesson) -> list[QuizLine]:
    given = answers_in_brief(lesson)
    return [
        _quiz_line(question, *given.get((quiz.pk, question["id"]), (0, 0)))
        for quiz in results_of(lesson)
        for question in quiz.questions
    ]


def _quiz_line(question: tally.Question, answered: int, right: int) -> QuizLine:
    is_scored = tally.is_scored(question) and answered > 0
    return QuizLine(question["text"], answered, round(100 * right / answered) if is_scored else None)
