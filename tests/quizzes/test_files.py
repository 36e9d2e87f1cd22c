"""Questions in files: what is written is read again, and what is wrong is named with its line."""

from __future__ import annotations

import pytest

from common.sheets import Finding, write_sheet
from quizzes import gift, sheet
from quizzes.draft import Draft
from tests.quizzes.questions import DRAFTS, KINDS


def said(draft: Draft) -> dict[str, object]:
    return draft.fields()


@pytest.mark.parametrize("kind", KINDS)
def test_a_sheet_that_was_written_is_read_again(kind: str) -> None:
    text = write_sheet(sheet.rows_of([DRAFTS[kind]]))
    drafts, findings = sheet.read_questions(text.encode())
    assert findings == []
    assert [said(draft) for _, draft in drafts] == [said(DRAFTS[kind])]


@pytest.mark.parametrize("kind", KINDS)
def test_a_gift_file_that_was_written_is_read_again(kind: str) -> None:
    drafts, findings = gift.read_questions(gift.write_questions([DRAFTS[kind]]).encode())
    assert findings == []
    assert [said(draft) | {"tags": []} for _, draft in drafts] == [said(DRAFTS[kind]) | {"tags": []}]


def test_signs_that_mean_something_in_gift_survive() -> None:
    hard = Draft("single", "Is 2 ~ 3 = {x} # y: z?\nReally", choices=[("a=b", True), ("~c #d", False)])
    ((_, back),), findings = gift.read_questions(gift.write_questions([hard]).encode())
    assert (back.text, back.choices, findings) == (hard.text, hard.choices, [])


MOODLE = """// A comment
$CATEGORY: $course$/Geography

::Title:: [html] What is the capital of Kenya? {
  =Nairobi # yes
  ~Mombasa # no
}

Two plus two is {=four =4}.

The sun rises in the west. {FALSE#no####It rises in the east.}

About how many? {#3.14:0.01}

Between? {#1..5}

Which are even? {~%50%2 ~%50%4 ~%-100%3}
"""


def test_what_moodle_writes_is_understood() -> None:
    drafts, findings = gift.read_questions(MOODLE.encode())
    assert findings == []
    assert [line for line, _ in drafts] == [4, 9, 11, 13, 15, 17]
    capital, plus, sun, about, between, even = (draft for _, draft in drafts)
    assert (capital.kind, capital.text, capital.tags) == (
        "single",
        "What is the capital of Kenya?",
        ["Geography"],
    )
    assert capital.choices == [("Nairobi", True), ("Mombasa", False)]
    assert (plus.kind, plus.text, plus.variants) == ("short_text", "Two plus two is _____ .", ["four", "4"])
    assert (sun.is_true, sun.explanation) == (False, "It rises in the east.")
    assert (about.number, about.tolerance, between.number, between.tolerance) == (3.14, 0.01, 3, 2)
    assert (even.kind, even.choices) == ("multiple", [("2", True), ("4", True), ("3", False)])


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("Fine {T}\n\nNo answers", Finding(3, "", "gift_braces", "No answers")),
        ("Write! {}", Finding(1, "", "gift_essay", "Write! {}")),
        ("Match {=a -> b =c -> d}", Finding(1, "", "gift_matching", "Match {=a -> b =c -> d}")),
        ("How many? {#many}", Finding(1, "", "not_a_number", "How many? {#many}")),
        ("{=a ~b}", Finding(1, "text", "missing")),
        ("\n\n", Finding(0, "", "empty")),
    ],
)
def test_what_gift_has_and_we_have_not_is_named_with_its_line(text: str, finding: Finding) -> None:
    assert finding in gift.read_questions(text.encode())[1]


def test_a_gift_file_in_another_encoding_is_named() -> None:
    assert gift.read_questions("a\n\xe9 {T}".encode("latin-1"))[1] == [Finding(2, "", "not_utf8")]


def test_every_mistake_of_a_sheet_is_named_at_once_with_its_row_and_column() -> None:
    text = "kind,text,right,choice_1,choice_2,seconds\nriddle,?,,,,\nsingle,Which?,3,a,b,\nnumeric,How many?,many,,,x\n"
    _, findings = sheet.read_questions(text.encode())
    assert {(one.row, one.column, one.code) for one in findings} == {
        (2, "kind", "unknown_kind"),
        (3, "right", "no_such_choice"),
        (3, "choice_1", "one_right_choice"),
        (4, "right", "not_a_number"),
        (4, "seconds", "not_a_number"),
    }


def test_columns_that_nobody_knows_and_those_that_miss_are_named() -> None:
    _, findings = sheet.read_questions(b"text,colour\nWhich?,red\n")
    assert {(one.column, one.code) for one in findings} == {
        ("kind", "missing_column"),
        ("colour", "unknown_column"),
    }
