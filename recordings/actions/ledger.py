"""What the reconciler writes down, what it mends, and what people do with what it found."""

import logging
import shutil
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.actions import record_audit
from accounts.models import Person
from classroom.models import Lesson
from common.queue import enqueue_on_commit
from common.refusals import Refused
from common.storage import Stored
from recordings.actions.captures import adopt_session
from recordings.actions.recordings import move
from recordings.actions.renditions import want_rendition
from recordings.footage import is_all_there, late_footage
from recordings.models import (
    AT_REST,
    LATE_AFTER,
    Engine,
    Finding,
    FindingKind,
    Orphan,
    Reason,
    Reconciliation,
    Recording,
    RecordingState,
    RenditionKind,
)
from recordings.residency import is_ours

# Reasons that say that we know of nothing, and not that something was wrong with what we knew.
UNKNOWING = (Reason.NOBODY_CAME, Reason.NO_RECORDER, Reason.NO_VIDEO)
log = logging.getLogger(__name__)
# As long as one comparison may take before another process may begin the next.
CLAIM = timedelta(seconds=120)
Thing = tuple[str, str]


# The run


def claim_reconciliation(*, now: datetime) -> Reconciliation | None:
    """The books, for whoever is first; None while somebody is at it."""
    Reconciliation.objects.bulk_create([Reconciliation()], ignore_conflicts=True)
    free = Reconciliation.objects.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=now))
    if not free.update(claimed_until=now + CLAIM, began_at=now):
        return None
    return Reconciliation.objects.get()


@transaction.atomic
def finish_reconciliation(*, found: int, mended: int, cursor: Mapping[str, Any], now: datetime) -> None:
    books = Reconciliation.objects.select_for_update().get()
    if books.late_since is not None:
        seconds = round((now - books.late_since).total_seconds())
        record_audit(
            "reconciler.back", institution=None, by=None, target="reconciler:all", detail={"seconds": seconds}
        )
    done = {"claimed_until": None, "finished_at": now, "late_since": None, "told_at": None}
    Reconciliation.objects.update(**done, found=found, mended=mended, cursor=cursor)


@transaction.atomic
def note_late_reconciler(*, now: datetime) -> bool:
    """Asked by another task than the one that is watched: an alarm, once an outage."""
    stale = Q(finished_at__lt=now - LATE_AFTER) | Q(finished_at__isnull=True, began_at__lt=now - LATE_AFTER)
    if not Reconciliation.objects.filter(stale, late_since__isnull=True).update(late_since=now):
        return False
    log.error("The reconciler of recordings has not finished for %s", LATE_AFTER)
    record_audit("reconciler.late", institution=None, by=None, target="reconciler:all")
    return True


@transaction.atomic
def keep_findings(
    *,
    found: Mapping[Thing, dict[str, Any]],
    mended: Collection[Thing],
    complete: Collection[str],
    examined: Collection[Thing],
    now: datetime,
) -> int:
    """How many are open afterwards. What is not found any more is closed, as far as it was looked at:
    all of a kind in `complete`, one by one in `examined`."""
    still = {(one.kind, one.about): one for one in Finding.objects.filter(closed_at__isnull=True)}
    for thing, detail in found.items():
        if thing in still:
            Finding.objects.filter(pk=still[thing].pk).update(seen_at=now, detail=detail)
        else:
            _note(thing, detail, now)
    put_right = Finding.objects.filter(closed_at__isnull=True)
    for kind, about in mended:
        put_right.filter(kind=kind, about=about).update(closed_at=now, is_mended=True)
    for (kind, about), one in still.items():
        was_seen = kind in complete or (kind, about) in examined
        if was_seen and (kind, about) not in found:
            Finding.objects.filter(pk=one.pk).update(closed_at=now)
    return Finding.objects.filter(closed_at__isnull=True).count()


def _note(thing: Thing, detail: dict[str, Any], now: datetime) -> None:
    kind, about = thing
    log.warning("The reconciler found %s: %s", kind, about)
    noun, _, pk = about.partition(":")
    recording = UUID(pk) if noun == "recording" else None
    new = Finding(kind=kind, about=about, recording=recording, detail=detail, found_at=now, seen_at=now)
    Finding.objects.bulk_create([new], ignore_conflicts=True)


@transaction.atomic
def readopt_object(*, recording: Recording, held: Stored, poster_key: str, now: datetime) -> bool:
    """The store holds a whole video of a lesson whose row knows of none, as after a restored database.

    Only when no recorder's folder is left: from one it is composed anyway, with chapters and all.
    """
    if recording.reason not in UNKNOWING or has_originals(recording):
        return False
    known = {"video_key": held.key, "poster_key": poster_key, "size_bytes": held.size, "sha256": held.sha256}
    if not move(recording, RecordingState.PUBLISHED, now=now, published_at=now, percent=100, **known):
        return False
    record_audit(
        "recording.readopted",
        institution=recording.lesson.institution,
        by=None,
        target=f"recording:{recording.pk}",
        detail={"lesson": str(recording.lesson_id), "bytes": held.size},
    )
    return True


# What people do with what was found


