"""The command lines of the ffmpegs behind a stream."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from recordings.ffmpeg import executable

# A connection that sends nothing for so long is not one; the place is needed for whoever comes next.
SILENCE_MICROSECONDS = 8_000_000
# The best one is what came in; a smaller picture has so many bits a second.
RATES = {360: 600_000, 240: 250_000}
NAMES = {360: "mid", 240: "low"}
TOP, SOUND = "top", "sound"
SOUND_BITS = 64_000

_QUIET = ("-nostdin", "-hide_banner", "-nostats", "-v", "warning")
# In TS the sound has a header a frame, in MP4 one for all.
_SOUND = ("-c:a", "copy", "-bsf:a", "aac_adtstoasc")


def ingest(*, address: str, port: int, key: str) -> list[str]:
    """Waits for one sender and hands on what comes, packet by packet. ffmpeg takes whoever knocks and says so when
    the key is another one: `is_refusal` finds that word, and the caller ends it before a byte goes on."""
    door = f"rtmp://{address}:{port}/live/{key}"
    into = ["-rw_timeout", str(SILENCE_MICROSECONDS), "-f", "flv", "-listen", "1", "-i", door]
    out = ["-map", "0:v:0", "-map", "0:a:0", "-c", "copy", "-f", "mpegts", "-flush_packets", "1"]
    return [executable(), *_QUIET, *into, *out, "-muxdelay", "0", "-muxpreload", "0", "pipe:1"]


def is_refusal(line: str) -> bool:
    return "Unexpected stream" in line or "App field don't match" in line


def renditions(heights: Sequence[int]) -> list[str]:
    """Those with pictures, the best first."""
    return [TOP, *(NAMES[height] for height in heights)]


def packager(*, shelf: Path, take: int, heights: Sequence[int]) -> list[str]:
    """TS on stdin, pieces on the shelf. The best picture is copied; every smaller one is cut where that one is."""
    # Enough to see a first picture, but not so much that a sender who begins without sound is waited for.
    into = [
        "-threads",
        "1",
        "-analyzeduration",
        "3000000",
        "-probesize",
        "2000000",
        "-f",
        "mpegts",
        "-i",
        "pipe:0",
    ]
    command = [executable(), *_QUIET, *into]
    if heights:
        outlets = "".join(f"[v{height}]" for height in heights)
        sizes = ";".join(f"[v{height}]scale=-2:{height}[s{height}]" for height in heights)
        command += [
            "-filter_complex_threads",
            "1",
            "-filter_complex",
            f"[0:v]split={len(heights)}{outlets};{sizes}",
        ]
    command += ["-map", "0:v", "-map", "0:a", "-c:v", "copy", *_SOUND, *_pieces(shelf, TOP, take)]
    for height in heights:
        command += ["-map", f"[s{height}]", "-map", "0:a", *_smaller(height), *_SOUND]
        command += _pieces(shelf, NAMES[height], take)
    return [*command, "-map", "0:a", *_SOUND, *_pieces(shelf, SOUND, take)]


def onward(*, url: str, key: str, port: int) -> list[str]:
    """TS on stdin, copied to whom `url` names, over the line that begins at our own `port`."""
    parts = urlsplit(url)
    app = parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")
    there = ["-rtmp_app", app, "-rtmp_playpath", key, "-rtmp_tcurl", f"{parts.scheme}://{parts.netloc}/{app}"]
    into = ["-analyzeduration", "3000000", "-probesize", "2000000", "-f", "mpegts", "-i", "pipe:0"]
    copied = ["-map", "0:v:0", "-map", "0:a:0", "-c:v", "copy", *_SOUND, "-f", "flv"]
    flags = ["-flvflags", "no_duration_filesize", "-flush_packets", "1"]
    told = ["-stats_period", "0.5", "-progress", "pipe:2"]
    return [executable(), *_QUIET, *told, *into, *copied, *flags, *there, f"rtmp://127.0.0.1:{port}"]


def _smaller(height: int) -> list[str]:
    rate = RATES[height]
    speed = [
        "-c:v",
        "libx264",
        "-threads",
        "1",
        "-preset",
        "veryfast",
        "-tune",
        "zerolatency",
        "-pix_fmt",
        "yuv420p",
    ]
    cuts = ["-force_key_frames", "source", "-g", "600", "-sc_threshold", "0"]
    return [*speed, *cuts, "-b:v", str(rate), "-maxrate", str(rate * 6 // 5), "-bufsize", str(rate * 2)]


def _pieces(shelf: Path, rendition: str, take: int) -> list[str]:
    stem = f"{rendition}-{take}"
    shape = ["-f", "hls", "-hls_time", "1", "-hls_list_size", "12", "-hls_segment_type", "fmp4"]
    flags = ["-hls_flags", "independent_segments+temp_file", "-hls_fmp4_init_filename", f"{stem}.mp4"]
    return [
        *shape,
        *flags,
        "-hls_segment_filename",
        str(shelf / f"{stem}-%06d.m4s"),
        str(shelf / f".{stem}.m3u8"),
    ]
