"""How loud a lesson is, and what brings it to −16 LUFS."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from recordings import ffmpeg
from recordings.clock import Span, Timeline
from recordings.compositing import Composition, Track, compose
from recordings.compositing.loudness import gain_for, loudness_of
from tests.recordings.media import START, make_microphone


def test_pieces_count_by_their_length_and_energy() -> None:
    assert loudness_of([(-20.0, 30.0), (-20.0, 30.0)]) == pytest.approx(-20)
    assert loudness_of([(-20.0, 10.0), (-23.0, 10.0)]) == pytest.approx(-21.25, abs=0.05)


def test_silence_and_whispering_do_not_count() -> None:
    assert loudness_of([(-20.0, 30.0), (-70.0, 3000.0), (-45.0, 300.0)]) == pytest.approx(-20, abs=0.1)
    assert loudness_of([(-70.0, 30.0)]) is None
    assert loudness_of([]) is None


def test_the_gain_has_limits_and_leaves_silence_alone() -> None:
    assert gain_for(-22.0) == pytest.approx(6)
    assert (gain_for(-60.0), gain_for(10.0), gain_for(None)) == (20, -20, 0)


def test_a_quiet_teacher_is_heard_as_loud_as_others(tmp_path: Path) -> None:
    microphone = make_microphone(tmp_path / "m.mkv", START, 8, sounds=lambda at: at % 1 < 0.7)
    quiet = tmp_path / "quiet.mkv"
    args = ["-i", str(microphone), "-af", "volume=-14dB", "-c:a", "libopus", str(quiet)]
    ffmpeg.run(args, expected_seconds=8)
    track = Track(quiet, "microphone", "t", "T", "teacher", START, 0.0)
    composition = Composition(Timeline([Span(START, START + 8)]), [track], [])
    made = compose(composition, tmp_path / "out.mp4", work=tmp_path / "work")
    assert made.loudness is not None
    assert made.loudness < -20
    assert measured(made.path) == pytest.approx(-16, abs=1.0)


def measured(path: Path) -> float:
    """By a meter of its own: the summary that ffmpeg prints."""
    command = [
        ffmpeg.executable(),
        "-nostdin",
        "-hide_banner",
        "-i",
        str(path),
        "-af",
        "ebur128",
        "-f",
        "null",
        "-",
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", told)[-1])
