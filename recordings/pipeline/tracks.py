"""What the recorders left, and the time that it shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from classroom.models import Presence
from classroom.protection import left_out_of, occupants_of
from recordings import actions
from recordings.clock import Span, Timeline, merge
from recordings.compositing import Track
from recordings.direction import with_lead
from recordings.gaps import Loss, cause_of, find_gaps
from recordings.manifests import NotACapture, at_work_since, last_sign_of, read_capture
from recordings.models import OPEN_CAPTURE, Engine, Reason, Recording
from recordings.probe import Unusable, probe


def excluded_from(recording: Recording) -> frozenset[str]:
    """Whose tracks must not be used, as the files name them: also where a file lies there all the same."""
    lesson = recording.lesson
    return occupants_of(lesson, left_out_of(lesson))


def tracks_of(
    recording: Recording, *, excluded: frozenset[str] | None = None, growing: bool = False
) -> tuple[list[Track], list[tuple[str, str]]]:
    """Usable tracks of all sessions, and `(file, reason)` of what cannot be used; none of those who are `excluded`,
    which are those without permission when nobody says otherwise. `growing`: while it is recorded."""
    excluded = excluded_from(recording) if excluded is None else excluded
    tracks: list[Track] = []
    left_out: list[tuple[str, str]] = []
    nothing_came: list[tuple[str, str]] = []
    zone = ZoneInfo(settings.RECORDER_TIME_ZONE)
    for capture in recording.captures.order_by("wanted_at"):
        is_open = growing and capture.state in OPEN_CAPTURE
        try:
            found = read_capture(settings.RECORDINGS_DIR / capture.session_id, zone=zone, growing=is_open)
        except FileNotFoundError:  # of a recorder that never began: a gap, but no file
            nothing_came.append((capture.session_id, Reason.NO_RECORDER))
            continue
        except NotACapture:
            left_out.append((capture.session_id, Reason.NO_VIDEO))
            continue
        mine = [track for track in found.tracks if track.person not in excluded]
        for track in actions.keep_film_starts(capture=capture, tracks=mine, growing=growing):
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
    rooms = [track.span for track in tracks if track.kind == "room"]
    found = merge(rooms or _inside(recording) or [_extent(tracks)], gap_seconds=1.0)
    return Timeline(with_lead(recording, found))


def _inside(recording: Recording) -> list[Span]:
    presences = Presence.objects.filter(room__lesson=recording.lesson, left_at__isnull=False)
    times = presences.values_list("joined_at", "left_at")
    return [Span(joined.timestamp(), left.timestamp()) for joined, left in times if left and left > joined]


def _extent(tracks: list[Track]) -> Span:
    spans = [track.span for track in tracks]
    return Span(min(span.starts_at for span in spans), max(span.ends_at for span in spans))


def _recorded(recording: Recording, tracks: list[Track]) -> list[Span]:
    """What a Jibri filmed, or else when a built-in recorder would have written what somebody sent: it writes nothing else."""
    rooms = [track for track in tracks if track.kind == "room"]
    filmed = [track.span for track in rooms or tracks]
    return filmed if rooms else merge([*filmed, *_at_work(recording)])


def _at_work(recording: Recording) -> Iterator[Span]:
    for capture in recording.captures.filter(engine=Engine.EMBEDDED, asked_at__isnull=False):
        assert capture.asked_at is not None  # noqa: S101  asked for above
        folder = settings.RECORDINGS_DIR / capture.session_id
        begun = at_work_since(folder, asked_at=capture.asked_at.timestamp())
        last = last_sign_of(folder)
        if begun is not None and last is not None and last > begun:
            yield Span(begun, last)


def gaps_of(recording: Recording, tracks: list[Track], timeline: Timeline) -> list[dict[str, Any]]:
    """When people were inside and no recorder was at work, each with what had happened to the recorder before. The
    built-in recorders' video shows the board meanwhile, without anybody's voice."""
    recorded = _recorded(recording, tracks)
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
