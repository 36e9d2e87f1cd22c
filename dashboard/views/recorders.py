"""The platform's recorders: how they are, what they do, how many next week needs; taken out and put back."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dashboard.desks import PLATFORM, Desk
from dashboard.doors import find_in, page_of, person_of, try_to
from dashboard.forecast import forecast_of
from recordings import actions
from recordings.models import (
    OPEN_CAPTURE,
    Alarm,
    Capture,
    Orphan,
    Recorder,
    Recording,
    RecordingState,
)
from recordings.rules import may_manage_fleet, may_read_fleet

PAGE_SIZE = 25
MOST_SHOWN = 20
RECENT = timedelta(days=7)


@require_safe
@login_required
def recorders(request: HttpRequest) -> HttpResponse:
    if not may_read_fleet(person_of(request)):
        raise PermissionDenied
    now, query = timezone.now(), request.GET.get("q", "").strip()
    desk = Desk(PLATFORM)
    timezone.activate(desk.zone)
    context: dict[str, Any] = {
        "q": query,
        "page_obj": page_of(request, fleet(query, since=desk.day(now)[0]), PAGE_SIZE),
        "forecast": forecast_of(now=now, zone=desk.zone),
        "unattended": unattended(),
        "alarms": recent_alarms(now),
        "orphans": Orphan.objects.all()[:MOST_SHOWN],
        "now": now,
    }
    return render(request, "dashboard/recorders.html", context)


def fleet(query: str, *, since: datetime) -> QuerySet[Recorder]:
    """With `.at_work`, the captures that lease them, and `.today`, how many they had since that moment."""
    open_ = Capture.objects.filter(state__in=OPEN_CAPTURE).select_related("recording__lesson__institution")
    return (
        Recorder.objects.filter(Q(name__icontains=query) | Q(pool__icontains=query))
        .prefetch_related(Prefetch("captures", queryset=open_, to_attr="at_work"))
        .annotate(today=Count("captures", filter=Q(captures__wanted_at__gte=since)))
        .order_by("name")
    )


def unattended() -> list[Recording]:
    """Lessons that go on without a recorder: where and since when, and nothing about them."""
    alone = Recording.objects.filter(state=RecordingState.NO_RECORDER, lesson__status="live")
    return list(alone.select_related("lesson__institution").order_by("unrecorded_since")[:MOST_SHOWN])


def recent_alarms(now: datetime) -> list[Alarm]:
    """The last week's, youngest first: where, from when to when, and nothing about the lessons."""
    recent = Alarm.objects.filter(raised_at__gte=now - RECENT)
    return list(recent.select_related("recording__lesson__institution").order_by("-raised_at")[:MOST_SHOWN])


@require_POST
@login_required
def drain(request: HttpRequest, recorder_id: UUID) -> HttpResponse:
    me = person_of(request)
    if not may_manage_fleet(me):
        raise PermissionDenied
    recorder = find_in(Recorder.objects.all(), recorder_id)
    # As the page said it: whoever clicks twice does not turn it round.
    if request.POST.get("act") == "restore":
        done = _("The recorder may work again.")
        try_to(request, lambda: actions.restore_recorder(recorder=recorder, by=me), done)
    else:
        done = _("The recorder finishes what it does and gets no other lesson.")
        try_to(request, lambda: actions.drain_recorder(recorder=recorder, by=me, now=timezone.now()), done)
    return redirect("recorders")
