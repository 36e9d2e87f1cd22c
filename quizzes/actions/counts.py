"""What everybody sees of an open quiz, second by second, for whoever looks back: the bars grow in the recording too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from classroom import timeline
from classroom.models import RoomKind
from quizzes import facts
from quizzes.models import Quiz, QuizState
from quizzes.queries import counts_of
from quizzes.tally import show_question, without_words


def record_open_counts(*, now: datetime) -> int:
    """Of each quiz whose chart everybody sees, what it shows, where that is something else than was recorded last.

    Called by the sweep each second: whoever answers waits for nothing here, and a killed process changes nothing.
    Of main rooms alone: what happens in a breakout room is in no recording.
    """
    shown = Quiz.objects.filter(state=QuizState.OPEN, shared=True, room__kind=RoomKind.MAIN)
    quizzes = list(shown.select_related("lesson"))
    tallies = counts_of(quizzes) if quizzes else {}
    return sum(_record_counts(quiz, _bars(quiz, tallies[quiz.pk]), now) for quiz in quizzes)


def record_shown(quiz: Quiz, now: datetime) -> None:
    """From now on everybody sees the chart, without what others wrote."""
    _record(quiz, facts.QUIZ_SHOWN, now, "", questions=[show_question(one) for one in quiz.questions])
    _record_counts(quiz, _bars(quiz, counts_of([quiz])[quiz.pk]), now)


def record_hidden(quiz: Quiz, now: datetime) -> None:
    _record(quiz, facts.QUIZ_COUNTED, now, f":hidden:{now.timestamp()}", counts=None)


def _record_counts(quiz: Quiz, counts: list[Any], now: datetime) -> bool:
    told = timeline.facts_of(quiz.lesson, [facts.QUIZ_COUNTED]).filter(data__quiz=str(quiz.pk))
    last = told.last()
    if last is not None and last.data["counts"] == counts:
        return False
    # The key holds the second: however many sweeps run at once, there is one.
    return _record(quiz, facts.QUIZ_COUNTED, now, f":{int(now.timestamp())}", counts=counts)


def _bars(quiz: Quiz, tallies: list[dict[str, Any]]) -> list[list[list[Any]]]:
    """By question `[choice, how many]`; none for what is answered in one's own words."""
    pairs = zip(tallies, quiz.questions, strict=True)
    return [[list(bar) for bar in without_words(one, question)["bars"]] for one, question in pairs]


def _record(quiz: Quiz, type_: str, at: datetime, key: str, **data: Any) -> bool:
    return timeline.record(
        quiz.lesson,
        type_,
        at=at,
        source="quizzes",
        key=f"{type_}:{quiz.pk}{key}",
        data={"quiz": str(quiz.pk), "room": str(quiz.room_id), **data},
    )
