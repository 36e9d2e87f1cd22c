"""The platform's recorders: how they are, what they do, how many next week needs; taken out and put back."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Person
from classroom.models import Lesson
from dashboard.desks import PLATFORM, Desk
from dashboard.doors import find_in, page_of, person_of, try_to
from dashboard.forecast import forecast_of
from dashboard.forms import LineField
from recordings import actions
from recordings.models import (
    OPEN_CAPTURE,
    Alarm,
    Capture,
    Finding,
    Orphan,
    Reconciliation,
    Recorder,
    Recording,
    RecordingState,
)
from recordings.queries import is_reconciler_late
from recordings.rules import may_manage_fleet, may_read_fleet

PAGE_SIZE = 25
MOST_SHOWN = 20
LESSON_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
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
        "findings": Finding.objects.filter(closed_at__isnull=True)[:MOST_SHOWN],
        "books": Reconciliation.objects.first(),
        "is_late": is_reconciler_late(now),
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


class OrphanForm(forms.Form):
    """The lesson as its page's address shows it, or the id alone."""

    lesson = LineField(label=_lazy("Address of the lesson’s page"), max_length=300)

    def clean_lesson(self) -> Lesson:
        found = LESSON_ID.findall(self.cleaned_data["lesson"].lower())
        lesson = Lesson.objects.select_related("institution").filter(pk=found[-1]).first() if found else None
        if lesson is None:
            raise forms.ValidationError(_("There is no such lesson. Copy the address of its page."))
        return lesson


@require_POST
@login_required
def assign(request: HttpRequest, orphan_id: UUID) -> HttpResponse:
    """A folder of an unknown room, given to a lesson by somebody who looked at it."""
    me, orphan = _keeper_of(request, orphan_id)
    form = OrphanForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["lesson"][0]))
        return redirect("recorders")
    lesson, now = form.cleaned_data["lesson"], timezone.now()
    done = _("The folder belongs to that lesson now, and is being composed.")
    try_to(request, lambda: actions.assign_orphan(orphan=orphan, lesson=lesson, by=me, now=now), done)
    return redirect("recorders")


@require_POST
@login_required
def discard(request: HttpRequest, orphan_id: UUID) -> HttpResponse:
    me, orphan = _keeper_of(request, orphan_id)
    if "confirmed" not in request.POST:
        messages.error(request, _("Tick the box first: what is in the folder is lost for good."))
        return redirect("recorders")
    try_to(request, lambda: actions.discard_orphan(orphan=orphan, by=me), _("The folder was deleted."))
    return redirect("recorders")


def _keeper_of(request: HttpRequest, orphan_id: UUID) -> tuple[Person, Orphan]:
    me = person_of(request)
    if not may_manage_fleet(me):
        raise PermissionDenied
    orphan = Orphan.objects.filter(public_id=orphan_id).first()
    if orphan is None:
        raise Http404
    return me, orphan


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
