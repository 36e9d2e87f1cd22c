"""Chapters: made anew with each composition, named by whoever holds the lesson."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from recordings.chapters import Chapter
from recordings.models import Chapter as ChapterRow
from recordings.models import ChapterTitle, Recording


@transaction.atomic
def keep_chapters(*, recording: Recording, found: Sequence[Chapter]) -> list[Chapter]:
    """These instead of those from before; what a teacher has written over a title counts, also in the video."""
    named = with_given_titles(recording, found)
    recording.chapters.all().delete()
    ChapterRow.objects.bulk_create(
        ChapterRow(
            recording=recording,
            position=position,
            key=automatic.key,
            kind=automatic.kind,
            starts_seconds=automatic.starts_seconds,
            ends_seconds=automatic.ends_seconds,
            title=shown.title,
            automatic_title=automatic.title[:200],
        )
        for position, (automatic, shown) in enumerate(zip(found, named, strict=True))
    )
    return named


def with_given_titles(recording: Recording, found: Sequence[Chapter]) -> list[Chapter]:
    given = dict(ChapterTitle.objects.filter(recording=recording).values_list("key", "title"))
    return [replace(one, title=given.get(one.key, one.title)[:200]) for one in found]


@transaction.atomic
def name_chapters(*, recording: Recording, titles: Mapping[int, str], by: Person, now: datetime) -> int:
    """By position. An empty title brings back the automatic one. How many are called otherwise than before."""
    Recording.objects.select_for_update(of=("self",)).get(pk=recording.pk)
    rows = recording.chapters.filter(position__in=titles)
    renamed = [row for row in rows if _name_one(row, titles[row.position].strip()[:200], now)]
    if renamed:
        record_audit(
            "recording.chapters_named",
            institution=recording.lesson.institution,
            by=by,
            target=f"recording:{recording.pk}",
            detail={"lesson": str(recording.lesson_id), "number": len(renamed)},
        )
    return len(renamed)


def _name_one(row: ChapterRow, title: str, now: datetime) -> bool:
    automatic = row.automatic_title or row.title
    wanted = title or automatic
    if wanted == row.title:
        return False
    given = ChapterTitle.objects.filter(recording=row.recording_id, key=row.key)
    if wanted == automatic:
        given.delete()
    elif row.key:
        ChapterTitle.objects.update_or_create(
            recording_id=row.recording_id, key=row.key, defaults={"title": wanted, "changed_at": now}
        )
    ChapterRow.objects.filter(pk=row.pk).update(title=wanted, automatic_title=automatic)
    return True
