"""A file as Jibri's ffmpeg writes it: in real time, flushed packet by packet, playable when it is killed."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from pathlib import Path

from recordings.ffmpeg import executable

FONT = Path(__file__).resolve().parents[2] / "frontend" / "dist" / "fonts" / "DejaVuSans.ttf"
FORMATS = {
    "ts": ["-f", "mpegts", "-mpegts_flags", "+resend_headers"],
    "mkv": ["-f", "matroska", "-cluster_time_limit", "1000"],
    "mp4": ["-f", "mp4", "-movflags", "+frag_keyframe+empty_moov+default_base_moof"],
}
_PR_SET_PDEATHSIG = 1


class Film:
    """A test picture whose seconds run, the time of day below it, and a tone; into a file, or to an address."""

    def __init__(self, sink: Path | str, *, width: int, height: int, fps: int) -> None:
        picture = f"testsrc=size={width}x{height}:rate={fps}{_time_of_day(height)}"
        inputs = [
            "-re",
            "-f",
            "lavfi",
            "-i",
            picture,
            "-re",
            "-f",
            "lavfi",
            "-i",
            "sine=frequency=330:sample_rate=48000",
        ]
        encode = [
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-tune",
            "zerolatency",
            "-crf",
            "28",
            "-g",
            str(fps),
        ]
        sound = ["-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "64k", "-ac", "1", "-flush_packets", "1"]
        command = [executable(), "-nostdin", "-v", "error", "-threads", "1", *inputs, *encode, *sound]
        self._child = subprocess.Popen(
            [*command, *(FORMATS[sink.suffix[1:]] if isinstance(sink, Path) else ["-f", "flv"]), str(sink)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            preexec_fn=_die_with_us if sys.platform.startswith("linux") else None,
        )

    @property
    def is_running(self) -> bool:
        return self._child.poll() is None

    def close(self) -> None:
        """As Jibri does: asked first, killed after a while."""
        self._child.send_signal(signal.SIGINT)
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


def _time_of_day(height: int) -> str:
    if not FONT.exists():
        return ""
    size = max(12, height // 10)
    place = f"x=(w-tw)/2:y=h-2*th:fontsize={size}:fontcolor=white:box=1:boxcolor=black@0.6"
    return f",drawtext=fontfile='{FONT}':text='%{{localtime}}':{place}"


def _die_with_us() -> None:
    """The machine is gone when the simulator is killed, and its ffmpeg with it."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
