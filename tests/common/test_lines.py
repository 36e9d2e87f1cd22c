"""What names and titles are made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.lines import clean_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Amina Ali ", "Amina Ali"),
        ("\u202egnp.exe\u200b درس", "gnp.exe درس"),
        ("\u2067Noor\u2069", "Noor"),
        ("one\ntwo\r\nthree\u2028four\tfive", "one two three four five"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🏫", "👩\u200d🏫"),
        ("e\u0301", "e\u0301"),
        ("\u200b\u200b", ""),
        ("\u202e \u200e\u3164", ""),
        ("", ""),
    ],
)
def test_what_turns_or_hides_text_is_taken_out(typed: str, kept: str) -> None:
    assert clean_line(typed) == kept


@given(st.text())
def test_a_clean_line_is_clean(text: str) -> None:
    line = clean_line(text)
    assert clean_line(line) == line
    assert len(line.splitlines()) <= 1
