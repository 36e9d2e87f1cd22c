"""From a recorder's folders to a published video: adopt → probe → compose → chapters → poster → store → verify → publish.

Each step leaves its product under a final name (written aside, then renamed) and is skipped when
the product is there, so a killed worker costs at most one step. Crash points stand between all side effects.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.actions import api_link, publish_event
from accounts.models import EventType
from classroom import timeline as facts_timeline
from classroom.models import Presence
from common.clock import to_ms
from common.crashpoints import crash_point
from common.refusals import Refused, Unavailable
from recordings import actions, facts
from recordings.chapters import Chapter, PageTurn, chapters
from recordings.clock import Span, Timeline, merge
from recordings.compositing import Composition, NothingUsable, Track, compose, finish, poster
from recordings.gaps import Loss, cause_of, find_gaps
from recordings.lease import Lease, LeaseLost, lease_of
from recordings.manifests import NotACapture, read_capture
from recordings.models import IN_PIPELINE, Reason, Recording, RecordingState
from recordings.models import Chapter as ChapterRow
from recordings.probe import Unusable, probe
from recordings.storage import storage
from whiteboard.board import Edit, fold
from whiteboard.drawing.raster import no_pictures
from whiteboard.exporting import pictures_of
from whiteboard.queries import board_of, edits_after

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 3
OTHERWISE: dict[str, str] = {
    RecordingState.CAPTURED: Reason.NO_VIDEO,
    RecordingState.COMPOSING: Reason.COMPOSING_FAILED,
    RecordingState.STORING: Reason.STORAGE_REFUSED,
}
PRODUCTS = ("composite.mp4", "video.mp4", "poster.jpg")
FONT = settings.BASE_DIR / "frontend" / "dist" / "fonts" / "DejaVuSans.ttf"


@dataclass(slots=True)
class Job:
    """One recording in the hands of one worker."""

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


def advance(recording_id: UUID | str) -> None:
    """Work until the recording is published or failed; nothing when another worker is at it."""
    with lease_of(recording_id) as lease:
        if lease is None:
            return
        job = Job(
            Recording.objects.select_related("lesson__institution").get(pk=recording_id),
            lease,
        )
        try:
            while job.recording.state in IN_PIPELINE:
                STEPS[job.recording.state](job)
        except LeaseLost:
            log.warning("Recording %s went to another worker", recording_id)
        except Unavailable as away:
            log.warning("Recording %s waits: %s", recording_id, away.code)
            _come_back(job, attempts=job.recording.attempts)
        except Refused as refusal:
            fail(job, refusal.code)
        except Exception:
            # Whatever it was, it is counted: what always fails must not be tried for ever.
            log.exception("Recording %s stumbled", recording_id)
            _try_again_or_fail(job)


def _come_back(job: Job, *, attempts: int) -> None:
    """Free the lease, but for nobody before a while has passed."""
    wait = timedelta(seconds=min(60, 5 * 2**attempts))
    mine = Recording.objects.filter(pk=job.recording.pk, lease_owner=job.lease.owner)
    mine.update(lease_owner="", lease_until=timezone.now() + wait, attempts=attempts)


def _try_again_or_fail(job: Job) -> None:
    if job.recording.attempts + 1 < MAX_ATTEMPTS:
        _come_back(job, attempts=job.recording.attempts + 1)
    else:
        fail(job, Reason.COMPOSING_FAILED)


def fail(job: Job, reason: str) -> None:
    """The end, with a reason; what the recorder left stays where it is."""
    known = reason if reason in Reason.values else OTHERWISE[job.recording.state]
    actions.move(job.recording, RecordingState.FAILED, now=timezone.now(), reason=known)


# captured → composing


def take_stock(job: Job) -> None:
    """Find out what there is; a recording with nothing usable ends here."""
    job.begin("probing", 2)
    tracks, left_out = tracks_of(job.recording)
    if not tracks:
        return fail(job, left_out[0][1] if left_out else Reason.NO_VIDEO)
    timeline = timeline_of(job.recording, tracks)
    for product in PRODUCTS:  # of an earlier failure, before another folder was adopted
        (job.folder / product).unlink(missing_ok=True)
    crash_point("recordings.probed")
    actions.move(
        job.recording,
        RecordingState.COMPOSING,
        now=timezone.now(),
        left_out=left_out,
        starts_at=datetime.fromtimestamp(timeline.spans[0].starts_at, tz=UTC),
        duration_seconds=round(timeline.duration, 3),
        gaps=gaps_of(job.recording, tracks, timeline),
    )
    return None


def tracks_of(recording: Recording) -> tuple[list[Track], list[tuple[str, str]]]:
    """Usable tracks of all sessions, and `(file, reason)` of what cannot be used."""
    tracks: list[Track] = []
    left_out: list[tuple[str, str]] = []
    nothing_came: list[tuple[str, str]] = []
    for session_id in recording.captures.order_by("wanted_at").values_list("session_id", flat=True):
        try:
            found = read_capture(
                settings.RECORDINGS_DIR / session_id, zone=ZoneInfo(settings.RECORDER_TIME_ZONE)
            )
        except FileNotFoundError:  # of a recorder that never began: a gap, but no file
            nothing_came.append((session_id, Reason.NO_RECORDER))
            continue
        except NotACapture:
            left_out.append((session_id, Reason.NO_VIDEO))
            continue
        for track in found.tracks:
            damage = _damage(track)
            if damage:
                left_out.append((track.path.name, damage))
            else:
                tracks.append(track)
    return tracks, left_out if tracks or left_out else nothing_came


def _damage(track: Track) -> str:
    try:
        probe(track.path)
    except Unusable as unusable:
        return unusable.reason_code
    return ""


def timeline_of(recording: Recording, tracks: list[Track]) -> Timeline:
    """The wall-clock time that the video shows: a Jibri's own running time, else when people were inside."""
    rooms = [
        Span(track.starts_at, track.starts_at + track.duration_seconds)
        for track in tracks
        if track.kind == "room"
    ]
    return Timeline(merge(rooms or _inside(recording) or [_extent(tracks)], gap_seconds=1.0))


