"""What is an answer, what is right, and how many: without database and clock."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from quizzes import tally
from quizzes.draft import Draft, faults_of, read_number
from quizzes.tally import NotAnAnswer, Said, Verdict, count, judge, normalise, read_value, settle
from tests.quizzes.questions import DRAFTS, KINDS, RIGHT, WRONG, frozen


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_answer_of_each_kind_scores_one_and_an_opinion_nothing(kind: str) -> None:
    question = frozen(kind)
    verdict = judge(question, read_value(question, RIGHT[kind]))
    assert verdict == (Verdict(None, 0.0) if kind == "opinion" else Verdict(True, 1.0))


@pytest.mark.parametrize("kind", sorted(WRONG))
def test_a_wrong_answer_of_each_kind_scores_nothing(kind: str) -> None:
    question = frozen(kind)
    assert judge(question, read_value(question, WRONG[kind])) == Verdict(False, 0.0)


def test_a_part_of_the_right_choices_is_a_part_of_the_point() -> None:
    assert judge(frozen("multiple"), ["2"]) == Verdict(False, 0.5)
    assert judge(frozen("multiple"), ["1", "2", "3"]) == Verdict(False, 0.5)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("single", "9"),
        ("single", ["1"]),
        ("single", 1),
        ("multiple", []),
        ("multiple", ["1", "9"]),
        ("multiple", "1"),
        ("numeric", "1"),
        ("numeric", True),
        ("numeric", float("inf")),
        ("numeric", float("nan")),
        ("short_text", "  "),
        ("short_text", "a" * 201),
        ("short_text", "nul\x00"),
        ("short_text", 3),
        ("true_false", "yes"),
        ("opinion", None),
    ],
)
def test_what_is_no_answer_to_this_question_is_none(kind: str, value: Any) -> None:
    with pytest.raises(NotAnAnswer):
        read_value(frozen(kind), value)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Denominator", "  denominator! "),
        ("l’été", "L’ÉTÉ."),
        ("two  words", "Two words"),
        ("مُقام", "مقام"),
        ("ﬁsh", "FISH"),
    ],
)
def test_small_differences_in_writing_are_none(text: str, other: str) -> None:
    assert normalise(text) == normalise(other)


def test_different_words_stay_different() -> None:
    assert normalise("resume") != normalise("résumé")
    assert normalise("C++") != normalise("C")


def test_bars_of_choices_stand_in_the_order_of_the_choices_and_those_of_words_by_size() -> None:
    assert count(frozen("multiple"), [(["1", "2"], 3), (["3"], 1)])["bars"] == [["1", 3], ["2", 3], ["3", 1]]
    said = count(frozen("short_text"), [("numerator", 1), ("Denominator", 2), ("denominator.", 1)])
    assert said == {"question": "0" * 8, "answered": 4, "bars": [["Denominator", 3], ["numerator", 1]]}
    assert count(frozen("numeric"), [(0.5, 2), (3.0, 1)])["bars"] == [["0.5", 2], ["3", 1]]


def test_a_question_as_it_is_asked_says_nothing_about_what_is_right() -> None:
    for kind in KINDS:
        shown = tally.show_question(frozen(kind))
        assert set(shown) == {"id", "kind", "text", "choices"}
        assert all(set(choice) == {"id", "text"} for choice in shown["choices"])


people = some.sampled_from("abc")
answers = some.tuples(people, some.integers(0, 5).map(str), some.sampled_from(["1", "2", "3"]))


@given(some.lists(answers, max_size=30), some.randoms())
def test_however_often_and_late_an_answer_comes_again_each_person_counts_once(
    heard: list[tuple[str, str, str]], chance: Any
) -> None:
    """A repetition comes at any time after its answer; the last new one counts."""
    said = [(who, Said(f"{who}{ref}", value)) for who, ref, value in heard]
    firsts: list[tuple[str, Said]] = []
    for who, one in said:
        if one.ref not in {known.ref for _, known in firsts}:
            firsts.append((who, one))
    noisy = list(firsts)
    for who, one in said:
        place = next(at for at, (_, known) in enumerate(noisy) if known.ref == one.ref)
        noisy.insert(chance.randint(place + 1, len(noisy)), (who, one))
    plain, repeated = settle(firsts), settle(noisy)
    assert {who: one.last for who, one in repeated.items()} == {who: one.last for who, one in plain.items()}
    assert len(plain) == len({who for who, _, _ in heard})


@pytest.mark.parametrize("kind", KINDS)
def test_the_questions_of_the_tests_are_sound(kind: str) -> None:
    assert list(faults_of(DRAFTS[kind])) == []


@pytest.mark.parametrize(
    ("draft", "fault"),
    [
        (Draft("riddle", "?"), ("kind", "unknown_kind")),
        (Draft("true_false", " "), ("text", "missing")),
        (Draft("single", "?", choices=[("a", True)]), ("choices", "number_of_choices")),
        (Draft("single", "?", choices=[("a", True), ("A ", False)]), ("choices", "same_choice")),
        (Draft("single", "?", choices=[("a", True), ("b", True)]), ("choices", "one_right_choice")),
        (Draft("multiple", "?", choices=[("a", False), ("b", False)]), ("choices", "no_right_choice")),
        (Draft("numeric", "?"), ("number", "not_a_number")),
        (Draft("numeric", "?", number=1, tolerance=-1), ("tolerance", "not_a_number")),
        (Draft("short_text", "?"), ("variants", "missing")),
        (Draft("short_text", "?", variants=["..."]), ("variants", "bad_variant")),
        (Draft("true_false", "?", seconds=4), ("seconds", "bad_seconds")),
        (Draft("true_false", "?", tags=["a" * 41]), ("tags", "bad_tags")),
    ],
)
def test_what_is_wrong_with_a_question_is_named_at_its_field(draft: Draft, fault: tuple[str, str]) -> None:
    assert fault in list(faults_of(draft))


@pytest.mark.parametrize(("text", "number"), [("3,5", 3.5), ("٣٫٥", 3.5), (" -2 ", -2), ("1e3", 1000)])
def test_numbers_are_read_as_people_write_them(text: str, number: float) -> None:
    assert read_number(text) == number


def test_a_word_is_no_number() -> None:
    assert [read_number(text) for text in ("three", "inf", "-1e999", "nan")] == [None] * 4
