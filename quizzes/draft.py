"""A question as somebody writes it, by hand or in a file, and what is wrong with it. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from quizzes import tally

KINDS = (tally.SINGLE, tally.MULTIPLE, tally.TRUE_FALSE, tally.NUMERIC, tally.SHORT_TEXT, tally.OPINION)
MIN_CHOICES, MAX_CHOICES = 2, 12
LONGEST_TEXT, LONGEST_CHOICE, LONGEST_TAG = 2000, 300, 40
MAX_TAGS, MAX_VARIANTS = 10, 50
MIN_SECONDS, USUAL_SECONDS, MAX_SECONDS = 5, 60, 3600
BIGGEST_NUMBER = 1e12
TRUTHS = ("true", "false")


@dataclass(slots=True)
class Draft:
    """`choices` are texts with whether each is right; of a true-or-false question `is_true` says it."""

    kind: str
    text: str
    choices: list[tuple[str, bool]] = field(default_factory=list)
    is_true: bool = True
    number: float | None = None
    tolerance: float = 0.0
    variants: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    explanation: str = ""
    seconds: int = USUAL_SECONDS

    def fields(self) -> dict[str, Any]:
        """What a row of the bank holds."""
        return {
            "kind": self.kind,
            "text": self.text.strip(),
            "choices": self._rows(),
            "number": self.number if self.kind == tally.NUMERIC else None,
            "tolerance": self.tolerance if self.kind == tally.NUMERIC else 0.0,
            "variants": self.variants if self.kind == tally.SHORT_TEXT else [],
            "tags": clean_tags(self.tags),
            "explanation": self.explanation.strip(),
            "seconds": self.seconds,
        }

    def _rows(self) -> list[dict[str, Any]]:
        if self.kind == tally.TRUE_FALSE:
            return [{"id": one, "text": "", "correct": (one == "true") == self.is_true} for one in TRUTHS]
        if self.kind not in tally.WITH_CHOICES:
            return []
        judged = self.kind != tally.OPINION
        return [
            {"id": str(number), "text": text.strip(), "correct": judged and right}
            for number, (text, right) in enumerate(self.choices, start=1)
        ]


def clean_tags(tags: list[str]) -> list[str]:
    """In lower case, each once, in the order they were written."""
    return list(dict.fromkeys(" ".join(tag.split()).lower() for tag in tags if tag.strip()))


def faults_of(draft: Draft) -> Iterator[tuple[str, str]]:
    """Field and code of everything that is wrong; nothing for a question that can be asked."""
    if draft.kind not in KINDS:
        yield "kind", "unknown_kind"
        return
    yield from _faults_of_texts(draft)
    if draft.kind in {tally.SINGLE, tally.MULTIPLE, tally.OPINION}:
        yield from _faults_of_choices(draft)
    if draft.kind == tally.NUMERIC:
        yield from _faults_of_number(draft)
    if draft.kind == tally.SHORT_TEXT:
        yield from _faults_of_variants(draft)
    if not MIN_SECONDS <= draft.seconds <= MAX_SECONDS:
        yield "seconds", "bad_seconds"


def _faults_of_texts(draft: Draft) -> Iterator[tuple[str, str]]:
    if not draft.text.strip():
        yield "text", "missing"
    if len(draft.text) > LONGEST_TEXT:
        yield "text", "question_too_long"
    if len(draft.explanation) > LONGEST_TEXT:
        yield "explanation", "question_too_long"
    tags = clean_tags(draft.tags)
    if len(tags) > MAX_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
        yield "tags", "bad_tags"
    if any("\x00" in text for text in (draft.text, draft.explanation, *draft.tags)):
        yield "text", "nul"


def _faults_of_choices(draft: Draft) -> Iterator[tuple[str, str]]:
    texts = [text.strip() for text, _ in draft.choices]
    right = sum(is_right for _, is_right in draft.choices)
    if not MIN_CHOICES <= len(texts) <= MAX_CHOICES:
        yield "choices", "number_of_choices"
    if any(not text or len(text) > LONGEST_CHOICE or "\x00" in text for text in texts):
        yield "choices", "bad_choice"
    if len({text.casefold() for text in texts}) < len(texts):
        yield "choices", "same_choice"
    if draft.kind == tally.SINGLE and right != 1:
        yield "choices", "one_right_choice"
    if draft.kind == tally.MULTIPLE and not right:
        yield "choices", "no_right_choice"


def _faults_of_number(draft: Draft) -> Iterator[tuple[str, str]]:
    if draft.number is None or not math.isfinite(draft.number) or abs(draft.number) > BIGGEST_NUMBER:
        yield "number", "not_a_number"
    if not math.isfinite(draft.tolerance) or not 0 <= draft.tolerance <= BIGGEST_NUMBER:
        yield "tolerance", "not_a_number"


def _faults_of_variants(draft: Draft) -> Iterator[tuple[str, str]]:
    if not draft.variants:
        yield "variants", "missing"
    wrong = (not tally.normalise(one) or len(one) > tally.MAX_TEXT or "\x00" in one for one in draft.variants)
    if len(draft.variants) > MAX_VARIANTS or any(wrong):
        yield "variants", "bad_variant"


def read_number(text: str) -> float | None:
    """A number as people write it: with a comma or a point, in any digits; None when it is none, or has no end."""
    try:
        number = float(text.strip().replace("٫", ".").replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
