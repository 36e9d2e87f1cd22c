import logging

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from accounts.models import Institution
from common.queue import enqueue_on_commit
from common.refusals import Refused, Unavailable
from housekeeping import actions
from housekeeping.models import OPEN, DataRequest
from recordings.models import Recording, RecordingState

log = logging.getLogger(__name__)


@shared_task(name="housekeeping.sweep")
def sweep() -> None:
    """Requests that wait or whose worker died, copies whose days are over, and doomed recordings."""
    now = timezone.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    for pk in DataRequest.objects.filter(free, state__in=OPEN).values_list("pk", flat=True):
        enqueue_on_commit("housekeeping.work", pk)
    for pk in Recording.objects.filter(state=RecordingState.EXPIRING).values_list("pk", flat=True):
        enqueue_on_commit("housekeeping.expire", pk)
    try:
        actions.drop_old_exports(now=now)
    except (Refused, Unavailable) as no:
        log.warning("Old copies stay until the next sweep: %s", no.code)


@shared_task(name="housekeeping.retire")
def retire() -> None:
    """What each institution keeps longer than it wants to, and what has served; nothing when it ran a moment ago."""
    from housekeeping.erasing import forget_guests

    now = timezone.now()
    actions.forget_leftovers(now=now)
    for institution in Institution.objects.order_by("pk"):
        for recording in actions.doom_due(institution=institution, now=now):
            enqueue_on_commit("housekeeping.expire", recording.pk)
        for pk in actions.originals_due(institution=institution, now=now):
            enqueue_on_commit("housekeeping.drop_originals", pk)
        forget_guests(institution=institution, now=now)
        actions.forget_due(institution=institution, now=now)


@shared_task(name="housekeeping.expire")
def expire(recording_id: str) -> None:
    from recordings.expiry import expire as expire_recording

    try:
        expire_recording(recording_id)
    except (Refused, Unavailable) as no:
        log.warning("Recording %s is deleted later: %s", recording_id, no.code)


@shared_task(name="housekeeping.drop_originals")
def drop_originals(recording_id: str) -> None:
    try:
        actions.drop_originals(recording_id)
    except (Refused, Unavailable) as no:
        log.warning("The originals of recording %s stay: %s", recording_id, no.code)


@shared_task(name="housekeeping.work")
def work(request_id: str) -> None:
    from housekeeping import work as working

    working.work(request_id)
