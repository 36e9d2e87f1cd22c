"""In which one state each lesson's recording is, counted by PostgreSQL; and the same in time, lesson by lesson.

Every lesson of a school is in exactly one state, so the counts add up to the number of lessons.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution
from classroom.models import Lesson, LessonStatus, Presence, Room
from recordings.clock import Span, merge
from recordings.gaps import NO_RECORDER, Loss, cause_of, find_gaps
from recordings.models import (
    CAPTURING,
    DAMAGES,
    GONE,
    IN_PIPELINE,
    Capture,
    Finding,
    FindingKind,
    LedgerState,
    Reason,
    RecordingState,
    Starter,
)

_L = LedgerState
# Longer than any lesson of a school takes from its end to the published video.
MAKING_ALLOWANCE = timedelta(hours=1)
# From here on a recording's own `gaps` are those of what it is made of.
STOCK_TAKEN = (RecordingState.COMPOSING, RecordingState.STORING, RecordingState.PUBLISHED)
# What a state means, and what to do about it.
MEANINGS: dict[str, tuple[str | Promise, str | Promise]] = {
    _L.PLANNED: (_("The lesson has not begun."), _("Nothing to do: it records itself.")),
    _L.WAITING: (
        _("Its time has come and nobody is inside, so there is nothing to record."),
        _("Nothing to do: recording begins with the first person."),
    ),
    _L.RECORDING: (_("People are inside and it is being recorded."), _("Nothing to do.")),
    _L.UNATTENDED: (
        _("People are inside and nothing is being recorded; a recorder is being looked for."),
        _("After a minute, tell whoever runs the recorders. Minutes that are missing are named here."),
    ),
    _L.MAKING: (_("The lesson is over and its video is being made."), _("Nothing to do: it takes minutes.")),
    _L.OVERDUE: (
        _("The lesson has been over for more than an hour and its video is not ready."),
        _("Tell whoever runs the server: the workers or the disk want a look. Nothing is lost."),
    ),
    _L.COMPLETE: (_("The video can be watched and nothing is missing."), _("Nothing to do.")),
    _L.LATE: (
        _("The video can be watched; a recorder’s file or a part of one came later and is not in it."),
        _("It is composed again by itself once. If it stays like this, have it composed again."),
    ),
    _L.GAPS: (
        _("The video can be watched; some minutes with people inside were not recorded."),
        _("The gaps and their causes stand below the bar. They cannot be made good."),
    ),
    _L.DAMAGED: (
        _("It was published, and the store does not hold it as it was."),
        _("Have it composed again while the recorders’ own files are kept."),
    ),
    _L.FAILED: (
        _("There is no video; the reason stands beside it."),
        _("Have it composed again, if the recorders left anything; else there is nothing to save."),
    ),
    _L.EMPTY: (_("Nobody came, so there was nothing to record."), _("Nothing to do.")),
    _L.CANCELLED: (_("The lesson was cancelled."), _("Nothing to do.")),
    _L.DELETED: (_("It was deleted when its time was over."), _("Nothing to do.")),
}


def lessons_of_ledger(institution: Institution, *, now: datetime) -> QuerySet[Lesson, Any]:
    """All lessons of a school, each with its one `ledger` state."""
    return with_ledger_state(Lesson.objects.filter(institution=institution), now=now)


def with_ledger_state(lessons: QuerySet[Lesson, Any], *, now: datetime) -> QuerySet[Lesson, Any]:
    damages = Finding.objects.filter(
        recording=OuterRef("recording__pk"), kind__in=DAMAGES, closed_at__isnull=True
    )
    late = Finding.objects.filter(
        recording=OuterRef("recording__pk"), kind=FindingKind.FOOTAGE_LATE, closed_at__isnull=True
    )
    # A lesson without a row is as one whose row is new: the sweep makes it within two seconds.
    state = Coalesce(F("recording__state"), Value(str(RecordingState.EXPECTED)), output_field=CharField())
    return lessons.annotate(of_recording=state, is_damaged=Exists(damages), is_late=Exists(late)).annotate(
        ledger=Case(*_cases(now), default=Value(str(_L.OVERDUE)), output_field=CharField())
    )


def _cases(now: datetime) -> Iterable[When]:
    """The first that fits. What fits none has been over for too long, and says so."""
    over = Q(status=LessonStatus.ENDED)
    lost = (RecordingState.STARTING, RecordingState.LOST_RECORDER, RecordingState.NO_RECORDER)
    on_its_way = (RecordingState.EXPECTED, *CAPTURING, *IN_PIPELINE)
    just_over = over & Q(ended_at__gt=now - MAKING_ALLOWANCE)
    # Composed again: the clock runs from that moment, not from the lesson's end.
    just_begun = Q(recording__state_at__gt=now - MAKING_ALLOWANCE, of_recording__in=IN_PIPELINE)
    yield When(of_recording__in=GONE, then=Value(str(_L.DELETED)))
    yield When(of_recording=RecordingState.PUBLISHED, is_damaged=True, then=Value(str(_L.DAMAGED)))
    yield When(of_recording=RecordingState.PUBLISHED, is_late=True, then=Value(str(_L.LATE)))
    yield When(of_recording=RecordingState.PUBLISHED, recording__gaps=[], then=Value(str(_L.COMPLETE)))
    yield When(of_recording=RecordingState.PUBLISHED, then=Value(str(_L.GAPS)))
    yield When(
        of_recording=RecordingState.FAILED,
        recording__reason=Reason.NOBODY_CAME,
        then=Value(str(_L.EMPTY)),
    )
    yield When(of_recording=RecordingState.FAILED, then=Value(str(_L.FAILED)))
    yield When(status=LessonStatus.CANCELLED, then=Value(str(_L.CANCELLED)))
    yield When((just_over | just_begun) & Q(of_recording__in=on_its_way), then=Value(str(_L.MAKING)))
    yield When(over, then=Value(str(_L.OVERDUE)))
    yield When(of_recording=RecordingState.RECORDING, then=Value(str(_L.RECORDING)))
    yield When(of_recording__in=lost, then=Value(str(_L.UNATTENDED)))
    yield When(status=LessonStatus.SCHEDULED, starts_at__gt=now, then=Value(str(_L.PLANNED)))
    yield When(of_recording=RecordingState.EXPECTED, then=Value(str(_L.WAITING)))
    yield When(of_recording__in=IN_PIPELINE, then=Value(str(_L.MAKING)))


def count_states(lessons: QuerySet[Lesson, Any]) -> dict[str, int]:
    """How many are in each state, also in those that none is in."""
    rows: Any = lessons.order_by()
    counted = rows.values("ledger").annotate(number=Count("pk"))
    return dict.fromkeys(map(str, _L.values), 0) | {row["ledger"]: row["number"] for row in counted}


def with_times(lessons: QuerySet[Lesson, Any]) -> QuerySet[Lesson, Any]:
    """Together with what `times_of` reads, in a fixed number of questions."""
    inside = Presence.objects.only("joined_at", "left_at", "room_id")
    rooms = Room.objects.prefetch_related(Prefetch("presences", queryset=inside, to_attr="stays"))
    captures = Capture.objects.order_by("wanted_at")
    return lessons.select_related("course", "recording").prefetch_related(
        Prefetch("rooms", queryset=rooms, to_attr="all_rooms"),
        Prefetch("recording__captures", queryset=captures, to_attr="sessions"),
    )


@dataclass(frozen=True, slots=True)
class Gap:
    """`cause` is a stable word: an EndCause, one of recordings/gaps.py, or the Reason for which there is no video."""

    span: Span
    cause: str

    @property
    def minutes(self) -> float:
        return round(self.span.seconds / 60, 1)


@dataclass(frozen=True, slots=True)
class Times:
    """Of one lesson, in epoch seconds: planned, people inside, recorded, published, and what is missing."""

    expected: Span
    inside: list[Span]
    captured: list[Span]
    published: list[Span]
    gaps: list[Gap]

    @property
    def extent(self) -> Span:
        spans = [self.expected, *self.inside, *self.captured, *self.published]
        return Span(min(span.starts_at for span in spans), max(span.ends_at for span in spans))

    @property
    def missing_minutes(self) -> float:
        return round(sum(gap.span.seconds for gap in self.gaps) / 60, 1)


def times_of(lesson: Lesson, *, now: datetime) -> Times:
    """Needs what `with_times` brings along."""
    recording = getattr(lesson, "recording", None)
    stays = [stay for room in getattr(lesson, "all_rooms", []) for stay in room.stays]
    inside = merge(Span(stay.joined_at.timestamp(), (stay.left_at or now).timestamp()) for stay in stays)
    return Times(
        expected=Span(lesson.starts_at.timestamp(), lesson.ends_at.timestamp()),
        inside=inside,
        captured=_captured(recording, now),
        published=_spans(recording.shown) if recording and recording.is_published else [],
        gaps=_gaps(recording, inside, now),
    )


def _captured(recording: Any, now: datetime) -> list[Span]:
    """What the files hold, once they were looked at; until then, when recorders said that they recorded."""
    if recording is None:
        return []
    return _spans(recording.captured) or _confirmed(recording, now)


def _confirmed(recording: Any, now: datetime) -> list[Span]:
    sessions = [one for one in recording.sessions if one.confirmed_at]
    return merge(Span(one.confirmed_at.timestamp(), (one.ended_at or now).timestamp()) for one in sessions)


def _gaps(recording: Any, inside: list[Span], now: datetime) -> list[Gap]:
    """As they were found in the files; before and without a video, what recorders said is set against the minutes
    with people inside, and of what failed all of these are missing."""
    if recording is None:
        return _reckon(inside, [], [])
    if recording.state in (*STOCK_TAKEN, *GONE):
        return [_gap(told) for told in recording.gaps]
    losses = [
        Loss(one.ended_at.timestamp(), one.end_cause)
        for one in recording.sessions
        if one.end_cause and one.ended_at
    ]
    if recording.state == RecordingState.FAILED:
        return _of_failed(recording.reason, inside, losses)
    if recording.state == RecordingState.CAPTURED and any(_was_only_found(one) for one in recording.sessions):
        return []  # a folder that nobody has looked into yet
    return _reckon(inside, merge([*_spans(recording.captured), *_confirmed(recording, now)]), losses)


def _was_only_found(session: Capture) -> bool:
    return session.started_by == Starter.NOBODY and session.confirmed_at is None


def _of_failed(reason: str, inside: list[Span], losses: list[Loss]) -> list[Gap]:
    """What became of the recorders explains why nothing was recorded, but not why what they left was of no use."""
    explained = losses if reason in (Reason.NO_RECORDER, Reason.NO_VIDEO) else []
    lost = _reckon(inside, [], explained)
    return [Gap(gap.span, reason if gap.cause == NO_RECORDER else gap.cause) for gap in lost]


def _reckon(inside: list[Span], recorded: list[Span], losses: list[Loss]) -> list[Gap]:
    return [Gap(gap, cause_of(gap, recorded, losses)) for gap in find_gaps(inside, recorded)]


def _spans(pairs: list[list[float]]) -> list[Span]:
    return merge(Span(begin, end) for begin, end in pairs)


def _gap(told: dict[str, Any]) -> Gap:
    ends = (datetime.fromisoformat(told[name]).timestamp() for name in ("starts_at", "ends_at"))
    return Gap(Span(*ends), told["cause"])


def recordings_with_originals(ids: Iterable[UUID]) -> set[UUID]:
    """Those that had a recorder's session whose folder policy has not deleted."""
    kept = Capture.objects.filter(recording__in=ids, recording__originals_gone_at__isnull=True)
    return set(kept.values_list("recording", flat=True))
