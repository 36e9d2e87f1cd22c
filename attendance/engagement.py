"""How somebody took part in a lesson: signal by signal, each explained. Pure.

Nobody is compared with anybody but themselves: what they usually do is their own last lessons. A signal that could not
be seen is left out, and its weight with it, so that a telephone or a bad connection costs nothing. A camera is never
required. The score is made of what the server saw, and of nothing else: what a client claims of itself is shown beside
it and counts neither way, so that keeping it back, saying it again or making it up gives nobody anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from statistics import mean, median
from typing import Any


class SignalKind(StrEnum):
    PRESENCE = "presence"
    PARTICIPATION = "participation"
    SPEED = "speed"
    VOICE = "voice"
    BOARD = "board"
    ATTENTION = "attention"
    CAMERA = "camera"


WEIGHTS: Mapping[str, float] = {
    SignalKind.PRESENCE: 3,
    SignalKind.PARTICIPATION: 3,
    SignalKind.SPEED: 1,
    SignalKind.VOICE: 1,
    SignalKind.BOARD: 1,
    SignalKind.ATTENTION: 0,
    SignalKind.CAMERA: 0,
}
# What only a client says.
CLAIMED = frozenset({SignalKind.ATTENTION, SignalKind.CAMERA})
# So many lessons, and so many of them at most, say what somebody usually does.
FEWEST_LESSONS, MOST_LESSONS = 3, 8
# A connection that was lost so often in a lesson was a bad one.
ROUGH_LOSSES = 3


@dataclass(frozen=True, slots=True)
class Measures:
    """What was counted of one person in one lesson. None: it could not be."""

    lesson_seconds: float
    seconds: float
    # Of those within the lesson, without what their page said was hidden or untouched, or told nothing of.
    attentive_seconds: float
    # How often the connection was lost.
    breaks: int = 0
    has_page: bool = True
    asked: int = 0
    answered: int = 0
    # Of the answers that were given over a connection that held; None if there are none.
    answer_ms: int | None = None
    # How many others there are.
    broken_answers: int = 0
    said: int | None = 0
    edits: int | None = None
    camera_seconds: float | None = None
    # Within the lesson, as the server saw it.
    inside_seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Signal:
    """`value` is 0 to 1, None when not `available`; `reason` is a code that says how it came or why not; `usual` is
    what this person usually does, in the unit of the measure; `seen` is what they did."""

    kind: str
    value: float | None
    available: bool
    reason: str
    weight: float
    seen: float | None = None
    usual: float | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Engagement:
    score: int | None
    signals: tuple[Signal, ...]


def read_measures(stored: Mapping[str, Any]) -> Measures:
    known = Measures.__dataclass_fields__
    return Measures(**{name: value for name, value in stored.items() if name in known})


def reckon(now: Measures, before: Sequence[Measures], weights: Mapping[str, float] = WEIGHTS) -> Engagement:
    """`before` are the same person's last lessons, newest first."""
    usual = list(before[:MOST_LESSONS])
    signals = (
        _presence(now, weights),
        _participation(now, weights),
        _speed(now, usual, weights),
        _counted(SignalKind.VOICE, now.said, [one.said for one in usual], now, weights),
        _counted(SignalKind.BOARD, now.edits, [one.edits for one in usual], now, weights),
        _attention(now, weights),
        _camera(now, weights),
    )
    return Engagement(_score(signals), signals)


def _score(signals: Sequence[Signal]) -> int | None:
    """What a client claims may lower the sum of what the server saw, and never raise it."""
    if signals[0].value is None:
        return None
    seen = _mean_of([one for one in signals if one.kind not in CLAIMED])
    return None if seen is None else min(seen, _mean_of(signals) or 0)


def _mean_of(signals: Sequence[Signal]) -> int | None:
    told = [one for one in signals if one.value is not None and one.weight > 0]
    weight = sum(one.weight for one in told)
    return round(100 * sum(one.weight * (one.value or 0.0) for one in told) / weight) if weight else None


