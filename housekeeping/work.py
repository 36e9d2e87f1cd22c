"""One worker at one request: claimed by a conditional update, given back by time when the worker dies."""

from __future__ import annotations

import logging
import os
import socket
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from common.refusals import Unavailable
from housekeeping.actions import move_request
from housekeeping.models import OPEN, DataRequest, Kind, Reason, RequestState

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 3


class NotOurs(Exception):
    """Cancelled, or another worker's by now: stop without a trace."""


class Job:
    def __init__(self, request: DataRequest, owner: str) -> None:
        self.request, self.owner = request, owner

    def tell(self, percent: int, **changes: object) -> None:
        """Still at it; NotOurs when it was cancelled or taken over."""
        mine = DataRequest.objects.filter(
            pk=self.request.pk, state=RequestState.RUNNING, lease_owner=self.owner
        )
        if not mine.update(percent=percent, lease_until=_lease(), **changes):
            raise NotOurs


def _lease() -> datetime:
    return timezone.now() + timedelta(seconds=4 * settings.LEASE_SECONDS)


def claim(request_id: UUID | str) -> Job | None:
    """None when it is done, cancelled, or somebody is at it."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now())
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
    rows = DataRequest.objects.filter(free, pk=request_id, state__in=OPEN)
    if not rows.update(state=RequestState.RUNNING, lease_owner=owner, lease_until=_lease()):
        return None
    return Job(DataRequest.objects.select_related("institution", "person").get(pk=request_id), owner)


def work(request_id: UUID | str) -> None:
    """Do it to its end; what stumbles three times has failed, what is only away is tried again."""
    from housekeeping.erasing import erase
    from housekeeping.exporting import export

    job = claim(request_id)
    if job is None:
        return
    try:
        (export if job.request.kind == Kind.EXPORT else erase)(job)
    except NotOurs:
        log.info("Request %s is not ours any more", request_id)
    except Unavailable as away:
        log.warning("Request %s waits: %s", request_id, away.code)
    except Exception:
        log.exception("Request %s stumbled", request_id)
        _count_a_stumble(job)


def _count_a_stumble(job: Job) -> None:
    mine = DataRequest.objects.filter(pk=job.request.pk, lease_owner=job.owner)
    mine.update(attempts=F("attempts") + 1)
    job.request.refresh_from_db()
    if job.request.attempts >= MAX_ATTEMPTS:
        give_up(job, Reason.STUMBLED)


def give_up(job: Job, reason: Reason) -> None:
    move_request(job.request, RequestState.FAILED, reason=reason, finished_at=timezone.now())
