"""Each minute: timetable × recorders × directories × store × rows. What disagrees is written down, what is safe is mended.

Every look is bounded, so that a run takes seconds however much there is: of the store a slice each time. One
look that fails is a finding and stops no other. Nothing here deletes what a recorder left.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from common.queue import enqueue_on_commit
from common.refusals import Refused, Unavailable
from recordings import actions
from recordings.footage import late_footage
from recordings.models import (
    AT_REST,
    CAPTURING,
    IN_PIPELINE,
    OPEN_CAPTURE,
    Capture,
    CaptureState,
    Finding,
    FindingKind,
    Orphan,
    Recorder,
    RecorderState,
    Recording,
    RecordingState,
)
from recordings.reconciler.report import LISTED_A_RUN, SETTLED, Report
from recordings.reconciler.store import check_published, look_through_store
from recordings.residency import is_ours

__all__ = ["Report", "reconcile"]
log = logging.getLogger(__name__)
# A state that lasts longer needs somebody's eyes; a composing hour of lesson takes less than that.
ALLOWANCE = {
    **dict.fromkeys(CAPTURING, timedelta(minutes=30)),
    RecordingState.EXPECTED: timedelta(minutes=90),
    RecordingState.CAPTURED: timedelta(minutes=30),
    RecordingState.COMPOSING: timedelta(hours=3),
    RecordingState.STORING: timedelta(hours=1),
    RecordingState.EXPIRING: timedelta(hours=1),
}
LEFT_OPEN = timedelta(minutes=30)
ALONE = timedelta(minutes=5)
# The fleet sees it within seconds; what is left after so long, the fleet has missed.
IDLE = timedelta(minutes=1)
_K = FindingKind


def reconcile() -> Report | None:
    """One run; None while another process is at it."""
    now = timezone.now()
    books = actions.claim_reconciliation(now=now)
    if books is None:
        return None
    report = Report(now, dict(books.cursor))
    for look in LOOKS:
        _try(look, report)
    report.look_all(_K.LOOK_FAILED)
    count = actions.keep_findings(
        found=report.found,
        mended=report.mended,
        complete=report.complete,
        examined=report.examined,
        now=timezone.now(),
    )
    done = timezone.now()
    actions.finish_reconciliation(found=count, mended=len(report.mended), cursor=report.cursor, now=done)
    return report


def _try(look: Callable[[Report], None], report: Report) -> None:
    try:
        look(report)
    except (Unavailable, Refused) as no:
        report.find(_K.STORE_AWAY, look.__name__, code=no.code)
    except Exception as error:
        log.exception("The look %s failed", look.__name__)
        report.find(_K.LOOK_FAILED, look.__name__, error=type(error).__name__)


# Timetable and rows


def compare_timetable(report: Report) -> None:
    """A lesson without a row of its recording has one from now on."""
    actions.expect_recordings(now=report.now)


def compare_states(report: Report) -> None:
    """States that last too long; whose turn it is gets knocked at again."""
    report.look_all(_K.STUCK, _K.DISK_FULL)
    ended = Recording.objects.filter(
        Q(lesson__status="ended") | ~Q(state__in=(*CAPTURING, RecordingState.EXPECTED))
    )
    for state, allowance in ALLOWANCE.items():
        late = ended.filter(state=state, state_at__lt=report.now - allowance)
        if state == RecordingState.EXPECTED:  # as it has been since the lesson was planned
            late = late.filter(lesson__ended_at__lt=report.now - allowance)
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=report.now)
        for recording in late.filter(free)[:LISTED_A_RUN]:
            report.find(_K.STUCK, f"recording:{recording.pk}", state=str(state), attempts=recording.attempts)
            if state in IN_PIPELINE:
                enqueue_on_commit("recordings.advance", recording.pk)
    waiting = Recording.objects.filter(state__in=IN_PIPELINE, step=actions.WAITS_FOR_DISK)
    for recording in waiting[:LISTED_A_RUN]:
        report.find(_K.DISK_FULL, f"recording:{recording.pk}")


# Recorders


def compare_recorders(report: Report) -> None:
    """Recorders at work for nobody; captures that nobody closed although their lesson is long over."""
    report.look_all(_K.RECORDER_ALONE, _K.CAPTURE_OPEN)
    open_ = Capture.objects.filter(state__in=OPEN_CAPTURE)
    busy = Recorder.objects.filter(
        state=RecorderState.BUSY, state_at__lt=report.now - ALONE, broadcasts__isnull=True
    )
    for recorder in busy.exclude(pk__in=open_.filter(recorder__isnull=False).values("recorder")):
        report.find(_K.RECORDER_ALONE, f"recorder:{recorder.pk}", name=recorder.name)
    silent = Q(seen_at__isnull=True) | Q(seen_at__lt=report.now - LEFT_OPEN)
    over = open_.filter(silent, recording__lesson__ended_at__lt=report.now - LEFT_OPEN)
    for capture in over.select_related("recording__lesson"):
        # Its recorder said nothing for as long: what it left is adopted with its folder.
        actions.close_capture(capture=capture, state=CaptureState.CLOSED, now=report.now)
        report.mend(_K.CAPTURE_OPEN, f"recording:{capture.recording_id}", session=capture.session_id)
    _end_idle(report)


def _end_idle(report: Report) -> None:
    """Captures that run by our rows only: their recorders have been free for a while. What is missing from now on has
    its cause; while people are inside another recorder is asked at once."""
    report.look_all(_K.CAPTURE_IDLE)
    running = Capture.objects.filter(state=CaptureState.RUNNING, recorder__state__in=actions.NOT_AT_WORK)
    asked = Q(asked_at__lt=report.now - IDLE) | Q(asked_at__isnull=True, wanted_at__lt=report.now - IDLE)
    idle = running.filter(asked, recorder__state_at__lt=report.now - IDLE)
    for capture in idle.select_related("recording__lesson", "recorder"):
        if actions.end_idle_capture(capture=capture, now=report.now):
            report.mend(_K.CAPTURE_IDLE, f"recording:{capture.recording_id}", session=capture.session_id)


# Directories


def compare_folders(report: Report) -> None:
    """Recorders' folders without a capture: adopted when their room is known, else kept and listed."""
    from recordings.adoption import adopt_folders  # media libraries, which the web process never needs

    report.look_all(_K.FOLDER_UNKNOWN)
    adopt_folders(now=report.now)
    for orphan in Orphan.objects.all()[:LISTED_A_RUN]:
        report.find(_K.FOLDER_UNKNOWN, f"orphan:{orphan.public_id}", bytes=orphan.size_bytes)


