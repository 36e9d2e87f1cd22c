"""What an answer is, whether it is right, and how many gave it. Pure: no clock, no database.

A question is a dictionary, as a quiz keeps it: `{id, kind, text, choices: [{id, text, correct}], number, tolerance,
variants, explanation}`. A value is what somebody answered: the id of a choice, ids of choices, a number, or a text.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SINGLE, MULTIPLE, TRUE_FALSE = "single", "multiple", "true_false"
NUMERIC, SHORT_TEXT, OPINION = "numeric", "short_text", "opinion"
OF_ONE_CHOICE = frozenset({SINGLE, TRUE_FALSE, OPINION})
WITH_CHOICES = OF_ONE_CHOICE | {MULTIPLE}

MAX_TEXT = 200
MAX_GROUPS = 20
# How often somebody may change their mind about one question: each change is remembered, so that none counts again.
MAX_CHANGES = 50
_ROUNDING = 1e-9
_EDGES = " .,;:!?¿¡\"'«»“”‘’…،؛؟。、！？"
# Vowel marks and the letter that only stretches a word: nobody is wrong for leaving them out.
_ARABIC_MARKS = re.compile("[\u0640\u064b-\u0652\u0670]")

Question = Mapping[str, Any]
Value = str | float | list[str]


class NotAnAnswer(ValueError):
    """Not a value that this question can have."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`correct` is None where nothing is right or wrong."""

    correct: bool | None
    score: float


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as it was sent; the same `ref` is the same answer."""

    ref: str
    value: Value
    at: int = 0


@dataclass(slots=True)
class Standing:
    """What counts of one person's answers to one question: the last one, and which were heard."""

    refs: list[str] = field(default_factory=list)
    last: Said | None = None

    def hear(self, said: Said) -> bool:
        """False for one that was heard before, or for one too many: it changes nothing."""
        if said.ref in self.refs or len(self.refs) >= MAX_CHANGES:
            return False
        self.refs.append(said.ref)
        self.last = said
        return True


def settle(heard: Iterable[tuple[Hashable, Said]]) -> dict[Hashable, Standing]:
    """Whose answer stands how, when these were heard in this order."""
    standings: dict[Hashable, Standing] = {}
    for who, said in heard:
        standings.setdefault(who, Standing()).hear(said)
    return standings


def read_value(question: Question, value: object) -> Value:
    """The value in the one form in which it is kept and counted."""
    kind = question["kind"]
    if kind in OF_ONE_CHOICE:
        return _read_choice(question, value)
    if kind == MULTIPLE:
        return _read_choices(question, value)
    if kind == NUMERIC:
        return _read_number(value)
    return _read_text(value)


def _read_choice(question: Question, value: object) -> str:
    if not isinstance(value, str) or value not in ids_of(question):
        raise NotAnAnswer
    return value


def _read_choices(question: Question, value: object) -> list[str]:
    if not isinstance(value, list) or not value or not set(value) <= set(ids_of(question)):
        raise NotAnAnswer
    return [one for one in ids_of(question) if one in value]


def _read_number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise NotAnAnswer
    return float(value) + 0.0  # no negative zero: it would be counted apart


def _read_text(value: object) -> str:
    text = " ".join(str(value).split()) if isinstance(value, str) else ""
    if not text or len(text) > MAX_TEXT or "\x00" in text:
        raise NotAnAnswer
    return text


def ids_of(question: Question) -> list[str]:
    return [choice["id"] for choice in question["choices"]]


def right_ids(question: Question) -> list[str]:
    return [choice["id"] for choice in question["choices"] if choice.get("correct")]


def normalise(text: str) -> str:
    """The form in which two short texts are the same: no case, no marks at the ends, one space."""
    plain = _ARABIC_MARKS.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return " ".join(plain.split()).strip(_EDGES)


def judge(question: Question, value: Value) -> Verdict:
    kind = question["kind"]
    if kind == OPINION:
        return Verdict(None, 0.0)
    if kind == MULTIPLE:
        return _judge_choices(question, value)
    if kind in OF_ONE_CHOICE:
        return _all_or_nothing(value in right_ids(question))
    if kind == NUMERIC:
        distance = abs(float(value) - float(question["number"]))  # type: ignore[arg-type]
        return _all_or_nothing(distance <= float(question["tolerance"]) + _ROUNDING)
    return _all_or_nothing(normalise(str(value)) in {normalise(one) for one in question["variants"]})


def _all_or_nothing(is_right: bool) -> Verdict:
    return Verdict(is_right, float(is_right))


def _judge_choices(question: Question, value: Value) -> Verdict:
    """A part of the point for a part of the choices; each wrong one takes a part away, down to nothing."""
    right, chosen = set(right_ids(question)), set(value if isinstance(value, list) else [])
    score = (len(chosen & right) - len(chosen - right)) / len(right) if right else 0.0
    return Verdict(chosen == right, round(max(0.0, score), 4))


def is_scored(question: Question) -> bool:
    return bool(question["kind"] != OPINION)


def count(question: Question, values: Iterable[tuple[Value, int]]) -> dict[str, Any]:
    """`{question, answered, bars: [[what, how many]]}`: each choice in its order, or what was said most often.

    `values` are values with how often each was given.
    """
    told = list(values)
    bars = _count_choices(question, told) if question["kind"] in WITH_CHOICES else _count_words(told)
    return {"question": question["id"], "answered": sum(times for _, times in told), "bars": bars}


def _count_choices(question: Question, values: Sequence[tuple[Value, int]]) -> list[list[Any]]:
    counts: Counter[str] = Counter()
    for value, times in values:
        for one in value if isinstance(value, list) else [str(value)]:
            counts[one] += times
    return [[one, counts[one]] for one in ids_of(question)]


def _count_words(values: Sequence[tuple[Value, int]]) -> list[list[Any]]:
    """Same words are one bar, which bears the form that most people wrote."""
    forms: dict[str, Counter[str]] = {}
    for value, times in values:
        text = show_number(value) if isinstance(value, int | float) else str(value)
        forms.setdefault(normalise(text), Counter())[text] += times
    bars = [(form.total(), min(form, key=lambda one: (-form[one], one))) for form in forms.values()]
    ordered = sorted(bars, key=lambda bar: (-bar[0], bar[1]))
    return [[text, times] for times, text in ordered[:MAX_GROUPS]]


def show_number(value: float) -> str:
    return f"{value:.10g}"


def without_words(tally: Mapping[str, Any], question: Question) -> dict[str, Any]:
    """For classmates while a quiz is open: what others wrote is theirs, how many wrote is not."""
    return dict(tally) if question["kind"] in WITH_CHOICES else {**tally, "bars": []}


def show_question(question: Question) -> dict[str, Any]:
    """The question as somebody is asked it: nothing in it says what is right."""
    choices = [{"id": choice["id"], "text": choice["text"]} for choice in question["choices"]]
    return {"id": question["id"], "kind": question["kind"], "text": question["text"], "choices": choices}


def key_of(question: Question) -> dict[str, Any]:
    """What is right, and why."""
    return {
        "question": question["id"],
        "choices": right_ids(question),
        "number": question["number"],
        "tolerance": question["tolerance"],
        "variants": question["variants"],
        "explanation": question["explanation"],
    }
