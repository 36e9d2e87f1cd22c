"""What an hour weighs in a light pack, and that it has a sentence for whatever it may say."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from django.utils import translation

from recordings import ffmpeg
from recordings.board_log import board_log
from recordings.gaps import EARLY_END, LATE_START, UNKNOWN
from recordings.light_pack import BYTES_AN_HOUR, take_sound, texts
from recordings.models import EndCause
from tests.recordings.media import START, Pen

MINUTE = 60
# As a teacher writes: a stroke every two seconds, of forty points, and a page every seven minutes.
STROKES_AN_HOUR, POINTS, PAGES = 1800, 40, 8
# What is left for slides beside the least that they can be: three dozen, at forty kilobytes.
SLIDES_BYTES = 36 * 40_000


@pytest.fixture(scope="module")
def minute_of_noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """No speech costs more: it never stops and never repeats."""
    path = tmp_path_factory.mktemp("noise") / "noise.mp4"
    noise = ["-f", "lavfi", "-i", f"anoisesrc=color=pink:amplitude=0.4:duration={MINUTE}:sample_rate=48000"]
    ffmpeg.run([*noise, "-c:a", "aac", "-b:a", "96k", str(path)], expected_seconds=MINUTE)
    return path


@pytest.mark.deep
def test_an_hour_of_sound_and_board_leaves_room_for_slides(minute_of_noise: Path, tmp_path: Path) -> None:
    """Reckoned from a minute of sound, which Opus keeps to its rate, and a whole hour of writing."""
    sound = tmp_path / "speech.webm"
    take_sound(minute_of_noise, sound, MINUTE, lambda _: None)
    hour_of_sound = sound.stat().st_size * 3600 / MINUTE
    hour_of_board = len(board_log(written_for_an_hour().edits)) * 4 / 3
    assert hour_of_sound + hour_of_board + SLIDES_BYTES < BYTES_AN_HOUR


def written_for_an_hour() -> Pen:
    pen, dice = Pen(), Random(7)
    for number in range(1, PAGES):
        pen.page(f"page-{number}", START + 0.1 * number)
    for number in range(STROKES_AN_HOUR):
        x, y = dice.uniform(50, 800), dice.uniform(50, 650)
        points = [[x + 3 * n + dice.uniform(-1, 1), y + dice.uniform(-9, 9)] for n in range(POINTS)]
        page = f"page-{number * PAGES // STROKES_AN_HOUR}"
        pen.stroke(START + 2 * number, points, page=page if page != "page-0" else "first")
    return pen


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_gap_has_a_sentence(language: str) -> None:
    causes = {*(cause.value for cause in EndCause if cause.value), LATE_START, EARLY_END, UNKNOWN}
    with translation.override(language):
        assert {f"gap.{cause}" for cause in causes} <= set(texts())
