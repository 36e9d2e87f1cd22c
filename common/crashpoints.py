"""Named points between side effects where a test may kill the process, to prove that nothing is lost."""

import os
import signal

from django.conf import settings


def crash_point(name: str) -> None:
    """Dies like `kill -9` when the setting CRASH_AT names this point; does nothing otherwise.

    `term:<name>`, or `term:all` at each one: the whole process group, ffmpeg and all, is asked to end (SIGTERM).
    """
    if name == settings.CRASH_AT:
        os.kill(os.getpid(), signal.SIGKILL)
    elif settings.CRASH_AT in (f"term:{name}", "term:all"):
        os.killpg(os.getpgrp(), signal.SIGTERM)
