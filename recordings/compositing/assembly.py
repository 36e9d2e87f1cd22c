"""From tracks to a finished file: look into them, make tiles, pieces and sound, join, mux."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from recordings import ffmpeg
from recordings.chapters import Chapter, escape_ffmetadata, to_ffmetadata
from recordings.compositing.pictures import Layer, Layout, layout_of, make_piece, make_tile
from recordings.compositing.plan import (
    Composed,
    Composition,
    NothingUsable,
    Track,
    Usable,
    fingerprint,
    is_drawn_on,
    pieces,
)
from recordings.compositing.sound import RATE, can_be_heard, make_sound
from recordings.compositing.steps import Progress, share_of
from recordings.probe import Unusable, probe

LeftOut = list[tuple[Path, str]]
_FASTSTART = ("-movflags", "+faststart")


def compose(composition: Composition, out: Path, *, work: Path, progress: Progress | None = None) -> Composed:
    """Write 1280 x 720 H.264 and AAC, `timeline.duration` long; `work` keeps finished steps for a retry.

    Raises NothingUsable, ffmpeg.FfmpegFailed, ValueError for an empty timeline.
    """
    if composition.timeline.duration <= 0:
        raise ValueError("a timeline without spans makes no video")
    work.mkdir(parents=True, exist_ok=True)
    usable, left_out = _look_into(composition.tracks)
    if not usable and (left_out or not is_drawn_on(composition.edits)):
        raise NothingUsable([code for _, code in left_out])
    layout = layout_of(composition, usable)
    layers = _tiles(composition, layout, usable, left_out, work, share_of(progress, 0, 0.25))
    films = _pieces(composition, layout, layers, work, share_of(progress, 0.25, 0.85))
    sounds = _sounds(composition, usable, left_out, work, share_of(progress, 0.85, 0.92))
    _join(films, sounds, out, work, composition.timeline.duration, share_of(progress, 0.92, 1))
    return Composed(out, probe(out).duration_seconds, left_out)


def finish(video: Path, chapters: Sequence[Chapter], out: Path, *, title: str = "") -> None:
    """The same pictures and sounds with chapters and a title, playable from the first byte."""
    about = out.with_name(f".part-{uuid.uuid4().hex}.txt")
    head, _, blocks = to_ffmetadata(chapters).partition("\n")
    about.write_text(
        f"{head}\ntitle={escape_ffmetadata(title)}\n{blocks}", encoding="utf-8", errors="replace"
    )
    seconds = probe(video).duration_seconds
    args = [*ffmpeg.source(video), "-f", "ffmetadata", "-i", str(about), "-map", "0:v?", "-map", "0:a?"]
    copy = ["-map_metadata", "1", "-map_chapters", "1", "-c", "copy", *_FASTSTART, "-f", "mp4"]
    try:
        _write(out, lambda part: ffmpeg.run([*args, *copy, str(part)], expected_seconds=seconds))
    finally:
        about.unlink(missing_ok=True)


def poster(video: Path, out: Path, at_seconds: float) -> None:
    """A JPEG at most 1280 wide; a moment after the end means the last second."""
    at = max(0.0, min(at_seconds, probe(video).duration_seconds - 1))
    args = [*ffmpeg.source(video, "-ss", f"{at:.3f}"), "-map", "0:v:0", "-vf", "scale='min(1280,iw)':-2"]
    still = [
        "-frames:v",
        "1",
        "-update",
        "1",
        "-q:v",
        "4",
        "-f",
        "image2",
        "-c:v",
        "mjpeg",
        "-pix_fmt",
        "yuvj420p",
    ]
    _write(out, lambda part: ffmpeg.run([*args, *still, str(part)], expected_seconds=1))


def _look_into(tracks: Sequence[Track]) -> tuple[list[Usable], LeftOut]:
    usable: list[Usable] = []
    left_out: LeftOut = []
    for track in tracks:
        try:
            usable.append(_usable(track))
        except Unusable as unusable:
            left_out.append((track.path, unusable.reason_code))
        except OSError:
            left_out.append((track.path, "not_a_video"))
    return usable, left_out


def _usable(track: Track) -> Usable:
    found = probe(track.path)
    wanted = {"room": found.video or found.audio, "microphone": found.audio}.get(track.kind, found.video)
    if not wanted:
        raise Unusable("no_picture_or_sound")
    return Usable(track, found)


def _tiles(
    composition: Composition,
    layout: Layout,
    usable: Sequence[Usable],
    left_out: LeftOut,
    work: Path,
    progress: Progress,
) -> list[Layer]:
    """In order of their start, so that the newest shared screen lies on top."""
    shown = [(one, box) for one in usable if one.probe.video and (box := layout.box_of(one))]
    layers = []
    for number, (one, box) in enumerate(sorted(shown, key=lambda pair: pair[0].track.starts_at)):
        share = share_of(progress, number / len(shown), (number + 1) / len(shown))
        try:
            tile = make_tile(one, box, composition.fps, work, share)
            probe(tile)
        except (ffmpeg.FfmpegFailed, Unusable) as error:
            if _is_our_fault(error):
                raise
            left_out.append((one.track.path, "damaged"))
        else:
            layers.append(Layer(one, box, tile))
    return layers


def _is_our_fault(error: Exception) -> bool:
    """A full disk or a missing ffmpeg says nothing about the file: try again, leave nobody out."""
    return isinstance(error, ffmpeg.FfmpegFailed) and (
        error.reason == "missing" or "No space left" in error.tail_of_stderr
    )


def _pieces(
    composition: Composition, layout: Layout, layers: Sequence[Layer], work: Path, progress: Progress
) -> list[tuple[Path, float]]:
    """The films and their lengths in seconds."""
    todo = pieces(composition.timeline, composition.fps)
    total = sum(piece.frames for piece in todo)
    films, done = [], 0
    for piece in todo:
        share = share_of(progress, done / total, (done + piece.frames) / total)
        films.append(
            (make_piece(composition, layout, layers, piece, work, share), piece.frames / composition.fps)
        )
        done += piece.frames
    return films


def _sounds(
    composition: Composition, usable: Sequence[Usable], left_out: LeftOut, work: Path, progress: Progress
) -> list[Path]:
    heard = [one for one in usable if one.probe.audio and one.track.kind in ("room", "microphone")]
    try:
        return _mixes(composition, heard, work, progress)
    except ffmpeg.FfmpegFailed as error:
        fine = [] if _is_our_fault(error) else [one for one in heard if can_be_heard(one)]
        if _is_our_fault(error) or len(fine) == len(heard):
            raise
    left_out += [(one.track.path, "damaged") for one in heard if one not in fine]
    return _mixes(composition, fine, work, progress)


def _mixes(composition: Composition, heard: Sequence[Usable], work: Path, progress: Progress) -> list[Path]:
    """One sound file per span, each exactly as long as its span in samples."""
    timeline = composition.timeline
    sounds = []
    for span, begins, ends in zip(timeline.spans, timeline.offsets, timeline.offsets[1:], strict=False):
        samples = round(ends * RATE) - round(begins * RATE)
        share = share_of(progress, begins / timeline.duration, ends / timeline.duration)
        sounds.append(make_sound(heard, span, samples, work, share))
    return sounds


def _join(
    films: Sequence[tuple[Path, float]],
    sounds: Sequence[Path],
    out: Path,
    work: Path,
    seconds: float,
    progress: Progress,
) -> None:
    """Pictures by copy, sound encoded once over all cuts."""
    listing = work / f"films-{fingerprint(films)}.txt"
    listing.write_text("".join(f"file '{film.name}'\nduration {length:.6f}\n" for film, length in films))
    inputs = ["-f", "concat", "-i", str(listing)]
    for sound in sounds:
        inputs += ["-i", str(sound)]
    heard = "".join(f"[{number}:a]" for number in range(1, len(sounds) + 1))
    graph = f"{heard}concat=n={len(sounds)}:v=0:a=1[sound]"
    maps = ["-filter_complex", graph, "-map", "0:v", "-map", "[sound]", "-c:v", "copy"]
    mux = ["-c:a", "aac", "-b:a", "128k", "-video_track_timescale", "90000", *_FASTSTART, "-f", "mp4"]
    args = [*inputs, *maps, *mux]
    _write(out, lambda part: ffmpeg.run([*args, str(part)], progress=progress, expected_seconds=seconds))


def _write(out: Path, make: Callable[[Path], None]) -> None:
    """Always anew, but never half: what `out` names is complete or not there."""
    part = out.with_name(f".part-{uuid.uuid4().hex}{out.suffix}")
    try:
        make(part)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
