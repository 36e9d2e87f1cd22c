"""What a recording's video is to look like: the school's policy, the recording's own choice, what happened in the lesson."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import formats, translation

from accounts.policy import read_policy
from classroom import timeline as facts_timeline
from classroom.models import Fact
from recordings.branding import emblem_of
from recordings.charts import FOR_EVER, WORDS, charts_in
from recordings.clock import Span, Timeline
from recordings.compositing import Chart, Composition, Look, TitleCard, Track
from recordings.models import Recording
from whiteboard.board import Edit
from whiteboard.drawing.raster import no_pictures
from whiteboard.exporting import pictures_of
from whiteboard.queries import board_of

FONT = settings.BASE_DIR / "frontend" / "dist" / "fonts" / "DejaVuSans.ttf"
TITLE_SECONDS = 3.0
# A camera in a corner loses nothing at fifteen pictures a second and costs half; a large one, and a screen that scrolls,
# are shown as they were filmed. By the layout alone: what is composed while the lesson goes on must not change its rate.
USUAL_FPS, LARGE_FPS = 15, 30
LARGE: frozenset[Look] = frozenset({"speaker", "screen"})
SCREEN_SHARED, SCREEN_ENDED = "screen.shared", "screen.ended"


def composition_of(
    recording: Recording,
    timeline: Timeline,
    tracks: Sequence[Track],
    edits: Sequence[Edit],
    *,
    excluded: frozenset[str] = frozenset(),
) -> Composition:
    """The same for whoever asks at the same time: a piece that one made is taken by the other."""
    policy = read_policy(recording.lesson.institution.policy)
    board, look = board_of(recording.lesson), look_of(recording)
    return Composition(
        timeline=timeline,
        tracks=tracks,
        edits=edits,
        font=FONT if FONT.exists() else None,
        pictures=pictures_of(board.pk) if board else no_pictures,
        look=look,
        fps=LARGE_FPS if look in LARGE else USUAL_FPS,
        names=policy.names_in_recordings,
        excluded=excluded,
        shares=list(shares_of(recording)),
        charts=list(charts_of(recording)),
        title_card=_title_card(recording, timeline) if policy.title_card else None,
        emblem=emblem_of(recording.lesson.institution),
    )


def look_of(recording: Recording) -> Look:
    return cast("Look", recording.look or read_policy(recording.lesson.institution.policy).recording_look)


def with_lead(recording: Recording, spans: Sequence[Span]) -> list[Span]:
    """The title is shown for the seconds before the lesson: so every clock of the video goes on being right."""
    if not spans or not read_policy(recording.lesson.institution.policy).title_card:
        return list(spans)
    return [Span(spans[0].starts_at - TITLE_SECONDS, spans[0].ends_at), *spans[1:]]


def _title_card(recording: Recording, timeline: Timeline) -> TitleCard:
    lesson = recording.lesson
    with translation.override(lesson.institution.language):
        day = lesson.starts_at.astimezone(ZoneInfo(lesson.institution.time_zone)).date()
        date = formats.date_format(day, "DATE_FORMAT")
    until = timeline.spans[0].starts_at + TITLE_SECONDS
    return TitleCard(until, lesson.title, (str(lesson.course), f"{lesson.institution.name} · {date}"))


def shares_of(recording: Recording) -> Iterator[Span]:
    """When a screen was shared in the main room, by whomever."""
    since: float | None = None
    for fact in _facts(recording, (SCREEN_SHARED, SCREEN_ENDED)):
        at = fact.at.timestamp()
        if fact.type == SCREEN_SHARED:
            since = since or at
        elif since is not None:
            yield Span(since, at)
            since = None
    if since is not None:
        yield Span(since, FOR_EVER)


def charts_of(recording: Recording) -> Iterator[Chart]:
    return charts_in(_facts(recording, WORDS))


def _facts(recording: Recording, words: Sequence[str]) -> list[Fact]:
    """Of the main room: what happens in a breakout room is in no recording."""
    main = str(recording.lesson.room.pk)
    told = facts_timeline.facts_of(recording.lesson, words)
    return [fact for fact in told if fact.data.get("room", main) == main]