def _inside(recording: Recording) -> list[Span]:
    presences = Presence.objects.filter(room__lesson=recording.lesson, left_at__isnull=False)
    times = presences.values_list("joined_at", "left_at")
    return [Span(joined.timestamp(), left.timestamp()) for joined, left in times if left and left > joined]


def _extent(tracks: list[Track]) -> Span:
    ends = max(track.starts_at + track.duration_seconds for track in tracks)
    return Span(min(track.starts_at for track in tracks), ends)


def gaps_of(recording: Recording, tracks: list[Track], timeline: Timeline) -> list[dict[str, Any]]:
    """When people were inside and no Jibri recorded, each with what had happened to the recorder before."""
    recorded = [
        Span(track.starts_at, track.starts_at + track.duration_seconds)
        for track in tracks
        if track.kind == "room"
    ]
    if not recorded:
        return []  # the built-in recorders' video shows the board meanwhile
    ends = recording.captures.exclude(end_cause="").filter(ended_at__isnull=False)
    losses = [
        Loss(ended.timestamp(), cause) for ended, cause in ends.values_list("ended_at", "end_cause") if ended
    ]
    return [
        {
            "starts_at": datetime.fromtimestamp(gap.starts_at, tz=UTC).isoformat(timespec="seconds"),
            "ends_at": datetime.fromtimestamp(gap.ends_at, tz=UTC).isoformat(timespec="seconds"),
            "at_seconds": round(timeline.offset_of(gap.ends_at), 3),
            "seconds": round(gap.seconds, 1),
            "cause": cause_of(gap, recorded, losses),
        }
        for gap in find_gaps(_inside(recording), recorded)
    ]


# composing → storing


def make_video(job: Job) -> None:
    """The composite with its chapters inside, and the poster."""
    composite, video, picture = (job.folder / name for name in PRODUCTS)
    tracks, _ = tracks_of(job.recording)
    timeline = timeline_of(job.recording, tracks)
    edits = edits_of(job.recording)
    _once(composite, lambda out: _compose(job, tracks, timeline, edits, out))
    crash_point("recordings.composed")
    job.begin("joining", 82)
    found = chapters_of(job.recording, edits, timeline)
    keep_chapters(job.recording, found)
    crash_point("recordings.chaptered")
    _once(video, lambda out: finish(composite, found, out, title=job.recording.lesson.title))
    crash_point("recordings.finished")
    job.begin("joining", 88)
    _once(picture, lambda out: poster(video, out, poster_time(found, timeline)))
    crash_point("recordings.poster")
    actions.move(job.recording, RecordingState.STORING, now=timezone.now())


def _compose(job: Job, tracks: list[Track], timeline: Timeline, edits: list[Edit], out: Path) -> None:
    job.begin("composing", 5)
    font = FONT if FONT.exists() else None
    board = board_of(job.recording.lesson)
    pictures = pictures_of(board.pk) if board else no_pictures
    composition = Composition(timeline=timeline, tracks=tracks, edits=edits, font=font, pictures=pictures)
    try:
        composed = compose(composition, out, work=job.folder / "spans", progress=job.progress(5, 80))
    except NothingUsable as nothing:
        raise Refused(nothing.codes[0] if nothing.codes else Reason.NO_VIDEO) from nothing
    if composed.left_out:
        known = [[path.name, code] for path, code in composed.left_out]
        job.lease.renew(left_out=[*job.recording.left_out, *known])


def _once(product: Path, make: Callable[[Path], object]) -> None:
    """Make `product` unless it is there; a half-made one never bears its name."""
    if product.exists():
        return
    part = product.with_name(f"{product.stem}.part-{time.time_ns()}{product.suffix}")
    try:
        make(part)
        part.rename(product)
    finally:
        part.unlink(missing_ok=True)


