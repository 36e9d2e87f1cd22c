"""`make bench-recording`: how long a lesson takes to become a video, and what those feel who watch it.

Makes a lesson as a Jibri films it and a teacher draws it, and measures in the same run: ffmpeg that transcodes the
film alone at the same preset and as many pictures a second, which is the limit; our whole composite, with as many as
the film has and with as many as the usual layout takes; a lesson filmed at its own pace and composed meanwhile, where
only its last pieces are left after the end; all that comes after them, step by step, of a whole hour; what weighs who
watches it: the light pack, and the page without its media; and what `make bench-hls` measures of a live stream.

It takes twenty minutes or more. `MINUTES=2`: of so short a lesson, for developing. The last line is JSON, with each line
that has to be kept.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from pathlib import Path

import django

from scripts.bench_recording.lines import WHOLE_MINUTES, said, show


def main() -> int:
    minutes = int(sys.argv[sys.argv.index("--minutes") + 1]) if "--minutes" in sys.argv else WHOLE_MINUTES
    prepare()
    from scripts.bench_recording.measuring import measure

    with tempfile.TemporaryDirectory(prefix="bench-recording-") as name:
        found = measure(Path(name), 60 * minutes)
    show(found)
    return 0 if said(found)["met"] else 1


def prepare() -> None:
    """Darasa's modules are loaded, and ask no database: what needs one starts its own."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("SECRET_KEY", "for measuring only " * 4)
    os.environ.setdefault("DATABASE_URL", "postgresql://nobody:nothing@127.0.0.1:1/none")
    os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
    django.setup()
    logging.getLogger("recordings").setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
