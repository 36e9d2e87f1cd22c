"""Charts of quizzes as a recording shows them, out of what the timeline tells. Pure: facts in, charts out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from classroom.models import Fact
from recordings.clock import Span
from recordings.compositing import Chart

# What a quiz came to is shown for so long, unless the next one begins.
CHART_SECONDS = 45.0
# Bars grow at most so often: each stage is one more picture that ffmpeg lays over the video.
STAGE_SECONDS = 2.0
FOR_EVER = 10.0**10
# Strangers' words: recordings and quizzes do not know each other.
QUIZ_OPENED, QUIZ_SHOWN, QUIZ_COUNTED = "quiz.opened", "quiz.shown", "quiz.counted"
QUIZ_CLOSED, QUIZ_SHARED = "quiz.closed", "quiz.shared"
WORDS = (QUIZ_OPENED, QUIZ_SHOWN, QUIZ_COUNTED, QUIZ_CLOSED, QUIZ_SHARED)
Bars = Sequence[Sequence[Any]]


def charts_in(told: Sequence[Fact]) -> Iterator[Chart]:
    """What everybody was shown: bars that grew while a quiz was open, then what it had come to."""
    for fact in told:
        if fact.type == QUIZ_SHOWN:
            quiz = fact.data["quiz"]
            yield from _growing(fact.data["questions"], [one for one in told if one.data.get("quiz") == quiz])
    results = [fact for fact in told if fact.type in (QUIZ_OPENED, QUIZ_SHARED)]
    for number, fact in enumerate(results):
        if fact.type == QUIZ_SHARED:
            begins = fact.at.timestamp()
            later = (one.at.timestamp() for one in results[number + 1 :])
            yield from _result(fact.data, Span(begins, min(begins + CHART_SECONDS, next(later, FOR_EVER))))


def _growing(questions: Sequence[dict[str, Any]], told: Iterable[Fact]) -> Iterator[Chart]:
    """One chart a stage, until the close. Of several questions that which moved the most since the stage before."""
    counted, closed_at = _read(told)
    stages = _stages(counted)
    ends = [*(begins for begins, _ in stages[1:]), FOR_EVER]
    before: Sequence[Bars] = ()
    at = 0
    for (begins, counts), stage_ends in zip(stages, ends, strict=True):
        span = Span(begins, min(stage_ends, closed_at))
        if counts is None or span.ends_at <= span.starts_at:
            continue
        at = _liveliest(counts, before, at)
        before = counts
        if counts[at]:
            yield _chart(questions[at], counts[at], span)


def _read(told: Iterable[Fact]) -> tuple[list[tuple[float, Sequence[Bars] | None]], float]:
    """The counts with their moments, and when the quiz was closed. None: not shown from then on."""
    counted, closed_at = [], FOR_EVER
    for fact in told:
        if fact.type == QUIZ_COUNTED:
            counted.append((fact.at.timestamp(), fact.data["counts"]))
        elif fact.type == QUIZ_CLOSED:
            closed_at = fact.at.timestamp()
    return counted, closed_at


def _stages(
    counted: Sequence[tuple[float, Sequence[Bars] | None]],
) -> list[tuple[float, Sequence[Bars] | None]]:
    """At most one each `STAGE_SECONDS`, the last word of its time. No stage depends on what comes after it: a piece
    that was composed meanwhile stays as it is."""
    if not counted:
        return []
    first = counted[0][0]
    stages = {}
    for at, counts in counted:
        stages[first + STAGE_SECONDS * math.ceil((at - first) / STAGE_SECONDS)] = counts
    return list(stages.items())


def _liveliest(counts: Sequence[Bars], before: Sequence[Bars], at: int) -> int:
    moved = [
        _total(bars) - _total(old) for bars, old in zip(counts, before or [()] * len(counts), strict=True)
    ]
    return moved.index(max(moved)) if max(moved) > 0 else at


def _total(bars: Bars) -> int:
    return sum(int(count) for _, count in bars)


def _result(data: dict[str, Any], span: Span) -> Iterator[Chart]:
    pairs = [
        (question, tally)
        for question, tally in zip(data.get("questions", ()), data.get("tally", ()), strict=False)
        if tally.get("bars")
    ]
    each = span.seconds / max(1, len(pairs))
    for number, (question, tally) in enumerate(pairs):
        begins = span.starts_at + number * each
        yield _chart(question, tally["bars"], Span(begins, begins + each))


def _chart(question: dict[str, Any], bars: Bars, span: Span) -> Chart:
    words = {str(choice["id"]): choice["text"] for choice in question.get("choices", ())}
    named = tuple((words.get(str(what), str(what)), int(count)) for what, count in bars)
    return Chart(span, question.get("text", ""), named)
