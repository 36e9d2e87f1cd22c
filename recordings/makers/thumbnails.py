"""Small pictures along the bar: a sheet of them, and a WebVTT track that says which lies where."""

from __future__ import annotations

import math

from recordings import ffmpeg
from recordings.models import RenditionKind
from recordings.probe import probe
from recordings.renditions import Job, Product, maker

WIDTH, HEIGHT, COLUMNS = 160, 90, 10
# At most so many pictures a sheet; a longer video has them further apart.
MOST = 200
CLOSEST_SECONDS = 10.0
SHEET = "sheet.jpg"


@maker(RenditionKind.THUMBNAILS)
def thumbnails(job: Job) -> Product:
    """Of key frames only: all others need not be decoded for that. `about` says what the sheet looks like."""
    source = job.source()
    seconds = probe(source).duration_seconds
    every = max(CLOSEST_SECONDS, seconds / MOST)
    number = max(1, math.ceil(seconds / every))
    sheet, track = job.folder / SHEET, job.folder / "thumbnails.vtt"
    rows = math.ceil(number / COLUMNS)
    graph = (
        f"fps=1/{every:.3f}:start_time=0:round=up,scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=decrease,"
        f"pad={WIDTH}:{HEIGHT}:-1:-1,tile={COLUMNS}x{rows}"
    )
    still = [
        "-frames:v",
        "1",
        "-update",
        "1",
        "-q:v",
        "5",
        "-c:v",
        "mjpeg",
        "-pix_fmt",
        "yuvj420p",
        "-f",
        "image2",
    ]
    args = [*ffmpeg.source(source, "-skip_frame", "nokey"), "-map", "0:v:0", "-an", "-vf", graph, *still]
    ffmpeg.run([*args, str(sheet)], progress=job.progress, expected_seconds=seconds)
    track.write_text(_track(number, every, seconds))
    about = {
        "width": WIDTH,
        "height": HEIGHT,
        "columns": COLUMNS,
        "every_seconds": round(every, 3),
        "number": number,
    }
    return Product(track, "text/vtt", {sheet: "image/jpeg"}, about)


def _track(number: int, every: float, seconds: float) -> str:
    cues = ["WEBVTT"]
    for place in range(number):
        begins, ends = place * every, min(seconds, (place + 1) * every)
        x, y = place % COLUMNS * WIDTH, place // COLUMNS * HEIGHT
        cues.append(f"{_clock(begins)} --> {_clock(ends)}\n{SHEET}#xywh={x},{y},{WIDTH},{HEIGHT}")
    return "\n\n".join(cues) + "\n"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
