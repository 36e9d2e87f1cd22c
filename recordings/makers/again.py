"""The video composed again, in another layout, and its poster; the old ones are shown until these take their place."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from common.refusals import Refused
from recordings import actions
from recordings.board_log import edits_of
from recordings.chapters import Chapter
from recordings.chips import count_failed_chip
from recordings.clock import Span, Timeline, merge
from recordings.compositing import NothingUsable, Track, compose, finish, poster
from recordings.direction import composition_of
from recordings.footage import is_all_there, late_footage
from recordings.models import Reason, Recording, RenditionKind
from recordings.pipeline import poster_time, timeline_of
from recordings.pipeline.making import chapters_of
from recordings.pipeline.stock import look, told_of
from recordings.renditions import Job, Product, maker


@maker(RenditionKind.LAYOUT)
def again(job: Job) -> Product:
    """On the same clock, with the chapters that it has by now, unless more footage has come: then it is told anew.
    Refused when what the recorder left is gone, all of it or a part."""
    recording = job.recording
    if not is_all_there(recording):
        raise Refused("originals_gone")
    stock = look(recording)
    if not stock.tracks:
        raise Refused(stock.reason)
    has_more, edits = bool(late_footage(recording, stock.footage)), edits_of(recording)
    clock = timeline_of(recording, stock.tracks) if has_more else _same_clock(recording, stock.tracks)
    composition = composition_of(recording, clock, stock.tracks, edits)
    composite, video = job.folder / "composite.mp4", job.folder / "video.mp4"
    try:
        composed = compose(composition, composite, work=job.folder / "spans", progress=job.progress)
    except NothingUsable as nothing:
        raise Refused(nothing.codes[0] if nothing.codes else Reason.NO_VIDEO) from nothing
    if composed.failed_chip:
        count_failed_chip()
    found = chapters_of(recording, edits, clock) if has_more else _chapters_so_far(recording)
    shown = actions.with_given_titles(recording, found) if has_more else found
    finish(composite, shown, video, title=recording.lesson.title)
    picture = job.folder / "poster.jpg"
    poster(video, picture, poster_time(shown, clock.duration))
    about: dict[str, Any] = {"look": recording.look, "video_bytes": video.stat().st_size}
    if has_more:
        told = told_of(recording, stock, clock)
        known = [[path.name, code] for path, code in composed.left_out]
        told |= {"starts_at": told["starts_at"].isoformat(), "left_out": [*stock.left_out, *known]}
        about |= {"told": told, "chapters": [asdict(one) for one in found]}
    return Product(video, "video/mp4", {picture: "image/jpeg"}, about)


def _chapters_so_far(recording: Recording) -> list[Chapter]:
    rows = recording.chapters.all()
    return [Chapter(row.starts_seconds, row.ends_seconds, row.title) for row in rows]


def _same_clock(recording: Recording, tracks: list[Track]) -> Timeline:
    """Whatever the policy says today: chapters, notes and places where people stopped go on being right."""
    timeline = timeline_of(recording, tracks)
    if recording.starts_at is None or not timeline.spans:
        return timeline
    first, *others = timeline.spans
    return Timeline(merge([Span(recording.starts_at.timestamp(), first.ends_at), *others]))
