"""Questions in files: what is written is read again, and what is wrong is named with its line."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from common.sheets import Finding, write_sheet
from quizzes import gift, sheet
from quizzes.draft import Draft, faults_of
from tests.quizzes.questions import DRAFTS, KINDS
from tests.tiers import few_or


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
    assert [said(draft) for _, draft in drafts] == [said(DRAFTS[kind])]


def test_signs_that_mean_something_in_gift_survive() -> None:
    hard = Draft("single", "Is 2 ~ 3 = {x} # y: z?\nReally", choices=[("a=b", True), ("~c #d", False)])
    ((_, back),), findings = gift.read_questions(gift.write_questions([hard]).encode())
    assert (back.text, back.choices, findings) == (hard.text, hard.choices, [])


SIGNS = st.sampled_from(list("ab ~=#{}:%/\\\\n->[]|&<0.5é٣\n\u2028\ufeff"))
WRITTEN = st.text(
    SIGNS | st.characters(exclude_categories=("Cs", "Cn"), exclude_characters="\x00\r"), max_size=30
)
STRANGE = st.sampled_from(
    [
        "// no comment",
        "// seconds: 7",
        "[html] is a word",
        "%50% of it",
        "C:\\new",
        "https://here.test",
        "a -> b",
        "::t::",
        "$CATEGORY: x",
    ]
)
TEXTS = (WRITTEN | STRANGE).map(str.strip).filter(bool)


@st.composite
def drafts_(draw: st.DrawFn) -> Draft:
    """What the bank takes, of every kind."""
    draft = Draft(draw(st.sampled_from(KINDS)), draw(TEXTS), explanation=draw(WRITTEN | STRANGE))
    draft.tags = draw(st.lists(TEXTS.map(lambda text: text[:40]), max_size=3))
    draft.number, draft.tolerance = draw(st.floats(-1e12, 1e12)), draw(st.floats(0, 1e12))
    texts = draw(st.lists(TEXTS, min_size=2, max_size=5, unique_by=str.casefold))
    right = draw(st.integers(0, len(texts) - 1))
    is_multiple = draft.kind == "multiple"
    draft.choices = [
        (text, draft.kind != "opinion" and (place == right or (is_multiple and place < right)))
        for place, text in enumerate(texts)
    ]
    draft.variants, draft.is_true = texts, draw(st.booleans())
    draft.seconds = draw(st.integers(5, 3600))
    return draft


@given(drafts_())
@pytest.mark.sweep  # with more examples
@examples(max_examples=few_or(150, few=50), deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_the_bank_takes_comes_back_from_gift_as_it_was(draft: Draft) -> None:
    assume(not list(faults_of(draft)))
    written = gift.write_questions([draft, DRAFTS["numeric"]])
    drafts, findings = gift.read_questions(written.encode())
    assert findings == []
    assert [said(one) for _, one in drafts] == [said(draft), said(DRAFTS["numeric"])]


@given(st.text(st.sampled_from(list("ab\n~=#{}:%/\\[]->T1.$")), max_size=60) | st.binary(max_size=60))
@pytest.mark.sweep  # with more examples
@examples(max_examples=few_or(150, few=50), deadline=None)
def test_no_gift_file_breaks_the_reader(text: str | bytes) -> None:
    drafts, findings = gift.read_questions(text if isinstance(text, bytes) else text.encode())
    assert drafts or findings


def numbers() -> st.SearchStrategy[str]:
    written = (
        st.floats().map(repr) | st.integers().map(str) | st.sampled_from(["inf", "-1e999", "nan", "7,9"])
    )
    return written | st.integers(5, 3600).map(str)


def rows() -> st.SearchStrategy[dict[str, str]]:
    words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | numbers()
    cells = {column: st.just("") | words for column in sheet.COLUMNS}
    cells |= {"kind": st.sampled_from(KINDS) | words, "right": st.sampled_from(["1", "1|2", "true"]) | words}
    return st.fixed_dictionaries(cells | {"tolerance": numbers(), "seconds": st.just("") | numbers()})


@given(st.lists(rows(), max_size=3))
@pytest.mark.sweep  # with more examples
@examples(max_examples=few_or(150, few=50), deadline=None)
def test_no_sheet_breaks_the_reader_and_what_it_finds_nothing_wrong_with_can_be_asked(
    rows: list[dict[str, str]],
) -> None:
    text = write_sheet([sheet.COLUMNS, *([row[column] for column in sheet.COLUMNS] for row in rows)])
    drafts, findings = sheet.read_questions(text.encode())
    assert drafts or findings
    wrong = {finding.row for finding in findings}
    assert all(not list(faults_of(draft)) for row, draft in drafts if row not in wrong)


@given(st.binary(max_size=80) | st.binary(max_size=80).map(lambda tail: b"kind,text,seconds\n" + tail))
@pytest.mark.sweep  # with more examples
@examples(max_examples=few_or(150, few=50), deadline=None)
def test_no_bytes_break_the_reader_of_sheets(data: bytes) -> None:
    drafts, findings = sheet.read_questions(data)
    assert drafts or findings


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *((cell, "not_a_number") for cell in ("inf", "1e999", "nan")),
        ("7.9", "not_whole"),
        *((cell, "bad_seconds") for cell in ("1e300", "4")),
    ],
)
def test_seconds_without_an_end_or_with_a_fraction_are_named(cell: str, code: str) -> None:
    _, findings = sheet.read_questions(f"kind,text,right,seconds\ntrue_false,Is it?,true,{cell}\n".encode())
    assert [(one.row, one.column, one.code) for one in findings] == [(2, "seconds", code)]


@pytest.mark.parametrize("answer", ["inf", "nan:1", "3:1e999", "-inf..inf", "1..nan", "-1.7e308..1.7e308"])
def test_no_gift_number_is_without_an_end(answer: str) -> None:
    _, findings = gift.read_questions(f"How many? {{#{answer}}}".encode())
    assert {one.code for one in findings} == {"not_a_number"}


def test_what_moodle_writes_as_html_is_plain_text_here() -> None:
    text = (
        "// question: 7 name: x [tag:Europe] [tag:towns\\]]\n"
        "::x::[html]<p>Which is <b>the</b> capital\\: A &amp; B?</p><p>Choose</p>{\n"
        '\t=<p>Paris</p>\n\t~%50%[html]<p dir\\="ltr">Lyon &lt;3</p>\n\t~[plain]<p>\n\t####<p>By the Seine</p>\n}\n'
    )
    ((_, draft),), findings = gift.read_questions(text.encode())
    assert findings == []
    assert (draft.text, draft.explanation) == ("Which is the capital: A & B?\nChoose", "By the Seine")
    assert draft.choices == [("Paris", True), ("Lyon <3", False), ("<p>", False)]
    assert draft.tags == ["Europe", "towns]"]


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


def test_how_long_a_question_takes_stands_in_a_comment_that_moodle_passes_over() -> None:
    quick = Draft("true_false", "Is it?", seconds=20)
    assert gift.write_questions([quick]) == "// seconds: 20\nIs it? {TRUE}\n\n"
    text = (
        "// seconds: 90 at most\nA {T}\n\n//SECONDS:90\n// [tag:x]\nB {T}\n\n// seconds: 30\n\nC {T}\n\n"
        "// seconds: 0\nD {T}\n"
    )
    drafts, findings = gift.read_questions(text.encode())
    assert [(draft.text, draft.seconds) for _, draft in drafts][:3] == [("A", 60), ("B", 90), ("C", 60)]
    assert findings == [Finding(13, "seconds", "bad_seconds")]


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
