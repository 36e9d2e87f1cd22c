"""Engagement as rows: made with the register, from the same reading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from accounts.policy import read_policy
from attendance.engagement import MOST_LESSONS, Measures, read_measures, reckon
from attendance.models import EngagementLine
from attendance.presence import GAP_SECONDS, Interval
from attendance.queries import LessonReading, Reading
from attendance.queries.readings import is_expected
from classroom.models import ChatMode, Lesson
from quizzes.facts import ANSWER_SUBMITTED
from quizzes.models import Quiz


def is_raw_over(lesson: Lesson, *, now: datetime) -> bool:
    """Whether its raw activity would have to go, or is gone already (`forget_raw_activity`)."""
    days = read_policy(lesson.institution.policy).engagement_days
    return lesson.ended_at is not None and lesson.ended_at < now - timedelta(days=days)


def reckon_engagement(reading: LessonReading, *, now: datetime) -> None:
    """Nothing of a lesson whose raw activity would have to go already."""
    lesson = reading.lesson
    if lesson.ended_at is None or is_raw_over(lesson, now=now):
        return
    before = usual_of(lesson, [pk for pk, one in reading.people.items() if is_expected(one.standing)])
    lines = []
    for person, measures in measure(reading).items():
        found = reckon(measures, before[person])
        signals = [signal.as_json() for signal in found.signals]
        lines.append(
            EngagementLine(
                lesson=lesson,
                person_id=person,
                score=found.score,
                signals=signals,
                measures=measures.as_json(),
                reckoned_at=now,
            )
        )
    EngagementLine.objects.bulk_create(
        lines,
        update_conflicts=True,
        unique_fields=["lesson", "person"],
        update_fields=["score", "signals", "measures", "reckoned_at"],
    )


def usual_of(lesson: Lesson, people: list[UUID]) -> defaultdict[UUID, list[Measures]]:
    """What each of them did in the last lessons of this course in which they were, newest first."""
    last = Lesson.objects.filter(
        course=lesson.course_id, starts_at__lt=lesson.starts_at, register__isnull=False
    ).order_by("-starts_at")[: 2 * MOST_LESSONS]
    rows = EngagementLine.objects.filter(lesson__in=list(last), person__in=people, score__isnull=False)
    found: defaultdict[UUID, list[Measures]] = defaultdict(list)
    for person, measures in rows.order_by("-lesson__starts_at").values_list("person", "measures"):
        found[person].append(read_measures(measures))
    return found


def measure(reading: LessonReading) -> dict[UUID, Measures]:
    """What was counted, of everybody whose coming is judged."""
    lesson = reading.lesson
    students = {pk: one for pk, one in reading.people.items() if is_expected(one.standing)}
    quizzes = [
        (quiz.opened_at.timestamp(), (quiz.closed_at or quiz.closes_at).timestamp(), len(quiz.questions))
        for quiz in Quiz.objects.filter(lesson=lesson, anonymous=False, room=lesson.room)
    ]
    took = _latencies(reading)
    has_board = any(act.kind == "edit" for one in students.values() for act in one.acts)
    has_chat = lesson.chat_mode != ChatMode.CLOSED
    return {
        pk: _measure_one(reading, one, quizzes, took[pk], has_board=has_board, has_chat=has_chat)
        for pk, one in students.items()
    }


def _latencies(reading: LessonReading) -> defaultdict[UUID | None, list[tuple[float, int]]]:
    """Of each answer when it came, in seconds, and how many milliseconds after the question."""
    took: defaultdict[UUID | None, list[tuple[float, int]]] = defaultdict(list)
    for fact in reading.facts.values():
        if fact.type == ANSWER_SUBMITTED:
            took[fact.person_id].append((fact.at.timestamp(), fact.data["latency_ms"]))
    return took


def _unbroken(took: list[tuple[float, int]], losses: Sequence[Interval]) -> list[int]:
    """The milliseconds of those during which the connection held, and had held for a while. What was lost at another
    time says nothing about an answer: else whoever is slow would only have to come anew between the questions."""
    return [
        milliseconds
        for at, milliseconds in took
        if not any(
            lost.starts_at <= at and lost.ends_at >= at - milliseconds / 1000 - GAP_SECONDS for lost in losses
        )
    ]


def _measure_one(
    reading: LessonReading,
    one: Reading,
    quizzes: list[tuple[float, float, int]],
    took: list[tuple[float, int]],
    *,
    has_board: bool,
    has_chat: bool,
) -> Measures:
    done, unbroken = [act.kind for act in one.acts], _unbroken(took, one.losses)
    said = done.count("message") + done.count("hand")
    asked = sum(n for opened, closed, n in quizzes if _was_inside(one, opened, closed))
    return Measures(
        lesson_seconds=reading.window.seconds,
        seconds=round(sum(stay.seconds for stay in one.stays), 1),
        inside_seconds=round(one.inside_seconds(reading.window), 1),
        attentive_seconds=round(one.attentive_seconds(reading.window), 1),
        breaks=len(one.losses),
        has_page=one.has_page,
        asked=max(asked, len(took)),
        answered=len(took),
        answer_ms=round(median(unbroken)) if unbroken else None,
        broken_answers=len(took) - len(unbroken),
        said=said if has_chat or said else None,
        edits=done.count("edit") if has_board else None,
    )


def _was_inside(one: Reading, opened: float, closed: float) -> bool:
    """For at least half of the time in which it could be answered."""
    inside = sum(max(0.0, min(s.ends_at, closed) - max(s.starts_at, opened)) for s in one.stays)
    return inside > 0 and inside * 2 >= closed - opened
