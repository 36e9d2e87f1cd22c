"""A disk without room says nothing about a film: whoever meets it waits, and goes on when there is room."""

from __future__ import annotations

import errno

from recordings.ffmpeg import FfmpegFailed

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def is_full(error: BaseException) -> bool:
    """Whether that happened for want of room; what PyAV raises bears the number of the system's error too."""
    if isinstance(error, FfmpegFailed):
        return error.reason == "disk_full"
    return isinstance(error, OSError) and error.errno in FULL
