"""CSV as spreadsheets write it, and as it must be written for them."""

from __future__ import annotations

import codecs
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.sheets import MAX_BYTES, MAX_ROWS, Finding, harmless, read_sheet, write_sheet

PLAIN = "email,name\na@x.test,Amína\nb@x.test,北京\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.replace("\n", "\r\n").encode(),
    ],
    ids=["utf-8", "with a mark", "utf-16", "big-endian", "without a mark", "windows lines"],
)
def test_every_spreadsheets_csv_says_the_same(encode: object, delimiter: str) -> None:
    sheet = read_sheet(encode(PLAIN.replace(",", delimiter)))  # type: ignore[operator]
    assert sheet.findings == []
    assert sheet.columns == ["email", "name"]
    assert sheet.rows == [
        (2, {"email": "a@x.test", "name": "Amína"}),
        (3, {"email": "b@x.test", "name": "北京"}),
    ]


def test_header_names_may_be_written_as_people_do() -> None:
    assert read_sheet(b"E-Mail;Guardian Email ;\nx;y;\n").columns == ["e_mail", "guardian_email"]


def test_empty_rows_are_left_out_but_counted() -> None:
    sheet = read_sheet(b"a,b\n\n,\n1,2\n")
    assert sheet.rows == [(4, {"a": "1", "b": "2"})]


def test_a_cell_may_hold_quotes_delimiters_and_lines() -> None:
    sheet = read_sheet(b'a,b\n"x, ""y""","one\ntwo"\nz,\n')
    assert [row["a"] for _, row in sheet.rows] == ['x, "y"', "z"]
    assert sheet.rows[1][0] == 3, "rows are counted as a spreadsheet shows them"


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (b"", Finding(0, "", "empty")),
        (b"\xef\xbb\xbf\n ,\n", Finding(0, "", "empty")),
        (b"a,b\nok,ok\nM\xfcller,x\n", Finding(3, "", "not_utf8")),
        (b'a,b\n1,2\n"x"y,z\n', Finding(3, "", "broken_quotes")),
        (b"a,b\n1,2\n3,x\x00y\n", Finding(3, "b", "nul")),
        (b"a,a\n1,2\n", Finding(1, "a", "duplicate_column")),
        (b"a,,b\n1,2,3\n", Finding(1, "2", "unnamed_column")),
        (b"a,b\n1,2,3\n", Finding(2, "", "too_many_cells")),
        (b"a\n" + b"x\n" * (MAX_ROWS + 1), Finding(0, "", "too_many_rows", str(MAX_ROWS + 1))),
        (b"x" * (MAX_BYTES + 1), Finding(0, "", "too_large")),
    ],
)
def test_what_is_wrong_is_named_with_its_row_and_column(data: bytes, finding: Finding) -> None:
    assert finding in read_sheet(data).findings


@given(st.binary(max_size=400))
def test_no_bytes_at_all_break_the_reader(data: bytes) -> None:
    sheet = read_sheet(data)
    assert sheet.findings or sheet.columns


DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫")


@pytest.mark.parametrize("sign", DANGEROUS)
def test_no_cell_is_a_formula(sign: str) -> None:
    assert harmless(f"{sign}1") == f"'{sign}1"
    assert harmless(f"x{sign}1") == f"x{sign}1"
    assert harmless(f"x;{sign}1,y") == f"x;'{sign}1,y"
    assert harmless(f'x\n "{sign}1') == f"x\n \"'{sign}1"


def test_a_name_with_a_semicolon_is_no_formula_where_semicolons_separate() -> None:
    attack = "x;=cmd|'/c calc'!A1;y"
    line = write_sheet([["a@x.test", attack]]).removeprefix("\ufeff").strip()
    assert line == '"a@x.test","x;\'=cmd|\'/c calc\'!A1;y"'
    assert not any(cell.strip("\"' ").startswith("=") and cell[0] != "'" for cell in line.split(";"))


def test_numbers_stay_numbers_and_text_is_quoted() -> None:
    assert write_sheet([["n", None], [-2, 1.5]]).splitlines() == ['\ufeff"n",""', "-2,1.5"]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00") | st.sampled_from(";,\t\r\n\"' =＝-"))


@given(st.lists(TEXTS, min_size=1), st.sampled_from(",;\t"))
def test_what_is_written_begins_no_formula_whatever_separates_where_it_is_opened(
    cells: list[str], delimiter: str
) -> None:
    text = write_sheet([cells]).removeprefix("\ufeff")
    read = [
        cell
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE)
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting)
        for cell in row
    ]
    assert not any(cell.strip(' "\u00a0').startswith(DANGEROUS[:1] + DANGEROUS[6:]) for cell in read)


@given(TEXTS)
def test_whatever_is_written_is_read_again(text: str) -> None:
    sheet = read_sheet(write_sheet([["name", "n"], [text, 1]]).encode())
    assert [row["name"] for _, row in sheet.rows] == [text.strip(" \u00a0\r\n")]


@pytest.mark.parametrize("first", ["sep=;\r\n", '"sep=;"\n', "\ufeffSEP=;\n"])
def test_excels_own_first_line_says_what_separates(first: str) -> None:
    sheet = read_sheet(f"{first}email;name\na@x.test;Ali, the first, of, many\n".encode())
    assert sheet.findings == []
    assert sheet.rows == [(2, {"email": "a@x.test", "name": "Ali, the first, of, many"})]


def test_an_export_can_be_read_in_again() -> None:
    sheet = read_sheet(write_sheet([["name"], ["=Amina"], ["-"], ["'quoted"]]).encode())
    assert [row["name"] for _, row in sheet.rows] == ["=Amina", "-", "'quoted"]