def _left_out(kind: SignalKind, reason: str, weights: Mapping[str, float], **more: float | None) -> Signal:
    return Signal(kind, None, available=False, reason=reason, weight=weights.get(kind, 0), **more)


def _given(
    kind: SignalKind, value: float, reason: str, weights: Mapping[str, float], **more: float | None
) -> Signal:
    value = round(max(0.0, min(1.0, value)), 3)
    return Signal(kind, value, available=True, reason=reason, weight=weights.get(kind, 0), **more)


def _presence(now: Measures, weights: Mapping[str, float]) -> Signal:
    if now.seconds <= 0 or now.lesson_seconds <= 0:
        return _left_out(SignalKind.PRESENCE, "not_there", weights)
    share = now.inside_seconds / now.lesson_seconds
    return _given(SignalKind.PRESENCE, share, "measured", weights, seen=round(now.inside_seconds))


def _participation(now: Measures, weights: Mapping[str, float]) -> Signal:
    if not now.asked:
        return _left_out(SignalKind.PARTICIPATION, "no_quiz", weights)
    if not (now.has_page or now.answered):
        return _left_out(SignalKind.PARTICIPATION, "no_page", weights)
    return _given(
        SignalKind.PARTICIPATION,
        now.answered / now.asked,
        "counted",
        weights,
        seen=now.answered,
        usual=now.asked,
    )


def _speed(now: Measures, before: Sequence[Measures], weights: Mapping[str, float]) -> Signal:
    own = [one.answer_ms for one in before if one.answer_ms is not None]
    if now.answer_ms is None:
        reason = "rough_link" if now.broken_answers else "no_answers"
        return _left_out(SignalKind.SPEED, reason, weights)
    if len(own) < FEWEST_LESSONS:
        return _left_out(SignalKind.SPEED, "no_usual", weights, seen=now.answer_ms)
    usual = median(own)
    value = usual / now.answer_ms if now.answer_ms else 1.0
    return _given(SignalKind.SPEED, value, "own_usual", weights, seen=now.answer_ms, usual=usual)


def _counted(
    kind: SignalKind, n: int | None, own: Sequence[int | None], now: Measures, weights: Mapping[str, float]
) -> Signal:
    known = [one for one in own if one is not None]
    if n is None:
        return _left_out(kind, "not_allowed", weights)
    if not (now.has_page or n):
        return _left_out(kind, "no_page", weights)
    if len(known) < FEWEST_LESSONS:
        return _left_out(kind, "no_usual", weights, seen=n)
    usual = mean(known)
    # Who never does this, as most do not, is not asked for it.
    if usual < 1:
        return _left_out(kind, "not_usual", weights, seen=n, usual=usual)
    return _given(kind, n / usual, "own_usual", weights, seen=n, usual=round(usual, 1))


def _attention(now: Measures, weights: Mapping[str, float]) -> Signal:
    """Of the time inside, the part in which their page said that it was looked at. Shown, and counted nowhere."""
    if now.inside_seconds <= 0:
        return _left_out(SignalKind.ATTENTION, "not_there", weights)
    if not now.has_page:
        return _left_out(SignalKind.ATTENTION, "no_page", weights)
    share = now.attentive_seconds / now.inside_seconds
    return _given(SignalKind.ATTENTION, share, "own_word", weights, seen=round(now.attentive_seconds))


def _camera(now: Measures, weights: Mapping[str, float]) -> Signal:
    """Shown where somebody measures it; counted nowhere, unless somebody gives it a weight, and then never more than
    what the server saw of their presence."""
    if now.camera_seconds is None or now.lesson_seconds <= 0:
        return _left_out(SignalKind.CAMERA, "never_counted", weights)
    share = min(now.camera_seconds, now.attentive_seconds) / now.lesson_seconds
    return _given(SignalKind.CAMERA, share, "claimed", weights, seen=round(now.camera_seconds))
