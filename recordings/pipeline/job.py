"""One recording in the hands of one worker."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from recordings import actions
from recordings.lease import Lease
from recordings.models import Reason, Recording, RecordingState

OTHERWISE: dict[str, str] = {
    RecordingState.CAPTURED: Reason.NO_VIDEO,
    RecordingState.COMPOSING: Reason.COMPOSING_FAILED,
    RecordingState.STORING: Reason.STORAGE_REFUSED,
}
PRODUCTS = ("composite.mp4", "video.mp4", "poster.jpg")


@dataclass(slots=True)
class Job:
    """`folder` holds what the steps leave for each other."""

    recording: Recording
    lease: Lease
    last_told: float = 0.0

    @property
    def folder(self) -> Path:
        path: Path = settings.WORK_DIR / str(self.recording.pk)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def begin(self, step: str, percent: int) -> None:
        self.lease.renew(step=step, percent=percent)

    def progress(self, start: int, end: int) -> Callable[[float], None]:
        """A callback for 0..1 that moves the bar from `start` to `end`, at most twice a second."""

        def tell(part: float) -> None:
            if time.monotonic() - self.last_told > 0.5:
                self.last_told = time.monotonic()
                self.lease.renew(percent=round(start + (end - start) * min(max(part, 0.0), 1.0)))

        return tell


def fail(job: Job, reason: str) -> None:
    """The end, with a reason; what the recorder left stays where it is."""
    known = reason if reason in Reason.values else OTHERWISE[job.recording.state]
    actions.move(job.recording, RecordingState.FAILED, now=timezone.now(), reason=known)