def compare_footage(report: Report) -> None:
    """What lies in the folders of a finished recording and is not in its video, as of a lost recorder that finished its
    file after all. A slice of the folders each time, and whatever was found before."""
    from recordings.manifests import is_settled  # media libraries, which the web process never needs

    root: Path = settings.RECORDINGS_DIR
    names = sorted(path.name for path in root.iterdir()) if root.is_dir() else []
    after = str(report.cursor.pop("footage", ""))
    slice_ = [name for name in names if name > after][:LISTED_A_RUN]
    if len(slice_) == LISTED_A_RUN:
        report.cursor["footage"] = slice_[-1]
    found = Finding.objects.filter(kind=_K.FOOTAGE_LATE, closed_at__isnull=True).values("recording")
    seen = Capture.objects.filter(session_id__in=slice_).values("recording")
    for recording in Recording.objects.filter(Q(pk__in=seen) | Q(pk__in=found)).select_related(
        "lesson__institution"
    ):
        about = f"recording:{recording.pk}"
        report.examined.add((_K.FOOTAGE_LATE, about))
        late = late_footage(recording) if recording.state in AT_REST and is_ours(recording) else {}
        if not late:
            continue
        report.find(_K.FOOTAGE_LATE, about, folders=len(late), bytes=sum(map(_bytes_of, late.values())))
        quiet = settings.QUIET_SECONDS
        if all(is_settled(root / name, now=report.now.timestamp(), quiet_seconds=quiet) for name in late):
            actions.compose_late_footage(recording=recording, now=report.now)


def _bytes_of(films: dict[str, int]) -> int:
    return sum(films.values())


def compare_work(report: Report) -> None:
    """Work folders of no recording go after a day: everything in them can be made again."""
    report.look_all(_K.WORK_UNKNOWN)
    root: Path = settings.WORK_DIR
    left = {path.name: path for path in root.iterdir() if path.is_dir()} if root.is_dir() else {}
    ids = {name for name in left if _is_id(name)}
    known = {str(pk) for pk in Recording.objects.filter(pk__in=ids).values_list("pk", flat=True)}
    for name in sorted(ids - known):
        changed = datetime.fromtimestamp(left[name].stat().st_mtime, tz=UTC)
        if report.now - changed > SETTLED:
            shutil.rmtree(left[name], ignore_errors=True)
            report.mend(_K.WORK_UNKNOWN, f"folder:{name}")
        else:
            report.find(_K.WORK_UNKNOWN, f"folder:{name}")


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


LOOKS: tuple[Callable[[Report], None], ...] = (
    compare_timetable,
    compare_states,
    compare_recorders,
    compare_folders,
    compare_footage,
    compare_work,
    check_published,
    look_through_store,
)
