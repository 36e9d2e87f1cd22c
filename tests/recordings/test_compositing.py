"""A lesson put together: on time, whole, and in spite of what is broken."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from recordings import ffmpeg
from recordings.clock import Span, Timeline
from recordings.compositing import Composed, Composition, NothingUsable, Track, compose, finish, poster
from recordings.compositing.cards import strips
from recordings.compositing.layouts import seat
from recordings.compositing.plan import Kind, pieces, seating
from recordings.probe import probe
from recordings.sample import make_sample_clip
from tests.recordings.media import (
    START,
    Pen,
    beeps_in,
    flashes_in,
    make_camera,
    make_garbled,
    make_microphone,
    make_silent_film,
    make_small_clip,
    picture_at,
    times_of,
)
from tests.tiers import sampled

FIRST_SEAT = (1050, 60)
CANVAS, PAPER, RED, BLUE = (20, 24, 31), (255, 255, 255), (255, 0, 0), (0, 0, 255)
DISC = (61, 111, 180)
FRAME = 1 / 15
ACROSS = [[float(x), 400.0] for x in range(100, 901, 20)]


def track(
    path: Path, kind: Kind, starts_at: float, person: str = "t", role: str = "teacher", **more: Any
) -> Track:
    return Track(
        path, kind, person, more.get("name", person.title()), role, starts_at, more.get("seconds", 0.0)
    )


def made(folder: Path, tracks: list[Track], spans: list[Span], pen: Pen | None = None) -> Composed:
    composition = Composition(Timeline(spans), tracks, pen.edits if pen else [], names=True)
    return compose(composition, folder / "out.mp4", work=folder / "work")


def at(path: Path, seconds: float) -> Image.Image:
    return picture_at(path, seconds + 1e-3)


def near(image: Image.Image, spot: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    seen: Any = image.getpixel(spot)
    return all(abs(one - other) < 40 for one, other in zip(seen, colour, strict=True))


def assert_in_step(path: Path, spot: tuple[int, int], expected: list[float]) -> None:
    flashes, beeps = flashes_in(path, spot), beeps_in(path)
    assert flashes == pytest.approx(expected, abs=0.08)
    assert beeps == pytest.approx(expected, abs=0.05)
    assert all(abs(one - other) <= 0.1 for one, other in zip(flashes, beeps, strict=True))


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Composed]:
    """Cameras of changing size and uneven pace, clocks that start anywhere, a gap, a red stroke, a screen."""
    folder = tmp_path_factory.mktemp("lesson")
    sizes = ((320, 240), (640, 360))
    camera = make_camera(folder / "c.mkv", START + 0.4, 14, first_pts=0.73, sizes=sizes, uneven=True)
    other = make_camera(folder / "o.mkv", START - 3.21, 12)
    tracks = [
        track(camera, "camera", START + 0.4),
        track(
            make_microphone(folder / "m.mkv", START - 2.45, 17.5, first_pts=0.3), "microphone", START - 2.45
        ),
        track(other, "camera", START - 3.21, "amina", "student"),
        track(make_silent_film(folder / "s.mp4", 1), "screen", START + 11, seconds=2.0),
    ]
    pen = Pen()
    pen.stroke(START + 5, ACROSS, seconds=2)
    spans = [Span(START + 1, START + 6.5), Span(START + 9.3, START + 14.3)]
    return folder, made(folder, tracks, spans, pen)


def test_picture_and_sound_are_in_step(lesson: tuple[Path, Composed]) -> None:
    assert_in_step(lesson[1].path, FIRST_SEAT, [1, 3, 5, 6.2, 8.2, 10.2])


def test_a_second_camera_is_in_step_too_until_it_ends(lesson: tuple[Path, Composed]) -> None:
    flashes = flashes_in(lesson[1].path, (1120, 300))
    assert flashes == pytest.approx([1, 3, 5], abs=0.08)


def test_the_length_is_the_timelines_and_every_frame_is_on_the_grid(lesson: tuple[Path, Composed]) -> None:
    path = lesson[1].path
    times = times_of(path)
    assert len(times) == pytest.approx(10.5 * 15, abs=1)
    assert times == pytest.approx([number / 15 for number in range(len(times))], abs=0.001)
    with av.open(str(path)) as container:
        streams: Any = container.streams
        lengths = [float(stream.duration * stream.time_base) for stream in streams]
    assert lengths == pytest.approx([10.5, 10.5], abs=FRAME)


def test_a_stroke_is_seen_when_it_was_drawn(lesson: tuple[Path, Composed]) -> None:
    path = lesson[1].path
    assert near(at(path, 1.5), (104, 400), PAPER)
    assert near(at(path, 3), (300, 400), RED)
    assert near(at(path, 3), (800, 400), PAPER)
    assert near(at(path, 4.2), (880, 400), RED)


def test_a_shared_screen_makes_the_board_small(lesson: tuple[Path, Composed]) -> None:
    path = lesson[1].path
    assert near(at(path, 7), (480, 600), PAPER)
    during = at(path, 8.8)
    assert near(during, (480, 270), BLUE)
    assert near(during, (120, 640), RED)
    assert near(during, (600, 640), CANVAS)
    assert near(at(path, 9.5), (480, 600), PAPER)


def test_the_file_is_what_browsers_play(lesson: tuple[Path, Composed]) -> None:
    with av.open(str(lesson[1].path)) as container:
        video: Any = container.streams.video[0]
        audio: Any = container.streams.audio[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 1280, 720)
        assert video.codec_context.pix_fmt == "yuv420p"
        assert (audio.codec_context.name, audio.rate, audio.channels) == ("aac", 48_000, 2)
        packets: Any = container.demux(video)
        keys = [float(p.pts * p.time_base) for p in packets if p.is_keyframe and p.pts is not None]
    assert max(later - one for one, later in pairwise(keys)) <= 2.001
    finish(lesson[1].path, [], lesson[0] / "finished.mp4")
    head = (lesson[0] / "finished.mp4").read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")


@pytest.mark.deep
def test_a_retry_takes_up_finished_work_and_repairs_what_is_broken(tmp_path: Path) -> None:
    tracks = [track(make_camera(tmp_path / "c.mkv", START, 3), "camera", START)]
    spans = [Span(START, START + 2), Span(START + 2.5, START + 3)]
    made(tmp_path, tracks, spans)
    work = {path: path.stat().st_mtime_ns for path in (tmp_path / "work").iterdir() if path.suffix == ".mp4"}
    kept, broken = sorted(work, key=lambda path: probe(path).duration_seconds)
    broken.write_bytes(b"half a film")
    heard: list[float] = []
    composition = Composition(Timeline(spans), tracks, [], names=True)
    compose(composition, tmp_path / "out.mp4", work=tmp_path / "work", progress=heard.append)
    assert kept.stat().st_mtime_ns == work[kept]
    assert probe(broken).duration_seconds == pytest.approx(2, abs=FRAME)
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(1, abs=0.05)


def test_nobody_is_in_the_picture_before_they_came_or_after_they_left(tmp_path: Path) -> None:
    tracks = [
        track(make_microphone(tmp_path / "t.mkv", START, 9), "microphone", START),
        track(make_microphone(tmp_path / "g.mkv", START + 3, 3), "microphone", START + 3, "guest", "guest"),
    ]
    film = made(tmp_path, tracks, [Span(START, START + 9)]).path
    pictures = [at(film, when) for when in (1.5, 4.5, 7.5)]
    assert [near(one, (1090, 257), DISC) for one in pictures] == [False, True, False]
    # The brightest there is in the strip with the name.
    names = [np.asarray(one.convert("L").crop((960, 334, 1280, 360))) for one in pictures]
    assert [bool(name.max() > 180) for name in names] == [False, True, False]
    assert all(near(one, (1090, 77), DISC) for one in pictures)


@pytest.mark.deep
def test_a_room_recording_without_a_board_fills_the_picture(tmp_path: Path) -> None:
    room = make_small_clip(tmp_path / "room.mp4", 4)
    pen = Pen()
    pen.turn("first", START)
    path = made(tmp_path, [track(room, "room", START, "")], [Span(START, START + 3)], pen).path
    image = at(path, 1)
    assert not any(near(image, spot, CANVAS) or near(image, spot, PAPER) for spot in ((20, 20), (1260, 700)))
    assert beeps_in(path, 500)


def test_a_room_recording_with_a_board_sits_in_the_corner(tmp_path: Path) -> None:
    room = make_small_clip(tmp_path / "room.mp4", 4)
    pen = Pen()
    pen.stroke(START + 1, ACROSS)
    image = at(made(tmp_path, [track(room, "room", START, "")], [Span(START, START + 3)], pen).path, 2)
    assert near(image, (480, 100), PAPER)
    assert near(image, (480, 400), RED)
    assert near(image, (1120, 500), CANVAS)
    assert not near(image, FIRST_SEAT, CANVAS)


@pytest.mark.deep
def test_without_any_sound_there_is_silence(tmp_path: Path) -> None:
    tracks = [track(make_camera(tmp_path / "c.mkv", START, 2), "camera", START)]
    path = made(tmp_path, tracks, [Span(START, START + 2)]).path
    assert beeps_in(path, 5) == []
    assert probe(path).audio is not None


@pytest.mark.deep
def test_a_microphone_that_paused_for_long_stays_in_step(tmp_path: Path) -> None:
    microphone = make_microphone(tmp_path / "m.mkv", START, 80, hole=(3, 75))
    path = made(tmp_path, [track(microphone, "microphone", START)], [Span(START + 1, START + 80)]).path
    assert beeps_in(path) == pytest.approx([1, 75, 77], abs=0.05)


def test_damaged_tracks_are_left_out_by_name(tmp_path: Path) -> None:
    film = make_silent_film(tmp_path / "film.mp4", 3)
    for name, content in {"cut.mp4": film.read_bytes()[:-900], "text.mkv": b"hello", "none.mkv": b""}.items():
        (tmp_path / name).write_bytes(content)
    broken = [track(tmp_path / name, "camera", START, name) for name in ("cut.mp4", "text.mkv", "none.mkv")]
    missing = track(tmp_path / "gone.mkv", "microphone", START)
    mute = track(film, "microphone", START)
    composed = made(
        tmp_path, [*broken, track(film, "camera", START), missing, mute], [Span(START, START + 2)]
    )
    assert [(path.name, code) for path, code in composed.left_out] == [
        ("cut.mp4", "truncated"),
        ("text.mkv", "not_a_video"),
        ("none.mkv", "empty"),
        ("gone.mkv", "not_a_video"),
        ("film.mp4", "no_picture_or_sound"),
    ]
    assert near(at(composed.path, 1), FIRST_SEAT, BLUE)


@pytest.mark.deep
def test_noise_in_the_middle_of_a_file_does_not_end_the_lesson(tmp_path: Path) -> None:
    camera = make_camera(tmp_path / "c.mkv", START, 6)
    content = bytearray(camera.read_bytes())
    content[len(content) // 3 : len(content) // 3 + 400] = bytes(range(200)) * 2
    camera.write_bytes(bytes(content))
    microphone = make_microphone(tmp_path / "m.mkv", START, 6)
    tracks = [track(camera, "camera", START), track(microphone, "microphone", START)]
    composed = made(tmp_path, tracks, [Span(START + 1, START + 6)])
    assert composed.duration_seconds == pytest.approx(5, abs=FRAME)
    assert beeps_in(composed.path) == pytest.approx([1, 3], abs=0.05)


def test_files_that_cannot_be_decoded_cost_nobody_else_anything(tmp_path: Path) -> None:
    camera = make_camera(tmp_path / "c.mkv", START, 3)
    sounding = make_sample_clip(tmp_path / "aac.mp4", 3, width=64, height=64)
    with_sound = make_sound_only(tmp_path / "aac.mkv", sounding)
    tracks = [
        track(camera, "camera", START),
        track(make_microphone(tmp_path / "m.mkv", START, 3), "microphone", START),
        track(
            make_garbled(tmp_path / "bad-c.mkv", make_silent_film(tmp_path / "f.mp4", 3)),
            "camera",
            START,
            "x",
        ),
        track(make_garbled(tmp_path / "bad-m.mkv", with_sound), "microphone", START, "x"),
    ]
    composed = made(tmp_path, tracks, [Span(START, START + 3)])
    assert {path.name for path, _ in composed.left_out} == {"bad-c.mkv", "bad-m.mkv"}
    assert_in_step(composed.path, FIRST_SEAT, [0, 2])


def make_sound_only(path: Path, source: Path) -> Path:
    ffmpeg.run(["-i", str(source), "-vn", "-c:a", "copy", str(path)], expected_seconds=3)
    return path


def test_nothing_usable_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"")
    (tmp_path / "b.mp4").write_bytes(b"text")
    tracks = [track(tmp_path / name, "room", START, "") for name in ("a.mp4", "b.mp4")]
    with pytest.raises(NothingUsable) as nothing:
        made(tmp_path, tracks, [Span(START, START + 2)])
    assert nothing.value.codes == ["empty", "not_a_video"]
    with pytest.raises(NothingUsable):
        made(tmp_path, [], [Span(START, START + 2)])


def test_a_poster_and_a_title(tmp_path: Path) -> None:
    film = make_silent_film(tmp_path / "film.mp4", 3)
    finish(film, [], tmp_path / "done.mp4", title="Brüche; = #1")
    with av.open(str(tmp_path / "done.mp4")) as container:
        assert container.metadata["title"] == "Brüche; = #1"
    poster(tmp_path / "done.mp4", tmp_path / "poster.jpg", 99)
    with Image.open(tmp_path / "poster.jpg") as image:
        assert (image.format, image.size) == ("JPEG", (320, 240))


@pytest.mark.parametrize(
    "name",
    sampled(["", "李小龍", "سلام", "नमस्ते", "a\0b\n", "\ud800", "👩🏽‍🏫", "W" * 500, "\u202egnp"], every=3),
)
def test_any_name_can_be_written(name: str, tmp_path: Path) -> None:
    for font in (None, tmp_path / "no-font.ttf", Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")):
        assert strips([(seat(1), name)], font).size == (1280, 720)


def test_the_teacher_sits_first_then_who_was_heard_first() -> None:
    nobody = Path("x")
    tracks = [
        track(nobody, "camera", 1, "late", "student"),
        track(nobody, "microphone", 9, "second", "student"),
        track(nobody, "microphone", 5, "first", "student"),
        track(nobody, "microphone", 7, "aide", "co_teacher"),
        track(nobody, "camera", 30, "teacher", "teacher"),
    ]
    assert [person for person, _ in seating(tracks)] == ["teacher", "first", "aide", "second"]


def test_every_frame_is_in_one_piece() -> None:
    timeline = Timeline([Span(0, 75.53), Span(1000, 1000.51), Span(2000, 2031)])
    parts = pieces(timeline, 15, [2010, 99999])
    assert sum(piece.frames for piece in parts) == round(timeline.duration * 15)
    assert [round(piece.span.starts_at) for piece in parts] == [0, 30, 60, 1000, 2000, 2010, 2030]
