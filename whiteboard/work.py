"""One worker at one import or export: claimed by a conditional update, given back by time when the worker dies."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from common.refusals import Refused, Unavailable
from whiteboard.models import UNFINISHED, WorkState
from whiteboard.models.work import Work

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 3
W = TypeVar("W", bound=Work)


class NotOurs(Exception):
    """Cancelled, or another worker's by now: stop without a trace."""


class Job(Generic[W]):
    def __init__(self, row: W, owner: str) -> None:
        self.row, self.owner = row, owner

    def tell(self, **changes: object) -> None:
        """Still at it; NotOurs when it was cancelled or taken over."""
        if not self._mine(lease_until=_lease(), **changes):
            raise NotOurs
        for name, value in changes.items():
            setattr(self.row, name, value)

    def finish(self, state: WorkState, **changes: object) -> None:
        """The end of it, for one worker only."""
        blank = {"lease_owner": "", "lease_until": None, "finished_at": timezone.now()}
        if not self._mine(state=state, **blank, **changes):
            raise NotOurs
        for name, value in {"state": state, **changes}.items():
            setattr(self.row, name, value)

    def give_back(self, **changes: object) -> None:
        """The sweep brings it to a worker again, in a while."""
        later = timezone.now() + timedelta(seconds=5)
        self._mine(lease_owner="", lease_until=later, **changes)

    def _mine(self, **changes: object) -> int:
        mine = {"pk": self.row.pk, "state": WorkState.WORKING, "lease_owner": self.owner}
        return type(self.row)._default_manager.filter(**mine).update(**changes)


def _lease() -> datetime:
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)


def claim(model: type[W], pk: UUID | str) -> Job[W] | None:
    """None when it is finished or somebody is at it."""
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now())
    rows = model._default_manager.filter(free, pk=pk, state__in=UNFINISHED)
    # Counted now: what kills its worker cannot count itself.
    taken = {"lease_owner": owner, "lease_until": _lease(), "attempts": F("attempts") + 1}
    if not rows.update(state=WorkState.WORKING, **taken):
        return None
    related = ("board__room__lesson__institution", "board__room__lesson__course")
    return Job(model._default_manager.select_related(*related).get(pk=pk), owner)


def work(model: type[W], pk: UUID | str, do: Callable[[Job[W]], None]) -> None:
    """Do it to its end; what stumbles or kills its worker three times has failed, what is only away is tried again."""
    job = claim(model, pk)
    if job is None:
        return
    try:
        if job.row.attempts > MAX_ATTEMPTS:
            raise Refused("stumbled")
        do(job)
    except NotOurs:
        log.info("%s is not ours any more", job.row)
    except Unavailable as away:
        log.warning("%s waits: %s", job.row, away.code)
        job.give_back(attempts=F("attempts") - 1)
    except Refused as refusal:
        _fail(job, refusal.code)
    except Exception:
        log.exception("%s stumbled", job.row)
        job.give_back() if job.row.attempts < MAX_ATTEMPTS else _fail(job, "stumbled")


def _fail(job: Job[W], code: str) -> None:
    try:
        job.finish(WorkState.FAILED, error=code[:40])
    except NotOurs:
        log.info("%s was cancelled meanwhile", job.row)


def free_work(model: type[W]) -> list[UUID]:
    """What waits for a worker, or for another one."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now())
    rows = model._default_manager.filter(free, state__in=UNFINISHED)
    return list(rows.order_by("asked_at").values_list("pk", flat=True))