@transaction.atomic
def compose_again(*, recording: Recording, by: Person, now: datetime) -> None:
    """A failed recording, or a published one that the store lost or damaged, from what its recorders left; or one of
    which more has come than its video holds: that one is shown until the new one is there.

    Raises Refused: `not_again` in any other state, `nothing_left` when the recorders' folders are gone,
    `originals_gone` when what is there would make a shorter video.
    """
    if recording.is_published and not is_damaged_in_store(recording):
        return _compose_more(recording, by, now)
    if recording.state not in AT_REST:
        raise Refused("not_again")
    if not has_originals(recording):
        raise Refused("nothing_left")
    if not move(recording, RecordingState.CAPTURED, now=now, attempts=0, lease_until=None):
        raise Refused("not_again")
    _audit_again(recording, by)
    enqueue_on_commit("recordings.advance", recording.pk)
    return None


def _compose_more(recording: Recording, by: Person | None, now: datetime) -> None:
    """Beside the video, which it replaces when the store has proved that it holds it."""
    if not late_footage(recording):
        raise Refused("not_again")
    if not is_all_there(recording):
        raise Refused("originals_gone")
    _audit_again(recording, by)
    want_rendition(recording=recording, kind=RenditionKind.LAYOUT, now=now, by=by, again=True)


def _audit_again(recording: Recording, by: Person | None) -> None:
    record_audit(
        "recording.recomposed",
        institution=recording.lesson.institution,
        by=by,
        target=f"recording:{recording.pk}",
        detail={"lesson": str(recording.lesson_id)},
    )


@transaction.atomic
def compose_late_footage(*, recording: Recording, now: datetime) -> bool:
    """By itself, once: what failed goes on with it; a video is made again beside the one that is shown.

    False where somebody has to decide: it has been done once, its layout was chosen by hand, it is being composed
    anew, or what it was made of is not there any more.
    """
    mine = Recording.objects.filter(pk=recording.pk, state=recording.state, made_more_at=None)
    if recording.state == RecordingState.FAILED:
        if not mine.update(made_more_at=now) or not move(
            recording, RecordingState.CAPTURED, now=now, attempts=0
        ):
            return False
        _audit_again(recording, None)
        enqueue_on_commit("recordings.advance", recording.pk)
        return True
    is_at_it = recording.renditions.filter(kind=RenditionKind.LAYOUT).exists()
    if recording.look or is_at_it or is_damaged_in_store(recording) or not is_all_there(recording):
        return False
    if not recording.is_published or not mine.update(made_more_at=now):
        return False
    _compose_more(recording, None, now)
    return True


def is_damaged_in_store(recording: Recording) -> bool:
    damages = (FindingKind.OBJECT_MISSING, FindingKind.OBJECT_DIFFERS)
    return Finding.objects.filter(recording=recording.pk, kind__in=damages, closed_at__isnull=True).exists()


def has_originals(recording: Recording) -> bool:
    """Whether its recorders' folders are still there to compose it from; not what was kept when the others went."""
    if recording.originals_gone_at is not None:
        return False
    sessions = recording.captures.values_list("session_id", flat=True)
    return any((settings.RECORDINGS_DIR / session).is_dir() for session in sessions)


@transaction.atomic
def assign_orphan(*, orphan: Orphan, lesson: Lesson, by: Person, now: datetime) -> None:
    """A folder of an unknown room becomes part of this lesson's recording, which is composed (again).

    Raises Refused: `folder_gone`, `recording_gone` when the lesson's was deleted in time, `not_over`, `originals_gone`
    when the video would hold this folder and nothing else any more.
    """
    recording = Recording.objects.filter(lesson=lesson).select_related("lesson__institution").first()
    if not orphan_folder(orphan).is_dir():
        raise Refused("folder_gone")
    if not lesson.is_over:
        raise Refused("not_over")
    is_gone = recording is None or recording.state in (RecordingState.EXPIRING, RecordingState.EXPIRED)
    if recording is None or is_gone:
        raise Refused("recording_gone")
    if not is_ours(recording):
        raise Refused("wrong_zone")
    is_shown = recording.is_published and not is_damaged_in_store(recording)
    if is_shown and not is_all_there(recording):
        raise Refused("originals_gone")
    adopt_session(recording=recording, session_id=orphan.name, engine=Engine.JIBRI, now=now)
    if not is_shown:
        move(recording, RecordingState.CAPTURED, now=now, attempts=0)
    elif late_footage(recording):
        want_rendition(recording=recording, kind=RenditionKind.LAYOUT, now=now, by=by, again=True)
    record_audit(
        "orphan.assigned",
        institution=lesson.institution,
        by=by,
        target=f"recording:{recording.pk}",
        detail={"lesson": str(lesson.pk), "bytes": orphan.size_bytes},
    )
    orphan.delete()


@transaction.atomic
def discard_orphan(*, orphan: Orphan, by: Person) -> None:
    """The folder and what is in it are deleted, after the line about it is kept."""
    folder, detail = orphan_folder(orphan), {"bytes": orphan.size_bytes}
    target = f"orphan:{orphan.public_id}"
    record_audit("orphan.discarded", institution=None, by=by, target=target, detail=detail)
    orphan.delete()
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


def orphan_folder(orphan: Orphan) -> Path:
    """Directly below the recorders' folder, or Refused("folder_gone"): its name was a stranger's to choose."""
    root: Path = settings.RECORDINGS_DIR
    folder = root / orphan.name
    if folder.parent != root or orphan.name in {"", ".", ".."} or folder.is_symlink():
        raise Refused("folder_gone")
    return folder
