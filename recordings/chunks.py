"""The errands of composing: which pieces of a recording are wanted, and who is at which. docs/decisions/0028.

What counts are the files, named after all that they are made of; a row only keeps two workers from making the same one.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from common.queue import enqueue_on_commit
from recordings.compositing import Job, work_off
from recordings.compositing.steps import Progress
from recordings.models import Chunk, ChunkState, Recording

MAX_ATTEMPTS = 3
BELLS = 3


def work_folder(recording: Recording) -> Path:
    return Path(settings.WORK_DIR) / str(recording.pk) / "spans"


def want(recording: Recording, jobs: Sequence[Job], *, now: datetime) -> int:
    """A row for each job that is not done; what is made of something else by now is wanted again."""
    known = {row.number: row for row in recording.chunks.all()}
    fresh, wanted = [], 0
    for number, job in enumerate(jobs):
        name, row = job.film.stem, known.get(number)
        state = ChunkState.READY if job.is_done else ChunkState.WANTED
        wanted += state == ChunkState.WANTED
        if row is None:
            row = Chunk(
                recording=recording, number=number, fingerprint=name, seconds=job.seconds, wanted_at=now
            )
            row.state = state
            fresh.append(row)
        elif (row.fingerprint, row.state == ChunkState.WANTED) != (name, state == ChunkState.WANTED):
            changes = {"fingerprint": name, "state": state, "seconds": job.seconds, "attempts": 0}
            Chunk.objects.filter(pk=row.pk).update(wanted_at=now, lease_owner="", lease_until=None, **changes)
    Chunk.objects.bulk_create(fresh, ignore_conflicts=True)
    for _ in range(min(BELLS, wanted - 1)):
        enqueue_on_commit("recordings.make_chunks", recording.pk)
    return wanted


def free_chunks(now: datetime) -> QuerySet[Chunk]:
    nobodys = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    return Chunk.objects.filter(nobodys, state=ChunkState.WANTED, attempts__lt=MAX_ATTEMPTS)


class Hand:
    """What one process has taken of a recording's chunks."""

    def __init__(self, recording: Recording, *, is_owner: bool = False) -> None:
        """The owner of a recording makes also what nobody wrote a row about."""
        self.recording, self.is_owner = recording, is_owner
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{time.monotonic_ns()}"
        self._kept_at = time.monotonic()

    def claim(self, job: Job) -> bool:
        """Whether this process may make it now."""
        rows = self.recording.chunks.filter(fingerprint=job.film.stem)
        now = timezone.now()
        mine = rows.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))
        taken = mine.update(lease_owner=self.owner, lease_until=self._until(), state=ChunkState.WANTED)
        return bool(taken) or (self.is_owner and not rows.exists())

    def keep(self, _: float) -> None:
        """Called while something is made, as often as one likes."""
        if time.monotonic() - self._kept_at > settings.LEASE_SECONDS / 4:
            self._kept_at = time.monotonic()
            self.recording.chunks.filter(lease_owner=self.owner).update(lease_until=self._until())

    def done(self, job: Job) -> None:
        state = ChunkState.DAMAGED if job.damaged else ChunkState.READY
        self._mine(job).update(state=state, made_at=timezone.now(), lease_owner="", lease_until=None)

    def give_up(self, job: Job, *, is_counted: bool = True) -> None:
        row = self._mine(job).first()
        if row is not None:
            again = timezone.now() + timedelta(seconds=30)
            self._mine(job).update(attempts=row.attempts + is_counted, lease_owner="", lease_until=again)

    def let_go(self) -> None:
        """Of what was begun and will not be done: whoever tries again, be it this process, need not wait for the lease to end."""
        self.recording.chunks.filter(lease_owner=self.owner).update(lease_owner="", lease_until=None)

    def _mine(self, job: Job) -> QuerySet[Chunk]:
        return self.recording.chunks.filter(fingerprint=job.film.stem, lease_owner=self.owner)

    def _until(self) -> datetime:
        return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)


def share_out(recording: Recording, jobs: Sequence[Job], progress: Progress) -> None:
    """All that is left after the lesson: by this process, and by other workers that hear the bell."""
    want(recording, jobs, now=timezone.now())
    hand = Hand(recording, is_owner=True)

    def tell(part: float) -> None:
        hand.keep(part)
        progress(part)

    try:
        work_off(jobs, tell, claim=hand.claim, done=hand.done)
    finally:
        hand.let_go()
    recording.chunks.all().delete()
