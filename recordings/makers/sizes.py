"""The same video in other sizes: 240 lines for weak links, sound only, and a ladder of sizes for HLS."""

from __future__ import annotations

from pathlib import Path

from recordings import ffmpeg
from recordings.compositing.steps import check_length
from recordings.models import RenditionKind
from recordings.probe import probe
from recordings.renditions import Job, Product, maker

FASTSTART = ("-movflags", "+faststart")
LADDER = (("720", None, 0), ("480", 480, 900), ("240", 240, 220))
SEGMENT_SECONDS = 6
SLIM = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "60", "-sc_threshold", "0")


@maker(RenditionKind.LOW)
def low(job: Job) -> Product:
    """240 lines and mono: about 40 MB an hour."""
    out, source = job.folder / "low.mp4", job.source()
    picture = ["-vf", "scale=-2:240", *SLIM, "-crf", "29", "-maxrate", "220k", "-bufsize", "880k"]
    sound = ["-c:a", "aac", "-aac_coder", "fast", "-b:a", "40k", "-ac", "1"]
    keep = ["-map", "0:v:0", "-map", "0:a:0?", "-map_chapters", "0", "-map_metadata", "0"]
    _run(job, [*ffmpeg.source(source), *keep, *picture, *sound, *FASTSTART, "-f", "mp4", str(out)], out)
    return Product(out, "video/mp4")


@maker(RenditionKind.AUDIO)
def audio(job: Job) -> Product:
    """Opus, mono, made for speech: about 11 MB an hour."""
    out = job.folder / "sound.ogg"
    encode = ["-c:a", "libopus", "-b:a", "24k", "-ac", "1", "-application", "voip"]
    # Without a random number of its own: the same sound has the same name in the store, however often it is made.
    encode += ["-fflags", "+bitexact", "-f", "ogg"]
    args = [*ffmpeg.source(job.source()), "-map", "0:a:0", "-vn", "-map_metadata", "0", *encode]
    _run(job, [*args, str(out)], out)
    return Product(out, "audio/ogg")


@maker(RenditionKind.LADDER)
def ladder(job: Job) -> Product:
    """fMP4 HLS: the largest size copied, the others encoded; one file for each size, read by byte ranges."""
    source, args = job.source(), []
    for name, height, rate in LADDER:
        limit = ["-b:v", f"{rate}k", "-maxrate", f"{rate}k", "-bufsize", f"{2 * rate}k"]
        picture = ["-vf", f"scale=-2:{height}", *SLIM, *limit] if height else ["-c:v", "copy"]
        sound = ["-c:a", "copy"] if not height else ["-c:a", "aac", "-aac_coder", "fast", "-b:a", "64k"]
        hls = ["-f", "hls", "-hls_time", str(SEGMENT_SECONDS), "-hls_playlist_type", "vod"]
        hls += ["-hls_segment_type", "fmp4", "-hls_flags", "single_file"]
        hls += ["-hls_segment_filename", str(job.folder / f"{name}.mp4"), str(job.folder / f"{name}.m3u8")]
        args += ["-map", "0:v:0", "-map", "0:a:0?", *picture, *sound, *hls]
    _run(job, [*ffmpeg.source(source), *args], *(job.folder / f"{name}.mp4" for name, _, _ in LADDER))
    master = job.folder / "master.m3u8"
    lines = ["#EXTM3U", "#EXT-X-VERSION:7"]
    seconds = probe(source).duration_seconds
    files: dict[Path, str] = {}
    for name, height, _ in LADDER:
        film, tall = job.folder / f"{name}.mp4", height or 720
        rate = round(1.2 * 8 * film.stat().st_size / max(1.0, seconds))
        lines += [f"#EXT-X-STREAM-INF:BANDWIDTH={rate},RESOLUTION={tall * 16 // 9}x{tall}", f"{name}.m3u8"]
        files |= {film: "video/mp4", job.folder / f"{name}.m3u8": "application/vnd.apple.mpegurl"}
    master.write_text("\n".join(lines) + "\n")
    return Product(master, "application/vnd.apple.mpegurl", files)


def _run(job: Job, args: list[str], *films: Path) -> None:
    """`films`: what it writes, each as long as the video."""
    seconds = probe(job.source()).duration_seconds
    ffmpeg.run(["-y", *args], progress=job.progress, expected_seconds=seconds)
    for film in films:
        check_length(film, seconds=seconds)
