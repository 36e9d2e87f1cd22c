"""Recorders and bridges that follow the timetable: how many there are, why, and somebody's own number instead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.models import Person
from classroom import actions
from classroom.models import MachinePool, ScalingDecision, ScalingReason
from common.refusals import Refused
from dashboard.desks import PLATFORM, Desk
from dashboard.doors import page_of, person_of, try_to
from dashboard.findings import say_refusal
from dashboard.forecast import forecast_of
from recordings.rules import may_manage_fleet, may_read_fleet

PAGE_SIZE = 25
SILENT_AFTER = timedelta(minutes=3)
MOST_HOURS = round(actions.LONGEST_WISH / timedelta(hours=1))


class WishForm(forms.Form):
    number = forms.IntegerField(label=gettext_lazy("How many"), min_value=0, max_value=10_000)
    hours = forms.IntegerField(
        label=gettext_lazy("For how many hours"), min_value=1, max_value=MOST_HOURS, initial=2
    )


@dataclass(frozen=True, slots=True)
class Card:
    """A pool with the form that belongs to it, or none where nothing can be started."""

    pool: MachinePool
    form: WishForm | None
    has_wish: bool
    is_stale: bool
    trouble: str

    @property
    def short(self) -> int:
        return max(0, self.pool.needed - self.pool.most)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def capacity(request: HttpRequest) -> HttpResponse:
    me, now = person_of(request), timezone.now()
    if not (may_manage_fleet if request.method == "POST" else may_read_fleet)(me):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, now)
    pool = _pool_of(request)
    if request.POST.get("act") == "drop":
        done = _("The timetable decides again.")
        try_to(request, lambda: actions.drop_wish(pool=pool, by=me), done)
        return redirect("capacity")
    form = WishForm(request.POST, prefix=str(pool.pk))
    if form.is_valid() and _wish(form, pool, me, now):
        messages.success(request, _("So many are kept until the wish expires."))
        return redirect("capacity")
    return _page(request, now, form=form)


def _pool_of(request: HttpRequest) -> MachinePool:
    try:
        return MachinePool.objects.get(pk=UUID(request.POST.get("pool", "")))
    except (ValueError, MachinePool.DoesNotExist) as error:
        raise Http404 from error


def _wish(form: WishForm, pool: MachinePool, by: Person, now: datetime) -> bool:
    until = now + timedelta(hours=form.cleaned_data["hours"])
    try:
        actions.wish_number(pool=pool, number=form.cleaned_data["number"], expires_at=until, by=by, now=now)
    except Refused as refusal:
        form.add_error("number", say_refusal(refusal))
        return False
    return True


def _page(request: HttpRequest, now: datetime, *, form: WishForm | None = None) -> HttpResponse:
    desk, query = Desk(PLATFORM), request.GET.get("q", "").strip()
    timezone.activate(desk.zone)
    context: dict[str, Any] = {
        "q": query,
        "cards": [_card(pool, form, now) for pool in MachinePool.objects.all()],
        "page_obj": page_of(request, found_decisions(query), PAGE_SIZE),
        "forecast": forecast_of(now=now, zone=desk.zone),
    }
    return render(request, "dashboard/capacity.html", context, status=400 if form else 200)


def _card(pool: MachinePool, form: WishForm | None, now: datetime) -> Card:
    own = form if form and form.prefix == str(pool.pk) else WishForm(prefix=str(pool.pk))
    return Card(
        pool=pool,
        form=None if pool.is_fixed else own,
        has_wish=pool.has_wish(now),
        is_stale=pool.looked_at is None or now - pool.looked_at > SILENT_AFTER,
        trouble=say_refusal(Refused(pool.trouble)) if pool.trouble else "",
    )


def found_decisions(query: str) -> QuerySet[ScalingDecision]:
    """By a word of the reason as it is shown, by kind or by zone."""
    reasons = [value for value, label in ScalingReason.choices if query.lower() in str(label).lower()]
    named = Q(pool__kind__icontains=query) | Q(pool__zone__icontains=query) | Q(reason__in=reasons)
    return ScalingDecision.objects.filter(named).select_related("pool").order_by("-decided_at", "-pk")
