"""Captions files: what is read, what is refused with its line, and that nothing else gets into a page."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.vtt import BadCaptions, Cue, escape, read_captions, write_vtt

VTT = """WEBVTT - a lesson

NOTE nobody reads this

first
00:01.000 --> 00:03.500 align:start position:10%
<v Tomas>Good morning</v>
5 < 7 & 8 > 2

01:00:00.000 --> 01:00:02.000
<b>سلام</b>
"""
SRT = "1\r\n00:00:01,000 --> 00:00:02,000\r\nHello\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\n<i>again</i>\r\n"


def read(text: str, seconds: float = 4000) -> list[Cue]:
    return read_captions(text.encode(), duration_seconds=seconds)


def test_webvtt_is_read_with_its_few_tags_and_everything_else_as_words() -> None:
    assert read(VTT) == [
        Cue(1.0, 3.5, "<v Tomas>Good morning</v>\n5 &lt; 7 &amp; 8 &gt; 2"),
        Cue(3600.0, 3602.0, "<b>سلام</b>"),
    ]


def test_subrip_is_read_too_with_a_byte_order_mark_and_foreign_line_ends() -> None:
    cues = read_captions(b"\xef\xbb\xbf" + SRT.encode(), duration_seconds=60)
    assert cues == [Cue(1.0, 2.0, "Hello"), Cue(3.0, 4.0, "<i>again</i>")]


def test_what_was_written_is_read_again() -> None:
    assert read(write_vtt(read(VTT))) == read(VTT)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "no_cues", 0),
        ("WEBVTT\n\nNOTE only this\n", "no_cues", 0),
        ("WEBVTT\n\n00:01.000 --> 00:00.500\nBack\n", "bad_time", 3),
        ("WEBVTT\n\n00:01.000 -> 00:02.000\nNo arrow\n", "bad_time", 4),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n<script>alert(1)</script>\n", "markup", 4),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n<b onclick=x>Hi</b>\n", "markup", 4),
        ('1\n00:00:01,000 --> 00:00:02,000\n<font color="red">Hi</font>\n', "markup", 3),
        ("WEBVTT\n\nSTYLE\n::cue { color: red }\n", "markup", 3),
        ("WEBVTT\n\n00:05.000 --> 00:06.000\nb\n\n00:01.000 --> 00:02.000\na\n", "out_of_order", 6),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nNUL \x00\n", "control_characters", 4),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n" + "x" * 1001, "too_long", 4),
        ("WEBVTT\n\n00:01.000 --> 20:02.000\nFor ever\n", "bad_time", 3),
        ("WEBVTT\n\n01:59:00.000 --> 01:59:01.000\nAnother film\n", "after_the_end", 0),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isidentifier() else "",
)
def test_a_file_with_anything_else_is_refused_with_its_line(text: str, code: str, line: int) -> None:
    with pytest.raises(BadCaptions) as refused:
        read(text)
    assert (refused.value.code, refused.value.line) == (code, line)


def test_a_file_that_is_no_utf8_or_too_big_is_refused() -> None:
    with pytest.raises(BadCaptions, match="not_utf8 in line 3"):
        read_captions(b"WEBVTT\n\n\xff\xfe", duration_seconds=60)
    with pytest.raises(BadCaptions, match="too_big"):
        read_captions(b"x" * 2_000_001, duration_seconds=60)


@given(st.text())
def test_no_words_of_an_engine_can_open_a_tag_or_a_cue(words: str) -> None:
    text = escape(words)
    assert "<" not in text and ">" not in text and "\n" not in text
    if text:
        assert read(write_vtt([Cue(0.0, 1.0, text)])) == [Cue(0.0, 1.0, text)]


@given(st.text(max_size=200))
def test_whatever_is_uploaded_is_read_or_refused_and_what_is_read_is_harmless(words: str) -> None:
    try:
        cues = read(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{words}\n")
    except BadCaptions:
        return
    for cue in cues:
        assert set(re.findall(r"<[^>]*>", cue.text)) <= {"<b>", "</b>", "<i>", "</i>", "<u>", "</u>", "</v>"}
    assert read(write_vtt(cues)) == cues
