"""Sound encoded in blocks: nobody hears where one ends, and what was made during the lesson is taken after it."""

from __future__ import annotations

import math
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recordings import ffmpeg
from recordings.clock import Span, Timeline
from recordings.compositing import Composition, Track, compose, lay_plan, sound_ahead
from recordings.compositing.plan import Usable
from recordings.compositing.sound import RATE, Stretch, clips_of, inputs_of
from recordings.compositing.soundtrack import (
    AAC,
    FRAME,
    PACKETS,
    PRIMING_SECONDS,
    Block,
    BrokenSound,
    blocks_of,
    keep_packets,
    sound_graph,
)
from recordings.compositing.workshop import at_once
from recordings.probe import probe
from tests.recordings.media import START

SECONDS = 100
SEAM = PACKETS * FRAME
# A break in the lesson: the video's clock stands still, and the sound is cut.
TIMELINE = Timeline([Span(START + 1, START + 30), Span(START + 33, START + SECONDS - 1)])


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Track:
    """Two voices that never repeat, left and right, and hardly a picture."""
    path = tmp_path_factory.mktemp("film") / "film.ts"
    voices = "0.4*sin(2*PI*(200*t+30*sin(t)))+0.1*sin(2*PI*1234*t)|0.3*sin(2*PI*331*t)"
    sound = ["-f", "lavfi", "-i", f"aevalsrc='{voices}':s={RATE}:d={SECONDS}"]
    picture = ["-f", "lavfi", "-i", f"color=s=64x64:r=5:d={SECONDS}"]
    encode = ["-c:a", "aac", "-b:a", "160k", "-c:v", "libx264", "-preset", "ultrafast", "-g", "10"]
    ffmpeg.run([*sound, *picture, *encode, str(path)], expected_seconds=SECONDS)
    found = probe(path)
    return Track(
        path, "room", "", "", "", START - found.start_seconds, found.end_seconds, found.start_seconds
    )


@pytest.fixture(scope="module")
def heard(film: Track) -> list[Usable]:
    return [Usable(film, probe(film.path))]


@pytest.fixture(scope="module")
def made(heard: list[Usable], tmp_path_factory: pytest.TempPathFactory) -> list[Block]:
    blocks = blocks_of(heard, TIMELINE, tmp_path_factory.mktemp("work"), -2.0)
    at_once(blocks, lambda _: None)
    return blocks


def samples(path: Path, *before: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    command = [ffmpeg.executable(), "-v", "error", *before, "-i", str(path), "-f", "s16le", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, dtype="<i2").astype(np.float64)


@pytest.mark.deep
def test_a_seam_is_no_worse_than_what_one_encoder_does(
    heard: list[Usable], made: list[Block], tmp_path: Path
) -> None:
    assert len(made) == 2
    joined, once, plain = (tmp_path / name for name in ("joined.aac", "once.mp4", "plain.wav"))
    joined.write_bytes(b"".join(block.file.read_bytes() for block in made if block.file))
    sounds: list[Stretch] = [
        ([clip for one in heard for clip in clips_of(one, span)], round(span.seconds * RATE))
        for span in TIMELINE.spans
    ]
    clips = [clip for found, _ in sounds for clip in found]
    args = ["-copyts", *inputs_of(clips), "-filter_complex", sound_graph(sounds, -2.0), "-map", "[sound]"]
    ffmpeg.run([*args, *AAC, str(once)], expected_seconds=SECONDS)
    ffmpeg.run([*args, "-c:a", "pcm_s16le", str(plain)], expected_seconds=SECONDS)
    true = samples(plain)
    # Without a container nobody leaves the first packet out.
    ours = samples(joined)[round(PRIMING_SECONDS * RATE) * 2 :]
    theirs = samples(once)
    here = slice((SEAM - 3 * FRAME) * 2, (SEAM + 3 * FRAME) * 2)
    assert _off(ours[here], true[here]) < 1.5 * _off(theirs[here], true[here])


def _off(
    heard: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    true: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> float:
    return math.sqrt(float(np.mean((heard - true) ** 2)))


@pytest.mark.deep
def test_a_block_of_nearly_the_same_level_is_taken(heard: list[Usable], made: list[Block]) -> None:
    near, far = (blocks_of(heard, TIMELINE, made[0].work, gain)[0] for gain in (-1.2, 0.0))
    assert near.file == made[0].file
    assert not far.is_done


@pytest.mark.deep
def test_only_what_stays_as_it_is_is_made_ahead(heard: list[Usable], tmp_path: Path) -> None:
    ahead = blocks_of(heard, TIMELINE, tmp_path, 0.0, ahead=True)
    assert [(block.first, block.last) for block in ahead] == [(0, PACKETS)]
    short = Timeline([Span(START + 1, START + 30), Span(START + 33, START + 33 + SEAM / RATE - 29)])
    assert blocks_of(heard, short, tmp_path, 0.0, ahead=True) == []


@pytest.mark.deep
def test_what_was_made_during_the_lesson_is_part_of_the_video(film: Track, tmp_path: Path) -> None:
    known = Composition(Timeline([TIMELINE.spans[0], Span(START + 33, START + 97)]), [film], [])
    plan = lay_plan(known, tmp_path / "work")
    at_once(plan.jobs, lambda _: None)
    sound_ahead(replace(plan, jobs=plan.jobs[:-1]), lambda _: None)
    (early,) = (tmp_path / "work").glob("sound-*.aac")
    made_at = early.stat().st_mtime_ns
    video = compose(Composition(TIMELINE, [film], []), tmp_path / "out.mp4", work=tmp_path / "work")
    assert early.stat().st_mtime_ns == made_at
    assert video.duration_seconds == pytest.approx(TIMELINE.duration, abs=0.05)
    assert len(list((tmp_path / "work").glob("sound-*.aac"))) == 3, (
        "the early one, the last one, both together"
    )


@pytest.mark.deep
def test_sound_that_ended_early_is_not_taken_for_whole(made: list[Block], tmp_path: Path) -> None:
    cut = tmp_path / "cut.aac"
    whole = made[0].file
    assert whole
    cut.write_bytes(whole.read_bytes()[:5000])
    with pytest.raises(BrokenSound):
        keep_packets(cut, 0, PACKETS)
