"""Which H.264 encoder there is. A machine's own chip is believed only after it has encoded a picture, and until it
fails: then the recording at hand goes on without chips, whichever worker is at it, and the next one tries them again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

from recordings import ffmpeg

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Encoder:
    """`before` goes before the inputs, `filters` to the end of the graph, `options` before the output."""

    name: str
    options: tuple[str, ...]
    before: tuple[str, ...] = ()
    filters: str = "format=yuv420p"


X264 = Encoder("libx264", ("-preset", "veryfast", "-crf", "23", "-sc_threshold", "0", "-threads", "1"))
CHIPS = (
    Encoder("h264_nvenc", ("-preset", "p4", "-rc", "vbr", "-cq", "24", "-forced-idr", "1", "-bf", "0")),
    Encoder(
        "h264_vaapi",
        ("-rc_mode", "CQP", "-qp", "24", "-bf", "0"),
        ("-vaapi_device", "/dev/dri/renderD128"),
        "format=nv12,hwupload",
    ),
    Encoder("h264_qsv", ("-global_quality", "24", "-bf", "0"), (), "format=nv12"),
    Encoder("h264_videotoolbox", ("-q:v", "60", "-allow_sw", "0", "-bf", "0")),
)


# In a recording's work folder: what a chip of one worker could not do, no other's is asked for. Who shares the
# pieces shares the folder, so that all of them plan the same ones.
WITHOUT_CHIPS = "without-chips"


class ChipFailed(Exception):
    """A chip that had passed its trial did not make a piece."""

    def __init__(self, name: str, error: ffmpeg.FfmpegFailed) -> None:
        super().__init__(f"{name}: {error}")
        self.name = name


def encoder() -> Encoder:
    """The first chip that works, unless HARDWARE_ENCODERS forbids it; else x264."""
    return found() if settings.HARDWARE_ENCODERS else X264


def encoder_for(work: Path) -> Encoder:
    """Of the pieces in this folder."""
    return X264 if (work / WITHOUT_CHIPS).exists() else encoder()


def forbid_chips(work: Path, failed: ChipFailed) -> None:
    """From the next plan on; all pieces are then made by x264, as one video has one encoder."""
    log.warning("The encoder %s failed after its trial, x264 makes this video: %s", failed.name, failed)
    (work / WITHOUT_CHIPS).write_text(f"{failed}\n", errors="replace")


@cache
def found() -> Encoder:
    """Tried once a process."""
    working = next((one for one in CHIPS if works(one)), X264)
    log.info("Videos are encoded by %s", working.name)
    return working


def works(one: Encoder) -> bool:
    """Whether it really encodes a picture: a build may know chips that the machine has not."""
    graph = f"color=s=320x240:r=15:d=0.1,{one.filters}[out]"
    settings.WORK_DIR.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="encoder-", dir=settings.WORK_DIR) as folder:
        out = Path(folder) / "one.mp4"
        args = [*one.before, "-filter_complex", graph, "-map", "[out]", "-c:v", one.name, *one.options]
        try:
            ffmpeg.run([*args, "-frames:v", "1", str(out)], expected_seconds=0.1, stall_seconds=10)
        except ffmpeg.FfmpegFailed:
            return False
        return out.exists() and out.stat().st_size > 0
