"""The heatmap on a page of its own: drawn here once, kept up to date by its socket where there is JavaScript."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from attendance.heatmap import Row
from attendance.queries.heatmap import Watcher
from attendance.rules import may_watch_heatmap
from classroom.models import LessonStatus
from classroom.queries import standing_in
from dashboard.doors import person_of
from dashboard.presence_words import say_state
from dashboard.rows import lesson_row
from dashboard.texts.heatmap import heatmap as heatmap_texts
from dashboard.texts.heatmap import needs
from dashboard.views.lessons import find_lesson, use_zone_of

SIGNS = {"a": "●", "A": "★", "u": "◍", "s": "◌", "i": "◐", "h": "○", "x": "✕", "-": "–"}
SHOWN_MINUTES = 60


@require_safe
@login_required
def heatmap(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    person, now = person_of(request), timezone.now()
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    if not may_watch_heatmap(standing_in(person, lesson)):
        raise PermissionDenied
    is_live = lesson.status == LessonStatus.LIVE
    rows = Watcher(lesson.pk).look(now).rows if is_live else ()
    needy, only = [row for row in rows if row.needs], "only" in request.GET
    texts = heatmap_texts()
    context = {
        "lesson": lesson_row(lesson, now=now),
        "is_live": is_live,
        "everybody": len(rows),
        "needy": len(needy),
        "how_many": texts["heatmap.how_many"].format(n=len(needy), all=len(rows)),
        "only": only,
        "rows": [_row(row, now.timestamp()) for row in (needy if only else rows)],
        "socket": f"/ws/heatmap/{lesson.room.pk}/",
        "texts": texts,
    }
    return render(request, "dashboard/heatmap.html", context)


def _row(row: Row, now: float) -> dict[str, Any]:
    words = needs()
    said = [words[need.code].format(minutes=int((now - need.since) // 60)) for need in row.needs]
    return {
        "name": row.name,
        "state": row.now,
        "label": say_state(row.now),
        "needs": said,
        "strip": [(letter, SIGNS.get(letter, "")) for letter in row.cells[-SHOWN_MINUTES:]],
    }
