"""The question bank as a table that spreadsheets read and write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from common.sheets import Finding, Sheet, read_sheet
from quizzes import tally
from quizzes.draft import MAX_CHOICES, USUAL_SECONDS, Draft, faults_of, read_number

CHOICES = tuple(f"choice_{number}" for number in range(1, MAX_CHOICES + 1))
REQUIRED = ("kind", "text")
COLUMNS = (*REQUIRED, "right", *CHOICES, "tolerance", "explanation", "tags", "seconds")
# Between several right answers or tags in one cell.
BETWEEN = "|"
_TRUTHS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}


def read_questions(data: bytes) -> tuple[list[tuple[int, Draft]], list[Finding]]:
    """Drafts with the rows they stand in, and everything that is wrong with the file."""
    sheet = read_sheet(data)
    findings = [*sheet.findings, *_wrong_columns(sheet.columns)] or _no_rows(sheet)
    if findings:
        return [], findings
    drafts = []
    for number, row in sheet.rows:
        draft, wrong = _read_row(row)
        findings += [Finding(number, column, code, row.get(column, "")) for column, code in wrong]
        drafts.append((number, draft))
    return drafts, findings


def _wrong_columns(columns: list[str]) -> Iterator[Finding]:
    for name in REQUIRED:
        if columns and name not in columns:
            yield Finding(1, name, "missing_column")
    for name in columns:
        if name and name not in COLUMNS:
            yield Finding(1, name, "unknown_column")


def _no_rows(sheet: Sheet) -> list[Finding]:
    return [] if sheet.rows else [Finding(0, "", "no_rows")]


def _read_row(row: dict[str, str]) -> tuple[Draft, list[tuple[str, str]]]:
    wrong: list[tuple[str, str]] = []

    def number_in(column: str, default: float) -> float | None:
        text = row.get(column, "")
        found = read_number(text) if text else default
        if text and found is None:
            wrong.append((column, "not_a_number"))
        return found

    draft = Draft(row["kind"].casefold(), row["text"], explanation=row.get("explanation", ""))
    draft.tags = _split(row.get("tags", ""))
    seconds = number_in("seconds", float(USUAL_SECONDS)) or 0.0
    if not seconds.is_integer():
        wrong.append(("seconds", "not_whole"))
    draft.seconds = int(seconds)
    draft.tolerance = number_in("tolerance", 0.0) or 0.0
    wrong += _read_right(draft, row)
    named = {column for column, _ in wrong}
    wrong += [(_column_of(field), code) for field, code in faults_of(draft) if _column_of(field) not in named]
    return draft, wrong


def _read_right(draft: Draft, row: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Which choices, whether it is true, the number or the texts: what the column `right` says, by kind."""
    right = row.get("right", "")
    if draft.kind == tally.TRUE_FALSE:
        if right.casefold() not in _TRUTHS:
            yield "right", "not_true_or_false"
        draft.is_true = _TRUTHS.get(right.casefold(), True)
    elif draft.kind == tally.NUMERIC:
        draft.number = read_number(right)
    elif draft.kind == tally.SHORT_TEXT:
        draft.variants = _split(right)
    else:
        named = {one.strip() for one in right.replace(",", BETWEEN).replace(";", BETWEEN).split(BETWEEN)}
        told = [(column, row.get(column, "")) for column in CHOICES]
        draft.choices = [(text, column.removeprefix("choice_") in named) for column, text in told if text]
        if any(not text and column.removeprefix("choice_") in named for column, text in told):
            yield "right", "no_such_choice"


def _split(text: str) -> list[str]:
    return [one.strip() for one in text.split(BETWEEN) if one.strip()]


def _column_of(field: str) -> str:
    """Where a fault of a draft stands in a row."""
    return {"choices": "choice_1", "number": "right", "variants": "right"}.get(field, field)


def rows_of(drafts: Iterable[Draft]) -> Iterator[tuple[object, ...]]:
    yield COLUMNS
    for draft in drafts:
        texts = [text for text, _ in draft.choices] + [""] * (MAX_CHOICES - len(draft.choices))
        is_number = draft.kind == tally.NUMERIC
        yield (
            *(draft.kind, draft.text, _right_of(draft)),
            *texts,
            *(
                draft.tolerance if is_number else "",
                draft.explanation,
                BETWEEN.join(draft.tags),
                draft.seconds,
            ),
        )


def _right_of(draft: Draft) -> object:
    if draft.kind == tally.TRUE_FALSE:
        return "true" if draft.is_true else "false"
    if draft.kind == tally.NUMERIC:
        return draft.number
    if draft.kind == tally.SHORT_TEXT:
        return BETWEEN.join(draft.variants)
    return BETWEEN.join(str(number) for number, (_, right) in enumerate(draft.choices, start=1) if right)
