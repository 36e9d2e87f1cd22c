"""CSV, in and out: what spreadsheets write is read, and what they read does nothing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

MAX_BYTES = 5_000_000
MAX_ROWS = 10_000
DELIMITERS = ",;\t"
# What a spreadsheet may take for a formula: at the start of a cell, and after whatever it may take for the end of
# one. Our quotes do not help: a program that splits at semicolons finds a quote in the middle of its first cell.
# The full-width and small forms are the same signs in Chinese and Japanese settings.
_BEGINS = r"(^|[;,\t\r\n])([ \u00a0\"]*)"
_FORMULA = r"[=+\-@\t\r\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b]"
_DANGER = re.compile(rf"{_BEGINS}(?='*{_FORMULA})")
_DEFUSED = re.compile(rf"{_BEGINS}'(?='*{_FORMULA})")
# Excel's own line before the header, which no reader shows: it says what separates the cells.
_SEPARATOR = re.compile(r"\ufeff?\s*\"?sep=([,;\t|])\"?[,;\t|]*[ ]*(\r\n|\n|\r|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at one place: rows count from 1 as spreadsheets show them, 0 is the whole file."""

    row: int
    column: str
    code: str
    value: str = ""


@dataclass(slots=True)
class Sheet:
    """`rows`: (row number, column name to trimmed text); with `findings` a sheet is not to be used."""

    columns: list[str] = field(default_factory=list)
    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def write_sheet(rows: Iterable[Sequence[object]]) -> str:
    """CSV with a byte order mark, so that spreadsheets read UTF-8, and without any formula; every text is quoted."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def harmless(cell: object) -> object:
    """A cell in which no spreadsheet finds a formula, whatever it splits at. Numbers and nothing stay as they are."""
    return cell if cell is None or isinstance(cell, int | float) else _DANGER.sub(r"\1\2'", str(cell))


def read_sheet(data: bytes) -> Sheet:
    """UTF-8 or UTF-16, with comma, semicolon or tab; the first row holds the names of the columns."""
    sheet = Sheet()
    if len(data) > MAX_BYTES:
        sheet.findings.append(Finding(0, "", "too_large"))
        return sheet
    text = _decode(data, sheet)
    records = _split(text, sheet)
    if sheet.findings:
        return sheet
    if not any(any(record) for _, record in records):
        sheet.findings.append(Finding(0, "", "empty"))
        return sheet
    _read_header(records.pop(0)[1], sheet)
    for number, record in records:
        _read_row(number, record, sheet)
    if len(sheet.rows) > MAX_ROWS:
        sheet.findings.append(Finding(0, "", "too_many_rows", str(len(sheet.rows))))
    return sheet


def _decode(data: bytes, sheet: Sheet) -> str:
    encoding = _encoding_of(data)
    try:
        return data.decode(encoding).lstrip("\ufeff")
    except UnicodeDecodeError as error:
        sheet.findings.append(Finding(data[: error.start].count(b"\n") + 1, "", "not_utf8"))
        return ""


def _encoding_of(data: bytes) -> str:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    start = data[:2000]
    if start and start[1::2].count(0) > len(start) // 4:  # Latin letters in UTF-16 without a mark
        return "utf-16-le"
    if start and start[0::2].count(0) > len(start) // 4:
        return "utf-16-be"
    return "utf-8"


def _split(text: str, sheet: Sheet) -> list[tuple[int, list[str]]]:
    """Records with their row numbers; empty ones are left out but counted."""
    said = _SEPARATOR.match(text)
    text = text[said.end() :] if said else text
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = said[1] if said else max(DELIMITERS, key=first.count)
    records, reader = [], csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for record in reader:
            number += 1
            if any(cell.strip() for cell in record):
                records.append((number, [_clean(cell) for cell in record]))
    except csv.Error:
        sheet.findings.append(Finding(number + 1, "", "broken_quotes"))
    return records


def _clean(cell: str) -> str:
    """Without the marks that `harmless` puts before a formula: what was written is read again."""
    return _DEFUSED.sub(r"\1\2", cell).strip(" \u00a0\r\n")


def _read_header(names: list[str], sheet: Sheet) -> None:
    sheet.columns = [name.casefold().replace(" ", "_").replace("-", "_") for name in names]
    while sheet.columns and not sheet.columns[-1]:
        sheet.columns.pop()
    for position, name in enumerate(sheet.columns):
        if not name:
            sheet.findings.append(Finding(1, str(position + 1), "unnamed_column"))
        elif name in sheet.columns[:position]:
            sheet.findings.append(Finding(1, name, "duplicate_column"))


def _read_row(number: int, record: list[str], sheet: Sheet) -> None:
    if any(record[len(sheet.columns) :]):
        sheet.findings.append(Finding(number, "", "too_many_cells"))
    padded = [*record, *[""] * len(sheet.columns)]
    row = dict(zip(sheet.columns, padded, strict=False))
    for name, cell in row.items():
        if "\x00" in cell:
            sheet.findings.append(Finding(number, name, "nul"))
    sheet.rows.append((number, row))
