from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import av
import pytest

from recordings.chapters import Chapter, Moment, chapters, to_ffmetadata, to_webvtt
from recordings.clock import Span, Timeline
from recordings.compositing import finish
from tests.recordings.media import make_silent_film

LESSON = Timeline([Span(1000, 1060), Span(1100, 1160)])


def rows(turns: list[Moment]) -> list[tuple[float, float, str]]:
    found = chapters(turns, LESSON, "Lesson")
    return [(chapter.starts_seconds, chapter.ends_seconds, chapter.title) for chapter in found]


def test_a_lesson_without_turns_is_one_chapter() -> None:
    assert rows([]) == [(0, 120, "Lesson")]


def test_each_turn_begins_a_chapter_on_the_clock_of_the_video() -> None:
    turns = [Moment(1010, "A"), Moment(1080, "B"), Moment(1110, "C")]
    assert rows(turns) == [(0, 10, "Lesson"), (10, 60, "A"), (60, 70, "B"), (70, 120, "C")]


def test_what_was_open_before_the_start_names_the_first() -> None:
    assert rows([Moment(900, "Old"), Moment(950, "Open"), Moment(1010, "A")]) == [
        (0, 10, "Open"),
        (10, 120, "A"),
    ]


def test_leafing_through_pages_is_not_a_row_of_chapters() -> None:
    turns = [Moment(1010, "A"), Moment(1011, "B"), Moment(1011.5, "C"), Moment(1159.5, "Z")]
    assert rows(turns) == [(0, 10, "Lesson"), (10, 120, "C")]


def test_turning_to_the_same_page_is_no_new_chapter() -> None:
    assert rows([Moment(1010, "A"), Moment(1020, "A")]) == [(0, 10, "Lesson"), (10, 120, "A")]


def test_nothing_recorded_has_no_chapters() -> None:
    assert chapters([Moment(1, "A")], Timeline([]), "Lesson") == []


@pytest.mark.parametrize("title", ["a=b;c#d\\e", "[CHAPTER]", "two\nlines", "½ سلام 李", "", "\\", "x\\\n=1"])
def test_a_title_survives_the_muxer_and_forges_nothing(tmp_path: Path, title: str) -> None:
    film = make_silent_film(tmp_path / "film.mp4", 4)
    finish(film, [Chapter(0, 2, title), Chapter(2, 4, "End")], tmp_path / "out.mp4", title=title)
    with av.open(str(tmp_path / "out.mp4")) as container:
        read: Any = container.chapters()
        assert [(one["start"] * one["time_base"], one["end"] * one["time_base"]) for one in read] == [
            (0, 2),
            (2, 4),
        ]
        assert read[0]["metadata"].get("title", "").strip() == " ".join(title.split())
        assert container.metadata.get("title", "").strip() == " ".join(title.split())


def test_webvtt_has_a_cue_per_chapter_and_no_way_out_of_it() -> None:
    text = to_webvtt([Chapter(0, 61.5, "A <b> & --> B\n\n00:00 --> 01:00"), Chapter(61.5, 4000, "")])
    assert text == (
        "WEBVTT\n\n00:00:00.000 --> 00:01:01.500\nA &lt;b&gt; &amp; --&gt; B 00:00 --&gt; 01:00\n"
        "\n00:01:01.500 --> 01:06:40.000\n–\n"
    )
    assert len(re.findall("-->", text)) == 2


def test_ffmetadata_counts_in_milliseconds() -> None:
    assert "START=0\nEND=61500\n" in to_ffmetadata([Chapter(0, 61.5, "A")])
