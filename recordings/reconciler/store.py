"""The store and the rows compared: is all there that is owed, and is all owed that is there?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import F

from common.queue import enqueue_on_commit
from common.storage import Listed, Storage
from recordings import actions
from recordings.models import (
    MADE_OF_VIDEO,
    FindingKind,
    Recording,
    RecordingState,
    Rendition,
    RenditionKind,
    RenditionState,
)
from recordings.reconciler.report import LISTED_A_RUN, SETTLED, Report
from recordings.storage import every_storage, storage_for

# Of the store at most so many objects are asked for a run, so it takes seconds.
HEADS_A_RUN = 200
UNFINISHED = timedelta(hours=24)
KEY = re.compile(
    r"(?P<school>[a-z0-9_-]+)/(?P<lesson>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(?P<name>.+)"
)
HASHED = re.compile(r"(?P<digest>[0-9a-f]{16})\.mp4")
READOPTED = (RecordingState.FAILED,)
_K = FindingKind


def check_published(report: Report) -> None:
    """Those that were asked for longest ago: is the video there, as it was published, and what is shown beside it?"""
    report.look_all(_K.STORE_AWAY)
    published = Recording.objects.filter(state=RecordingState.PUBLISHED).exclude(video_key="")
    oldest = published.order_by(F("checked_at").asc(nulls_first=True), "pk")
    asked = 0
    for recording in oldest.select_related("lesson__institution")[:HEADS_A_RUN]:
        if asked >= HEADS_A_RUN:
            break
        asked += _check(recording, report)
        Recording.objects.filter(pk=recording.pk).update(checked_at=report.now)


def _check(recording: Recording, report: Report) -> int:
    """How many objects the store was asked for."""
    about = f"recording:{recording.pk}"
    report.examined |= {(_K.OBJECT_MISSING, about), (_K.OBJECT_DIFFERS, about)}
    place = storage_for(recording.lesson.institution)
    held = place.head(recording.video_key)
    if held is None:
        _lost(recording, report)
        return 1
    if recording.sha256 and (held.size, held.sha256) != (recording.size_bytes, recording.sha256):
        # Never put right by itself: whoever changed it may be at it still, and it may be evidence.
        report.find(_K.OBJECT_DIFFERS, about, key=recording.video_key, bytes=held.size)
    _check_poster(place, recording, report)
    ready = recording.renditions.filter(state=RenditionState.READY).exclude(object_key="")
    return 2 + sum(_check_rendition(place, rendition, report) for rendition in ready)


def _check_poster(place: Storage, recording: Recording, report: Report) -> None:
    about = f"poster:{recording.pk}"
    report.examined.add((_K.OBJECT_MISSING, about))
    if not recording.poster_key or place.head(recording.poster_key) is None:
        enqueue_on_commit("recordings.make_poster", recording.pk)
        report.mend(_K.OBJECT_MISSING, about, key=recording.poster_key)


def _check_rendition(place: Storage, rendition: Rendition, report: Report) -> int:
    """Made again of the video when something of it is gone; other bytes are only told."""
    about, keys = f"rendition:{rendition.pk}", rendition.keys
    report.examined |= {(_K.OBJECT_MISSING, about), (_K.OBJECT_DIFFERS, about)}
    held = {key: place.head(key) for key in keys}
    lost = [key for key in keys if held[key] is None]
    main = held[rendition.object_key]
    if lost and rendition.kind in MADE_OF_VIDEO:
        actions.want_rendition(
            recording=rendition.recording,
            kind=RenditionKind(rendition.kind),
            language=rendition.language,
            now=report.now,
            again=True,
        )
        report.mend(_K.OBJECT_MISSING, about, key=lost[0])
    elif lost:
        report.find(_K.OBJECT_MISSING, about, key=lost[0])
    elif main and rendition.sha256 and main.sha256 != rendition.sha256:
        report.find(_K.OBJECT_DIFFERS, about, key=rendition.object_key, bytes=main.size)
    return len(keys)


def _lost(recording: Recording, report: Report) -> None:
    """Composed again when what its recorders left is still there; else somebody must know."""
    about, detail = f"recording:{recording.pk}", {"key": recording.video_key}
    can = actions.has_originals(recording)
    if can and actions.move(recording, RecordingState.CAPTURED, now=report.now, attempts=0):
        enqueue_on_commit("recordings.advance", recording.pk)
        report.mend(_K.OBJECT_MISSING, about, **detail)
    else:
        report.find(_K.OBJECT_MISSING, about, **detail)


def look_through_store(report: Report) -> None:
    """The next thousand objects, from where the last run stopped; after the last one from the beginning."""
    stores = every_storage()
    number = report.cursor.get("store", 0) % len(stores)
    store, after = stores[number], str(report.cursor.get("after", ""))
    found = store.listed("", after=after, most=LISTED_A_RUN)
    _judge(store, found, report)
    is_end = len(found) < LISTED_A_RUN
    report.cursor |= (
        {"store": (number + 1) % len(stores), "after": ""}
        if is_end
        else {"store": number, "after": found[-1].key}
    )
    if is_end:
        store.drop_unfinished(before=report.now - UNFINISHED)


def _judge(store: Storage, found: Iterable[Listed], report: Report) -> None:
    """Only what lies under a lesson's id: boards and copies of data have their own keepers."""
    named = [(one, match) for one in found if (match := KEY.fullmatch(one.key))]
    rows = Recording.objects.filter(lesson__in={match["lesson"] for _, match in named})
    owed = {str(row.lesson_id): row for row in rows.select_related("lesson__institution")}
    for one, match in named:
        recording = owed.get(match["lesson"])
        about = f"object:{match['school']}/{match['lesson']}"
        report.examined |= {(_K.OBJECT_UNKNOWN, about), (_K.OBJECT_ELSEWHERE, about)}
        if recording is None:
            report.find(_K.OBJECT_UNKNOWN, about, key=one.key, bytes=one.size)
        elif storage_for(recording.lesson.institution) is not store:
            report.find(_K.OBJECT_ELSEWHERE, about, key=one.key)
        else:
            _compare_object(store, one, match["name"], recording, report)


def _compare_object(store: Storage, one: Listed, name: str, recording: Recording, report: Report) -> None:
    about = f"recording:{recording.pk}"
    is_young = report.now - one.stored_at < SETTLED
    if recording.state == RecordingState.EXPIRED and not is_young:
        store.delete(one.key)
        report.mend(_K.OBJECT_UNKNOWN, about, key=one.key)
    elif recording.state in READOPTED and (hashed := HASHED.fullmatch(name)):
        held = store.head(one.key)
        poster = f"{one.key.removesuffix('.mp4')}.jpg"
        is_whole = held is not None and held.sha256.startswith(hashed["digest"]) and store.head(poster)
        if (
            held
            and is_whole
            and actions.readopt_object(recording=recording, held=held, poster_key=poster, now=report.now)
        ):
            report.mend(_K.OBJECT_UNKNOWN, about, key=one.key)