def edits_of(recording: Recording) -> list[Edit]:
    board = board_of(recording.lesson)
    ended_at, edits = recording.lesson.ended_at, edits_after(board.pk, 0) if board else []
    # What staff wrote on the board afterwards is no part of the lesson.
    return [edit for edit in edits if ended_at is None or edit.at <= to_ms(ended_at)]


def chapters_of(recording: Recording, edits: list[Edit], timeline: Timeline) -> list[Chapter]:
    """Chapters from the timeline's page turns; the first is named after the page the lesson began on."""
    turned = facts_timeline.facts_of(recording.lesson, ["page.turned"])
    turns = [PageTurn(fact.at.timestamp(), fact.data["title"]) for fact in turned]
    pages = fold(edit for edit in edits if edit.type == "page.added").pages
    return chapters(turns, timeline, pages[0].title if pages else recording.lesson.title)


def poster_time(found: list[Chapter], timeline: Timeline) -> float:
    """Just before the longest chapter ends: the page is full then, while a chapter's beginning is a blank board."""
    longest = max(found, key=lambda chapter: chapter.ends_seconds - chapter.starts_seconds, default=None)
    return max(0.0, (longest.ends_seconds if longest else timeline.duration) - 1.0)


@transaction.atomic
def keep_chapters(recording: Recording, found: list[Chapter]) -> None:
    recording.chapters.all().delete()
    ChapterRow.objects.bulk_create(
        ChapterRow(
            recording=recording,
            position=position,
            starts_seconds=chapter.starts_seconds,
            ends_seconds=chapter.ends_seconds,
            title=chapter.title[:200],
        )
        for position, chapter in enumerate(found)
    )


# storing → published


def store(job: Job) -> None:
    """Put video and poster, read back what the store holds, publish, and only then drop the local copy."""
    video, picture = job.folder / "video.mp4", job.folder / "poster.jpg"
    if not (video.exists() and picture.exists()):
        # The work folder was emptied between two steps: make them again rather than lose the lesson.
        return make_again(job)
    job.begin("uploading", 92)
    digest = sha256_of(video)
    base = f"{job.recording.lesson.institution.slug}/{job.recording.lesson_id}/{digest[:16]}"
    kept = storage().put(f"{base}.mp4", video, content_type="video/mp4")
    crash_point("recordings.stored")
    storage().put(f"{base}.jpg", picture, content_type="image/jpeg")
    crash_point("recordings.poster_stored")
    job.begin("verifying", 97)
    proof = storage().head(kept.key)
    if proof is None or (proof.size, proof.sha256) != (video.stat().st_size, digest):
        return fail(job, Reason.STORAGE_REFUSED)
    crash_point("recordings.verified")
    publish(job.recording, kept.key, f"{base}.jpg", size=proof.size, sha256=digest)
    crash_point("recordings.published")
    shutil.rmtree(job.folder, ignore_errors=True)
    return None


def make_again(job: Job) -> None:
    tracks, _ = tracks_of(job.recording)
    if not tracks:
        return fail(job, Reason.NO_VIDEO)
    Recording.objects.filter(pk=job.recording.pk, state=RecordingState.STORING).update(
        state=RecordingState.COMPOSING
    )
    job.recording.refresh_from_db()
    return None


@transaction.atomic
def publish(recording: Recording, video_key: str, poster_key: str, *, size: int, sha256: str) -> None:
    """Exactly once: the move succeeds for one worker, and its fact stands in the same transaction."""
    now = timezone.now()
    changes = {"video_key": video_key, "poster_key": poster_key, "size_bytes": size, "sha256": sha256}
    if actions.move(recording, RecordingState.PUBLISHED, now=now, published_at=now, percent=100, **changes):
        facts_timeline.record(
            recording.lesson,
            facts.RECORDING_PUBLISHED,
            at=now,
            source="recordings",
            key=facts.RECORDING_PUBLISHED,
        )
        _publish_event(recording)


def _publish_event(recording: Recording) -> None:
    lesson = recording.lesson
    ids = {"recording_id": str(recording.pk), "lesson_id": str(lesson.pk)}
    link = api_link("recordings", recording.pk)
    publish_event(institution=lesson.institution, type_=EventType.RECORDING_READY, data={**ids, "url": link})


def tidy() -> int:
    """Drop the work folders of published recordings, whose worker died before it could."""
    root: Path = settings.WORK_DIR
    left = {path.name: path for path in root.iterdir() if path.is_dir()} if root.is_dir() else {}
    published = Recording.objects.filter(state=RecordingState.PUBLISHED, pk__in=filter(_is_uuid, left))
    done = [left[str(pk)] for pk in published.values_list("pk", flat=True)]
    for folder in done:
        shutil.rmtree(folder, ignore_errors=True)
    return len(done)


def _is_uuid(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


STEPS: dict[str, Callable[[Job], None]] = {
    RecordingState.CAPTURED: take_stock,
    RecordingState.COMPOSING: make_video,
    RecordingState.STORING: store,
}
