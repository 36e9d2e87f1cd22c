"""What else is made of a recording: a maker for each kind, and one loop that makes whatever is wanted.

A maker works in a folder of its own and returns what it made; the loop stores it, reads it back, and only
then calls it ready. Whoever makes a rendition stops as soon as it is cancelled, and steps back for whatever a class waits
for: a lesson that has to be composed.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common.crashpoints import crash_point
from common.queue import enqueue_on_commit
from common.refusals import Refused, Unavailable
from common.storage import Storage
from common.storage.contract import sha256_of
from recordings import actions
from recordings.chunks import free_chunks
from recordings.ffmpeg import FfmpegFailed
from recordings.full_disk import is_full
from recordings.lease import Lease, LeaseLost, lease_of
from recordings.models import (
    CAPTURING,
    IN_PIPELINE,
    TO_MAKE,
    Recording,
    RecordingState,
    Rendition,
    RenditionKind,
    RenditionState,
)
from recordings.residency import is_ours
from recordings.storage import prefix_of, storage_for

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 3
# At most so many bells a sweep: the next one rings for the next.
BELLS = 4


@dataclass(frozen=True, slots=True)
class Product:
    """`files`: what lies beside the main one under the same prefix: name to content type."""

    path: Path
    content_type: str
    files: dict[Path, str] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)


class SteppedBack(Exception):
    """Something more urgent waits: begun again later."""


@dataclass(slots=True)
class Job:
    """One rendition in the hands of one worker. `folder` is empty at first and gone afterwards."""

    rendition: Rendition
    lease: Lease
    folder: Path
    last_told: float = 0.0
    made_of: str = ""

    @property
    def recording(self) -> Recording:
        return self.rendition.recording

    @property
    def store(self) -> Storage:
        return storage_for(self.recording.lesson.institution)

    def source(self) -> Path:
        """The published video, fetched from the store once a job."""
        path = self.folder / "source.mp4"
        if not path.exists():
            self.made_of = self.recording.video_key
            with path.open("wb") as file:
                file.writelines(self.store.read(self.recording.video_key))
        return path

    def progress(self, part: float) -> None:
        """For 0..1, as often as one likes. Raises LeaseLost when cancelled, SteppedBack for more urgent work."""
        if time.monotonic() - self.last_told < 1:
            return
        self.last_told = time.monotonic()
        self.lease.renew(percent=round(100 * min(max(part, 0.0), 1.0)))
        if self.rendition.kind not in URGENT and is_something_urgent():
            raise SteppedBack


Maker = Callable[[Job], Product]
# Other modules add theirs where they are imported by `makers()`.
MAKERS: dict[str, Maker] = {}
URGENT = frozenset({RenditionKind.RAW})
# Everything else is made of the published video.
BEFORE_PUBLISHING = frozenset({RenditionKind.RAW})


def maker(kind: RenditionKind) -> Callable[[Maker], Maker]:
    """A decorator: this function makes renditions of that kind."""

    def keep(make: Maker) -> Maker:
        MAKERS[kind] = make
        return make

    return keep


def is_something_urgent() -> bool:
    """A recording that nobody works on, or a chunk of one."""
    now = timezone.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    at_work = free_chunks(now).filter(recording__state__in=(*IN_PIPELINE, *CAPTURING))
    return Recording.objects.filter(free, state__in=IN_PIPELINE).exists() or at_work.exists()


def due_renditions() -> list[UUID]:
    """Those that can be made now, the urgent ones first, then by the time they were asked for."""
    now = timezone.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    published = Q(recording__state=RecordingState.PUBLISHED) | Q(kind__in=BEFORE_PUBLISHING)
    due = Rendition.objects.filter(free, published, state__in=TO_MAKE).order_by("wanted_at")
    if is_something_urgent():
        due = due.filter(kind__in=URGENT)
    rows = due.values_list("pk", "kind")[: 10 * BELLS]
    return [pk for pk, _ in sorted(rows, key=lambda row: row[1] not in URGENT)][:BELLS]


def ring_for_renditions() -> None:
    """Part of the sweep."""
    drop_needless()
    actions.want_usual_renditions(now=timezone.now())
    for pk in due_renditions():
        enqueue_on_commit("recordings.make_rendition", pk)


def make_rendition(rendition_id: UUID | str) -> None:
    """Make it, unless somebody is at it or it is not wanted any more."""
    from recordings.makers import load

    load()
    with lease_of(rendition_id, Rendition) as lease:
        rendition = (
            Rendition.objects.select_related("recording__lesson__institution")
            .filter(pk=rendition_id, state__in=TO_MAKE)
            .first()
        )
        if lease is None or rendition is None or rendition.kind not in MAKERS:
            return
        if not is_ours(rendition.recording):
            return
        actions.move_rendition(rendition, RenditionState.MAKING)
        folder = settings.WORK_DIR / f"rendition-{rendition.pk}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            _make(Job(rendition, lease, folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _make(job: Job) -> None:
    try:
        product = MAKERS[job.rendition.kind](job)
        crash_point("renditions.made")
        keep(job, product)
    except LeaseLost:
        log.info("Rendition %s was cancelled or went to another worker", job.rendition.pk)
    except SteppedBack:
        actions.move_rendition(job.rendition, RenditionState.WANTED, percent=0)
    except Refused as refusal:
        actions.move_rendition(job.rendition, RenditionState.FAILED, reason=refusal.code)
    except (Unavailable, FfmpegFailed, OSError) as error:
        log.warning("Rendition %s stumbled: %s", job.rendition.pk, error)
        _try_again_or_fail(job, error)


def _try_again_or_fail(job: Job, error: Exception) -> None:
    attempts = job.rendition.attempts + (not isinstance(error, Unavailable) and not is_full(error))
    if attempts >= MAX_ATTEMPTS:
        actions.move_rendition(
            job.rendition, RenditionState.FAILED, reason="making_failed", attempts=attempts
        )
        return
    until = timezone.now() + timedelta(seconds=min(60, 5 * 2**attempts))
    # The lease stays without an owner until then, so nobody tries before.
    again = {"attempts": attempts, "lease_owner": "", "lease_until": until}
    actions.move_rendition(job.rendition, RenditionState.WANTED, **again)


def keep(job: Job, product: Product) -> None:
    """Store under its content's hash, believe the store only after a look, and drop what it replaces. SteppedBack when
    the video is another one by now: this is begun again."""
    rendition = job.rendition
    digest = sha256_of(product.path)
    size = sum(path.stat().st_size for path in (product.path, *product.files))
    key, extra = _put(job, product, digest)
    crash_point("renditions.stored")
    proof = job.store.head(key)
    if proof is None or proof.sha256 != digest:
        raise Refused("storage_refused")
    gone = set(rendition.keys) - {key, *extra}
    ready = _call_ready(
        job,
        {key, *extra},
        object_key=key,
        extra_keys=sorted(extra),
        content_type=product.content_type,
        about=product.about,
        size_bytes=size,
        sha256=digest,
        percent=100,
        made_at=timezone.now(),
    )
    # Cancelled at the last moment: nobody would ever delete what nobody's row names.
    if ready and rendition.kind == RenditionKind.LAYOUT:
        gone |= set(actions.replace_video(rendition=rendition, now=timezone.now()))
    for old in gone if ready else {key, *extra}:
        job.store.delete(old)


def _call_ready(job: Job, keys: set[str], **changes: object) -> bool:
    """Under the lock of the recording: whoever publishes another video finds it ready and has it made again, or has
    published it before, and it is not called ready."""
    with transaction.atomic():
        recording = Recording.objects.select_for_update(of=("self",)).get(pk=job.rendition.recording_id)
        if not job.made_of or recording.video_key == job.made_of:
            return actions.move_rendition(job.rendition, RenditionState.READY, **changes)
    for key in keys - set(job.rendition.keys):
        job.store.delete(key)
    raise SteppedBack


def _put(job: Job, product: Product, digest: str) -> tuple[str, list[str]]:
    """Its key, and those beside it. All under a second name when the store holds other bytes under one of the first,
    such as half of these: what lies there cannot be written again, and stays until the recording goes."""
    rendition = job.rendition
    first = f"{prefix_of(job.recording)}{rendition.kind}-{rendition.language or 'any'}-{digest[:16]}"
    try:
        return _put_under(first, job, product)
    except Refused as refusal:
        if refusal.code != "key_taken":
            raise
    second = f"{first}-{digest[16:24]}"
    log.warning("The store holds other bytes under %s; trying %s", first, second)
    return _put_under(second, job, product)


def _put_under(prefix: str, job: Job, product: Product) -> tuple[str, list[str]]:
    """What lies beside comes first: whoever finds the main one finds all of it."""
    for path, content_type in (*product.files.items(), (product.path, product.content_type)):
        job.lease.renew()
        job.store.put(f"{prefix}/{path.name}", path, content_type=content_type)
    return f"{prefix}/{product.path.name}", [f"{prefix}/{path.name}" for path in product.files]


def drop_needless() -> int:
    """What the recorder filmed is shown until there is a video; then it only takes room."""
    ready = Rendition.objects.select_related("recording__lesson__institution").filter(
        kind=RenditionKind.RAW, state=RenditionState.READY
    )
    needless = ready.filter(recording__state=RecordingState.PUBLISHED)
    for rendition in needless:
        store = storage_for(rendition.recording.lesson.institution)
        for key in rendition.keys:
            store.delete(key)
        rendition.delete()
    return len(needless)
