"""The video composed again, in another layout, and its poster; the old ones are shown until these take their place."""

from __future__ import annotations

from common.refusals import Refused
from recordings.board_log import edits_of
from recordings.chapters import Chapter
from recordings.chips import count_failed_chip
from recordings.clock import Span, Timeline, merge
from recordings.compositing import NothingUsable, Track, compose, finish, poster
from recordings.direction import composition_of
from recordings.models import Reason, Recording, RenditionKind
from recordings.pipeline import poster_time, timeline_of, tracks_of
from recordings.renditions import Job, Product, maker


@maker(RenditionKind.LAYOUT)
def again(job: Job) -> Product:
    """On the same clock, with the chapters that it has by now. Refused when what the recorder left is gone."""
    recording = job.recording
    tracks, left_out = tracks_of(recording)
    if not tracks:
        raise Refused(left_out[0][1] if left_out else Reason.NO_VIDEO)
    composition = composition_of(recording, _same_clock(recording, tracks), tracks, edits_of(recording))
    composite, video = job.folder / "composite.mp4", job.folder / "video.mp4"
    try:
        composed = compose(composition, composite, work=job.folder / "spans", progress=job.progress)
    except NothingUsable as nothing:
        raise Refused(nothing.codes[0] if nothing.codes else Reason.NO_VIDEO) from nothing
    if composed.failed_chip:
        count_failed_chip()
    rows = recording.chapters.all()
    chapters = [Chapter(row.starts_seconds, row.ends_seconds, row.title) for row in rows]
    finish(composite, chapters, video, title=recording.lesson.title)
    picture = job.folder / "poster.jpg"
    poster(video, picture, poster_time(chapters, recording.duration_seconds or 0.0))
    about = {"look": recording.look, "video_bytes": video.stat().st_size}
    return Product(video, "video/mp4", {picture: "image/jpeg"}, about)


def _same_clock(recording: Recording, tracks: list[Track]) -> Timeline:
    """Whatever the policy says today: chapters, notes and places where people stopped go on being right."""
    timeline = timeline_of(recording, tracks)
    if recording.starts_at is None or not timeline.spans:
        return timeline
    first, *others = timeline.spans
    return Timeline(merge([Span(recording.starts_at.timestamp(), first.ends_at), *others]))
