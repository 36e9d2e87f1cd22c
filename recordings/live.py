"""A lesson composed while it is still going on, by whichever workers are free: docs/decisions/0028.

The plan is made of what there is; all of its pieces but the last stay as they are when more comes. So whatever ended some
seconds ago is made at once, and after the lesson only its tail is left to do.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from classroom.models import LessonStatus, Presence
from common.crashpoints import crash_point
from common.queue import enqueue_on_commit
from recordings.board_log import edits_of
from recordings.chips import count_failed_chip
from recordings.chunks import Hand, free_chunks, want, work_folder
from recordings.clock import Span, Timeline, merge
from recordings.compositing import (
    BrokenSound,
    ChipFailed,
    Job,
    NothingUsable,
    Plan,
    Track,
    forbid_chips,
    lay_plan,
    sound_ahead,
)
from recordings.direction import composition_of, with_lead
from recordings.ffmpeg import FfmpegFailed
from recordings.full_disk import is_full
from recordings.models import CAPTURING, Chunk, Recording, RecordingState
from recordings.pipeline import timeline_of, tracks_of
from recordings.residency import is_ours

log = logging.getLogger(__name__)
# What was filmed so long ago is on the disk, whole strokes with it; a longer one is drawn again at the end.
SAFETY_SECONDS = 15.0
# A piece is half a minute long: looking more often finds nothing.
LOOK_SECONDS = 25


def ring_for_chunks(*, now: datetime) -> int:
    """Part of the sweep: lessons that are being recorded and have half a minute more than at the last look."""
    if not settings.COMPOSE_LIVE:
        return 0
    live = Recording.objects.filter(state__in=CAPTURING, lesson__status=LessonStatus.LIVE)
    live = live.filter(captures__isnull=False).distinct()
    seen = Chunk.objects.filter(wanted_at__gt=now - timedelta(seconds=LOOK_SECONDS))
    due = live.filter(state_at__lt=now - timedelta(seconds=LOOK_SECONDS)).exclude(
        pk__in=seen.values("recording")
    )
    waiting = live.filter(pk__in=free_chunks(now).values("recording"))
    pks = set(due.values_list("pk", flat=True)) | set(waiting.values_list("pk", flat=True))
    for pk in pks:
        enqueue_on_commit("recordings.make_chunks", pk)
    return len(pks)


def make_chunks(recording_id: UUID | str) -> None:
    """Plan what can be made by now, and make what nobody else is making; after the lesson, help whoever composes it."""
    recording = Recording.objects.select_related("lesson__institution", "lesson__course").get(pk=recording_id)
    if not is_ours(recording):
        return
    try:
        if recording.state in CAPTURING:
            plan = settled_plan(recording, now=timezone.now())
            jobs = plan.jobs if plan else []
            want(recording, jobs, now=timezone.now())
        elif recording.state == RecordingState.COMPOSING:
            plan, jobs = None, all_jobs(recording)
        else:
            return
    except NothingUsable:
        return
    _make_all(recording, jobs)
    if plan and all(job.is_done for job in jobs):
        _make_sound(plan)


def _make_all(recording: Recording, jobs: Sequence[Job]) -> None:
    """What nobody else is at, until a chip fails: then the plan is another one."""
    hand = Hand(recording)
    for job in jobs:
        if not job.is_done and hand.claim(job):
            try:
                _make_one(hand, job)
            except ChipFailed as failed:
                _go_on_without_chips(hand, job, failed)
                return
            crash_point("chunks.made")


def _go_on_without_chips(hand: Hand, job: Job, failed: ChipFailed) -> None:
    """By a new plan, at once. After the lesson its owner decides, whose own chip may be a better one."""
    hand.give_up(job, is_counted=False)
    count_failed_chip()
    if hand.recording.state in CAPTURING:
        forbid_chips(work_folder(hand.recording), failed)
        enqueue_on_commit("recordings.make_chunks", hand.recording.pk)
    else:
        log.warning("The encoder %s failed while it helped: %s", failed.name, failed)


def _make_sound(plan: Plan) -> None:
    """By whoever made the last piece. Two who do it at once make the same, once too often."""
    try:
        sound_ahead(plan, lambda _: None)
    except (FfmpegFailed, BrokenSound, OSError) as error:
        log.warning("Sound ahead of the end stumbled: %s", error)
    crash_point("chunks.sounded")


def _make_one(hand: Hand, job: Job) -> None:
    try:
        job.make(hand.keep)
    except (FfmpegFailed, OSError) as error:
        # Tried again later, and in the end by the pipeline, which knows what to leave out.
        log.warning("A chunk of %s stumbled: %s", hand.recording.pk, error)
        hand.give_up(job, is_counted=not is_full(error))
    else:
        hand.done(job)


def settled_plan(recording: Recording, *, now: datetime) -> Plan | None:
    """With all pieces that nothing will be added to; None while there are none. Raises NothingUsable."""
    until = now.timestamp() - SAFETY_SECONDS
    tracks = [_growing(track, until) for track in tracks_of(recording, growing=True)[0]]
    timeline = live_timeline(recording, tracks, until)
    if timeline.duration <= 0:
        return None
    plan = lay_plan(composition_of(recording, timeline, tracks, edits_of(recording)), work_folder(recording))
    return replace(plan, jobs=plan.jobs[:-1])


def all_jobs(recording: Recording) -> list[Job]:
    tracks, _ = tracks_of(recording)
    timeline = timeline_of(recording, tracks)
    return lay_plan(
        composition_of(recording, timeline, tracks, edits_of(recording)), work_folder(recording)
    ).jobs


def _growing(track: Track, until: float) -> Track:
    """The film of a room goes as far as can be trusted; what is still open of a person goes on."""
    if track.kind != "room":
        return track
    return replace(track, duration_seconds=min(track.duration_seconds, until - track.starts_at))


def live_timeline(recording: Recording, tracks: Sequence[Track], until: float) -> Timeline:
    """As `pipeline.timeline_of` will have it, as far as it is certain."""
    rooms = [track.span for track in tracks if track.kind == "room"]
    if not rooms:
        presences = Presence.objects.filter(room__lesson=recording.lesson).values_list("joined_at", "left_at")
        rooms = [
            Span(joined.timestamp(), min(until, left.timestamp() if left else until))
            for joined, left in presences
        ]
    return Timeline(with_lead(recording, merge(rooms, gap_seconds=1.0)))
