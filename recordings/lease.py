"""Who works on a recording, a chunk or a rendition of it: one process at a time, and another one soon after it dies."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from recordings.models import Chunk, Recording, Rendition

Workpiece = type[Recording] | type[Rendition] | type[Chunk]


class LeaseLost(Exception):
    """Another process works on it by now: stop without a trace."""


class Lease:
    def __init__(self, pk: UUID | str, owner: str, of: Workpiece = Recording) -> None:
        self.pk, self.owner, self.of = pk, owner, of

    def renew(self, **changes: object) -> None:
        """Keep it for another LEASE_SECONDS, writing `changes` along; LeaseLost when it is not ours any more."""
        until = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
        mine = self.of.objects.filter(pk=self.pk, lease_owner=self.owner)
        if not mine.update(lease_until=until, **changes):
            raise LeaseLost


@contextmanager
def lease_of(pk: UUID | str, of: Workpiece = Recording) -> Iterator[Lease | None]:
    """The lease, kept alive in the background; None when somebody holds it or it may not be taken yet."""
    lease = Lease(pk, f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}", of)
    now = timezone.now()
    free = of.objects.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now), pk=pk)
    until = now + timedelta(seconds=settings.LEASE_SECONDS)
    if not free.update(lease_owner=lease.owner, lease_until=until):
        yield None
        return
    done = threading.Event()
    beat = threading.Thread(target=_keep, args=(lease, done), daemon=True)
    beat.start()
    try:
        yield lease
    finally:
        done.set()
        beat.join()
        _release(lease)


def _release(lease: Lease) -> None:
    lease.of.objects.filter(pk=lease.pk, lease_owner=lease.owner).update(lease_owner="", lease_until=None)


def _keep(lease: Lease, done: threading.Event) -> None:
    try:
        while not done.wait(settings.LEASE_SECONDS / 3):
            lease.renew()
    except LeaseLost:
        return
    finally:
        connection.close()
