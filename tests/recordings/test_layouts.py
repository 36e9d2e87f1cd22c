"""Who and what lies where, in each look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from recordings.clock import Span, Timeline
from recordings.compositing import Chart, Composition, TitleCard, compose
from recordings.compositing.cards import chart, title
from recordings.compositing.encoders import CHIPS, X264, encoder, works
from recordings.compositing.layouts import (
    BOARD,
    CHART,
    CORNER,
    INSET,
    LARGE_BOARD,
    SCREEN,
    Layout,
    cuts_of,
    layout_of,
)
from recordings.compositing.plan import EVERYTHING, Kind, Piece, Usable, marks_of_edits
from recordings.probe import AudioStream, Probe, VideoStream
from tests.recordings.media import START, Pen, make_microphone, make_silent_film, samples_of
from tests.recordings.test_compositing import ACROSS, at, near, track

LATE = Piece(0, 450, Span(START + 60, START + 90))
EARLY = Piece(0, 450, Span(START, START + 30))


def usable(kind: Kind, person: str, *, role: str = "student", seconds: float = 100.0) -> Usable:
    one = track(Path("x"), kind, START, person, role)
    return Usable(one, Probe(seconds, VideoStream("h264", 1280, 720), AudioStream("aac", 48000, 2), 0.0))


def composition(**more: Any) -> Composition:
    pen = Pen()
    pen.stroke(START + 40, ACROSS)
    return Composition(Timeline([Span(START, START + 100)]), [], pen.edits, **more)


def layout(piece: Piece = LATE, *, people: tuple[Usable, ...] = (), **more: Any) -> Layout:
    return layout_of(composition(**more), people or (usable("room", ""),), piece)


def test_a_room_fills_the_picture_until_something_is_drawn() -> None:
    assert (layout(EARLY).board, layout(EARLY).room) == (None, EVERYTHING)
    assert (layout().board, layout().room.width) == (BOARD, 320)
    assert START + 39 in cuts_of(composition(), [])


def test_each_look_puts_the_room_elsewhere() -> None:
    assert (layout(look="board").board, layout(look="board").room) == (LARGE_BOARD, CORNER)
    assert (layout(look="speaker").board, layout(look="speaker").room) == (None, EVERYTHING)
    assert layout(look="screen") == layout(look="beside")


def test_a_shared_screen_is_shown_large_by_itself_but_for_the_speaker_alone() -> None:
    shares = [Span(START + 50, START + 99)]
    assert [layout(look=look, shares=shares).room for look in ("beside", "board")] == [SCREEN, SCREEN]
    assert layout(look="screen", shares=shares).room == EVERYTHING
    assert layout(look="speaker", shares=shares).room == EVERYTHING
    people = (usable("camera", "t", role="teacher"), usable("screen", "t"))
    alone = layout(look="screen", people=people)
    assert (alone.screen, alone.seats["t"]) == (EVERYTHING, INSET)


def test_whoever_is_excluded_has_no_seat_and_others_move_up() -> None:
    people = tuple(usable("camera", person) for person in ("a", "b", "c"))
    everybody = layout(people=people)
    without = layout(people=people, excluded=frozenset({"a"}))
    assert set(everybody.seats) == {"a", "b", "c"}
    assert set(without.seats) == {"b", "c"}
    assert without.seats["b"] == everybody.seats["a"]


def test_what_is_drawn_later_leaves_earlier_pieces_as_they_are() -> None:
    pen = Pen()
    pen.stroke(START + 5, ACROSS)
    before = marks_of_edits(pen.edits, [START + 10, START + 40])
    pen.stroke(START + 30, ACROSS, seconds=2)
    after = marks_of_edits(pen.edits, [START + 10, START + 40])
    assert before[0] == after[0]
    assert before[1] != after[1]
    # It shows from its first point on, though the log knows it only by its last.
    assert marks_of_edits(pen.edits, [START + 29])[0] == after[1]


def test_a_chart_and_a_title_have_words_in_them_in_any_script() -> None:
    told = Chart(Span(0, 1), "ما هو ثلاثة أرباع ٢٤؟ " * 9, (("18", 4), ("لا أعرف", 0), ("W" * 300, 2)))
    assert brightest(chart(told, CHART)) > 200
    assert brightest(title(TitleCard(1.0, "الكسور", ("5A", "")))) > 200
    assert chart(replace(told, question="", bars=()), CHART).size == (CHART.width, CHART.height)


def brightest(picture: Image.Image) -> int:
    return int(picture.convert("L").getextrema()[1])  # type: ignore[arg-type]


def test_title_and_chart_are_shown_while_they_should_be_and_an_excluded_voice_is_not_heard(
    tmp_path: Path,
) -> None:
    film = make_silent_film(tmp_path / "f.mp4", 4)
    voice = make_microphone(tmp_path / "m.mkv", START, 4)
    tracks = [
        track(film, "camera", START, "t"),
        track(voice, "microphone", START, "child", "student"),
    ]
    card, told = TitleCard(START + 1, "Fractions"), Chart(Span(START + 2, START + 9), "?", (("a", 1),))
    asked = Composition(
        Timeline([Span(START, START + 3)]),
        tracks,
        [],
        excluded=frozenset({"child"}),
        title_card=card,
        charts=[told],
    )
    made = compose(asked, tmp_path / "out.mp4", work=tmp_path / "work").path
    assert near(at(made, 0.5), (1120, 90), (20, 24, 31))
    assert near(at(made, 1.5), (1120, 90), (0, 0, 255))
    corner: list[Any] = [at(made, when).getpixel((1270, 700)) for when in (1.5, 2.5)]
    assert sum(corner[0]) < 95 < sum(corner[1]), "the chart's paper is lighter than the canvas"
    assert max(abs(value) for value in samples_of(made)) < 50


@pytest.mark.deep
def test_a_chart_grows_in_the_picture(tmp_path: Path) -> None:
    film = make_silent_film(tmp_path / "f.mp4", 4)
    stages = [
        Chart(Span(START + begins, START + begins + 1), "3/4?", (("six", count), ("nine", 4)))
        for begins, count in ((0, 1), (1, 4), (2, 4))
    ]
    asked = Composition(
        Timeline([Span(START, START + 3)]), [track(film, "camera", START, "t")], [], charts=stages
    )
    made = compose(asked, tmp_path / "out.mp4", work=tmp_path / "work").path
    box = (CHART.x, CHART.y, CHART.x + CHART.width, CHART.y + CHART.height)
    early, late, same = (at(made, when).convert("RGB").crop(box) for when in (0.5, 1.5, 2.5))
    assert blue(late) > blue(early) + 1000, "the bar is longer"
    assert abs(blue(same) - blue(late)) < 100


def blue(picture: Image.Image) -> int:
    """How many points look like a bar."""
    red, _, strong = (bytes(band.tobytes()) for band in picture.split())
    return sum(1 for less, more in zip(red, strong, strict=True) if more > less + 60)


def test_a_chip_is_used_only_when_it_really_encodes(settings: Any) -> None:
    settings.HARDWARE_ENCODERS = False
    assert encoder() == X264
    assert works(X264)
    assert not works(replace(CHIPS[0], name="h264_of_nobody"))


@pytest.mark.parametrize("word", ["beside", "board", "speaker", "screen"])
def test_the_policy_knows_every_look(word: str) -> None:
    from accounts.policy import read_policy
    from recordings.models import Look

    assert read_policy({"recording_look": word}).recording_look == word
    assert word in Look.values
    assert read_policy({"recording_look": "upside down"}).recording_look == "beside"
