"""What the recorder filmed, as it is, in a container that browsers play: seconds after the end of an hour."""

from __future__ import annotations

from common.refusals import Refused
from recordings import ffmpeg
from recordings.compositing.steps import check_length
from recordings.models import RenditionKind
from recordings.pipeline import tracks_of
from recordings.probe import length_of
from recordings.renditions import Job, Product, maker

FASTSTART = ("-movflags", "+faststart")


@maker(RenditionKind.RAW)
def remux(job: Job) -> Product:
    """Of a single file of a Jibri; Refused when there are several, or none."""
    rooms = [track for track in tracks_of(job.recording)[0] if track.kind == "room"]
    if len(rooms) != 1:
        raise Refused("not_one_film")
    (film,) = rooms
    out = job.folder / "as-recorded.mp4"
    copy = ["-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", *FASTSTART, "-f", "mp4", str(out)]
    seconds = length_of(film.path).seconds
    ffmpeg.run([*ffmpeg.source(film.path), *copy], progress=job.progress, expected_seconds=seconds)
    check_length(out, seconds=seconds)
    return Product(out, "video/mp4", about={"starts_at": film.starts_at, "duration_seconds": seconds})
